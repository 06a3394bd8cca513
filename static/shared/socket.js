/** The only module that knows the wire; see docs/frontend.md, "The socket". */
import { batch } from '@preact/signals-core';

export const CLOSE = {
  UNAUTHORISED: 4001, REFUSED: 4003, FLOODING: 4008, TOO_BIG: 4009, MALFORMED: 4010, RESYNC: 4013, GOING_AWAY: 1012,
};

const FIRST_DELAY = 1000;
const LONGEST_DELAY = 30_000;
const REPLY_TIMEOUT = 15_000;
const PING_EVERY = 25_000;
const PONG_WITHIN = 10_000;
/** Frames of two commits may overtake each other on the bus: a gap counts only if it stays this long. */
const GAP_PATIENCE = 300;
const HIDDEN_TAB_FLUSH = 100;
/** Refusals that pass by themselves; any other is shown to the author. */
const PASSING = new Set(['rate_limited', 'unavailable']);
const PASSING_PAUSE = 5000;

/** After these a whole crowd returns, or one client had better slow down. */
const STARTING_ATTEMPT = { [CLOSE.FLOODING]: 5, [CLOSE.GOING_AWAY]: 3 };

/** `code` is stable, `text` may be shown. */
export class FrameError extends Error {
  constructor(code, text = '') {
    super(text || code);
    this.code = code;
    this.text = text;
  }
}

/** Milliseconds before try number `attempt` (from 0): full jitter under a doubling ceiling. */
export function backoff(attempt, random = Math.random) {
  return random() * Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt);
}

const hasHole = (entry) => entry.ahead.size > 0 || entry.heard > entry.rev;

export class RevTracker {
  #seen = new Map();

  /** Everything up to `rev` is known. */
  start(key, rev) {
    const entry = this.#entry(key);
    entry.rev = Math.max(entry.rev, rev);
    this.#close(entry);
  }

  /** True if an earlier number is missing. */
  note(key, rev) {
    const entry = this.#entry(key);
    if (rev > entry.rev) entry.ahead.add(rev);
    this.#close(entry);
    return hasHole(entry);
  }

  /** Something else spoke of `rev` without bringing what it numbers: true if that has still to come. */
  hear(key, rev) {
    const entry = this.#entry(key);
    entry.heard = Math.max(entry.heard, rev);
    return hasHole(entry);
  }

  known(key) {
    return this.#seen.get(key)?.rev ?? 0;
  }

  /** Pairs (key, last number without a hole) of what has a hole. */
  gaps() {
    return [...this.#seen].filter(([, entry]) => hasHole(entry)).map(([key, entry]) => [key, entry.rev]);
  }

  clear() {
    this.#seen.clear();
  }

  #entry(key) {
    if (!this.#seen.has(key)) this.#seen.set(key, { rev: 0, heard: 0, ahead: new Set() });
    return this.#seen.get(key);
  }

  #close(entry) {
    while (entry.ahead.delete(entry.rev + 1)) entry.rev += 1;
    for (const rev of entry.ahead) if (rev <= entry.rev) entry.ahead.delete(rev);
  }
}

/** localStorage where it works, else memory: private windows and blocked third-party storage throw. */
export function safeStorage(area = () => globalThis.localStorage) {
  const memory = new Map();
  const attempt = (action, otherwise) => {
    try {
      return action(area());
    } catch {
      return otherwise();
    }
  };
  return {
    get: (key) => memory.get(key) ?? attempt((real) => real.getItem(key), () => null),
    set(key, value) {
      attempt((real) => { real.setItem(key, value); memory.delete(key); }, () => memory.set(key, value));
    },
    remove(key) {
      memory.delete(key);
      attempt((real) => real.removeItem(key), () => undefined);
    },
    keys: () => [...new Set([...memory.keys(), ...attempt((real) => Object.keys(real), () => [])])],
  };
}

export const newClientId = () => globalThis.crypto?.randomUUID?.() ?? fallbackId();

/** randomUUID needs a secure context; a closed network may serve plain HTTP. */
function fallbackId() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What is not yet acknowledged, in order; a key for each, so that two tabs never overwrite each other. */
export class Outbox {
  #items = [];
  #last = 0;

  constructor({ storage, prefix }) {
    this.storage = storage;
    this.prefix = prefix;
    this.onChange = () => undefined;
    this.#restore();
  }

