/**
 * What the workspace knows and can do: one socket, and the stores of its nouns. Components read signals here and
 * call its verbs; only this module and shared/socket.js know frames.
 */
import { computed, signal } from '@preact/signals-core';
import { CLOSE, FrameError, newClientId, Outbox, Socket } from '../shared/socket.js';
import { Allowed } from './allowed.js';
import { Drafts } from './drafts.js';
import { Offers } from './offers.js';
import { Prefs } from './prefs.js';
import { Rows } from './rows.js';
import { Threads } from './threads.js';

const TYPING_EVERY = 2500;
const READ_AFTER = 250;
const REFETCH_AFTER = 400;
/** What the operator brings about himself rings no bell. */
const ACTED = 2000;
/** Refusals of a moment: what was open stays, and is asked for once more. */
const PASSING = new Set(['unavailable', 'rate_limited']);
/** What was refused or came late is asked for once more after this, in ms. */
const AGAIN_AFTER = 5000;

export class Store {
  #outbox;
  #typedAt = new Map();
  #readTimer = null;
  #refetchTimer = null;
  #restartTimer = null;
  #signedOut = false;
  #acting = new Set();
  #taking = null;

  connection = signal({ name: 'connecting' });
  /** Why the page cannot go on by itself: 'signed_out', 'other_user', 'refused', or null. */
  ended = signal(null);
  me = signal(null);
  presence = signal({ state: 'offline', reason: null, since: null, wrap_up_until: null, notes: null });
  /** Units of his capacity that are reserved, and how many there are. */
  load = signal({ load: 0, capacity: 0 });
  brand;
  catalogue = signal({ lines: [], tags: [], templates: [], reasons: [], decline_reasons: [] });
  pending = signal([]);
  /** Server time less ours, in ms: waiting clocks count by the server's. */
  skew = signal(0);
  /** What arrived from outside and may ring: {kind, conversation}. */
  happened = signal(null);
  /** Conversations one may not read any more in which something typed is left. */
  lost = signal([]);
  /** The last conversation that left one's sight by another's hand: {conversation, line, at}; the line may be null. */
  left = signal(null);
  /** What he handed to a colleague who did not take it: {conversation, name, missed, returned, at}. */
  handed = signal(null);
  /** The last offer that was taken back before its time was over: {conversation, at}. */
  withdrawn = signal(null);
  /** Whether the open thread is before the operator's eyes: the tab is shown and its end is on the screen. */
  watching = signal(false);

  linesById = computed(() => new Map(this.catalogue.value.lines.map((line) => [line.id, line])));
  tagsById = computed(() => new Map(this.catalogue.value.tags.map((tag) => [tag.id, tag])));

  /** @param {{config: object, storage: object, ticket: () => Promise<string>}} options */
  constructor({ config, storage, ticket }) {
    Object.assign(this, { config, ticket, brand: signal(config.brand) });
    this.me.value = { id: config.user.id, name: config.user.name, rights: [], lines: [], pulls: [] };
    this.prefs = new Prefs({ storage, user: config.user.id });
    this.#outbox = new Outbox({ storage, prefix: `otklik:ws:${config.user.id}:out:` });
    this.#outbox.onChange = () => this.#onOutbox();
    this.pending.value = this.#outbox.items;
    this.socket = this.#makeSocket();
    const request = (frame) => this.socket.request(frame);
    this.rows = new Rows({
      request, sort: () => this.prefs.value.peek().sort, isFolded: (name) => this.prefs.isFolded(name),
      onUnread: (id) => this.#ring(id), onLeave: (row) => this.#onLeave(row),
    });
    const moment = () => Date.now() + this.skew.peek();
    this.offers = new Offers({
      request, moment,
      onOffer: (id) => { this.happened.value = { kind: 'offer', conversation: id, at: Date.now() }; },
      onWithdrawn: (id) => { this.withdrawn.value = { conversation: id, at: Date.now() }; },
    });
    this.allowed = new Allowed({ me: this.me, offers: this.offers, moment });
    this.drafts = new Drafts({ storage, user: config.user.id, request });
    this.threads = new Threads({ pending: this.pending, me: this.me, tell: (frame) => this.socket.tell(frame) });
  }

