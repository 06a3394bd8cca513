/** The list's store: whole and partial rows, gaps of a line's numbers, drafts between browser and server. */
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { safeStorage } from '../../static/shared/socket.js';
import { Drafts } from '../../static/workspace/drafts.js';
import { Rows } from '../../static/workspace/rows.js';
import { memoryArea, pass } from './fake_socket.mjs';

let asked;
let pages;
let rows;

const whole = (id, change = {}) => ({
  id, rev: 1, state: 'queued', line: 2, since: `2026-11-22T09:00:${String(id).padStart(2, '0')}Z`, holder: null, preferred: null, tags: [], unread: 0, ...change,
});
const delta = (change) => ({ line: 2, readable: true, first: 11, last: 11, rows: [], counts: null, ...change });

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  asked = [];
  pages = { waiting: [whole(1)], mine: [] };
  const request = async (frame) => {
    asked.push(frame);
    if (frame.type === 'rows') return { rows: frame.ids.map((id) => whole(id, { rev: 5 })) };
    return { section: frame.section, rows: pages[frame.section] ?? [], next: null };
  };
  rows = new Rows({ request, sort: () => 'steady', isFolded: (name) => ['offline', 'other', 'recent', 'foreign'].includes(name) });
  await rows.start({ me: { id: 7 }, lines: [{ line: 2, number: 10, readable: true, counts: { queued: 1 } }] });
});

test('only sections that are open are fetched, and those that no line counts', () => {
  assert.deepEqual(asked.map((frame) => frame.section), ['mine', 'waiting', 'common', 'recent']);
  assert.deepEqual(rows.placed.value.get('waiting'), [1]);
});

test('a partial row is joined, an older one is not', () => {
  rows.applyLine(delta({ rows: [{ id: 1, rev: 3, preview: 'новое' }] }));
  rows.applyLine(delta({ first: 12, last: 12, rows: [{ id: 1, rev: 2, preview: 'старое' }] }));
  assert.equal(rows.get(1).preview, 'новое');
  assert.equal(rows.get(1).state, 'queued');
});

test('a row that is not known is asked for once, together with others', async () => {
  rows.applyLine(delta({ rows: [{ id: 8, rev: 3, preview: 'а' }, { id: 9, rev: 3, preview: 'б' }] }));
  rows.applyLine(delta({ first: 12, last: 12, rows: [{ id: 8, rev: 4, preview: 'в' }] }));
  await pass(200);
  assert.deepEqual(asked.slice(4), [{ type: 'rows', ids: [8, 9] }]);
  assert.deepEqual(rows.placed.value.get('waiting'), [1, 8, 9]);
});

test('rows whose asking is refused are asked for again after a pause, those of a lost connection are not', async () => {
  const { request } = rows;
  let code = 'unavailable';
  rows.request = async (frame) => {
    await request(frame);
    throw Object.assign(new Error(code), { code });
  };
  rows.applyLine(delta({ rows: [{ id: 8, rev: 3, preview: 'а' }] }));
  await pass(200);
  await pass(4900);
  assert.deepEqual(asked.slice(4), [{ type: 'rows', ids: [8] }]);
  code = 'offline';
  await pass(100);
  await pass(10_000);
  assert.deepEqual(asked.slice(5), [{ type: 'rows', ids: [8] }]);
  rows.request = request;
  rows.applyLine(delta({ first: 12, last: 12, rows: [{ id: 8, rev: 4, preview: 'б' }] }));
  await pass(200);
  assert.deepEqual(rows.placed.value.get('waiting'), [1, 8]);
});

test('a hole in a line’s numbers is told, numbers already seen are not', () => {
  assert.equal(rows.applyLine(delta({ first: 9, last: 11 })), false);
  assert.equal(rows.applyLine(delta({ first: 12, last: 13 })), false);
  assert.equal(rows.applyLine(delta({ first: 15, last: 15 })), true);
});

