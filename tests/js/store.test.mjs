import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { safeStorage } from '../../static/shared/socket.js';
import { setLocale } from '../../static/shared/i18n.js';
import { markOf, Store, timeline } from '../../static/widget/store.js';
import { FakeSocket, install, memoryArea, pass } from './fake_socket.mjs';

const CUSTOMER = { kind: 'customer', id: null, name: '' };
const ANNA = { kind: 'operator', id: 5, name: 'Anna' };
const LOOK = { bank: 'Bank', title: 'Bank', accent: '#000000', logo: null, greeting: '', promise: '', closed_text: '' };

let said;
let storage;

beforeEach(() => {
  install();
  globalThis.document = { visibilityState: 'visible', addEventListener() {}, removeEventListener() {} };
  setLocale({ language: 'en', texts: {}, zone: 'UTC' });
  said = [];
  const area = memoryArea();
  storage = safeStorage(() => area);
});

function make() {
  const host = { say: (type, detail) => said.push([type, detail]), event: (name, detail) => said.push([name, detail]) };
  return new Store({ config: { key: 'k', socket: 'ws://x' }, storage, host, surroundings: () => ({ language: 'en' }) });
}

const view = (id, more = {}) => ({
  id, rev: 1, seq: 0, state: 'queued', line: '', holder: null, opened_at: '2026-11-22T09:00:00Z', closed_at: null, closed_by: '',
  rating: null, can_rate: false, customer_delivered_seq: 0, customer_read_seq: 0, staff_read_seq: 0, ...more,
});

const message = (id, conversation, seq, more = {}) => ({
  id, conversation, seq, rev: seq, kind: 'text', author: CUSTOMER, at: `2026-11-22T09:00:${String(seq).padStart(2, '0')}Z`, text: `m${id}`,
  code: '', params: {}, files: [], reply_to: null, edited_at: null, deleted: false, client_id: null, ...more,
});

const welcome = (more = {}) => ({
  type: 'welcome', token: null, who: { known: true, verified: false, name: '' }, look: LOOK, open: true, opens_at: null, departments: [],
  form: { ask: [], required: false }, limits: { text: 4000, file_bytes: 1, files: true, edit_seconds: 900 }, current: null,
  conversations: [], messages: [], more: null, ...more,
});

async function greet(frame = {}) {
  const wire = FakeSocket.last;
  wire.open();
  wire.say(welcome({ ...frame, ref: wire.of('hello').at(-1).ref }));
  await pass();
  return wire;
}

const tokenOf = (person) => `x.${btoa(JSON.stringify({ sub: person }))}.y`;

/** A browser where this person signed in before. */
function signedBefore(person) {
  storage.set('otklik:k:token', 'of the former');
  storage.set('otklik:k:person', person);
  storage.set('otklik:k:draft', 'half a word');
}

async function opened(frame) {
  const store = make();
  store.open();
  return [store, await greet(frame)];
}

const words = (store) => store.messages.value.map((each) => each.text);

test('a new visitor keeps the token he was given and shows it next time', async () => {
  await opened({ token: 'secret' });
  const again = make();
  again.open();
  FakeSocket.last.open();
  assert.equal(FakeSocket.last.of('hello')[0].token, 'secret');
});

test('a token that is refused is dropped once and a new visitor begins', async () => {
  const [store, wire] = await opened({ token: 'old' });
  wire.die(4001);
  assert.equal(store.token(), null);
  await pass(1000);
  FakeSocket.last.open();
  assert.equal('token' in FakeSocket.last.of('hello')[0], false);
});

test('own words are there at once, and stay one message through ack and echo', async () => {
  const [store, wire] = await opened();
  store.send({ text: 'hello' });
  assert.deepEqual(store.messages.value.map((each) => [each.text, markOf(each)]), [['hello', 'sending']]);
  const [{ client_id: id, ref }] = wire.of('send');
  wire.say({ type: 'message', conversation: 1, rev: 2, message: message(10, 1, 1, { text: 'hello', client_id: id, rev: 2 }) });
  wire.say({ type: 'ack', ref, client_id: id, conversation: 1, message: 10, seq: 1, rev: 2, at: '2026-11-22T09:00:01Z' });
  await pass();
  assert.deepEqual(store.messages.value.map((each) => [each.id, each.text, markOf(each)]), [[10, 'hello', 'sent']]);
  assert.deepEqual(store.pending.value, []);
});