  #makeSocket() {
    return new Socket({
      url: this.config.urls.socket, outbox: this.#outbox,
      hello: () => this.#hello(),
      onFrames: (frames) => frames.forEach((frame) => this.#handlers[frame.type]?.(frame)),
      onState: (state) => this.#onState(state),
      mayRetry: () => !this.#signedOut,
      numberOf: (frame) => this.#numberOf(frame),
      heardOf: (frame) => this.#heardOf(frame),
      catchUp: (id, rev) => (this.#isOpen(id) ? { type: 'catch_up', conversation: id, after_rev: rev } : null),
    });
  }

  async #hello() {
    try {
      return { type: 'hello', protocol: 1, ticket: await this.ticket() };
    } catch (error) {
      this.#signedOut = error.code === 'signed_out' || error.code === 'other_user';
      if (this.#signedOut) this.ended.value = error.code;
      throw this.#signedOut ? new FrameError('unauthorised') : new FrameError('offline');
    }
  }

  #onState(state) {
    this.connection.value = state;
    if (state.name === 'stopped' && state.code === CLOSE.REFUSED) this.ended.value = 'refused';
  }

  /** Somebody signed in again: go on where the connection ended. */
  resume() {
    if (this.ended.peek() !== 'signed_out') return;
    this.#signedOut = false;
    this.ended.value = null;
    this.socket.open();
  }

  // --- frames ---------------------------------------------------------------------------------------------