test('counters of an older number never replace newer ones', () => {
  rows.applyLine(delta({ first: 11, last: 14, counts: { queued: 3 } }));
  rows.applyLine(delta({ first: 12, last: 13, counts: { queued: 2 } }));
  assert.equal(rows.counts.value.waiting.all, 3);
});

test('a row that went to another line leaves, one that came back stays', () => {
  rows.applyLine(delta({ rows: [{ id: 1, rev: 2, line: 2, gone: true, state: 'queued', since: whole(1).since, tags: [] }] }));
  assert.deepEqual(rows.placed.value.get('waiting'), [1]);
  rows.applyLine(delta({ first: 12, last: 12, rows: [{ id: 1, rev: 3, line: 4, gone: true }] }));
  assert.equal(rows.get(1), undefined);
  assert.deepEqual(rows.placed.value.get('waiting'), []);
});

test('a conversation given to me shows, one lost to a line I cannot read is gone', () => {
  rows.keepOwn(whole(3, { state: 'assigned', holder: 7, line: 4 }));
  assert.deepEqual(rows.placed.value.get('mine'), [3]);
  rows.keep(whole(3, { locked: true, line: 4, state: 'assigned' }));
  assert.equal(rows.get(3).locked, undefined);
  rows.keepOwn(whole(3, { rev: 2, state: 'assigned', holder: 8, line: 4 }));
  assert.equal(rows.get(3), undefined);
});

test('what changed nothing of the order leaves the order alone', () => {
  const before = rows.placed.value;
  rows.applyLine(delta({ rows: [{ id: 1, rev: 3, preview: 'слово', unread: 2 }] }));
  assert.equal(rows.placed.value, before);
});

test('a new connection forgets what is no longer listed', async () => {
  pages.waiting = [whole(2)];
  await rows.start({ me: { id: 7 }, lines: [{ line: 2, number: 1, readable: true, counts: {} }] });
  assert.deepEqual(rows.placed.value.get('waiting'), [2]);
  assert.equal(rows.applyLine(delta({ first: 2, last: 2 })), false);
});

test('one that is given to me between two answers of a new list stays', async () => {
  const { request } = rows;
  rows.request = async (frame) => {
    const answer = await request(frame);
    if (frame.section !== 'waiting') return answer;
    rows.keepOwn(whole(1, { rev: 2, state: 'assigned', holder: 7 }));
    return { ...answer, rows: [] };
  };
  await rows.reload();
  assert.deepEqual([rows.placed.value.get('mine'), rows.placed.value.get('waiting')], [[1], []]);
  rows.request = request;
  pages.waiting = [];
  await rows.reload();
  assert.deepEqual(rows.placed.value.get('mine'), []);
});

test('the longest waiting is one of mine that is unanswered, then the head of the lines', () => {
  assert.equal(rows.longestWaiting(), 1);
  rows.keep(whole(6, { state: 'assigned', holder: 7, awaiting_since: '2026-11-22T10:00:00Z' }));
  assert.equal(rows.longestWaiting(), 6);
});

// --- drafts ---------------------------------------------------------------------------------------------------

function drafting({ fails = null } = {}) {
  const sent = [];
  const area = memoryArea();
  const request = async (frame) => {
    if (fails) throw Object.assign(new Error(fails), { code: fails });
    sent.push(frame);
  };
  const make = () => new Drafts({ storage: safeStorage(() => area), user: 7, request });
  return { make, sent };
}

test('a draft is in the browser at once and on the server when the hands rest', async () => {
  const { make, sent } = drafting();
  const drafts = make();
  drafts.set(5, { text: 'При' });
  drafts.set(5, { text: 'Привет' });
  assert.equal(make().of(5).value.text, 'Привет');
  assert.deepEqual([...drafts.marked.value], [5]);
  await pass(1500);
  assert.deepEqual(sent, [{ type: 'draft', conversation: 5, text: 'Привет', note: false }]);
});

