/** Drafts: what is typed is never lost to an older copy, whatever the server answered. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { FrameError, safeStorage } from '../../static/shared/socket.js';
import { Drafts } from '../../static/workspace/drafts.js';
import { install, memoryArea, pass } from './fake_socket.mjs';

let storage;
let asked;
let answer;

beforeEach(() => {
  install();
  const area = memoryArea();
  storage = safeStorage(() => area);
  asked = [];
  answer = () => Promise.resolve({});
});

function make() {
  const request = (frame) => {
    asked.push(frame.text);
    return answer();
  };
  return new Drafts({ storage, user: 7, request });
}

const refuse = (code) => { answer = () => Promise.reject(new FrameError(code)); };
const textOf = (drafts) => drafts.of(5).peek().text;
const OLDER = { text: 'older', note: false };

test('a draft that the server took gives way to a newer copy from elsewhere', async () => {
  const drafts = make();
  drafts.set(5, { text: 'typed' });
  await pass(1500);
  drafts.fromServer(5, { text: 'typed on the phone', note: true });
  assert.deepEqual([asked, textOf(drafts)], [['typed'], 'typed on the phone']);
});

for (const code of ['unavailable', 'rate_limited', 'timeout']) {
  test(`words typed while the server says ${code} stay, and are offered again until they are taken`, async () => {
    const drafts = make();
    refuse(code);
    drafts.set(5, { text: 'typed' });
    await pass(1500);
    drafts.fromServer(5, OLDER);
    await pass();
    assert.equal(textOf(drafts), 'typed');
    answer = () => Promise.resolve({});
    asked = [];
    await pass(5000);
    assert.deepEqual(asked, ['typed']);
    await pass(60_000);
    assert.deepEqual([asked, drafts.of(5).peek().kept], [['typed'], true]);
  });
}

test('without a connection the draft waits for the next one', async () => {
  const drafts = make();
  refuse('offline');
  drafts.set(5, { text: 'typed' });
  await pass(1500);
  await pass(60_000);
  assert.deepEqual(asked, ['typed']);
  answer = () => Promise.resolve({});
  drafts.start([]);
  await pass();
  assert.deepEqual([asked, drafts.of(5).peek().kept], [['typed', 'typed'], true]);
});

test('a refusal of another kind neither repeats by itself nor counts as kept', async () => {
  const drafts = make();
  refuse('invalid');
  drafts.set(5, { text: 'typed' });
  await pass(1500);
  await pass(60_000);
  drafts.fromServer(5, OLDER);
  assert.deepEqual([asked, textOf(drafts)], [['typed', 'typed'], 'typed']);
});

for (const code of ['not_found', 'forbidden']) {
  test(`after ${code} nothing repeats, and the words are there when the conversation comes back`, async () => {
    const drafts = make();
    refuse(code);
    drafts.set(5, { text: 'typed' });
    await pass(1500);
    await pass(60_000);
    drafts.start([]);
    assert.deepEqual([asked, drafts.of(5).peek().kept], [['typed'], true]);
    answer = () => Promise.resolve({});
    const reloaded = make();
    reloaded.fromServer(5, OLDER);
    await pass();
    assert.deepEqual([asked, textOf(reloaded), reloaded.of(5).peek().refused], [['typed', 'typed'], 'typed', false]);
  });
}

test('signing out forgets what the server took or refuses for good, and keeps what it could not take', async () => {
  const drafts = make();
  refuse('unavailable');
  drafts.set(5, { text: 'typed' });
  await drafts.handOver();
  assert.equal(storage.keys().length, 1);
  refuse('not_found');
  await drafts.handOver();
  assert.equal(storage.keys().length, 0);
});
