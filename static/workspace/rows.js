/**
 * Conversations as the list knows them: a signal per row, the order of sections, counters of lines.
 *
 * Rows arrive whole (lists, moves) or in part (deltas of lines) and are joined by id; an older rev never
 * replaces a newer one. What is drawn from the order is drawn again only when something changed its place.
 */
import { batch, computed, signal } from '@preact/signals-core';
import { comparePlaces, countsOf, placeOf, SECTIONS, sectionOf } from './sections.js';

const ASK_TOGETHER = 150;
const ASK_AT_ONCE = 100;
const ASK_AGAIN = 5000;
/** No line counts these: their rows are fetched though they are folded. */
const COUNTED_HERE = ['mine', 'recent'];

/** Readable rows and padlocks of a line are numbered and counted each by themselves. */
const topicOf = ({ line, readable }) => `${line}${readable ? '' : ':meta'}`;

/** A row that tells nothing of its turn still waits where it waited: its turn is told apart. */
const standsStill = (known, row) => Boolean(known.turn) && known.state === row.state && known.line === row.line && known.holder === row.holder;

export class Rows {
  #entries = new Map();
  #places = new Map();
  #moved = signal(0);
  #numbers = new Map();
  #pages = signal({});
  #unknown = new Set();
  #askTimer = null;

  /** Counters of the lines one may see: [{line, readable, partial, counts}]; of a line read in part there are two. */
  lines = signal([]);
  commonLine = signal(null);
  /** How important each line is. */
  priorities = signal(new Map());
  me = signal(null);
  loaded = signal(false);

  view = computed(() => ({ me: this.me.value, common: this.commonLine.value, priorities: this.priorities.value }));
  placed = computed(() => this.#place());
  mine = computed(() => (this.placed.value.get('mine') ?? []).map((id) => this.get(id)));
  counts = computed(() => countsOf(this.lines.value, this.mine.value, this.view.value));
  /** Conversations of mine in which the customer waits or wrote something unread. */
  waitingForMe = computed(() => this.mine.value.filter((row) => this.entry(row.id)?.value.unread > 0).length);

  /**
   * @param {object} options
   * @param {(frame: object) => Promise<object>} options.request
   * @param {() => string} options.sort 'steady' or 'waiting', for the own conversations
   * @param {(name: string) => boolean} options.isFolded
   * @param {(id: number) => void} [options.onUnread] a customer wrote more
   * @param {(row: {id: number, line: number}) => void} [options.onLeave] one went from its line to another
   */
  constructor({ request, sort, isFolded, onUnread = () => undefined, onLeave = () => undefined }) {
    Object.assign(this, { request, sort, isFolded, onUnread, onLeave });
  }

  entry(id) {
    return this.#entries.get(id);
  }

  /** The row as it is, without listening to it. */
  get(id) {
    return this.#entries.get(id)?.peek();
  }

  hasMore = (section) => section !== 'mine' && (this.#pages.value[section]?.next ?? null) !== null;

  // --- loading --------------------------------------------------------------------------------------------

  /** A new connection: counters are those of the welcome, lists are fetched anew and replace what was known. */
  async start(welcome) {
    const numbers = new Map(welcome.lines.map((each) => [topicOf(each), each.number]));
    batch(() => {
      this.#numbers = numbers;
      this.lines.value = welcome.lines;
      this.me.value = welcome.me.id;
    });
    await this.reload();
  }

  async reload() {
    const wanted = SECTIONS.filter((name) => COUNTED_HERE.includes(name) || !this.isFolded(name));
    const before = [...this.#entries].map(([id, entry]) => [id, entry.peek()]);
    const answers = await Promise.all(wanted.map((section) => this.request({ type: 'list', section })));
    batch(() => {
      const listed = new Set(answers.flatMap((answer) => answer.rows.map((row) => row.id)));
      // What was told of between two answers may be in none of them.
      for (const [id, row] of before) if (!listed.has(id) && this.get(id) === row) this.#drop(id);
      for (const answer of answers) this.#takePage(answer);
      for (const name of SECTIONS) if (!wanted.includes(name)) this.#setPage(name, undefined);
      this.loaded.value = true;
    });
    await this.#restOfMine(answers.find((answer) => answer.section === 'mine'));
  }

  async #restOfMine(answer) {
    for (let { next } = answer; next; next = answer.next) {
      answer = await this.request({ type: 'list', section: 'mine', after: next });
      this.#takePage(answer);
    }
  }

  /** The first page of a section that was folded, or the next one of one that was read to its end. */
  async more(section) {
    const page = this.#pages.value[section];
    if (page?.loading || page?.next === null) return;
    this.#setPage(section, { ...page, loading: true });
    try {
      this.#takePage(await this.request({ type: 'list', section, ...(page?.next && { after: page.next }) }));
    } catch (error) {
      this.#setPage(section, page);
      throw error;
    }
  }

  /** Whether a section has been asked for since the connection began. */
  isLoaded(section) {
    return this.#pages.value[section] !== undefined;
  }

  #takePage(answer) {
    batch(() => {
      for (const row of answer.rows) this.keep(row);
      this.#setPage(answer.section, { next: answer.next, loading: false });
    });
  }

  #setPage(section, page) {
    this.#pages.value = { ...this.#pages.value, [section]: page };
  }

  // --- what changes -----------------------------------------------------------------------------------------

  /** A line's delta. True if an earlier one is missing: lists and counters have to be fetched again. */
  applyLine(frame) {
    const topic = topicOf(frame);
    const seen = this.#numbers.get(topic);
    if (seen === undefined) return false;
    this.#numbers.set(topic, Math.max(seen, frame.last));
    if (frame.counts && frame.last > seen) this.#count(topic, frame.counts);
    for (const row of frame.rows) this.#applyDelta(row, frame.line);
    return frame.first > seen + 1;
  }