test('what the server does not have yet outweighs what it has', async () => {
  const { make, sent } = drafting();
  const drafts = make();
  drafts.set(5, { text: 'здесь' });
  drafts.fromServer(5, { text: 'там', note: false });
  assert.equal(drafts.of(5).value.text, 'здесь');
  await pass();
  assert.equal(sent.at(-1).text, 'здесь');
  drafts.fromServer(5, { text: 'другой компьютер', note: true });
  assert.deepEqual([drafts.of(5).value.text, drafts.of(5).value.note], ['другой компьютер', true]);
});

test('without a connection a draft waits for the next one', async () => {
  const { make } = drafting({ fails: 'offline' });
  const drafts = make();
  drafts.set(5, { text: 'слово' });
  await pass(1500);
  assert.equal(drafts.of(5).value.kept, false);
});

test('drafts of one operator are not those of the next at this computer', () => {
  const area = memoryArea();
  const of = (user) => new Drafts({ storage: safeStorage(() => area), user, request: async () => undefined });
  of(7).set(5, { text: 'тайна' });
  assert.equal(of(8).of(5).value.text, '');
});

test('a line read in part counts what is read and its padlocks each by themselves', async () => {
  const part = { line: 2, number: 10, readable: true, partial: true, counts: { queued: 1 } };
  await rows.start({ me: { id: 7 }, lines: [part, { line: 2, number: 40, readable: false, counts: { queued: 3 } }] });
  assert.equal(rows.applyLine(delta({ first: 11, last: 12, counts: { queued: 2 } })), false);
  assert.equal(rows.applyLine(delta({ readable: false, first: 41, last: 41, counts: { queued: 4 } })), false);
  assert.equal(rows.applyLine(delta({ readable: false, first: 43, last: 43 })), true);
  assert.deepEqual([rows.counts.value.waiting.all, rows.counts.value.foreign.all], [2, 4]);
});

test('what was held and went back to a line read in part is asked for anew', async () => {
  await rows.start({ me: { id: 7 }, lines: [{ line: 2, number: 10, readable: true, partial: true, counts: {} }] });
  rows.keepOwn(whole(4, { state: 'assigned', holder: 7 }));
  rows.keepOwn(whole(1, { rev: 2 }));
  assert.equal(rows.get(1).rev, 2);
  rows.keepOwn(whole(4, { rev: 2 }));
  assert.equal(rows.get(4), undefined);
  await pass(200);
  assert.deepEqual(asked.at(-1), { type: 'rows', ids: [4] });
  assert.equal(rows.get(4).rev, 5);
});

test('it is told when a customer wrote more, and not when something else changed', () => {
  const told = [];
  rows.onUnread = (id) => told.push(id);
  rows.applyLine(delta({ rows: [{ id: 1, rev: 2, unread: 1 }] }));
  rows.applyLine(delta({ first: 12, last: 12, rows: [{ id: 1, rev: 3, unread: 1, preview: 'а' }] }));
  rows.applyLine(delta({ first: 13, last: 13, rows: [{ id: 1, rev: 4, unread: 0 }] }));
  assert.deepEqual(told, [1]);
});

test('a turn is told apart from its row, is kept while the row waits where it waited, and moves it', () => {
  rows.keep(whole(2));
  assert.deepEqual(rows.placed.value.get('waiting'), [1, 2]);
  const turn = { entry: 2, rank: 5, reason: 'placed', waiting_since: whole(2).since, category: 'VIP', due_at: null };
  rows.applyLine(delta({ rows: [{ id: 2, turn }] }));
  assert.deepEqual([rows.placed.value.get('waiting'), rows.isTall(2)], [[2, 1], true]);
  rows.keep(whole(2, { rev: 2, turn: null, tags: [4] }));
  assert.deepEqual([rows.get(2).turn, rows.placed.value.get('waiting')], [turn, [2, 1]]);
  rows.keep(whole(2, { rev: 3, turn: null, state: 'assigned', holder: 9 }));
  rows.keep(whole(2, { rev: 4, turn: null }));
  assert.deepEqual([rows.get(2).turn, rows.placed.value.get('waiting')], [null, [1, 2]]);
});