  /** Only open threads are counted: of the others no gap is felt. */
  #numberOf(frame) {
    const id = frame.type === 'row' ? frame.row.id : frame.conversation;
    const rev = frame.type === 'row' ? frame.row.rev : frame.rev;
    const counted = ['message', 'marks', 'rev', 'row'].includes(frame.type) && this.#isOpen(id);
    return counted ? [id, rev] : null;
  }

  /** A line tells of a change by another way than the thread: what the thread did not get shows by that. */
  #heardOf(frame) {
    const rows = frame.type === 'line' ? frame.rows : [];
    return rows.filter((row) => row.rev && this.#isOpen(row.id)).map((row) => [row.id, row.rev]);
  }

  #isOpen(id) {
    const thread = this.threads?.get(id);
    return thread?.ready.peek() && !thread.stale;
  }

  #handlers = {
    welcome: (frame) => this.#applyWelcome(frame),
    catalogue: (frame) => this.#applyCatalogue(frame),
    catalogue_changed: () => this.#renewCatalogue(),
    presence: ({ state, reason, since, wrap_up_until, notes }) => { this.presence.value = { state, reason, since, wrap_up_until, notes }; },
    me: ({ me }) => this.#applyMe(me),
    load: ({ load, capacity }) => { this.load.value = { load, capacity }; },
    offer: ({ offer }) => this.offers.apply(offer),
    handing_failed: (frame) => { this.handed.value = { ...frame, at: Date.now() }; },
    offer_ended: ({ conversation, reason }) => this.offers.end(conversation, reason),
    line: (frame) => this.#applyLine(frame),
    counts: (frame) => this.rows.applyCounts(frame.lines),
    row: (frame) => this.#applyRow(frame.row),
    held: (frame) => this.rows.change(frame.row),
    message: (frame) => this.#applyMessage(frame),
    marks: (frame) => this.threads.get(frame.conversation)?.applyMarks(frame),
    ack: (frame) => this.#applyAck(frame),
    answered: (frame) => this.#applyAck(frame),
    typing: (frame) => this.#applyTyping(frame),
    catch_up: (frame) => this.#applyCatchUp(frame),
    older: (frame) => this.threads.get(frame.conversation)?.applyOlder(frame),
    handled: (frame) => frame.row && this.#applyRow(frame.row),
    promise_notice: (frame) => this.onPromise?.(frame),
    resync: () => this.socket.restart(),
  };

  #applyWelcome(frame) {
    this.skew.value = Date.parse(frame.now) - Date.now();
    this.#applyMe(frame.me);
    clearTimeout(this.#restartTimer);
    // Requests may be made only when the hello's answer has been worked off.
    setTimeout(() => this.#afterWelcome(frame));
  }

  #applyMe(me) {
    const { state, reason, since, wrap_up_until, notes, load, capacity, offers, ...rest } = me;
    this.me.value = { ...rest, name: rest.name || this.config.user.name };
    this.presence.value = { state, reason, since, wrap_up_until, notes };
    this.load.value = { load, capacity };
    this.offers.start(offers);
  }

  async #afterWelcome(frame) {
    try {
      await this.#fetchCatalogue();
      this.drafts.start(frame.drafts);
      await Promise.all([this.rows.start(frame), this.#reopen()]);
      await this.#findKept();
    } catch (error) {
      this.#restartTimer = this.#unlessOffline(error, () => this.socket.restart());
    }
  }

  /** Tries again later what was refused; a lost connection begins with a welcome, which fetches everything. */
  #unlessOffline(error, action) {
    if (!(error instanceof FrameError)) throw error;
    return error.code === 'offline' ? null : setTimeout(() => this.socket.online && action(), AGAIN_AFTER);
  }

  /** Threads that were open are subscribed again; what changed meanwhile comes by its numbers. */
  async #reopen() {
    const current = this.threads.current.peek();
    this.threads.lapse();
    if (current !== null) await this.#fetchThread(current);
  }

  #fetchCatalogue() {
    return this.socket.request({ type: 'catalogue' });
  }

  /** Lines, texts or rules changed: what he may do with them may have changed too. */
  #renewCatalogue() {
    return Promise.all([this.#fetchCatalogue(), this.socket.request({ type: 'me' })]).catch((error) => { this.#unlessOffline(error, () => this.#renewCatalogue()); });
  }

  #applyCatalogue({ lines, tags, templates, reasons, decline_reasons, brand }) {
    this.brand.value = brand;
    this.catalogue.value = { lines, tags, templates, reasons, decline_reasons };
    const known = this.rows.priorities.peek();
    const common = lines.find((line) => line.common)?.id ?? null;
    const moved = lines.some((line) => known.get(line.id) !== line.priority);
    if (this.rows.commonLine.peek() === common && !moved) return;
    this.rows.commonLine.value = common;
    this.rows.priorities.value = new Map(lines.map((line) => [line.id, line.priority]));
    this.rows.replaceAll();
  }

  #applyLine(frame) {
    const before = frame.counts ? this.#waitingIn(frame.line) : 0;
    if (this.rows.applyLine(frame)) this.#refetchSoon();
    if (frame.counts && this.#waitingIn(frame.line) > before) this.happened.value = { kind: 'waiting', at: Date.now() };
  }

  #waitingIn(line) {
    const found = this.rows.lines.peek().find((each) => each.line === line && each.readable);
    return found?.counts.queued ?? 0;
  }

  #refetchSoon() {
    clearTimeout(this.#refetchTimer);
    this.#refetchTimer = setTimeout(async () => {
      try {
        await this.socket.request({ type: 'counts' });
        await this.rows.reload();
      } catch (error) {
        this.#refetchTimer = this.#unlessOffline(error, () => this.#refetchSoon());
      }
    }, REFETCH_AFTER);
  }

  #applyRow(row) {
    const before = this.rows.get(row.id);
    this.rows.keepOwn(row);
    this.offers.settle(row, this.me.peek().id);
    const mine = row.holder === this.me.peek().id;
    if (mine && before?.holder !== row.holder && !this.#acting.has(row.id)) {
      this.#becameMine(row.id);
    }
    this.#applyToThread(row);
    if (!this.#isListed(row.id)) this.#seekKept(row.id, row.line);
  }

  /** While he takes the next one himself nobody knows yet which it is: the row may come before the answer. */
  #becameMine(id) {
    if (this.#taking) this.#taking.push(id);
    else this.happened.value = { kind: 'mine', conversation: id, at: Date.now() };
  }

  /** What is allowed in a thread follows from who holds it and where it stands. */
  #applyToThread(row) {
    const thread = this.threads.get(row.id);
    if (thread?.applyRow(row) || thread?.gone.peek()) this.#fetchThread(row.id);
  }

  /** A line says that it lost one: the open thread may be lost with it. */
  #onLeave(row) {
    const thread = this.threads.get(row.id);
    if (thread?.ready.peek() && !thread.gone.peek()) this.#fetchThread(row.id, row.line);
    else this.#seekKept(row.id, row.line);
  }

  #applyMessage({ conversation, message }) {
    const thread = this.threads.get(conversation);
    thread?.applyMessage(message, { seen: this.#isSeen(conversation) });
    if (message.author.kind === 'customer' && !message.edited_at && !message.deleted) this.#ring(conversation);
  }

  /** Told by the thread where it is open here, and by its line in any case: rung once. */
  #ring(conversation) {
    const row = this.rows.get(conversation);
    if (row?.holder === this.me.peek().id && !this.#isSeen(conversation)) this.happened.value = { kind: 'message', conversation, at: Date.now() };
  }

  #isSeen(conversation) {
    return this.watching.peek() && this.threads.current.peek() === conversation;
  }

  #applyAck(frame) {
    const item = this.#outbox.items.find((candidate) => candidate.client_id === frame.client_id);
    if (item) this.threads.get(frame.conversation)?.applyAck(frame, item, this.me.peek());
  }

  #applyTyping({ conversation, author }) {
    if (author.kind === 'operator' && author.id === this.me.peek().id) return;
    this.threads.get(conversation)?.applyTyping(author);
  }

  #applyCatchUp(frame) {
    const thread = this.threads.get(frame.row.id);
    this.rows.keepOwn(frame.row);
    this.#applyToThread(frame.row);
    for (const message of frame.messages) thread?.applyMessage(message, { seen: this.#isSeen(frame.row.id) });
    thread?.applyMarks(frame);
  }

  // --- opening ----------------------------------------------------------------------------------------------

  async open(id) {
    const asks = this.threads.show(id);
    if (asks) await this.#fetchThread(id);
  }

  /** @param {number} id @param {number|null} [line] where it is said to have gone */
  async #fetchThread(id, line = null) {
    const thread = this.threads.get(id);
    const known = thread.ready.peek();
    try {
      const frame = await this.socket.request({ type: 'open', conversation: id });
      thread.applyOpened(frame);
      this.lost.value = this.lost.peek().filter((each) => each !== id);
      if (this.rows.get(id) || frame.row.state !== 'closed') this.rows.keepOwn(frame.row);
      this.drafts.fromServer(id, frame.draft);
      if (known) await this.socket.catchUp(id);
      else this.socket.revs.start(id, frame.row.rev);
    } catch (error) {
      if (this.threads.get(id) === thread) this.#notOpened(thread, error, line);
    }
  }

  #notOpened(thread, error, line) {
    const known = thread.ready.peek() || thread.gone.peek();
    if (error.code === 'offline' || error.code === 'timeout') return;
    if (known && error.code === 'not_found') this.#lose(thread.id, line ?? thread.movedTo);
    else if (known && PASSING.has(error.code)) this.#openAgain(thread);
    else thread.error.value = error;
  }

  #openAgain(thread) {
    thread.stale = true;
    setTimeout(() => {
      if (thread.stale && this.threads.current.peek() === thread.id) this.#fetchThread(thread.id);
    }, AGAIN_AFTER);
  }

  // --- what one may not read any more -----------------------------------------------------------------------

  /** It leaves the screen, but for what was typed in it. */
  #lose(id, line) {
    const news = !this.lost.peek().includes(id);
    if (this.#hasKept(id)) {
      this.threads.add(id).close(line);
      if (news) this.lost.value = [...this.lost.peek(), id];
    } else {
      this.#letGo(id);
    }
    const seen = this.threads.current.peek() === id;
    if (news && !seen && !this.#acting.has(id)) this.left.value = { conversation: id, line, at: Date.now() };
  }

  #letGo(id) {
    this.lost.value = this.lost.peek().filter((each) => each !== id);
    if (this.threads.current.peek() === id) this.threads.leave();
    this.threads.forget(id);
  }

  #hasKept(id) {
    const thread = this.threads.get(id);
    const begun = thread && (thread.tray.peek().length > 0 || thread.editing.peek());
    return Boolean(begun || this.drafts.of(id).peek().text.trim() || this.unsentOf(id).length);
  }

  /** Messages of the outbox for a conversation. */
  unsentOf(id) {
    return this.pending.value.filter((item) => item.frame.conversation === id);
  }

  /** Something typed is left where no thread is open and no row stands in the list: may one still read it? */
  async #seekKept(id, line = null) {
    if (this.threads.get(id) || !this.#hasKept(id)) return;
    try {
      await this.socket.request({ type: 'open', conversation: id });
      if (!this.threads.get(id)) this.socket.tell({ type: 'leave', conversation: id });
    } catch (error) {
      if (error.code === 'not_found' && !this.threads.get(id)) this.#lose(id, line);
    }
  }

  async #findKept() {
    const ids = new Set([...this.drafts.own(), ...this.pending.peek().map((item) => item.frame.conversation)]);
    for (const id of ids) if (!this.#isListed(id)) await this.#seekKept(id);
  }

  #isListed(id) {
    return this.rows.get(id)?.locked === false;
  }

  #onOutbox() {
    this.pending.value = this.#outbox.items;
    for (const { failed, frame } of this.pending.peek()) {
      const id = frame.conversation;
      if (failed?.code === 'not_found' && this.threads && !this.threads.get(id)) this.#lose(id, null);
    }
  }

  /** The operator needs no more of what was left. */
  discardKept(id) {
    this.drafts.clear(id);
    for (const item of this.unsentOf(id)) this.discard(item.client_id);
    this.#letGo(id);
  }

  async loadOlder(thread) {
    if (!thread.more.peek() || thread.loadingOlder.peek()) return;
    thread.loadingOlder.value = true;
    try {
      await this.socket.request({ type: 'older', conversation: thread.id, before: thread.firstSeq });
    } finally {
      thread.loadingOlder.value = false;
    }
  }

  /** Loads older pages until the message is there; false if it cannot be reached. */
  async reach(thread, seq) {
    for (let page = 0; page < 40 && thread.firstSeq > seq && thread.more.peek(); page += 1) await this.loadOlder(thread);
    return thread.firstSeq <= seq;
  }

  async fetchCard(thread) {
    thread.card.value = await this.socket.request({ type: 'card', conversation: thread.id });
  }

  // --- writing ------------------------------------------------------------------------------------------------

  /** @param {{text: string, files?: object[], note?: boolean, fromLine?: boolean}} written `fromLine`: it takes the conversation */
  send(thread, { text, files = [], note = false, fromLine = false }) {
    const reply = thread.reply.peek();
    const frame = {
      type: fromLine ? 'answer' : 'send', client_id: newClientId(), conversation: thread.id, text, files: files.map((file) => file.id),
      ...(!fromLine && { note }), ...(reply && { reply_to: reply.id }),
    };
    if (fromLine) this.#acts(thread.id);
    thread.reply.value = null;
    thread.unreadAfter.value = null;
    this.drafts.set(thread.id, { text: '', note });
    const quote = reply && { id: reply.id, seq: reply.seq, author: reply.author.kind, text: reply.text };
    this.socket.enqueue(frame, { at: new Date().toISOString(), files, reply: quote });
  }

  retry(clientId) {
    this.socket.retry(clientId);
  }

  discard(clientId) {
    this.#outbox.remove(clientId);
  }

  /** A message that its channel did not deliver goes out once more, after what waits there now. */
  sendAgain(message) {
    return this.socket.request({ type: 'retry', delivery: message.delivery_id });
  }

  /** Its holder or helper decides; without a holder, who may answer in its line. */
  maySendAgain(thread) {
    const { may_answer: mayAnswer, rights } = thread.abilities.value;
    const row = thread.row.value;
    return mayAnswer || (rights.includes('answer') && row.holder === null && row.state !== 'closed');
  }

  resendLetter(letter) {
    return this.socket.request({ type: 'resend_letter', letter });
  }

  /** The same for a letter, which may come to nothing long after the conversation was closed. */
  mayResendLetter(thread) {
    const { may_answer: mayAnswer, rights } = thread.abilities.value;
    return mayAnswer || (rights.includes('answer') && thread.row.value.holder === null);
  }

  edit(message, text) {
    return this.socket.request({ type: 'edit', message: message.id, text });
  }

  remove(message) {
    return this.socket.request({ type: 'delete', message: message.id });
  }

  tellTyping(id, note) {
    if (Date.now() - (this.#typedAt.get(id) ?? 0) < TYPING_EVERY) return;
    this.#typedAt.set(id, Date.now());
    this.socket.tell({ type: 'typing', conversation: id, note });
  }

  /** The end of the open thread is on the screen: its holder has read it. */
  markRead() {
    clearTimeout(this.#readTimer);
    this.#readTimer = setTimeout(() => {
      const thread = this.threads.get(this.threads.current.peek());
      const row = thread && this.rows.get(thread.id);
      if (!thread?.ready.peek() || !this.watching.peek() || row?.holder !== this.me.peek().id) return;
      const { lastSeq } = thread;
      if (lastSeq <= thread.marks.peek().staff) return;
      this.socket.tell({ type: 'read', conversation: thread.id, seq: lastSeq });
    }, READ_AFTER);
  }

  // --- acting -------------------------------------------------------------------------------------------------

  /** accept, take_over, return, snooze, close, transfer: resolves when the server has done it. */
  async act(type, conversation, more = {}) {
    this.#acting.add(conversation);
    try {
      return await this.socket.request({ type, conversation, ...more });
    } finally {
      setTimeout(() => this.#acting.delete(conversation), ACTED);
    }
  }

  /** A draft that became the comment is said with it; any other stays. */
  async passOn(conversation, target) {
    const draft = this.drafts.of(conversation).peek().text;
    const said = draft.trim() && draft.trim() === target.comment;
    if (said) this.drafts.clear(conversation);
    try {
      return await this.act('transfer', conversation, target);
    } catch (error) {
      if (said) this.drafts.set(conversation, { text: draft });
      throw error;
    }
  }

  async setTags(conversation, tags) {
    const row = this.rows.entry(conversation);
    const answer = await this.socket.request({ type: 'tag', conversation, tags });
    if (row) row.value = { ...row.value, tags: answer.tags };
  }

  /** The one whose turn it is; null when nothing waits for this operator. */
  async takeNext() {
    const given = (this.#taking ??= []);
    let row = null;
    try {
      ({ row } = await this.socket.request({ type: 'take_next' }));
    } finally {
      this.#taking = null;
      for (const id of given) if (id !== row?.id) this.#becameMine(id);
    }
    if (!row) return null;
    this.#acts(row.id);
    this.#applyRow(row);
    return row.id;
  }

  /** What he brings about himself rings no bell. */
  #acts(conversation) {
    this.#acting.add(conversation);
    setTimeout(() => this.#acting.delete(conversation), ACTED);
  }

  /** After-work is done before its time is over. */
  ready() {
    return this.socket.request({ type: 'ready' });
  }

  /** A sign of life: needs no answer. */
  active() {
    this.socket.tell({ type: 'active' });
  }

  setPresence(state, reason = null) {
    return this.socket.request({ type: 'presence', state, reason });
  }

  colleagues() {
    return this.socket.request({ type: 'colleagues' }).then((answer) => answer.colleagues);
  }

  /** To whom the conversation may be handed besides lines and colleagues: mostly nobody. */
  bots(conversation) {
    return this.socket.request({ type: 'bots', conversation }).then((answer) => answer.bots);
  }

  /** Every decision about a conversation, in words. */
  why(conversation) {
    return this.socket.request({ type: 'why', conversation }).then((answer) => answer.steps);
  }

  search(text) {
    return this.socket.request({ type: 'search', text }).then((answer) => answer.hits);
  }

  /** The open thread's row as new as the list or the thread itself knows it. */
  rowOf(thread) {
    const own = thread.row.value;
    const listed = this.rows.entry(thread.id)?.value;
    return listed && !listed.locked ? { ...own, ...listed } : own;
  }
}
