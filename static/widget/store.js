/** What the chat knows; the reasons stand in docs/frontend.md. */
import { batch, computed, effect, signal } from '@preact/signals-core';
import { CLOSE, newClientId, Outbox, Socket } from '../shared/socket.js';
import { dayKey } from '../shared/i18n.js';

const TYPING_SHOWN = 5000;
const TYPING_EVERY = 3000;
const GROUP_GAP = 5 * 60_000;
/** Pages of history that a jump to an old message may cost. */
const JUMP_PAGES = 40;
const MARKS = ['customer_delivered_seq', 'customer_read_seq', 'staff_read_seq'];

/** Older first; the conversation being read comes last whatever its number. */
export function compareMessages(current) {
  const rank = (message) => (message.conversation === current ? 1 : 0);
  return (a, b) => rank(a) - rank(b) || a.conversation - b.conversation || a.seq - b.seq;
}

/** Rows to draw: dividers of conversations and days, and messages with their place in a group. */
export function timeline(messages, conversations) {
  const rows = [];
  let last = null;
  for (const message of messages) {
    const { conversation: id } = message;
    const newConversation = id !== last?.conversation && id !== null;
    const newDay = newConversation || !last || dayKey(message.at) !== dayKey(last.at);
    if (newConversation) rows.push({ key: `c${id}`, conversation: conversations.get(id) ?? { id } });
    if (newDay) rows.push({ key: `d${id}-${dayKey(message.at)}`, day: message.at });
    const first = newDay || !sameVoice(last, message);
    if (!first) rows.at(-1).last = false;
    rows.push({ key: message.client_id ?? `m${message.id}`, message, first, last: true });
    last = message;
  }
  return rows;
}

function sameVoice(one, other) {
  const speakers = [one, other].map(({ author, kind }) => `${kind === 'system'} ${author.kind} ${author.id ?? ''}`);
  return speakers[0] === speakers[1] && new Date(other.at) - new Date(one.at) < GROUP_GAP;
}

export const isMine = (message) => message.author.kind === 'customer';
const isTheirs = (message) => !isMine(message) && message.kind !== 'system';

/** How far an own message has come: sending, failed, sent, read. */
export function markOf(message, conversation) {
  if (message.failed) return 'failed';
  if (message.pending) return 'sending';
  return (conversation?.staff_read_seq ?? 0) >= message.seq ? 'read' : 'sent';
}

/** An unsent message as it is drawn. */
function drawn({ client_id: id, frame, shown, failed }) {
  return {
    id, client_id: id, conversation: frame.conversation ?? null, seq: Infinity, kind: 'text',
    author: { kind: 'customer' }, at: shown.at, text: frame.text, files: shown.files ?? [],
    reply_to: shown.reply ?? null, pending: !failed, failed,
  };
}

export class Store {
  #entries = new Map();
  #order = signal([]);
  #outbox;
  #delivered = new Map();
  #behind = [];
  /** Until it is known who is there, and while he leaves. */
  #hidden = signal(true);
  #turn = Promise.resolve();
  #who = null;
  #page = null;
  #signing = false;
  #missed = false;
  #greeted;
  #shown = null;
  #typingTimer = null;
  #typedAt = 0;