  #restore() {
    const keys = this.storage.keys().filter((key) => key.startsWith(this.prefix));
    const parsed = keys.map((key) => parse(this.storage.get(key))).filter((item) => item?.client_id && item.frame);
    this.#items = parsed.sort((a, b) => a.order - b.order);
    this.#last = this.#items.at(-1)?.order ?? 0;
  }

  get items() {
    return this.#items;
  }

  get first() {
    return this.#items.find((item) => !item.failed);
  }

  /** `shown` is kept beside the frame for drawing and never sent. */
  add(frame, shown = {}) {
    this.#last = Math.max(Date.now(), this.#last + 1);
    const item = { client_id: frame.client_id, order: this.#last, frame, shown, failed: null };
    this.#items = [...this.#items, item];
    this.#save(item);
    return item;
  }

  fail(clientId, error) {
    this.#replace(clientId, { failed: { code: error.code, text: error.text ?? '' } });
  }

  retry(clientId) {
    this.#replace(clientId, { failed: null });
  }

  amend(choose, change) {
    for (const item of this.#items.filter(choose)) this.#replace(item.client_id, { frame: { ...item.frame, ...change } });
  }

  remove(clientId) {
    this.#items = this.#items.filter((item) => item.client_id !== clientId);
    this.storage.remove(this.prefix + clientId);
    this.onChange();
  }

  clear() {
    for (const key of this.storage.keys()) if (key.startsWith(this.prefix)) this.storage.remove(key);
    this.#items = [];
    this.onChange();
  }

  #replace(clientId, change) {
    this.#items = this.#items.map((item) => (item.client_id === clientId ? { ...item, ...change } : item));
    const item = this.#items.find((candidate) => candidate.client_id === clientId);
    if (item) this.#save(item);
  }

  #save(item) {
    this.storage.set(this.prefix + item.client_id, JSON.stringify(item));
    this.onChange();
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** One connection that heals itself. Its options are told in docs/frontend.md. */
export class Socket {
  #socket = null;
  #ready = false;
  #stopped = true;
  #attempt = 0;
  #ref = 0;
  #waiting = new Map();
  #incoming = [];
  #inFlight = null;
  #timers = {};
  #flush = null;

  constructor(options) {
    this.options = { numberOf: () => null, heardOf: () => [], catchUp: () => null, mayRetry: () => false, ...options };
    this.revs = new RevTracker();
    this.outbox = options.outbox;
  }

  get online() {
    return this.#ready;
  }

  open() {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#attempt = 0;
    this.#connect();
    globalThis.addEventListener?.('online', this.retryNow);
    globalThis.document?.addEventListener('visibilitychange', this.#onVisible);
  }

  close() {
    this.#stopped = true;
    globalThis.removeEventListener?.('online', this.retryNow);
    globalThis.document?.removeEventListener('visibilitychange', this.#onVisible);
    this.#drop();
    this.#report('stopped');
  }

  retryNow = () => {
    if (this.#stopped || this.#socket) return;
    this.#attempt = 0;
    this.#connect();
  };

  /** Hangs up and says hello again, for a changed token or language. */
  restart() {
    if (this.#stopped) return;
    this.#drop();
    this.#attempt = 0;
    this.#connect();
  }

  #onVisible = () => {
    if (document.visibilityState !== 'visible') return;
    if (this.#socket) this.#ping();
    else this.retryNow();
  };

  /** Resolves with the frame that repeats its `ref`, rejects with FrameError. */
  request(frame, { timeout = REPLY_TIMEOUT } = {}) {
    if (!this.#ready && frame.type !== 'hello') return Promise.reject(new FrameError('offline'));
    const ref = (this.#ref += 1);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(ref, null, new FrameError('timeout')), timeout);
      this.#waiting.set(ref, { resolve, reject, timer });
      this.#write({ ...frame, ref });
    });
  }

  /** For frames whose loss does not matter; false if there is no connection. */
  tell(frame) {
    if (this.#ready) this.#write(frame);
    return this.#ready;
  }

  enqueue(frame, shown) {
    const item = this.outbox.add(frame, shown);
    this.#pump();
    return item;
  }

  retry(clientId) {
    this.outbox.retry(clientId);
    this.#pump();
  }

  #connect() {
    clearTimeout(this.#timers.retry);
    this.#report('connecting');
    const socket = new WebSocket(this.options.url);
    this.#socket = socket;
    socket.onopen = () => this.#hello(socket);
    socket.onmessage = (event) => socket === this.#socket && this.#receive(event.data);
    socket.onclose = (event) => socket === this.#socket && this.#onClose(event.code);
  }

  async #hello(socket) {
    try {
      const made = this.options.hello();
      const frame = typeof made.then === 'function' ? await made : made;
      if (socket !== this.#socket) return;
      await this.request(frame);
    } catch (error) {
      if (socket === this.#socket) this.#notWelcome(error);
      return;
    }
    if (socket !== this.#socket) return;
    this.#ready = true;
    this.#attempt = 0;
    this.#report('online');
    this.#heartbeat();
    this.#scheduleGapCheck();
    this.#pump();
  }

  /** Without a welcome nothing goes on: whatever was refused is tried again later. */
  #notWelcome(error) {
    if (error.code === 'unauthorised') this.#onClose(CLOSE.UNAUTHORISED);
    else this.#lost();
  }

  #write(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  #receive(text) {
    this.#heartbeat();
    const frame = parse(text);
    if (!frame || typeof frame.type !== 'string') return;
    this.#incoming.push(frame);
    this.#flush ??= nextPicture(() => this.#apply());
  }

  #apply() {
    this.#flush = null;
    const frames = this.#incoming;
    if (!frames.length) return;
    this.#incoming = [];
    for (const frame of frames) this.#count(frame);
    batch(() => this.options.onFrames(frames));
    for (const frame of frames) this.#answer(frame);
  }

  #count(frame) {
    const number = this.options.numberOf(frame);
    let hole = number && this.revs.note(...number);
    for (const told of this.options.heardOf(frame)) hole = this.revs.hear(...told) || hole;
    if (hole) this.#scheduleGapCheck();
  }

  #answer(frame) {
    if (frame.ref === undefined || frame.ref === null) return;
    if (frame.type === 'error') this.#settle(frame.ref, null, new FrameError(frame.code, frame.text));
    else this.#settle(frame.ref, frame);
  }

  #settle(ref, frame, error) {
    const waiter = this.#waiting.get(ref);
    if (!waiter) return;
    this.#waiting.delete(ref);
    clearTimeout(waiter.timer);
    if (error) waiter.reject(error);
    else waiter.resolve(frame);
  }

  /** One frame at a time, so that the server cannot swap two of them. */
  async #pump() {
    const item = this.#ready && !this.#inFlight && this.outbox?.first;
    if (!item) return;
    this.#inFlight = item;
    const socket = this.#socket;
    try {
      await this.request(item.frame);
      this.outbox.remove(item.client_id);
    } catch (error) {
      if (socket !== this.#socket) return;
      if (error.code === 'timeout') return this.#lost();
      if (PASSING.has(error.code)) return this.#pumpLater();
      this.outbox.fail(item.client_id, error);
    }
    this.#inFlight = null;
    this.#pump();
  }

  #pumpLater() {
    this.#timers.pump = setTimeout(() => {
      this.#inFlight = null;
      this.#pump();
    }, PASSING_PAUSE);
  }

  #scheduleGapCheck() {
    clearTimeout(this.#timers.gap);
    if (this.revs.gaps().length) this.#timers.gap = setTimeout(() => this.#fillGaps(), GAP_PATIENCE);
  }

  async #fillGaps() {
    await Promise.all(this.revs.gaps().map(([key, rev]) => this.catchUp(key, rev)));
  }

  /** Fetches what changed after `rev`; a failure that does not pass is left to the next connection, which checks again. */
  async catchUp(key, rev = this.revs.known(key)) {
    const frame = this.options.catchUp(key, rev);
    if (!frame || !this.#ready) return;
    try {
      const reply = await this.request(frame);
      this.revs.start(key, reply.upto);
      if (reply.more) await this.catchUp(key);
    } catch (error) {
      if (error.code === 'timeout') this.#lost();
      if (PASSING.has(error.code)) this.#timers[key] = setTimeout(() => this.catchUp(key), PASSING_PAUSE);
    }
  }

  #heartbeat() {
    clearTimeout(this.#timers.ping);
    clearTimeout(this.#timers.pong);
    if (this.#ready) this.#timers.ping = setTimeout(() => this.#ping(), PING_EVERY);
  }

  #ping() {
    if (!this.#ready) return;
    this.#write({ type: 'ping' });
    clearTimeout(this.#timers.pong);
    this.#timers.pong = setTimeout(() => this.#lost(), PONG_WITHIN);
  }

  /** The line is dead though nobody said so. */
  #lost() {
    this.#drop();
    this.#later();
  }

  #onClose(code) {
    const sent = this.#inFlight;
    this.#drop();
    if (sent && (code === CLOSE.TOO_BIG || code === CLOSE.MALFORMED)) {
      this.outbox.fail(sent.client_id, new FrameError(code === CLOSE.TOO_BIG ? 'too_big' : 'malformed'));
    }
    if (this.#stopped) return;
    if (code === CLOSE.REFUSED || (code === CLOSE.UNAUTHORISED && !this.options.mayRetry(code))) {
      this.#stopped = true;
      this.#report('stopped', { code });
    } else {
      this.#later(STARTING_ATTEMPT[code]);
    }
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    this.#inFlight = null;
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    if (this.#incoming.length) this.#apply();
    for (const ref of [...this.#waiting.keys()]) this.#settle(ref, null, new FrameError('offline'));
    if (socket && socket.readyState <= 1) socket.close();
  }

  #later(startingAttempt = 0) {
    this.#attempt = Math.max(this.#attempt, startingAttempt);
    const delay = backoff(this.#attempt);
    this.#attempt += 1;
    this.#timers.retry = setTimeout(() => this.#connect(), delay);
    this.#report('waiting', { retryAt: Date.now() + delay });
  }

  #report(name, more = {}) {
    this.options.onState({ name, ...more });
  }
}

/** Before the next picture, or soon where a hidden frame draws none. */
function nextPicture(action) {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    action();
  };
  globalThis.requestAnimationFrame?.(once);
  setTimeout(once, globalThis.requestAnimationFrame ? HIDDEN_TAB_FLUSH : 0);
  return once;
}
