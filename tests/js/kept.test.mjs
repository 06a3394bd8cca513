/** The workspace's store: what is begun in a conversation outlives reconnects, refusals, and the loss of the conversation. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { safeStorage } from '../../static/shared/socket.js';
import { Store } from '../../static/workspace/store.js';
import { FakeSocket, install, memoryArea, pass } from './fake_socket.mjs';

const ME = 7;
const ME_VIEW = { id: 7, name: 'Anna', state: 'online', operator: true, rights: [], lines: [1], pulls: [], offers: [], load: 0, capacity: 5, wrap_up_until: null };
const MINE = { id: 1, name: 'Cards', active: true, open: true, common: false, priority: 0 };
const FOREIGN = { ...MINE, id: 2, name: 'Loans' };

let storage;
/** What the server knows: rows by id; those of the foreign line are not found unless held by the operator. */
let rows;
let refusing;
let allowed;
let lineNumber;

beforeEach(() => {
  install();
  // As in a browser: what a timer starts waits until promises have settled.
  const { setTimeout: later } = globalThis;
  globalThis.setTimeout = (action, ms = 0) => later(action, Math.max(1, ms));
  globalThis.document = { visibilityState: 'visible', hasFocus: () => true, addEventListener() {}, removeEventListener() {} };
  const area = memoryArea();
  storage = safeStorage(() => area);
  rows = new Map();
  refusing = null;
  lineNumber = 0;
  allowed = { may_answer: true, rights: ['answer'] };
});

const row = (id, change = {}) => ({
  id, rev: 1, state: 'assigned', line: 1, since: '2026-11-22T09:00:00Z', holder: ME, holder_name: 'Anna', preferred: null, tags: [], unread: 0, locked: false, ...change,
});

function make() {
  const config = { brand: {}, user: { id: ME, name: 'Anna' }, urls: { socket: 'ws://x' } };
  return new Store({ config, storage, ticket: () => Promise.resolve('key') });
}

const isReadable = (id) => rows.has(id) && (rows.get(id).line === 1 || rows.get(id).holder === ME);

function answerTo(frame) {
  const id = frame.conversation;
  if (refusing && frame.type === refusing.type) return { type: 'error', code: refusing.code, text: '' };
  if (['open', 'draft', 'send'].includes(frame.type) && !isReadable(id)) return { type: 'error', code: 'not_found', text: '' };
  const counts = { line: 1, readable: true, partial: false, number: 0, counts: {} };
  return {
    hello: { type: 'welcome', now: '2026-11-22T10:00:00Z', me: ME_VIEW, lines: [counts], drafts: [] },
    catalogue: { type: 'catalogue', lines: [MINE, FOREIGN], tags: [], templates: [], reasons: [], decline_reasons: [], brand: {} },
    me: { type: 'me', me: ME_VIEW },
    list: { type: 'list', section: frame.section, rows: frame.section === 'mine' ? [...rows.values()].filter((each) => each.holder === ME) : [], next: null },
    open: {
      type: 'open', row: rows.get(id), messages: [], more: false, draft: null, ...allowed, text_limit: 100,
      accepts_files: true, can_edit: true, customer_online: false, staff_read_seq: 0,
    },
    catch_up: { type: 'catch_up', row: rows.get(id), messages: [], upto: rows.get(id)?.rev, more: false },
    counts: { type: 'counts', lines: [{ ...counts, number: lineNumber }] },
    draft: { type: 'draft' },
  }[frame.type];
}

/** Answers whatever is asked, again and again until nothing more is. */
async function serve(wire = FakeSocket.last) {
  for (let round = 0; round < 20; round += 1) {
    await pass(1);
    for (const frame of wire.sent.splice(0)) {
      asked.push(frame);
      const answer = frame.ref && answerTo(frame);
      if (answer) wire.say({ ...answer, ref: frame.ref });
    }
  }
  await pass(1);
}

let asked = [];
const askedFor = (type) => asked.filter((frame) => frame.type === type).map((frame) => frame.conversation);

async function connect() {
  FakeSocket.last.open();
  asked = [];
  await serve();
}

