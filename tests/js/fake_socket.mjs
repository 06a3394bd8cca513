/** A WebSocket under the test's hand, and time that passes when told to. */
import { mock } from 'node:test';

export class FakeSocket {
  static all = [];
  sent = [];
  readyState = 0;

  constructor(url) {
    this.url = url;
    FakeSocket.all.push(this);
  }

  static get last() {
    return FakeSocket.all.at(-1);
  }

  open() {
    this.readyState = 1;
    this.onopen();
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  say(...frames) {
    for (const frame of frames) this.onmessage({ data: JSON.stringify(frame) });
  }

  close() {
    this.readyState = 3;
  }

  die(code = 1006) {
    this.readyState = 3;
    this.onclose({ code });
  }

  of(type) {
    return this.sent.filter((frame) => frame.type === type);
  }
}

/** Replaces the browser's socket and clock for one test. */
export function install() {
  FakeSocket.all = [];
  globalThis.WebSocket = FakeSocket;
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2026-11-22T10:00:00Z') });
}

/** Lets timers due within `ms` and the promises behind them run. */
export async function pass(ms = 0) {
  for (let round = 0; round < 6; round += 1) await Promise.resolve();
  mock.timers.tick(ms);
  for (let round = 0; round < 12; round += 1) await Promise.resolve();
}

/** A localStorage of its own. */
export function memoryArea() {
  const values = new Map();
  const area = {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
  return new Proxy(area, {
    ownKeys: () => [...values.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  });
}