  connection = signal({ name: 'connecting' });
  welcome = signal(null);
  conversations = signal(new Map());
  current = signal(null);
  /** True while a new topic's first words are being found, then the client id of the message that opens it. */
  topic = signal(null);
  more = signal(null);
  loadingOlder = signal(false);
  typing = signal(null);
  /** What the line tells who waits in it. */
  waiting = signal(null);
  reply = signal(null);
  editing = signal(null);
  text = signal('');
  /** Counts people: for each all is drawn anew. */
  epoch = signal(0);
  /** Whether the customer has the chat before his eyes, and the end of the thread in it. */
  shown = signal(false);
  atEnd = true;
  sound = signal(true);
  pending = signal([]);
  /** Resolves with the first welcome. */
  ready = new Promise((resolve) => { this.#greeted = resolve; });
  arrived = signal(null);

  conversation = computed(() => this.conversations.value.get(this.current.value) ?? null);
  messages = computed(() => this.#visible());
  unread = computed(() => this.#unreadCount());

  constructor({ config, storage, host, surroundings }) {
    Object.assign(this, { config, storage, host, surroundings });
    this.#outbox = new Outbox({ storage, prefix: this.#name('out:') });
    this.#outbox.onChange = () => { this.pending.value = this.#outbox.items; };
    this.pending.value = this.#outbox.items;
    this.sound.value = storage.get(this.#name('sound')) !== 'off';
    this.socket = new Socket({
      url: config.socket, outbox: this.#outbox,
      hello: () => this.#hello(),
      onFrames: (frames) => frames.forEach((frame) => (!this.#hidden.value || frame.type === 'welcome') && this.#handlers[frame.type]?.(frame)),
      onState: (state) => this.#onState(state),
      mayRetry: (code) => this.#dropToken(code),
      numberOf,
      catchUp: (id, rev) => ({ type: 'catch_up', conversation: id, after_rev: rev }),
    });
  }

  #name = (key) => `otklik:${this.config.key}:${key}`;

  #visible() {
    if (this.#hidden.value) return [];
    const own = this.topic.value ? null : this.current.value;
    const known = this.#all().filter((message) => message.conversation === own
      || this.conversations.value.get(message.conversation)?.state === 'closed');
    const sent = new Set(known.map((message) => message.client_id));
    const waiting = this.pending.value.filter((item) => !sent.has(item.client_id) && this.#belongs(item, own));
    return [...known.sort(compareMessages(own)), ...waiting.map(drawn)];
  }

  #all() {
    return this.#order.value.map((id) => this.#entries.get(id).value);
  }

  #belongs({ frame, shown }, own) {
    if (shown.topic && this.topic.value === shown.topic) return true;
    return !this.topic.value && (frame.conversation ?? null) === own;
  }

  #unreadCount() {
    const seen = ({ conversation: id }) => this.conversations.value.get(id)?.customer_read_seq ?? Infinity;
    return this.#all().filter((message) => isTheirs(message) && !message.deleted && message.seq > seen(message)).length;
  }

  #hello() {
    const person = this.#kept('person');
    if (this.#who && this.#who !== person) this.#forgetPerson();
    this.#who = person;
    const token = this.#shown = this.token();
    const around = this.surroundings();
    const again = this.#page === around.page_url;
    this.#page = around.page_url;
    return { type: 'hello', protocol: 1, key: this.config.key, ...around, again, ...(token && { token }) };
  }

  #kept = (name) => this.storage.get(this.#name(name));
  token = () => this.#kept('token');

  #dropToken(code) {
    const had = this.#shown !== null;
    if (code === CLOSE.UNAUTHORISED) {
      if (this.token() === this.#shown) this.storage.remove(this.#name('token'));
      this.#forgetStory();
    }
    return had;
  }

  #onState(state) {
    this.connection.value = state;
    if (state.name === 'online') for (const id of this.#behind.splice(0)) this.socket.catchUp(id);
  }

  #handlers = {
    welcome: (frame) => this.#applyWelcome(frame),
    message: (frame) => this.#upsert(frame.message),
    conversation: (frame) => this.#keep(frame.conversation),
    marks: (frame) => this.#applyMarks(frame),
    ack: (frame) => this.#applyAck(frame),
    typing: (frame) => this.#applyTyping(frame),
    waiting: (frame) => { this.waiting.value = frame.waiting; },
    catch_up: (frame) => this.#applyPage(frame, [frame.conversation]),
    history: (frame) => this.#applyPage(frame, frame.conversations),
    resync: () => this.#resync(),
  };

  #applyWelcome(frame) {
    if (frame.token) this.storage.set(this.#name('token'), this.#shown = frame.token);
    if (this.#hidden.value) return;
    this.welcome.value = frame;
    this.waiting.value = frame.waiting;
    this.#greeted();
    if (!this.#order.value.length) this.more.value = frame.more ?? null;
    this.#behind = [...this.conversations.value.values()].filter((view) => view.state !== 'closed').map((view) => view.id);
    for (const view of frame.conversations) this.#meet(view);
    if (!this.conversation.value || this.conversation.value.state === 'closed') this.current.value = frame.current;
    for (const message of frame.messages) this.#upsert(message);
    this.#reportUnread();
  }

  #meet(view) {
    if (!this.conversations.value.has(view.id)) this.socket.revs.start(view.id, view.rev);
    this.#keep(view);
  }

  #keep(view) {
    const known = this.conversations.value.get(view.id);
    if (known && known.rev > view.rev) return;
    this.conversations.value = new Map(this.conversations.value).set(view.id, view);
    if (view.state === 'closed' && this.reply.value?.conversation === view.id) this.reply.value = null;
    if (known && known.state !== 'closed' && view.state === 'closed') this.host.event('closed', { conversation: view.id });
    if (!this.topic.value && view.state !== 'closed') this.current.value ??= view.id;
  }

  #applyMarks(frame) {
    const known = this.conversations.value.get(frame.conversation);
    if (!known) return;
    this.#mark(known, Object.fromEntries(MARKS.map((name) => [name, Math.max(known[name], frame[name])])));
  }

  #mark(view, marks) {
    this.conversations.value = new Map(this.conversations.value).set(view.id, { ...view, ...marks });
    this.#reportUnread();
  }

  #applyAck(frame) {
    const item = this.#outbox.items.find((candidate) => candidate.client_id === frame.client_id);
    if (!item) return;
    const id = frame.conversation;
    const isOpener = this.topic.value !== null && this.topic.value === item.shown.topic;
    if (isOpener || !this.conversation.value || this.conversation.value.state === 'closed') {
      this.current.value = id;
      if (isOpener) this.topic.value = null;
    }
    this.#outbox.amend((other) => other.shown.topic === item.shown.topic && !other.frame.conversation, { conversation: id });
    const { message, seq, rev, at } = frame;
    if (!this.welcome.value.who.known) this.welcome.value = { ...this.welcome.value, who: { ...this.welcome.value.who, known: true } };
    const own = { ...drawn(item), ...(frame.without_quote && { reply_to: null }) };
    if (!this.#entries.has(message)) this.#upsert({ ...own, id: message, conversation: id, seq, rev, at, pending: false });
    if (!this.conversations.value.has(id)) queueMicrotask(() => this.socket.catchUp(id, 0));
  }

  /** Our own first words change who we are too, but bring the story with them. */
  #resync() {
    if (!this.welcome.value?.who.known && this.#outbox.first) return;
    if (this.#signing) this.#missed = true;
    else this.socket.restart();
  }

  #applyTyping({ conversation: id, author }) {
    if (id !== this.current.value || author.kind === 'customer') return;
    this.typing.value = author;
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => { this.typing.value = null; }, TYPING_SHOWN);
  }