async function started(...known) {
  for (const each of known) rows.set(each.id, each);
  const store = make();
  store.socket.open();
  await connect();
  return store;
}

async function open(store, id) {
  store.open(id);
  await serve();
}

async function reconnect() {
  FakeSocket.last.die();
  await pass(30_000);
  await connect();
}

/** Somebody moves it to the line that the operator may not read; the former holder is told. */
async function moveAway(id) {
  rows.set(id, row(id, { rev: 2, state: 'queued', line: 2, holder: null }));
  FakeSocket.last.say({ type: 'row', row: rows.get(id) });
  await serve();
}

const attach = (store, id) => { store.threads.get(id).tray.value = [{ key: 1, file: { name: 'a.pdf' }, stored: { id: 'f' } }]; };
const MESSAGE = { id: 90, seq: 1, text: 'said', author: { kind: 'operator', id: ME } };

// --- what is begun in other conversations --------------------------------------------------------------------

test('a reconnect keeps files, quotes and edits begun elsewhere, and fetches that conversation when it is shown', async () => {
  const store = await started(row(1), row(2), row(3), row(4), row(5));
  for (const id of [1, 2, 3, 4, 5]) await open(store, id);
  attach(store, 1);
  store.threads.get(2).reply.value = MESSAGE;
  store.threads.get(3).startEditing(MESSAGE);
  store.threads.get(3).editText.value = 'said better';
  await reconnect();
  assert.deepEqual(store.threads.ids(), [1, 2, 3, 5]);
  assert.deepEqual(askedFor('open'), [5]);
  assert.equal(store.threads.get(1).tray.value.length, 1);
  assert.deepEqual([store.threads.get(2).reply.value.id, store.threads.get(3).editText.value], [90, 'said better']);
  await open(store, 1);
  assert.deepEqual([askedFor('open'), askedFor('catch_up').includes(1)], [[5, 1], true]);
  await open(store, 5);
  await open(store, 1);
  assert.deepEqual(askedFor('open'), [5, 1], 'subscribed again, it is not asked for twice');
});

test('of a conversation that is not subscribed no gap is felt', async () => {
  const store = await started(row(1), row(2));
  await open(store, 1);
  attach(store, 1);
  await open(store, 2);
  await reconnect();
  FakeSocket.last.say({ type: 'line', line: 1, readable: true, first: 1, last: 1, rows: [{ id: 1, rev: 9, unread: 1 }] });
  await serve();
  await pass(1000);
  await serve();
  assert.equal(askedFor('catch_up').includes(1), false);
});

test('the seventh conversation lets an idle one go and no one in which something is begun', async () => {
  const ids = [1, 2, 3, 4, 5, 6, 7, 8];
  const store = await started(...ids.map((id) => row(id)));
  await open(store, 1);
  attach(store, 1);
  for (const id of ids.slice(1)) await open(store, id);
  assert.deepEqual(store.threads.ids(), [1, 4, 5, 6, 7, 8]);
});

test('an edit goes on where it was left when another conversation was looked at', async () => {
  const store = await started(row(1), row(2));
  await open(store, 1);
  store.threads.thread.startEditing(MESSAGE);
  assert.equal(store.threads.thread.editText.value, 'said');
  store.threads.thread.editText.value = 'half';
  await open(store, 2);
  await open(store, 1);
  assert.deepEqual([store.threads.thread.editing.value.id, store.threads.thread.editText.value], [90, 'half']);
  store.threads.thread.stopEditing();
  assert.equal(store.threads.thread.editing.value, null);
});

test('a database that is away for a moment does not close what is open', async () => {
  const store = await started(row(1));
  await open(store, 1);
  refusing = { type: 'open', code: 'unavailable' };
  await reconnect();
  const { thread } = store.threads;
  assert.deepEqual([thread.error.value, thread.gone.value, thread.stale], [null, null, true]);
  refusing = null;
  await pass(5000);
  await serve();
  assert.equal(thread.stale, false);
});

