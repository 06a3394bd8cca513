/** The workspace's files on their way out: what a picture's address holds is let go with it. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { signal } from '@preact/signals-core';
import { Tray } from '../../static/workspace/files.js';

let requests;
let addresses;
let tray;

class FakeUpload {
  upload = {};
  constructor() { requests.push(this); }
  open() {}
  setRequestHeader() {}
  send() {}
  abort() { this.onabort(); }

  async finish(status, response) {
    Object.assign(this, { status, response });
    this.onload();
    await new Promise(setImmediate);
  }
}

beforeEach(() => {
  requests = [];
  addresses = new Set();
  let made = 0;
  globalThis.XMLHttpRequest = FakeUpload;
  globalThis.document = { cookie: '' };
  URL.createObjectURL = () => { made += 1; addresses.add(`blob:${made}`); return `blob:${made}`; };
  URL.revokeObjectURL = (address) => assert.ok(addresses.delete(address), `${address} is held`);
  const config = { upload_bytes: 100, urls: { files: '/files/' }, csrf_cookie: 'csrf' };
  tray = new Tray({ config, list: signal([]), onRefused: assert.fail });
});

const picture = () => new File(['x'], 'a.png', { type: 'image/png' });
const paper = () => new File(['x'], 'a.pdf', { type: 'application/pdf' });

test('a file that is taken away lets its picture go', () => {
  tray.add([picture(), paper(), picture()]);
  tray.remove(tray.list.value[1]);
  tray.remove(tray.list.value[0]);
  assert.deepEqual([...addresses], ['blob:2']);
  assert.deepEqual(tray.list.value.map((item) => item.local), ['blob:2']);
});

test('a file that is tried again shows a picture of its own', async () => {
  tray.add([picture()]);
  await requests[0].finish(503, { code: 'unavailable', text: 'later' });
  tray.retry(tray.list.value[0]);
  assert.deepEqual([...addresses], ['blob:2']);
  assert.deepEqual(tray.list.value.map((item) => [item.local, item.error]), [['blob:2', null]]);
});

test('files that leave with a message let their pictures go', async () => {
  tray.add([picture(), paper()]);
  await requests[0].finish(201, { id: 'f1' });
  await requests[1].finish(201, { id: 'f2' });
  assert.deepEqual(tray.take(), [{ id: 'f1' }, { id: 'f2' }]);
  assert.deepEqual([[...addresses], tray.list.value], [[], []]);
});