test('what the server hid in own words is not shown again by the ack', async () => {
  const [store, wire] = await opened();
  store.send({ text: 'card 4111 1111 1111 1111' });
  const [{ client_id: id, ref }] = wire.of('send');
  wire.say({ type: 'message', conversation: 1, rev: 2, message: message(10, 1, 1, { text: 'card •••• 1111', client_id: id, rev: 2 }) });
  wire.say({ type: 'ack', ref, client_id: id, conversation: 1, message: 10, seq: 1, rev: 2, at: '2026-11-22T09:00:01Z' });
  await pass();
  assert.deepEqual(words(store), ['card •••• 1111']);
});

test('words written before the first ack join the conversation that it opened', async () => {
  const [store, wire] = await opened();
  store.send({ text: 'one' });
  store.send({ text: 'two' });
  const [{ client_id: id, ref }] = wire.of('send');
  wire.say({ type: 'ack', ref, client_id: id, conversation: 7, message: 10, seq: 1, rev: 1, at: '2026-11-22T09:00:01Z' });
  await pass();
  assert.equal(wire.of('send')[1].conversation, 7);
  assert.deepEqual(words(store), ['one', 'two']);
});

test('a new topic stands beside the open one and gets its own next words', async () => {
  const [store, wire] = await opened({ conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  store.newTopic();
  assert.deepEqual(words(store), []);
  store.send({ text: 'topic' });
  store.send({ text: 'more' });
  const [first] = wire.of('send');
  assert.deepEqual([first.new_topic, 'conversation' in first], [true, false]);
  wire.say({ type: 'ack', ref: first.ref, client_id: first.client_id, conversation: 2, message: 20, seq: 1, rev: 1, at: '2026-11-22T09:10:00Z' });
  await pass();
  const [, second] = wire.of('send');
  assert.deepEqual([second.conversation, 'new_topic' in second], [2, false]);
  assert.deepEqual(words(store), ['topic', 'more']);
  store.openTopic(1);
  assert.deepEqual(words(store), ['m1']);
});

test('frames of an older rev never overwrite newer ones', async () => {
  const [store, wire] = await opened({ conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  wire.say({ type: 'message', conversation: 1, rev: 3, message: message(1, 1, 1, { rev: 3, text: 'edited' }) });
  wire.say({ type: 'message', conversation: 1, rev: 2, message: message(1, 1, 1, { rev: 2, text: 'older' }) });
  await pass();
  assert.deepEqual(words(store), ['edited']);
});

test('unread counts what the other side wrote after the read mark, and reading clears it', async () => {
  const [store, wire] = await opened({
    conversations: [view(1, { customer_read_seq: 1 })], current: 1,
    messages: [message(1, 1, 1, { author: ANNA }), message(2, 1, 2), message(3, 1, 3, { author: ANNA })],
  });
  assert.equal(store.unread.value, 1);
  store.markRead();
  assert.equal(wire.of('read').length, 0);
  store.shown.value = true;
  store.markRead();
  assert.deepEqual(wire.of('read').map((frame) => frame.seq), [3]);
  assert.equal(store.unread.value, 0);
  assert.deepEqual(said.at(-1), ['unread', { count: 0 }]);
});

test('all that is drawn is read, closed conversations too, but only with the end of the thread in view', async () => {
  const [store, wire] = await opened({
    conversations: [view(1, { state: 'closed' }), view(2), view(3)], current: 2,
    messages: [message(1, 1, 1, { author: ANNA }), message(2, 2, 1), message(3, 2, 2, { author: ANNA }), message(4, 3, 1, { author: ANNA })],
  });
  store.shown.value = true;
  store.atEnd = false;
  store.markRead();
  assert.equal(wire.of('read').length, 0);
  assert.equal(store.unread.value, 3);
  store.atEnd = true;
  store.markRead();
  assert.deepEqual(wire.of('read').map((frame) => [frame.conversation, frame.seq]), [[1, 1], [2, 2]]);
  assert.equal(store.unread.value, 1);
  store.markRead();
  assert.equal(wire.of('read').length, 2);
});

test('nothing is read on a page that is out of sight', async () => {
  const [store, wire] = await opened({ conversations: [view(1)], messages: [message(1, 1, 1, { author: ANNA })], current: 1 });
  store.shown.value = true;
  document.visibilityState = 'hidden';
  store.markRead();
  assert.equal(wire.of('read').length, 0);
  assert.equal(store.unread.value, 1);
});

test('a message of the other side is acknowledged as delivered and told to the page without its words', async () => {
  const [, wire] = await opened({ conversations: [view(1)], messages: [], current: 1 });
  wire.say({ type: 'message', conversation: 1, rev: 2, message: message(5, 1, 1, { author: ANNA, rev: 2, text: 'private' }) });
  await pass();
  assert.deepEqual(wire.of('delivered').map((frame) => frame.seq), [1]);
  assert.deepEqual(said.filter(([name]) => name === 'message'), [['message', { conversation: 1, author: 'operator' }]]);
  assert.ok(!JSON.stringify(said).includes('private'));
});

test('after a reconnect open conversations are caught up from the last number known', async () => {
  const [, wire] = await opened({ conversations: [view(1, { rev: 4 })], messages: [message(1, 1, 1)], current: 1 });
  wire.die();
  await pass(1000);
  const next = await greet({ conversations: [view(1, { rev: 9 })], messages: [], current: 1 });
  assert.deepEqual(next.of('catch_up').map((frame) => [frame.conversation, frame.after_rev]), [[1, 4]]);
});

test('closed conversations are read above the open one, in order', async () => {
  const [store] = await opened({
    conversations: [view(1), view(2, { state: 'closed' })], current: 1,
    messages: [message(1, 1, 1), message(3, 2, 2), message(2, 2, 1)],
  });
  assert.deepEqual(store.messages.value.map((each) => each.id), [2, 3, 1]);
});

test('an edit of a message that no loaded page holds waits for its page', async () => {
  const [store, wire] = await opened({
    conversations: [view(2)], messages: [message(9, 2, 5)], current: 2, more: { conversation: 2, seq: 5 },
  });
  wire.say({ type: 'message', conversation: 2, rev: 2, message: message(4, 2, 1, { rev: 2 }) });
  await pass();
  assert.deepEqual(store.messages.value.map((each) => each.id), [9]);
});

test('signing in takes the new token and reads the story anew, unsent words stay', async () => {
  const [store, wire] = await opened({ token: 'anonymous', conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  const done = store.identify('a.b.c');
  store.send({ text: 'unsent' });
  await pass();
  wire.say({ type: 'signed_in', ref: wire.of('identify')[0].ref, token: 'signed', name: 'Maria' });
  await pass();
  assert.equal(await done, 'Maria');
  const next = await greet({ who: { known: true, verified: true, name: 'Maria' } });
  assert.equal(next.of('hello')[0].token, 'signed');
  assert.deepEqual(next.of('send').map((frame) => frame.text), ['unsent']);
});

test('a call to begin anew that overtakes the answer to signing in does not lose its token', async () => {
  const [store, wire] = await opened({ token: 'anonymous' });
  const done = store.identify('a.b.c');
  await pass();
  wire.say({ type: 'resync' }, { type: 'signed_in', ref: wire.of('identify')[0].ref, token: 'signed', name: 'Maria' });
  await pass();
  assert.equal(await done, 'Maria');
  const next = await greet({ who: { known: true, verified: true, name: 'Maria' } });
  assert.equal(next.of('hello')[0].token, 'signed');
});

test('a call to begin anew is followed where signing in was refused', async () => {
  const [store, wire] = await opened({ token: 'anonymous' });
  const refused = assert.rejects(store.identify('a.b.c'));
  await pass();
  wire.say({ type: 'resync' }, { type: 'error', ref: wire.of('identify')[0].ref, code: 'bad_token', text: '' });
  await pass();
  await refused;
  assert.notEqual(FakeSocket.last, wire);
});

test('the same person is not signed in twice', async () => {
  const [store, wire] = await opened();
  const done = store.identify(tokenOf('C-1'));
  await pass();
  wire.say({ type: 'signed_in', ref: wire.of('identify')[0].ref, token: 'signed', name: 'Maria' });
  await pass();
  await done;
  const next = await greet({ who: { known: true, verified: true, name: 'Maria' } });
  assert.equal(await store.identify(tokenOf('C-1')), 'Maria');
  assert.equal(next.of('identify').length, 0);
});

test('logging out leaves nothing of the person on the device', async () => {
  const [store, wire] = await opened({ token: 'secret', conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  store.write('half a word');
  const done = store.logout();
  await pass();
  wire.say({ type: 'done', ref: wire.of('logout')[0].ref });
  await pass();
  await done;
  assert.deepEqual([store.messages.value, store.token(), store.text.value, storage.keys()], [[], null, '', []]);
});

test('where nobody is signed in, a person of before is signed out before a word is shown', async () => {
  storage.set('otklik:k:token', 'signed');
  storage.set('otklik:k:person', 'C-1');
  const store = make();
  store.nobody();
  await pass();
  const wire = await greet({ who: { known: true, verified: true, name: 'Maria' }, conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  assert.deepEqual(store.messages.value, []);
  await pass();
  wire.say({ type: 'done', ref: wire.of('logout')[0].ref });
  await pass();
  assert.equal(store.token(), null);
  const next = await greet({ token: 'fresh' });
  assert.equal('token' in next.of('hello')[0], false);
  assert.equal(store.token(), 'fresh');
});

test('where nobody is signed in, an anonymous visitor keeps his story', async () => {
  const [store] = await opened({ token: 'anonymous', conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  store.nobody();
  await pass();
  assert.deepEqual(words(store), ['m1']);
});

test('where the page is about to name its customer, nothing of a person of before is shown until it has', async () => {
  signedBefore('C-1');
  storage.set('otklik:k:out:x', JSON.stringify({ client_id: 'x', order: 1, frame: { type: 'send', client_id: 'x', text: 'unsent', conversation: 1 }, shown: { at: '2026-11-22T09:00:00Z' } }));
  const sockets = FakeSocket.last;
  const store = make();
  store.open(true);
  await pass(1000);
  assert.deepEqual([FakeSocket.last, store.messages.value, store.text.value], [sockets, [], '']);
  const done = store.identify(tokenOf('C-1'));
  await pass();
  await greet({ who: { known: true, verified: true, name: 'Maria' }, conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  assert.equal(await done, 'Maria');
  assert.deepEqual([words(store), store.text.value], [['m1', 'unsent'], 'half a word']);
});

test('another person is signed in as a fresh visitor, and what the former one left is neither shown nor sent', async () => {
  signedBefore('C-1');
  const store = make();
  store.open(true);
  const done = store.identify(tokenOf('C-2'));
  store.write('my own words');
  await pass();
  const wire = await greet({ who: { known: true, verified: true, name: 'Maria' }, conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  await pass();
  assert.deepEqual([store.messages.value, store.welcome.value, wire.of('identify')], [[], null, []]);
  wire.say({ type: 'message', conversation: 1, rev: 2, message: message(2, 1, 2) }, { type: 'done', ref: wire.of('logout')[0].ref });
  await pass();
  const next = await greet({ token: 'fresh' });
  assert.equal('token' in next.of('hello')[0], false);
  await pass();
  next.say({ type: 'signed_in', ref: next.of('identify')[0].ref, token: 'signed', name: 'Peter', fresh: false });
  await pass();
  assert.equal(await done, 'Peter');
  const last = await greet({ who: { known: true, verified: true, name: 'Peter' } });
  assert.equal(last.of('hello')[0].token, 'signed');
  assert.deepEqual([words(store), store.text.value, storage.get('otklik:k:person')], [[], 'my own words', 'C-2']);
  assert.deepEqual([wire, next, last].flatMap((each) => each.of('send')), []);
});

test('where the server finds that it is another person, all of the former one is forgotten', async () => {
  const [store, wire] = await opened({ token: 'anonymous', conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  store.write('half a word');
  const done = store.identify(tokenOf('C-2'));
  await pass();
  store.send({ text: 'unsent' });
  wire.say({ type: 'signed_in', ref: wire.of('identify')[0].ref, token: 'signed', name: 'Peter', fresh: true });
  await pass();
  await done;
  const next = await greet({ who: { known: true, verified: true, name: 'Peter' } });
  assert.equal(next.of('hello')[0].token, 'signed');
  assert.deepEqual([next.of('send'), words(store), store.text.value], [[], [], '']);
  assert.equal(storage.keys().some((key) => key.includes('out:') || key.endsWith('draft')), false);
});

test('a tab learns at its next hello that another person took the seat elsewhere', async () => {
  signedBefore('C-1');
  const store = make();
  store.open();
  const wire = await greet({ who: { known: true, verified: true, name: 'Maria' }, conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  wire.die();
  store.send({ text: 'unsent' });
  storage.set('otklik:k:token', 'of the next');
  storage.set('otklik:k:person', 'C-2');
  await pass(1000);
  const next = await greet({ who: { known: true, verified: true, name: 'Peter' } });
  assert.deepEqual([next.of('hello')[0].token, next.of('send'), words(store), store.text.value], ['of the next', [], [], '']);
});

test('a reconnection says so, another page does not', async () => {
  let url = 'https://bank/a';
  const store = new Store({ config: { key: 'k', socket: 'ws://x' }, storage, host: { say() {}, event() {} }, surroundings: () => ({ page_url: url }) });
  store.open();
  const hellos = [];
  for (const next of ['https://bank/a', 'https://bank/b', 'https://bank/b']) {
    const wire = await greet();
    hellos.push(wire.of('hello')[0].again);
    url = next;
    wire.die();
    await pass(1000);
  }
  const wire = await greet();
  hellos.push(wire.of('hello')[0].again);
  store.movePage({ url: 'https://bank/c', title: '' });
  url = 'https://bank/c';
  wire.die();
  await pass(1000);
  hellos.push((await greet()).of('hello')[0].again);
  assert.deepEqual(hellos, [false, true, false, true, true]);
});

test('an own message that had to go without its quote shows that it did', async () => {
  const [store, wire] = await opened({ conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  [store.reply.value] = store.messages.value;
  store.send({ text: 'answer' });
  const [{ client_id: id, ref, reply_to: quoted }] = wire.of('send');
  assert.deepEqual([quoted, store.messages.value.at(-1).reply_to.id], [1, 1]);
  wire.say({ type: 'conversation', conversation: view(1, { rev: 5, state: 'closed' }) });
  wire.say({ type: 'ack', ref, client_id: id, conversation: 2, message: 9, seq: 1, rev: 1, at: '2026-11-22T09:10:00Z', without_quote: true });
  await pass();
  assert.deepEqual([store.messages.value.at(-1).text, store.messages.value.at(-1).reply_to], ['answer', null]);
});

test('a quote that was chosen goes when its conversation is closed', async () => {
  const [store, wire] = await opened({ conversations: [view(1)], messages: [message(1, 1, 1)], current: 1 });
  [store.reply.value] = store.messages.value;
  wire.say({ type: 'conversation', conversation: view(1, { rev: 5, state: 'closed' }) });
  await pass();
  assert.equal(store.reply.value, null);
});

test('rows are divided by conversation and day, and grouped by speaker within five minutes', () => {
  const rows = timeline([
    message(1, 1, 1, { at: '2026-11-21T10:00:00Z' }), message(2, 1, 2, { at: '2026-11-21T10:01:00Z' }),
    message(3, 1, 3, { at: '2026-11-21T10:07:00Z' }), message(4, 1, 4, { at: '2026-11-22T10:00:00Z', author: ANNA }),
  ], new Map([[1, view(1)]]));
  const shape = rows.map((row) => (row.message ? `${row.message.id}${row.first ? 'f' : ''}${row.last ? 'l' : ''}` : row.day ? 'day' : 'conversation'));
  assert.deepEqual(shape, ['conversation', 'day', '1f', '2l', '3fl', 'day', '4fl']);
});

test('own marks follow the reading of the other side', () => {
  assert.equal(markOf({ seq: 2 }, view(1, { staff_read_seq: 1 })), 'sent');
  assert.equal(markOf({ seq: 2 }, view(1, { staff_read_seq: 2 })), 'read');
  assert.equal(markOf({ pending: true }), 'sending');
  assert.equal(markOf({ failed: { code: 'x' } }), 'failed');
});

test('a tab whose token ended keeps the one that another tab was given meanwhile', async () => {
  const [store, wire] = await opened({ token: 'old' });
  wire.die();
  await pass(1000);
  const again = await greet();
  storage.set('otklik:k:token', 'new');
  again.die(4001);
  await pass(1000);
  FakeSocket.last.open();
  assert.deepEqual([FakeSocket.last.of('hello')[0].token, store.token()], ['new', 'new']);
});
