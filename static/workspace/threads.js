/** Open conversations: their messages, marks and who is typing. A message's signal redraws one bubble. */
import { batch, computed, signal } from '@preact/signals-core';
import { drawn, placeFor, timeline } from './timeline.js';

const TYPING_SHOWN = 5000;
/** Threads that stay subscribed, so that going back and forth costs nothing; more if something is begun in them. */
const KEPT = 6;
const MARKS = { delivered: 'customer_delivered_seq', read: 'customer_read_seq', staff: 'staff_read_seq' };

export class Thread {
  #entries = new Map();
  #seqs = [];
  #order = signal([]);
  #typingTimers = new Map();

  row = signal(null);
  ready = signal(false);
  error = signal(null);
  more = signal(false);
  loadingOlder = signal(false);
  marks = signal({ delivered: 0, read: 0, staff: 0 });
  /** What the server allows here: may_answer, rights, text_limit, accepts_files, can_edit, customer_online. */
  abilities = signal({ may_answer: false, rights: [], text_limit: 4000, accepts_files: false, can_edit: false });
  /** Everything after this seq was new when the operator came or turned away. */
  unreadAfter = signal(null);
  typing = signal([]);
  card = signal(null);
  /** Files being attached to the next message. */
  tray = signal([]);
  reply = signal(null);
  editing = signal(null);
  editText = signal('');
  /** Set when one may not read it any more and something typed is left: {line} it went to, or null if unknown. */
  gone = signal(null);
  /** Not subscribed now: what changed has to be fetched before it is shown. */
  stale = false;
  #openedIn = null;
  /** The last message that arrived from outside, for the live region. */
  arrived = signal(null);

