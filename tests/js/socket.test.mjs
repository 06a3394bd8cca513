import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { backoff, CLOSE, Outbox, RevTracker, safeStorage, Socket } from '../../static/shared/socket.js';
import { FakeSocket, install, memoryArea, pass } from './fake_socket.mjs';

let seen;
let states;
let area;

beforeEach(() => {
  install();
  seen = [];
  states = [];
  area = memoryArea();
});

const outbox = () => new Outbox({ storage: safeStorage(() => area), prefix: 'o:' });

function make(options = {}) {
  return new Socket({
    url: 'ws://x', hello: () => ({ type: 'hello' }), onFrames: (frames) => seen.push(...frames),
    onState: (state) => states.push(state.name), outbox: outbox(),
    numberOf: (frame) => (frame.rev ? [frame.conversation, frame.rev] : null),
    catchUp: (conversation, after) => ({ type: 'catch_up', conversation, after_rev: after }),
    ...options,
  });
}

async function welcome(wire = FakeSocket.all.at(-1)) {
  wire.open();
  wire.say({ type: 'welcome', ref: wire.of('hello').at(-1).ref });
  await pass();
  return wire;
}

async function connected(options) {
  const socket = make(options);
  socket.open();
  return [socket, await welcome()];
}

test('says hello first and is online only after the welcome', async () => {
  const socket = make();
  socket.open();
  const wire = FakeSocket.all[0];
  wire.open();
  assert.equal(socket.online, false);
  assert.equal(socket.tell({ type: 'typing' }), false);
  wire.say({ type: 'welcome', ref: wire.sent[0].ref });
  await pass();
  assert.equal(socket.online, true);
  assert.deepEqual(states, ['connecting', 'online']);
});

test('an outbox leaves in order, one frame at a time', async () => {
  const [socket, wire] = await connected();
  for (const name of ['a', 'b']) socket.enqueue({ type: 'send', client_id: name });
  assert.deepEqual(wire.of('send').map((frame) => frame.client_id), ['a']);
  wire.say({ type: 'ack', ref: wire.of('send')[0].ref });
  await pass();
  assert.deepEqual(wire.of('send').map((frame) => frame.client_id), ['a', 'b']);
  assert.deepEqual(socket.outbox.items.map((item) => item.client_id), ['b']);
});

test('what was cut before its ack is sent again under the same client id', async () => {
  const [socket, wire] = await connected();
  socket.enqueue({ type: 'send', client_id: 'a', text: 'word' });
  wire.die();
  await pass(1000);
  const next = await welcome();
  assert.deepEqual(next.of('send').map(({ client_id, text }) => [client_id, text]), [['a', 'word']]);
});

test('an outbox survives a reload of the page', async () => {
  const [socket] = await connected();
  socket.enqueue({ type: 'send', client_id: 'a' });
  socket.enqueue({ type: 'send', client_id: 'b' });
  assert.deepEqual(outbox().items.map((item) => item.client_id), ['a', 'b']);
});

test('a refused frame is marked with the reason and does not hold up the next', async () => {
  const [socket, wire] = await connected();
  socket.enqueue({ type: 'send', client_id: 'a' });
  socket.enqueue({ type: 'send', client_id: 'b' });
  wire.say({ type: 'error', ref: wire.of('send')[0].ref, code: 'too_long', text: 'Shorten it' });
  await pass();
  assert.deepEqual(socket.outbox.items[0].failed, { code: 'too_long', text: 'Shorten it' });
  assert.deepEqual(wire.of('send').map((frame) => frame.client_id), ['a', 'b']);
  socket.retry('a');
  wire.say({ type: 'ack', ref: wire.of('send')[1].ref });
  await pass();
  assert.equal(wire.of('send').at(-1).client_id, 'a');
});

test('a refusal that passes is tried again after a pause', async () => {
  const [socket, wire] = await connected();
  socket.enqueue({ type: 'send', client_id: 'a' });
  wire.say({ type: 'error', ref: wire.of('send')[0].ref, code: 'rate_limited' });
  await pass();
  assert.equal(socket.outbox.items[0].failed, null);
  await pass(5000);
  assert.equal(wire.of('send').length, 2);
});

test('a frame over the size limit fails instead of cutting each new connection', async () => {
  const [socket, wire] = await connected();
  socket.enqueue({ type: 'send', client_id: 'a' });
  wire.die(CLOSE.TOO_BIG);
  assert.equal(socket.outbox.items[0].failed.code, 'too_big');
});

test('a request is refused at once when offline and when the line drops', async () => {
  const [socket, wire] = await connected();
  const asked = socket.request({ type: 'search' });
  wire.die();
  await assert.rejects(asked, { code: 'offline' });
  await assert.rejects(socket.request({ type: 'search' }), { code: 'offline' });
});

test('no answer in time means the line is dead', async () => {
  const [socket] = await connected();
  socket.enqueue({ type: 'send', client_id: 'a' });
  await pass(15_000);
  assert.equal(states.at(-1), 'waiting');
  assert.equal(socket.outbox.items[0].failed, null);
});

test('a hole that stays is filled from the last number without one', async () => {
  const [socket, wire] = await connected();
  socket.revs.start(7, 3);
  wire.say({ type: 'message', conversation: 7, rev: 4 }, { type: 'message', conversation: 7, rev: 6 });
  await pass(0);
  await pass(300);
  const [asked] = wire.of('catch_up');
  assert.deepEqual([asked.conversation, asked.after_rev], [7, 4]);
  wire.say({ type: 'catch_up', ref: asked.ref, upto: 6 });
  await pass();
  assert.deepEqual(socket.revs.gaps(), []);
});