  #applyPage(frame, views) {
    for (const view of views) {
      if (frame.type === 'history') this.#meet(view);
      else this.#keep(view);
    }
    for (const message of frame.messages) this.#upsert(message, { fromPage: frame.type === 'history' });
    this.#reportUnread();
  }

  #upsert(message, { fromPage = false } = {}) {
    const entry = this.#entries.get(message.id);
    if (entry) {
      if (entry.value.rev <= message.rev) entry.value = message;
      return;
    }
    if (!fromPage && this.#isBeforeWhatIsLoaded(message)) return;
    this.#entries.set(message.id, signal(message));
    this.#order.value = [...this.#order.value, message.id];
    if (!fromPage && isTheirs(message)) this.#received(message);
  }

  /** An old message that was changed belongs to a page of history that nobody has opened yet. */
  #isBeforeWhatIsLoaded(message) {
    if (!this.more.value || !this.#order.value.length) return false;
    return this.#all().every((other) => other.at > message.at);
  }

  #received(message) {
    const { conversation: id, seq } = message;
    const known = this.conversations.value.get(id);
    this.typing.value = null;
    if (seq <= (known?.customer_delivered_seq ?? 0)) return;
    this.#delivered.set(id, Math.max(this.#delivered.get(id) ?? 0, seq));
    queueMicrotask(() => this.#reportDelivered());
    this.arrived.value = message;
    this.host.event('message', { conversation: id, author: message.author.kind });
    this.#reportUnread();
  }

  #reportDelivered() {
    for (const [id, seq] of this.#delivered) {
      if (this.socket.tell({ type: 'delivered', conversation: id, seq })) this.#delivered.delete(id);
    }
  }

  #reportUnread() {
    this.host.say('unread', { count: this.unread.value });
  }

  #forgetStory() {
    this.#entries.clear();
    this.#delivered.clear();
    this.socket.revs.clear();
    batch(() => {
      this.#order.value = [];
      this.conversations.value = new Map();
      for (const name of ['current', 'topic', 'more', 'reply', 'editing', 'typing', 'waiting']) this[name].value = null;
    });
  }

  #clearScreen() {
    this.#forgetStory();
    batch(() => {
      this.welcome.value = null;
      this.text.value = '';
      this.epoch.value += 1;
    });
  }

  #forgetPerson() {
    this.#clearScreen();
    this.#outbox.clear();
    this.write('');
  }

  send({ text, files = [], form, department }) {
    const id = newClientId();
    const opens = this.topic.value === true;
    if (opens) this.topic.value = id;
    const topic = this.topic.value || undefined;
    const reply = this.reply.value;
    const frame = {
      type: 'send', client_id: id, text, files: files.map((file) => file.id),
      ...(!topic && this.current.value && { conversation: this.current.value }),
      ...(opens && { new_topic: true }),
      ...(reply && { reply_to: reply.id }),
      ...(form && { form }),
      ...(department && { department }),
    };
    this.reply.value = null;
    this.socket.enqueue(frame, { at: new Date().toISOString(), files, reply: reply && quoteOf(reply), topic });
  }

  tellTyping() {
    const silent = !this.current.value || this.topic.value || Date.now() - this.#typedAt < TYPING_EVERY;
    if (silent || this.conversation.value?.state === 'closed') return;
    this.#typedAt = Date.now();
    this.socket.tell({ type: 'typing', conversation: this.current.value });
  }

  /** All that is drawn, once its end is in view. */
  markRead() {
    if (!this.shown.value || !this.atEnd || document.visibilityState !== 'visible') return;
    const last = new Map(this.messages.value.filter(isTheirs).map((message) => [message.conversation, message.seq]));
    for (const [id, seq] of last) {
      const view = this.conversations.value.get(id);
      if (seq > view?.customer_read_seq && this.socket.tell({ type: 'read', conversation: id, seq })) this.#mark(view, { customer_read_seq: seq });
    }
  }

  async loadOlder() {
    if (!this.more.value || this.loadingOlder.value) return;
    this.loadingOlder.value = true;
    try {
      const page = await this.socket.request({ type: 'history', before: this.more.value });
      this.more.value = page.more ?? null;
    } finally {
      this.loadingOlder.value = false;
    }
  }

  /** Loads history back to a message. False if it is not there (any more). */
  async reach(messageId) {
    for (let page = 0; page < JUMP_PAGES && !this.#entries.has(messageId) && this.more.value; page += 1) {
      await this.loadOlder();
    }
    return this.#entries.has(messageId);
  }

  /** Turns to one of several open topics; closed ones are above it anyway. */
  openTopic(id) {
    batch(() => {
      this.topic.value = null;
      this.reply.value = null;
      if (this.conversations.value.get(id)?.state !== 'closed') this.current.value = id;
    });
  }

  newTopic() {
    this.topic.value = true;
    this.reply.value = null;
  }

  retry = (clientId) => this.socket.retry(clientId);
  discard = (clientId) => this.#outbox.remove(clientId);
  edit = (message, text) => this.socket.request({ type: 'edit', message: message.id, text });
  remove = (message) => this.socket.request({ type: 'delete', message: message.id });
  close = () => this.socket.request({ type: 'close', conversation: this.current.value });
  rate = (id, score, comment) => this.socket.request({ type: 'rate', conversation: id, score, comment });
  search = (text) => this.socket.request({ type: 'search', text });

  /** A person of before stays out of sight where the page is about to name its customer. */
  open(named) {
    if (!named || this.#kept('person') === null) this.#show();
  }

  #show() {
    if (this.#hidden.value) {
      this.#hidden.value = false;
      this.write(this.text.value || this.#kept('draft') || '');
    }
    this.socket.open();
  }

  #inTurn(action) {
    return this.#turn = this.#turn.catch(() => undefined).then(action);
  }

  /** Makes room for whom the page names. */
  async #seat(person) {
    const before = this.#kept('person');
    if (before !== null && before !== person) await this.#leave();
    this.#show();
  }

  /** The bank's page vouches for its customer; his story is fetched anew under the new token. */
  identify = (jwt) => this.#inTurn(async () => {
    const person = subjectOf(jwt);
    await this.#seat(person);
    await this.online();
    const { who } = this.welcome.value;
    if (who.verified && person && person === this.#kept('person')) return who.name;
    const { token, name, fresh } = await this.#signIn(jwt);
    this.storage.set(this.#name('token'), token);
    this.storage.set(this.#name('person'), this.#who = person);
    this.socket.restart();
    if (fresh) this.#forgetPerson();
    else this.#forgetStory();
    return name;
  });

  nobody = () => this.#inTurn(() => this.#seat());
  logout = () => this.#inTurn(() => this.#leave().then(() => this.#show()));

  /** The call to begin anew may overtake the answer with its token. */
  async #signIn(jwt) {
    this.#signing = true;
    this.#missed = false;
    try {
      return await this.socket.request({ type: 'identify', jwt });
    } catch (error) {
      if (this.#missed) this.socket.restart();
      throw error;
    } finally {
      this.#signing = false;
    }
  }

  /** Ends this visitor: nothing of him stays on this device, and the next hello begins a fresh one. */
  async #leave() {
    if (!this.#hidden.value) this.#clearScreen();
    this.#hidden.value = true;
    this.socket.open();
    await this.online(true);
    // The server may hang up before it answers; here it is over in any case.
    await this.socket.request({ type: 'logout' }).catch(() => undefined);
    for (const name of ['token', 'person', 'draft']) this.storage.remove(this.#name(name));
    this.#outbox.clear();
    this.#who = null;
    this.socket.restart();
  }

  /** Resolves as soon as requests can be made. */
  online(hidden) {
    return new Promise((resolve) => {
      const stop = effect(() => {
        if (this.connection.value.name === 'online' && (hidden || !this.#hidden.value)) queueMicrotask(() => { stop(); resolve(); });
      });
    });
  }

  movePage({ url, title }) {
    if (this.socket.tell({ type: 'page', url, title })) this.#page = url;
  }

  write(text) {
    this.text.value = text;
    if (this.#hidden.value) return;
    if (text) this.storage.set(this.#name('draft'), text);
    else this.storage.remove(this.#name('draft'));
  }

  toggleSound() {
    this.sound.value = !this.sound.value;
    this.storage.set(this.#name('sound'), this.sound.value ? 'on' : 'off');
  }
}

function numberOf(frame) {
  if (frame.type === 'conversation') return [frame.conversation.id, frame.conversation.rev];
  return ['message', 'marks', 'rev'].includes(frame.type) ? [frame.conversation, frame.rev] : null;
}

/** Whom a signed token names, unchecked. */
function subjectOf(jwt) {
  try {
    return String(JSON.parse(atob(jwt.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'))).sub ?? '');
  } catch {
    return '';
  }
}

const quoteOf = ({ id, seq, author, text }) => ({ id, seq, author: author.kind, text });
