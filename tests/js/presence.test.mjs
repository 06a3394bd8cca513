import assert from 'node:assert/strict';
import test from 'node:test';
import { signal } from '@preact/signals-core';
import { callWhenWarned } from '../../static/workspace/attention.js';
import { saysMore, withNotice } from '../../static/workspace/notices.js';
import { lasted, told, watchActivity } from '../../static/workspace/presence.js';

const NOON = Date.parse('2026-11-20T12:00:00Z');
const at = (minutes) => new Date(NOON + minutes * 60_000).toISOString();
const notes = (more = {}) => ({ cause: '', sent_by: '', away_at: null, missed: 0, missed_limit: 0, shift_told_at: null, shift_ends_at: null, offers_until: null, ...more });

test('a warning is told before anything else, with what is left', () => {
  const found = told({ state: 'online', notes: notes({ away_at: at(1), missed: 1, missed_limit: 3 }) }, NOON);
  assert.deepEqual(found, { kind: 'warned', left: '1:00', undo: 'here' });
});

test('who was set away or sent is told why, and how to come back', () => {
  assert.deepEqual(told({ state: 'break', notes: notes({ cause: 'missed' }) }, NOON), { kind: 'missed', undo: 'back' });
  const sent = told({ state: 'offline', notes: notes({ cause: 'sent', sent_by: 'Ольга' }), wasReason: 'Обед' }, NOON);
  assert.deepEqual(sent, { kind: 'sent.offline', who: 'Ольга', reason: 'Обед', undo: 'back' });
});

test('who came back by himself is told nothing', () => {
  assert.equal(told({ state: 'online', notes: notes() }, NOON), null);
  assert.equal(told({ state: 'break', notes: notes() }, NOON), null);
  assert.equal(told({ state: 'online', notes: null }, NOON), null);
});

test('the end of a shift is told from its moment on, then the last minutes, then the end', () => {
  const shift = (moment) => told({ state: 'online', notes: notes({ shift_told_at: at(-15), offers_until: at(-5), shift_ends_at: at(0) }) }, NOON + moment * 60_000)?.kind;
  assert.deepEqual([-16, -15, -5, 0].map(shift), [undefined, 'shiftEnds', 'lastMinutes', 'shiftDone']);
});

test('a break is too long only past its minutes', () => {
  assert.deepEqual(lasted(at(-30), 30, NOON), { passed: 30, over: 0 });
  assert.deepEqual(lasted(at(-42), 30, NOON), { passed: 42, over: 12 });
  assert.deepEqual(lasted(at(-42), null, NOON), { passed: 42, over: 0 });
});

test('input is told once a minute, at once while warned, and never while away', () => {
  const target = new EventTarget();
  let count = 0;
  const presence = { value: { state: 'online', notes: notes() }, peek() { return this.value; } };
  watchActivity({ presence, active: () => { count += 1; } }, target);
  const press = () => target.dispatchEvent(new Event('keydown'));
  press(); press();
  assert.equal(count, 1);
  presence.value = { state: 'online', notes: notes({ away_at: at(1) }) };
  press();
  assert.equal(count, 2);
  presence.value = { state: 'break', notes: notes({ away_at: at(1) }) };
  press();
  assert.equal(count, 2);
});

test('a warning calls once, and the next one again', () => {
  const store = { presence: signal({ state: 'online', notes: notes() }), happened: signal(null) };
  const called = [];
  callWhenWarned(store);
  store.happened.subscribe((event) => event && called.push(event.kind));
  const warn = (minutes) => { store.presence.value = { state: 'online', notes: notes({ away_at: minutes === null ? null : at(minutes) }) }; };
  warn(1);
  warn(1);
  warn(null);
  store.presence.value = { state: 'break', notes: notes({ away_at: at(1) }) };
  assert.deepEqual(called, ['away']);
  warn(2);
  assert.deepEqual(called, ['away', 'away']);
});

test('of what came back one notice stands, whichever is heard first', () => {
  const mine = { text: 'is yours', kind: 'info', about: 7 };
  const back = { text: 'came back', kind: 'bad', about: 7 };
  assert.deepEqual(withNotice([mine], back), [back]);
  assert.deepEqual([saysMore([back], 7), saysMore([back], 8), saysMore([mine], 7)], [true, false, false]);
  const others = [1, 2, 3].map((number) => ({ text: `${number}`, kind: 'info', about: null }));
  assert.deepEqual(withNotice(others, back), [...others.slice(1), back]);
});