test('a hole whose filling is refused for a moment is filled after a pause', async () => {
  const [socket, wire] = await connected();
  socket.revs.start(7, 3);
  wire.say({ type: 'message', conversation: 7, rev: 5 });
  await pass(0);
  await pass(300);
  wire.say({ type: 'error', ref: wire.of('catch_up')[0].ref, code: 'unavailable' });
  await pass();
  assert.equal(wire.of('catch_up').length, 1);
  await pass(5000);
  const again = wire.of('catch_up')[1];
  assert.deepEqual([again.conversation, again.after_rev], [7, 3]);
  wire.say({ type: 'error', ref: again.ref, code: 'not_found' });
  await pass();
  await pass(5000);
  assert.equal(wire.of('catch_up').length, 2);
});

test('frames that overtook each other need no catch-up', async () => {
  const [socket, wire] = await connected();
  socket.revs.start(7, 3);
  wire.say({ type: 'message', conversation: 7, rev: 5 });
  await pass(0);
  wire.say({ type: 'message', conversation: 7, rev: 4 });
  await pass(0);
  await pass(300);
  assert.equal(wire.of('catch_up').length, 0);
  assert.equal(socket.revs.known(7), 5);
});

test('silence is asked about, and a dead line is dropped', async () => {
  const [, wire] = await connected();
  await pass(25_000);
  assert.equal(wire.of('ping').length, 1);
  await pass(10_000);
  assert.equal(states.at(-1), 'waiting');
});

test('a refused site ends it, an expired token may try once more', async () => {
  const [, first] = await connected();
  first.die(CLOSE.REFUSED);
  assert.equal(states.at(-1), 'stopped');
  const [, second] = await connected({ mayRetry: () => true });
  second.die(CLOSE.UNAUTHORISED);
  assert.equal(states.at(-1), 'waiting');
});

test('the waits grow to half a minute and are spread from nothing', () => {
  assert.deepEqual([0, 1, 4, 9].map((attempt) => backoff(attempt, () => 1)), [1000, 2000, 16_000, 30_000]);
  assert.equal(backoff(9, () => 0), 0);
});

test('a tracker closes holes in any order and forgets what is old', () => {
  const revs = new RevTracker();
  assert.equal(revs.note('c', 2), true);
  assert.equal(revs.note('c', 1), false);
  assert.equal(revs.note('c', 1), false);
  revs.note('c', 9);
  revs.start('c', 9);
  assert.deepEqual([revs.known('c'), revs.gaps()], [9, []]);
});

test('what is only spoken of stays missing until it comes', () => {
  const revs = new RevTracker();
  revs.start('c', 4);
  assert.equal(revs.hear('c', 4), false);
  assert.equal(revs.hear('c', 5), true);
  assert.deepEqual(revs.gaps(), [['c', 4]]);
  assert.equal(revs.note('c', 5), false);
  assert.deepEqual(revs.gaps(), []);
});

test('a number that another frame speaks of is fetched when its own frame never comes', async () => {
  const [socket, wire] = await connected({ heardOf: (frame) => (frame.type === 'line' ? frame.rows : []) });
  socket.revs.start('c', 4);
  wire.say({ type: 'line', rows: [['c', 6]] });
  await pass();
  assert.deepEqual(wire.of('catch_up'), []);
  await pass(400);
  assert.deepEqual(wire.of('catch_up').map((frame) => frame.after_rev), [4]);
});

test('storage that throws is replaced by memory', () => {
  const storage = safeStorage(() => { throw new Error('denied'); });
  storage.set('a', '1');
  assert.deepEqual([storage.get('a'), storage.keys()], ['1', ['a']]);
  storage.remove('a');
  assert.equal(storage.get('a'), null);
});

test('a hello that has to be fetched first is waited for', async () => {
  const socket = make({ hello: () => Promise.resolve({ type: 'hello', ticket: 't' }) });
  socket.open();
  FakeSocket.all[0].open();
  await pass();
  assert.deepEqual(FakeSocket.all[0].of('hello').map((frame) => frame.ticket), ['t']);
});

test('a hello refused for good stops, one that failed on the way is tried again', async () => {
  for (const [code, state] of [['unauthorised', 'stopped'], ['offline', 'waiting']]) {
    states = [];
    const socket = make({ hello: () => Promise.reject(Object.assign(new Error(code), { code })) });
    socket.open();
    FakeSocket.all.at(-1).open();
    await pass();
    assert.equal(states.at(-1), state);
    socket.close();
  }
});

test('an error in place of a welcome hangs up and comes back later, longer each time', async () => {
  const socket = make();
  const random = mock.method(Math, 'random', () => 1);
  socket.open();
  for (const pause of [1000, 2000, 4000]) {
    const wire = FakeSocket.last;
    const made = FakeSocket.all.length;
    wire.open();
    wire.say({ type: 'error', ref: wire.of('hello')[0].ref, code: 'channel_closed', text: 'Closed' });
    await pass();
    assert.deepEqual([wire.readyState, states.at(-1), socket.online], [3, 'waiting', false]);
    await pass(pause - 1);
    assert.equal(FakeSocket.all.length, made);
    await pass(1);
    assert.equal(FakeSocket.all.length, made + 1);
  }
  await welcome();
  assert.equal(socket.online, true);
  random.mock.restore();
});