  /**
   * @param {number} id
   * @param {object} options
   * @param {object} options.pending signal of the outbox's items
   * @param {object} options.me signal of the operator
   */
  constructor(id, { pending, me }) {
    this.id = id;
    this.pending = computed(() => pending.value
      .filter((item) => item.frame.conversation === id && !this.#sent().has(item.client_id))
      .map((item) => drawn(item, me.value)));
    this.rows = computed(() => timeline(
      [...this.#order.value.map((each) => this.#entries.get(each).peek()), ...this.pending.value], this.unreadAfter.value,
    ));
  }

  #sent() {
    return new Set(this.#order.value.map((id) => this.#entries.get(id).peek().client_id).filter(Boolean));
  }

  /** The signal of a message, or of one that has not been sent yet. */
  message(id) {
    return this.#entries.get(id) ?? null;
  }

  unsent(id) {
    return this.pending.value.find((message) => message.id === id) ?? null;
  }

  get lastSeq() {
    return this.#seqs.at(-1) ?? 0;
  }

  get firstSeq() {
    return this.#seqs[0] ?? 0;
  }

  all() {
    return this.#order.value.map((id) => this.#entries.get(id).peek());
  }

  /** The newest message for which `test` holds. */
  findLast(test) {
    return this.all().findLast(test) ?? null;
  }

  /** Whether the last word to be heard is the customer's. */
  get isUnanswered() {
    const said = this.findLast((message) => !message.staff_only && message.kind !== 'system');
    return said?.author.kind === 'customer' && !this.pending.value.some((message) => !message.staff_only && !message.failed);
  }

  applyOpened(frame) {
    batch(() => {
      const fresh = !this.ready.value;
      if (fresh) this.more.value = frame.more;
      for (const message of frame.messages) this.keep(message);
      this.applyMarks(frame);
      this.row.value = frame.row;
      const { may_answer, rights, text_limit, accepts_files, can_edit, customer_online } = frame;
      this.abilities.value = { may_answer, rights, text_limit, accepts_files, can_edit, customer_online };
      if (fresh && frame.row.unread) this.unreadAfter.value = frame.staff_read_seq;
      this.ready.value = true;
      this.error.value = null;
      this.gone.value = null;
    });
    this.stale = false;
    this.#openedIn = frame.row.line;
  }

  /** The line it went to since it was last opened, as far as is known. */
  get movedTo() {
    const line = this.row.peek()?.line ?? null;
    return line === this.#openedIn ? null : line;
  }

  /** One may not read it any more: only what was typed here stays. */
  close(line) {
    this.stale = true;
    this.abilities.value = { ...this.abilities.peek(), may_answer: false, rights: [] };
    this.gone.value = { line: line ?? this.gone.peek()?.line ?? null };
  }

  /** Whether something is begun here that no one else keeps. */
  get isBusy() {
    return this.tray.peek().length > 0 || Boolean(this.reply.peek() || this.editing.peek() || this.gone.peek());
  }

  startEditing(message) {
    this.editText.value = message.text;
    this.editing.value = message;
  }

  stopEditing() {
    this.editing.value = null;
  }

  /** The conversation moved or changed; true if who may do what could have changed with it. */
  applyRow(row) {
    const before = this.row.peek();
    if (!before || before.rev > row.rev || row.locked) return false;
    this.row.value = row;
    return ['holder', 'line', 'state'].some((name) => before[name] !== row[name]);
  }

  applyOlder(frame) {
    batch(() => {
      for (const message of frame.messages) this.keep(message);
      this.more.value = frame.more;
    });
  }

  applyMarks(frame) {
    const known = this.marks.peek();
    const next = Object.fromEntries(Object.entries(MARKS).map(([name, field]) => [name, Math.max(known[name], frame[field] ?? 0)]));
    if (Object.keys(next).some((name) => next[name] !== known[name])) this.marks.value = next;
  }

  /** A message that is new or changed; true if it is new at the end. */
  keep(message) {
    const entry = this.#entries.get(message.id);
    if (entry) {
      if (entry.peek().rev <= message.rev) entry.value = message;
      return false;
    }
    // An old message that was changed belongs to a page that nobody has opened yet.
    if (this.ready.peek() && this.more.peek() && message.seq < this.firstSeq && !this.loadingOlder.peek()) return false;
    const place = placeFor(this.#seqs, message.seq);
    const atEnd = place === this.#seqs.length;
    this.#entries.set(message.id, signal(message));
    this.#seqs.splice(place, 0, message.seq);
    this.#order.value = [...this.#order.peek().slice(0, place), message.id, ...this.#order.peek().slice(place)];
    return atEnd;
  }

  applyMessage(message, { seen }) {
    if (!this.keep(message)) return;
    this.#stopTyping(message.author);
    if (message.author.kind !== 'operator' || message.kind === 'note') this.arrived.value = message;
    if (!seen && message.author.kind === 'customer') this.unreadAfter.value ??= message.seq - 1;
  }

  /** The own message is stored: it stands where the server put it, under the key it already has on the screen. */
  applyAck(frame, item, me) {
    if (this.#entries.has(frame.message)) return;
    const { seq, rev, at, message: id } = frame;
    this.keep({ ...drawn(item, me), id, seq, rev, at, pending: false, failed: null, client_id: frame.client_id });
  }

  applyTyping(author) {
    const key = `${author.kind}${author.id ?? ''}`;
    clearTimeout(this.#typingTimers.get(key));
    this.#typingTimers.set(key, setTimeout(() => this.#stopTyping(author), TYPING_SHOWN));
    if (this.typing.value.some((each) => each.key === key)) return;
    this.typing.value = [...this.typing.value, { ...author, key }];
  }

  #stopTyping(author) {
    const key = `${author.kind}${author.id ?? ''}`;
    clearTimeout(this.#typingTimers.get(key));
    if (this.typing.value.some((each) => each.key === key)) this.typing.value = this.typing.value.filter((each) => each.key !== key);
  }
}

/** Which threads are open, the last used at the end. */
export class Threads {
  #threads = new Map();
  current = signal(null);
  previous = null;

  /**
   * @param {object} options
   * @param {object} options.pending signal of the outbox's items
   * @param {object} options.me signal of the operator
   * @param {(frame: object) => boolean} options.tell
   */
  constructor({ pending, me, tell }) {
    Object.assign(this, { pending, me, tell });
  }

  get(id) {
    return this.#threads.get(id) ?? null;
  }

  get thread() {
    return this.get(this.current.value);
  }

  ids() {
    return [...this.#threads.keys()];
  }

  /** Brings a thread before the operator's eyes; true if the server has to be asked for it. */
  show(id) {
    const before = this.get(this.current.peek());
    if (before && before.id !== id) {
      this.previous = before.id;
      before.unreadAfter.value = null;
    }
    const thread = this.add(id);
    this.#threads.delete(id);
    this.#threads.set(id, thread);
    this.current.value = id;
    this.#forgetOldest();
    return thread.stale || !thread.ready.peek();
  }

  /** The thread, made anew if it is not known, without showing it. */
  add(id) {
    if (!this.#threads.has(id)) this.#threads.set(id, new Thread(id, this));
    return this.get(id);
  }

  /** A new connection knows no subscriptions: what was begun in a thread stays, the rest is forgotten. */
  lapse() {
    for (const [id, thread] of [...this.#threads]) {
      if (id === this.current.peek()) continue;
      if (thread.isBusy) thread.stale = true;
      else this.forget(id);
    }
  }

  leave() {
    this.current.value = null;
  }

  #forgetOldest() {
    const idle = this.ids().filter((id) => id !== this.current.peek() && !this.get(id).isBusy);
    for (const id of idle.slice(0, Math.max(0, this.#threads.size - KEPT))) this.forget(id);
  }

  forget(id) {
    this.#threads.delete(id);
    this.tell({ type: 'leave', conversation: id });
  }
}