test('a change of hands that only the catch-up brings changes what is allowed here', async () => {
  const store = await started(row(1));
  await open(store, 1);
  allowed = { may_answer: false, rights: ['take_over'] };
  rows.set(1, row(1, { rev: 3, holder: 8, holder_name: 'Boris' }));
  FakeSocket.last.say({ type: 'marks', conversation: 1, rev: 3 });
  await serve();
  await pass(300);
  await serve();
  const { abilities, row: shown } = store.threads.thread;
  assert.deepEqual([shown.value.holder, abilities.value.may_answer, abilities.value.rights], [8, false, ['take_over']]);
  assert.deepEqual(askedFor('open'), [1, 1]);
});

// --- what is refused for a moment --------------------------------------------------------------------------------

test('a list or catalogue that is refused after the welcome is fetched with a new one', async () => {
  for (const type of ['catalogue', 'list']) {
    refusing = { type, code: 'unavailable' };
    const store = await started(row(1));
    const wire = FakeSocket.last;
    assert.equal(store.rows.loaded.value, false);
    refusing = null;
    await pass(5000);
    assert.notEqual(FakeSocket.last, wire);
    await connect();
    assert.deepEqual([store.rows.loaded.value, store.rows.placed.value.get('mine'), store.catalogue.value.lines.length], [true, [1], 2]);
    const healed = FakeSocket.last;
    await pass(10_000);
    assert.equal(FakeSocket.last, healed, 'what was answered is not begun anew');
    store.socket.close();
  }
});

test('a connection that came back by itself is not hung up for what its forerunner was refused', async () => {
  refusing = { type: 'list', code: 'unavailable' };
  const store = await started(row(1));
  refusing = null;
  FakeSocket.last.die();
  await pass(1000);
  await connect();
  const wire = FakeSocket.last;
  await pass(5000);
  assert.deepEqual([FakeSocket.last === wire, store.rows.loaded.value], [true, true]);
});

test('lists and counters that are missing a number are asked for until they come', async () => {
  const store = await started();
  refusing = { type: 'counts', code: 'rate_limited' };
  rows.set(1, row(1));
  lineNumber = 4;
  FakeSocket.last.say({ type: 'line', line: 1, readable: true, first: 4, last: 4, rows: [] });
  await serve();
  await pass(400);
  await serve();
  assert.deepEqual([askedFor('counts').length, store.rows.placed.value.get('mine')], [1, []]);
  refusing = null;
  await pass(5000);
  await pass(400);
  await serve();
  assert.deepEqual([askedFor('counts').length, store.rows.placed.value.get('mine')], [2, [1]]);
});

test('a changed catalogue that is refused for a moment is asked for again', async () => {
  const store = await started();
  refusing = { type: 'catalogue', code: 'unavailable' };
  store.catalogue.value = { lines: [], tags: [], templates: [], reasons: [] };
  FakeSocket.last.say({ type: 'catalogue_changed' });
  await serve();
  assert.equal(store.catalogue.value.lines.length, 0);
  refusing = null;
  await pass(5000);
  await serve();
  assert.equal(store.catalogue.value.lines.length, 2);
});

// --- what one may not read any more -----------------------------------------------------------------------------

test('a conversation that is moved away with a half-typed answer stays as a closed sheet', async () => {
  const store = await started(row(1));
  await open(store, 1);
  store.drafts.set(1, { text: 'half an ans' });
  await moveAway(1);
  const { thread } = store.threads;
  assert.deepEqual([thread.id, thread.gone.value, store.lost.value], [1, { line: 2 }, [1]]);
  assert.deepEqual([store.allowed.actionsFor(thread.row.value, thread), store.left.value], [[], null]);
  await pass(1500);
  await serve();
  assert.equal(store.drafts.of(1).value.text, 'half an ans');
});

test('an unsent message, a file or an edit keeps the sheet too', async () => {
  const begin = [
    (store) => attach(store, 1),
    (store) => store.threads.get(1).startEditing(MESSAGE),
    (store) => { refusing = { type: 'send', code: 'unavailable' }; store.send(store.threads.get(1), { text: 'unsent' }); },
  ];
  for (const each of begin) {
    const store = await started(row(1));
    await open(store, 1);
    each(store);
    await moveAway(1);
    assert.deepEqual(store.threads.thread.gone.value, { line: 2 });
    store.discardKept(1);
    await serve();
    assert.deepEqual([store.threads.ids(), store.lost.value, store.unsentOf(1)], [[], [], []]);
    store.socket.close();
  }
});