  applyCounts(lines) {
    for (const each of lines) this.#numbers.set(topicOf(each), Math.max(this.#numbers.get(topicOf(each)) ?? 0, each.number));
    this.lines.value = lines;
  }

  #count(topic, counts) {
    this.lines.value = this.lines.value.map((each) => (topicOf(each) === topic ? { ...each, counts } : each));
  }

  #applyDelta(row, line) {
    if (row.gone && row.line !== line) return this.#leave(row, line);
    const { gone: _gone, ...change } = row;
    if (change.state !== undefined) return this.keep(change);
    if (!this.#entries.has(change.id)) return this.#ask(change.id);
    return this.#join(change);
  }

  /** It went to another line; that line's topic tells of it where one may know of it. */
  #leave(row, line) {
    const known = this.get(row.id);
    if (!known || known.line !== line || known.rev > row.rev || known.holder === this.me.peek()) return;
    this.#drop(row.id);
    this.onLeave(row);
  }

  /** A whole row. */
  keep(row) {
    const entry = this.#entries.get(row.id);
    if (!entry) {
      this.#entries.set(row.id, signal(row));
      this.#reconsider(row);
      return;
    }
    const known = entry.peek();
    if (known.rev > row.rev) return;
    if (!row.turn && standsStill(known, row)) row = { ...row, turn: known.turn };
    // Of a conversation that is held by the operator himself, padlock rows of its line tell less than he may know.
    if (row.locked && !known.locked && known.holder === this.me.peek() && known.rev === row.rev) return;
    entry.value = row;
    this.#reconsider(row);
  }

  /** A row from the own topic: one that was lost to a line one cannot read is gone from the screen. */
  keepOwn(row) {
    const line = this.lines.peek().find((each) => each.line === row.line && each.readable);
    const me = this.me.peek();
    const known = this.get(row.id);
    const wasForeign = known && !known.locked && known.holder !== me;
    if (row.holder === me || (line && (!line.partial || wasForeign))) return this.keep(row);
    this.#drop(row.id);
    // Of a line that is read in part the server knows into which part it fell.
    if (line) this.#ask(row.id);
    return undefined;
  }

  /** A part of a row by the own topic: of what is held in a line that brings nothing here. */
  change(part) {
    if (this.#entries.has(part.id)) this.#join(part);
    else this.#ask(part.id);
  }

  #join(change) {
    const entry = this.#entries.get(change.id);
    const known = entry.peek();
    if (known.rev > change.rev || known.locked) return;
    entry.value = { ...known, ...change };
    this.#reconsider(entry.peek());
    if (change.unread > known.unread) this.onUnread(change.id);
  }

  isTall(id) {
    return this.#places.get(id)?.[4] ?? true;
  }

  #drop(id) {
    this.#entries.delete(id);
    if (this.#places.delete(id)) this.#moved.value += 1;
  }

  #reconsider(row) {
    const place = placeOf(row, this.view.peek(), this.sort());
    if (String(place) === String(this.#places.get(row.id) ?? null)) return;
    if (place) this.#places.set(row.id, place);
    else this.#places.delete(row.id);
    this.#moved.value += 1;
  }

  /** After a change of the sort order or of the common line every place has to be thought over. */
  replaceAll() {
    batch(() => {
      for (const entry of this.#entries.values()) this.#reconsider(entry.peek());
    });
  }

  #place() {
    void this.#moved.value;
    const sections = new Map(SECTIONS.map((name) => [name, []]));
    for (const place of this.#places.values()) sections.get(place[0]).push(place);
    return new Map([...sections].map(([name, places]) => [name, places.sort(comparePlaces).map((place) => place[3])]));
  }

  // --- rows nobody has told of yet ---------------------------------------------------------------------------

  #ask(id) {
    this.#unknown.add(id);
    this.#askTimer ??= setTimeout(() => this.#askAll(), ASK_TOGETHER);
  }

  async #askAll() {
    this.#askTimer = null;
    const ids = [...this.#unknown].slice(0, ASK_AT_ONCE);
    for (const id of ids) this.#unknown.delete(id);
    let pause = ASK_TOGETHER;
    try {
      const answer = await this.request({ type: 'rows', ids });
      batch(() => answer.rows.forEach((row) => this.keep(row)));
    } catch (error) {
      // Without a connection the next welcome fetches every list.
      if (error.code !== 'offline') for (const id of ids) this.#unknown.add(id);
      pause = ASK_AGAIN;
    }
    if (this.#unknown.size) this.#askTimer ??= setTimeout(() => this.#askAll(), pause);
  }

  // --- finding the next one ------------------------------------------------------------------------------------

  /** Ids in the order of the screen, of the sections named. */
  ordered(sections = ['mine', 'waiting', 'common', 'offline']) {
    return sections.flatMap((name) => this.placed.peek().get(name) ?? []);
  }

  /** The one that waits longest for an answer: unanswered ones of mine first, then the waiting lines. */
  longestWaiting() {
    const oldest = (rows) => rows.sort((a, b) => Date.parse(a.awaiting_since ?? a.since) - Date.parse(b.awaiting_since ?? b.since))[0];
    const mine = oldest(this.mine.peek().filter((row) => row.awaiting_since && row.state === 'assigned'));
    return (mine ?? oldest(this.ordered(['waiting', 'common']).map((id) => this.get(id))))?.id ?? null;
  }

  nextUnread(current) {
    const unread = this.mine.peek().filter((row) => row.unread > 0).map((row) => row.id);
    return unread[(unread.indexOf(current) + 1) % unread.length] ?? null;
  }

  sectionOf(row) {
    return sectionOf(row, this.view.peek());
  }
}
