import assert from 'node:assert/strict';
import test from 'node:test';
import { connectHost } from '../../static/widget/host.js';

const BANK = 'https://bank.example';

function frame(options = {}) {
  const heard = [];
  const said = [];
  const parent = { postMessage: (message, origin) => said.push([message, origin]) };
  let listener;
  const own = { parent, addEventListener: (_, added) => { listener = added; } };
  const note = (name) => (detail) => heard.push([name, detail]);
  const host = connectHost({ sites: [BANK], own, commands: { hello: note('hello'), open: note('open') }, ...options });
  const hear = (data, more = {}) => listener({ source: parent, origin: BANK, data: { otklik: 1, ...data }, ...more });
  return { host, heard, said, hear };
}

test('a listed site is answered, at its own origin', () => {
  const { heard, said, hear } = frame();
  hear({ type: 'hello', detail: { versions: [1] } });
  hear({ type: 'open' });
  assert.deepEqual(heard.map(([name]) => name), ['hello', 'open']);
  assert.deepEqual(said, [[{ otklik: 1, type: 'ready', detail: { version: 1 } }, BANK]]);
});

test('nothing is said before a site has said hello', () => {
  const { host, said } = frame();
  host.say('unread', { count: 3 });
  assert.deepEqual(said, []);
});

test('a foreign origin, a foreign window and an opaque origin are not heard', () => {
  const { heard, said, hear } = frame();
  const hello = { type: 'hello', detail: { versions: [1] } };
  hear(hello, { origin: 'https://evil.example' });
  hear(hello, { source: {} });
  hear(hello, { origin: 'null' });
  assert.deepEqual([heard, said], [[], []]);
});

test('a command before the hello, an unknown one and an inherited name do nothing', () => {
  const { heard, hear } = frame();
  hear({ type: 'open' });
  hear({ type: 'hello', detail: { versions: [1] } });
  for (const type of ['eval', 'toString', '__proto__', 'constructor', 'ready', undefined]) hear({ type, detail: { code: 'alert(1)' } });
  assert.deepEqual(heard.map(([name]) => name), ['hello']);
});

test('a loader of another protocol is not answered', () => {
  const { said, hear } = frame();
  hear({ type: 'hello', detail: { versions: [2, 3] } });
  hear({ type: 'hello', detail: {} });
  assert.deepEqual(said, []);
});

test('odd details reach a command as an empty object', () => {
  const { heard, hear } = frame();
  hear({ type: 'hello', detail: { versions: [1] } });
  hear({ type: 'open', detail: 'text' });
  assert.deepEqual(heard.at(-1), ['open', {}]);
});