test('with nothing typed it leaves, and it is said where it went', async () => {
  const store = await started(row(1));
  await open(store, 1);
  await moveAway(1);
  assert.deepEqual([store.threads.current.value, store.threads.ids(), store.lost.value], [null, [], []]);
  assert.deepEqual([store.left.value.conversation, store.left.value.line], [1, 2]);
});

test('what the operator passed on himself leaves without a word', async () => {
  const store = await started(row(1));
  await open(store, 1);
  store.act('transfer', 1, { line: 2, comment: '' });
  await moveAway(1);
  assert.deepEqual([store.threads.current.value, store.left.value], [null, null]);
});

test('a draft that becomes the comment of a transfer is not kept, and is there again when the transfer is refused', async () => {
  const store = await started(row(1));
  await open(store, 1);
  store.drafts.set(1, { text: 'knows about loans ' });
  refusing = { type: 'transfer', code: 'at_capacity' };
  const refused = store.passOn(1, { operator: 8, comment: 'knows about loans' }).catch((error) => error.code);
  assert.equal(store.drafts.of(1).value.text, '');
  await serve();
  assert.deepEqual([await refused, store.drafts.of(1).value.text], ['at_capacity', 'knows about loans ']);
  refusing = null;
  store.passOn(1, { line: 2, comment: 'knows about loans' });
  await moveAway(1);
  assert.deepEqual([store.threads.current.value, store.lost.value, store.drafts.of(1).value.text], [null, [], '']);
});

test('words for a conversation that is not open are found when it is moved away, or after a reload', async () => {
  const store = await started(row(1), row(2));
  await open(store, 2);
  store.drafts.set(1, { text: 'half' });
  await moveAway(1);
  assert.deepEqual([store.lost.value, store.threads.get(1).gone.value, store.left.value.conversation], [[1], { line: 2 }, 1]);
  store.socket.close();
  const reloaded = make();
  reloaded.socket.open();
  await connect();
  assert.deepEqual([reloaded.lost.value, reloaded.threads.get(1).gone.value], [[1], { line: null }]);
});

test('a waiting conversation that leaves its line takes the open thread with it', async () => {
  const store = await started();
  rows.set(1, row(1, { state: 'queued', holder: null }));
  FakeSocket.last.say({ type: 'line', line: 1, readable: true, first: 1, last: 1, rows: [rows.get(1)] });
  await open(store, 1);
  store.drafts.set(1, { text: 'note', note: true });
  rows.set(1, row(1, { rev: 2, state: 'queued', holder: null, line: 2 }));
  FakeSocket.last.say({ type: 'line', line: 1, readable: true, first: 2, last: 2, rows: [{ id: 1, rev: 2, line: 2, gone: true }] });
  await serve();
  assert.deepEqual(store.threads.thread.gone.value, { line: 2 });
});

test('a message that is refused because its conversation is gone is kept to be copied', async () => {
  const store = await started(row(1), row(2));
  await open(store, 1);
  refusing = { type: 'send', code: 'rate_limited' };
  store.send(store.threads.get(1), { text: 'unsent' });
  await open(store, 2);
  store.threads.forget(1);
  rows.delete(1);
  refusing = null;
  await pass(5000);
  await serve();
  assert.deepEqual([store.lost.value, store.unsentOf(1).map((item) => item.frame.text)], [[1], ['unsent']]);
});

test('when it comes back everything typed is in its place again', async () => {
  const store = await started(row(1));
  await open(store, 1);
  store.drafts.set(1, { text: 'half' });
  await moveAway(1);
  await pass(1500);
  await serve();
  rows.set(1, row(1, { rev: 3 }));
  FakeSocket.last.say({ type: 'row', row: rows.get(1) });
  await serve();
  assert.deepEqual([store.threads.thread.gone.value, store.lost.value], [null, []]);
  assert.deepEqual([store.drafts.of(1).value.text, store.allowed.actionsFor(store.threads.thread.row.value, store.threads.thread).includes('close')], ['half', true]);
});
