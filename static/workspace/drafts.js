/** What is typed and not sent, per conversation: in the browser at once, on the server within seconds. */
import { signal } from '@preact/signals-core';

const SERVER_AFTER = 1500;
const AGAIN_AFTER = 5000;
/** What passes by itself while the connection stands; without one the next welcome sends what was not taken. */
const PASSING = new Set(['unavailable', 'rate_limited', 'timeout']);
/** One may not write there any more: the server never takes it, and has nothing newer either. */
const REFUSED = new Set(['not_found', 'forbidden']);
const EMPTY = { text: '', note: false, kept: true, refused: false };

export class Drafts {
  #timers = new Map();
  #signals = new Map();
  /** Ids of conversations with something typed, for the mark in the list. */
  marked = signal(new Set());

  /**
   * @param {object} options
   * @param {object} options.storage as made by safeStorage
   * @param {number} options.user
   * @param {(frame: object) => Promise<object>} options.request
   */
  constructor({ storage, user, request }) {
    Object.assign(this, { storage, request });
    this.prefix = `otklik:ws:${user}:draft:`;
    this.marked.value = new Set(this.#stored());
    globalThis.addEventListener?.('storage', (event) => this.#fromOtherTab(event));
  }

  /** The signal of a conversation's draft: {text, note}. */
  of(id) {
    if (!this.#signals.has(id)) this.#signals.set(id, signal(this.#read(id)));
    return this.#signals.get(id);
  }

  set(id, change) {
    const draft = { ...this.of(id).peek(), ...change, kept: false, refused: false };
    this.of(id).value = draft;
    this.#write(id, draft);
    this.#sendLater(id, SERVER_AFTER);
  }

  clear(id) {
    if (this.of(id).peek().text || this.marked.peek().has(id)) this.set(id, { text: '' });
  }

  /** The server's copy counts where this browser has nothing newer. */
  fromServer(id, draft) {
    const own = this.of(id).peek();
    if (!own.kept || (own.refused && own.text)) return void this.#send(id);
    const next = draft ? { ...draft, kept: true } : EMPTY;
    if (own.text === next.text && own.note === next.note) return;
    this.of(id).value = next;
    this.#write(id, next);
  }

  /** Ids of conversations in which this browser has something typed. */
  own() {
    return this.#stored().filter((id) => this.of(id).peek().text.trim());
  }

  #stored() {
    return this.storage.keys().filter((key) => key.startsWith(this.prefix)).map((key) => Number(key.slice(this.prefix.length)));
  }

  /** After a connection came back: which conversations have drafts, and what was not taken before. */
  start(ids) {
    const own = this.#stored();
    this.marked.value = new Set([...ids, ...own.filter((id) => this.of(id).peek().text)]);
    for (const id of own) if (!this.of(id).peek().kept) this.#send(id);
  }

  /** Everything typed leaves for the server now, and this browser forgets it: before signing out. */
  async handOver() {
    await Promise.allSettled([...this.#signals].filter(([, draft]) => !draft.peek().kept).map(([id]) => this.#send(id)));
    for (const key of this.storage.keys()) {
      if (key.startsWith(this.prefix) && this.of(Number(key.slice(this.prefix.length))).peek().kept) this.storage.remove(key);
    }
  }

  #sendLater(id, pause) {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(id, setTimeout(() => this.#send(id), pause));
  }

  /** Only what the server took, or refuses for good, counts as kept: all else would give way to its older copy. */
  async #send(id) {
    clearTimeout(this.#timers.get(id));
    const { text, note } = this.of(id).peek();
    let refused = false;
    try {
      await this.request({ type: 'draft', conversation: id, text, note });
    } catch (error) {
      if (PASSING.has(error.code)) this.#sendLater(id, AGAIN_AFTER);
      refused = REFUSED.has(error.code);
      if (!refused) return;
    }
    const now = this.of(id).peek();
    if (now.text !== text || now.note !== note) return;
    this.of(id).value = { ...now, kept: true, refused };
    this.#write(id, this.of(id).peek());
  }

  #read(id) {
    try {
      return { ...EMPTY, ...JSON.parse(this.storage.get(this.prefix + id) ?? '{}') };
    } catch {
      return EMPTY;
    }
  }

  #write(id, draft) {
    if (draft.text || !draft.kept) this.storage.set(this.prefix + id, JSON.stringify(draft));
    else this.storage.remove(this.prefix + id);
    if (this.marked.peek().has(id) === Boolean(draft.text.trim())) return;
    const next = new Set(this.marked.peek());
    if (draft.text.trim()) next.add(id);
    else next.delete(id);
    this.marked.value = next;
  }

  #fromOtherTab(event) {
    if (!event.key?.startsWith(this.prefix) || document.hasFocus()) return;
    const id = Number(event.key.slice(this.prefix.length));
    this.of(id).value = this.#read(id);
  }
}
