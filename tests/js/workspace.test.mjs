/** The workspace's pure modules: the list as data, the thread as rows, templates, keys, moments. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setLocale } from '../../static/shared/i18n.js';
import { comparePlaces, countsOf, layOut, offsets, placeOf, sectionOf, visibleRange } from '../../static/workspace/sections.js';
import { actionOf } from '../../static/workspace/shortcuts.js';
import { momentIn, snoozePresets } from '../../static/workspace/snooze.js';
import { fill, nextBlank, queryOf, search } from '../../static/workspace/templates.js';
import { isOurs, markOf, placeFor, timeline } from '../../static/workspace/timeline.js';
import { browserName, formatWait, systemText, urgency } from '../../static/workspace/words.js';
import { texts } from '../../static/workspace/texts.ru.js';

setLocale({ language: 'ru', texts, zone: 'Europe/Moscow' });

// --- sections ---------------------------------------------------------------------------------------------

const VIEW = { me: 7, common: 1 };
const row = (change) => ({ id: 5, state: 'queued', line: 2, since: '2026-11-22T09:00:00Z', holder: null, preferred: null, tags: [], ...change });

test('each conversation stands in one section', () => {
  const cases = [
    [{}, 'waiting'], [{ state: 'new' }, 'waiting'], [{ line: 1 }, 'common'], [{ state: 'offline' }, 'offline'],
    [{ state: 'assigned', holder: 7 }, 'mine'], [{ state: 'assigned', holder: 8 }, 'other'], [{ state: 'bot' }, 'other'],
    [{ state: 'snoozed', preferred: 7 }, 'mine'], [{ state: 'snoozed', preferred: 8 }, 'other'],
    [{ state: 'closed', holder: null }, 'recent'], [{ locked: true }, 'foreign'], [{ locked: true, state: 'closed' }, null],
  ];
  for (const [change, section] of cases) assert.equal(sectionOf(row(change), VIEW), section, JSON.stringify(change));
});

test('who waits longest comes first, whoever wrote last comes first among colleagues’', () => {
  const order = (rows) => rows.map((each) => placeOf(each, VIEW)).sort(comparePlaces).map((place) => place[3]);
  const early = '2026-11-22T08:00:00Z';
  assert.deepEqual(order([row({ id: 1 }), row({ id: 2, since: early })]), [2, 1]);
  const urgent = { ...VIEW, priorities: new Map([[9, 100]]) };
  const waiting = [row({ id: 1, since: early }), row({ id: 2, line: 9 })];
  assert.deepEqual(waiting.map((each) => placeOf(each, urgent)).sort(comparePlaces).map((place) => place[3]), [2, 1]);
  const held = { state: 'assigned', holder: 8 };
  assert.deepEqual(order([row({ id: 1, ...held, last_at: early }), row({ id: 2, ...held, last_at: '2026-11-22T09:30:00Z' })]), [2, 1]);
});

test('own conversations keep their places, snoozed ones at the end; on demand the longest waiting rises', () => {
  const mine = { state: 'assigned', holder: 7 };
  const rows = [
    row({ id: 1, state: 'snoozed', preferred: 7, since: '2026-11-22T07:00:00Z' }), row({ id: 2, ...mine, since: '2026-11-22T08:00:00Z' }),
    row({ id: 3, ...mine, awaiting_since: '2026-11-22T09:10:00Z' }),
  ];
  const order = (sort) => rows.map((each) => placeOf(each, VIEW, sort)).sort(comparePlaces).map((place) => place[3]);
  assert.deepEqual(order('steady'), [2, 3, 1]);
  assert.deepEqual(order('waiting'), [3, 2, 1]);
});

const LINES = [
  { line: 1, readable: true, counts: { queued: 2 } },
  { line: 2, readable: true, counts: { queued: 3, new: 1, assigned: 4, offline: 1, snoozed: 1 } },
  { line: 3, readable: false, counts: { queued: 5, assigned: 2 } },
];

test('counters leave out what is mine and tell foreign lines apart', () => {
  const counts = countsOf(LINES, [row({ state: 'assigned', holder: 7 })], VIEW);
  const all = Object.fromEntries(Object.entries(counts).map(([name, each]) => [name, each.all]));
  assert.deepEqual(all, { mine: 1, waiting: 4, common: 2, offline: 1, other: 4, recent: 0, foreign: 7 });
  assert.deepEqual([...counts.foreign.byLine], [[3, 7]]);
});

function laidOut({ folded = [], byLine = true, hasMore = () => false } = {}) {
  const placed = new Map([['mine', [9]], ['waiting', [4, 5]]]);
  const items = layOut(placed, {
    lineOf: (id) => (id === 5 ? 4 : 2), isTall: () => false, isFolded: (name) => folded.includes(name), byLine,
    counts: countsOf(LINES, [], VIEW), lines: [4, 2, 1, 3], hasMore,
  });
  return items.map((item) => item.key);
}

test('sections fold, and inside them lines, the most important first', () => {
  const open = ['mine', 'r9', 'waiting', 'waiting:4', 'r5', 'waiting:2', 'r4', 'common', 'common-', 'offline'];
  assert.deepEqual(laidOut({ folded: ['offline', 'other', 'recent', 'foreign'] }).slice(0, 10), open);
  const closed = laidOut({ folded: ['mine', 'waiting:2', 'common', 'offline', 'other', 'recent', 'foreign'] });
  assert.deepEqual(closed, ['mine', 'waiting', 'waiting:4', 'r5', 'waiting:2', 'common', 'offline', 'other', 'recent', 'foreign']);
});

const headings = (items) => items.filter((item) => item.kind === 'section').map(({ section, count, more }) => [section, `${count}${more ? '+' : ''}`]);

test('every section says how many it holds, the recent ones as many as were fetched and perhaps more', () => {
  const recent = Array.from({ length: 50 }, (_, index) => 100 + index);
  const shown = (hasMore) => headings(layOut(new Map([['mine', [9]], ['recent', recent]]), {
    lineOf: () => 2, isTall: () => false, isFolded: () => true, byLine: true, counts: countsOf(LINES, [row({ id: 9 })], VIEW), lines: [2, 1, 3], hasMore,
  }));
  const others = [['mine', '1'], ['waiting', '4'], ['common', '2'], ['offline', '1'], ['other', '4']];
  assert.deepEqual(shown(() => false), [...others, ['recent', '50'], ['foreign', '7']]);
  assert.deepEqual(shown((name) => name === 'recent'), [...others, ['recent', '50+'], ['foreign', '7']]);
  assert.deepEqual(shown((name) => name === 'waiting')[1], ['waiting', '4']);
});

test('the common line stands there empty for who may read it, and for nobody else', () => {
  const shown = (readable) => headings(layOut(new Map(), {
    lineOf: () => 2, isTall: () => false, isFolded: () => false, byLine: true, lines: [1], hasMore: () => false,
    counts: countsOf([{ line: 1, readable, counts: {} }], [], VIEW),
  })).map(([section]) => section);
  assert.deepEqual(shown(true), ['mine', 'waiting', 'common', 'offline', 'other', 'recent']);
  assert.deepEqual(shown(false), ['mine', 'waiting', 'offline', 'other', 'recent']);
});

test('a section with another page asks for it at its end', () => {
  assert.ok(laidOut({ byLine: false, hasMore: (name) => name === 'waiting' }).join().includes('r4,r5,waiting+'));
});

test('only what is on the screen is drawn, and a little around it', () => {
  const tops = offsets(Array.from({ length: 1000 }, () => ({})), () => 50);
  assert.equal(tops[1000], 50_000);
  assert.deepEqual(visibleRange(tops, 0, 500, 2), [0, 13]);
  assert.deepEqual(visibleRange(tops, 25_000, 500, 2), [498, 513]);
  assert.deepEqual(visibleRange(tops, 49_900, 500, 2), [996, 1000]);
  assert.deepEqual(visibleRange(offsets([], () => 50), 0, 500), [0, 0]);
});

// --- timeline ------------------------------------------------------------------------------------------------

const said = (seq, change = {}) => ({
  id: seq, seq, kind: 'text', author: { kind: 'customer' }, at: `2026-11-22T09:0${seq}:00Z`, client_id: null, ...change,
});

test('bubbles of one voice stand together until it is silent for five minutes', () => {
  const rows = timeline([said(1), said(2), said(3, { author: { kind: 'operator', id: 7 } }), said(4, { author: { kind: 'operator', id: 8 } }), said(5, { at: '2026-11-22T09:30:00Z', author: { kind: 'operator', id: 8 } })]);
  assert.deepEqual(rows.map(({ kind, first, last }) => [kind, first, last]), [
    ['day', undefined, undefined], ['bubble', true, false], ['bubble', false, true], ['bubble', true, true], ['bubble', true, true], ['bubble', true, true],
  ]);
});

test('a note never shares a group with an answer', () => {
  const mine = { kind: 'operator', id: 7 };
  const rows = timeline([said(1, { author: mine }), said(2, { author: mine, kind: 'note' })]);
  assert.deepEqual(rows.slice(1).map((each) => each.first), [true, true]);
});

test('the line above what is new stands once, before the first unread of the customer', () => {
  const rows = timeline([said(1), said(2, { author: { kind: 'operator', id: 7 } }), said(3), said(4)], 1);
  assert.deepEqual(rows.map((each) => each.kind), ['day', 'bubble', 'bubble', 'new', 'bubble', 'bubble']);
});

test('a walk through pages is one row, a day begins at the viewer’s midnight', () => {
  const page = (seq) => said(seq, { kind: 'system', code: 'page', author: { kind: 'system' } });
  assert.deepEqual(timeline([page(1), page(2), page(3)]).map((each) => each.ids), [undefined, [1, 2, 3]]);
  const rows = timeline([said(1, { at: '2026-11-22T20:59:00Z' }), said(2, { at: '2026-11-22T21:01:00Z' })]);
  assert.deepEqual(rows.map((each) => each.kind), ['day', 'bubble', 'day', 'bubble']);
});

test('an answer goes from sending to read, and a provider’s word outweighs the marks', () => {
  const mine = said(4, { author: { kind: 'operator', id: 7 } });
  const marks = (delivered, read) => ({ delivered, read });
  assert.equal(markOf({ ...mine, pending: true }, marks(0, 0)), 'sending');
  assert.equal(markOf({ ...mine, failed: { code: 'x' } }, marks(0, 0)), 'failed');
  assert.deepEqual([marks(3, 0), marks(4, 3), marks(4, 4)].map((each) => markOf(mine, each)), ['sent', 'delivered', 'read']);
  assert.equal(markOf({ ...mine, delivery: 'uncertain' }, marks(9, 9)), 'uncertain');
  assert.equal(markOf({ ...mine, kind: 'note' }, marks(9, 9)), null);
  assert.equal(markOf(said(4), marks(9, 9)), null);
});

test('a late message goes where its number belongs', () => {
  assert.deepEqual([0, 3, 4, 9].map((seq) => placeFor([1, 2, 4, 8], seq)), [0, 2, 2, 4]);
});

// --- templates -----------------------------------------------------------------------------------------------

const template = (id, shortcut, title, change = {}) => ({ id, shortcut, title, text: '', folder: '', language: 'ru', line: null, personal: false, ...change });

test('only a slash at the start looks for a template', () => {
  assert.equal(queryOf('/лим', 4), 'лим');
  assert.equal(queryOf('/'), '');
  assert.deepEqual([queryOf('и/или'), queryOf('/лимит по'), queryOf('/home/x')], [null, null, null]);
});

test('the code itself comes first, then its beginning, then titles, then words of the text', () => {
  const all = [
    template(1, 'прочее', 'Прочее', { text: 'про лимит' }), template(2, 'карта', 'Лимит карты'), template(3, 'лимиты', 'Все'), template(4, 'лимит', 'Один'),
  ];
  assert.deepEqual(search(all, 'лимит').map((each) => each.id), [4, 3, 2, 1]);
  assert.deepEqual(search([template(1, 'ещё', 'Ещё')], 'еще').length, 1);
});

test('templates of another line are not offered, own ones come before common ones', () => {
  const all = [template(1, 'а', 'А'), template(2, 'аа', 'А', { line: 3 }), template(3, 'ааа', 'А', { personal: true })];
  assert.deepEqual(search(all, '', { line: 2 }).map((each) => each.id), [3, 1]);
});

test('what is known is filled in, the rest is a blank for the cursor', () => {
  const filled = fill('{customer_name}, ваш лимит {сумма} до {дата}', { customer_name: 'Анна' });
  assert.deepEqual(filled, { text: 'Анна, ваш лимит {сумма} до {дата}', blank: [16, 23] });
  assert.deepEqual(fill('Готово', {}), { text: 'Готово', blank: null });
  assert.deepEqual(nextBlank('JSON {"a": 1} и {}'), null);
});

// --- keys --------------------------------------------------------------------------------------------------------

const press = (change) => ({ code: '', key: '', altKey: false, ctrlKey: false, metaKey: false, shiftKey: false, getModifierState: () => false, ...change });

test('shortcuts follow the physical key, so they work in the Russian layout', () => {
  assert.equal(actionOf(press({ code: 'KeyT', key: 'е', altKey: true }), { mac: false }), 'transfer');
  assert.equal(actionOf(press({ code: 'KeyK', key: 'л', ctrlKey: true }), { mac: false }), 'palette');
});

test('what AltGr or Option types is never taken', () => {
  assert.equal(actionOf(press({ code: 'KeyX', altKey: true, getModifierState: (name) => name === 'AltGraph' }), { mac: false }), null);
  assert.equal(actionOf(press({ code: 'KeyX', altKey: true, ctrlKey: true }), { mac: false }), null);
  assert.equal(actionOf(press({ code: 'KeyX', altKey: true }), { mac: true }), null);
  assert.equal(actionOf(press({ code: 'KeyX', altKey: true, ctrlKey: true }), { mac: true }), 'close');
});

test('switched-off shortcuts leave the search and the help', () => {
  const off = { switchedOn: false, mac: false };
  assert.equal(actionOf(press({ code: 'KeyX', altKey: true }), off), null);
  assert.equal(actionOf(press({ code: 'KeyK', ctrlKey: true }), off), 'palette');
  assert.equal(actionOf(press({ key: '?', shiftKey: true }), off), 'help');
  assert.equal(actionOf(press({ key: '?', shiftKey: true }), { ...off, typing: true }), null);
  assert.equal(actionOf(press({ code: 'KeyT', altKey: true, isComposing: true }), { mac: false }), null);
});

// --- moments and words -----------------------------------------------------------------------------------------

test('mornings begin at nine in the operator’s zone, and Monday is not offered on Sunday', () => {
  const at = (moment, zone) => Object.fromEntries(snoozePresets(Date.parse(moment), zone).map(({ key, until }) => [key, until.toISOString()]));
  const friday = at('2026-11-20T22:30:00Z', 'Europe/Moscow'); // Saturday in Moscow
  assert.equal(friday.tomorrow, '2026-11-22T06:00:00.000Z');
  assert.equal(friday.monday, '2026-11-23T06:00:00.000Z');
  const sunday = at('2026-11-22T05:00:00Z', 'America/New_York');
  assert.deepEqual(Object.keys(sunday), ['half', 'hour', 'three', 'tomorrow']);
  assert.equal(sunday.tomorrow, '2026-11-23T14:00:00.000Z');
});

test('an own moment is read by the clock of the operator’s zone, also when that clock changes', () => {
  const cases = [
    ['2026-11-22T09:00', 'Europe/Moscow', '2026-11-22T06:00:00.000Z'],
    ['2026-11-22T09:00', 'Asia/Vladivostok', '2026-11-21T23:00:00.000Z'],
    ['2026-03-28T09:00', 'Europe/Berlin', '2026-03-28T08:00:00.000Z'],
    ['2026-03-29T01:30', 'Europe/Berlin', '2026-03-29T00:30:00.000Z'],
    ['2026-03-29T03:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
    ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'], // left out: as if the clock had not changed
    ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'], // comes twice: the first
    ['2026-10-25T03:30', 'Europe/Berlin', '2026-10-25T02:30:00.000Z'],
    ['2026-03-08T09:00', 'America/New_York', '2026-03-08T13:00:00.000Z'],
    ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
    ['2026-11-01T09:00', 'America/New_York', '2026-11-01T14:00:00.000Z'],
  ];
  for (const [text, zone, moment] of cases) assert.equal(momentIn(text, zone).toISOString(), moment, `${text} ${zone}`);
});

test('a morning after a change of the clock begins at nine all the same', () => {
  const tomorrow = (now, zone) => snoozePresets(Date.parse(now), zone).find((each) => each.key === 'tomorrow').until.toISOString();
  assert.equal(tomorrow('2026-03-28T12:00:00Z', 'Europe/Berlin'), '2026-03-29T07:00:00.000Z');
  assert.equal(tomorrow('2026-10-24T12:00:00Z', 'Europe/Berlin'), '2026-10-25T08:00:00.000Z');
});

test('a wait is shown shortly and warns in time', () => {
  const since = '2026-11-22T09:00:00Z';
  const after = (seconds) => Date.parse(since) + seconds * 1000;
  assert.deepEqual([5, 125, 3725, 90_000].map((seconds) => formatWait(since, after(seconds))), ['0:05', '2:05', '1 ч 2 мин', '1 д']);
  assert.deepEqual([119, 120, 300].map((seconds) => urgency(since, after(seconds))), ['calm', 'warn', 'alarm']);
});

test('system lines are worded here, and an unknown one is named', () => {
  assert.equal(systemText({ code: 'closed', params: { by: 'staff', name: 'Анна' } }), 'Анна завершает обращение');
  assert.equal(systemText({ code: 'transferred_to_line', params: { names: { ru: 'Кредиты', en: 'Loans' } } }), 'Передано в линию «Кредиты»');
  assert.equal(systemText({ code: 'transferred_to_line', params: { by: 'Анна', names: { ru: 'Кредиты', en: 'Loans' } } }), 'Анна передаёт обращение в линию «Кредиты»');
  assert.equal(systemText({ code: 'not_sent_on', params: { why: 'switched_off', names: { ru: 'Кредиты', en: 'Loans' } } }), 'По обещанию надо отправить в линию «Кредиты», но она выключена');
  assert.equal(systemText({ code: 'not_raised', params: { why: 'not_waiting' } }), 'По обещанию обращение надо поднять, но в линии оно уже не ждёт или стоит не ниже');
  assert.equal(systemText({ code: 'transferred_to_operator', params: { by: 'Анна', name: 'Борис' } }), 'Анна передаёт обращение коллеге: Борис');
  assert.equal(systemText({ code: 'transferred_to_operator', params: { by: '', name: 'Борис' } }), 'Передано коллеге: Борис');
  assert.equal(systemText({ code: 'taken_over', params: { by: 'Вера', from: 'Анна' } }), 'Вера забирает обращение у коллеги: Анна');
  const bot = { names: { ru: 'Помощник', en: 'Helper' } };
  assert.equal(systemText({ code: 'transferred_to_bot', params: { ...bot, by: 'Анна' } }), 'Анна передаёт обращение помощнику: Помощник');
  assert.equal(systemText({ code: 'back_from_bot', params: { ...bot, because: 'silent', to: 'Анна' } }), 'Помощник не отвечает вовремя: дальше отвечает Анна');
  assert.equal(systemText({ code: 'back_from_bot', params: { ...bot, because: 'no_right', to: '' } }), 'Помощник больше не может отвечать: оно ждёт в линии');
  assert.equal(systemText({ code: 'taken_from_bot', params: { ...bot, by: 'Вера' } }), 'Вера забирает обращение у помощника: Помощник');
  assert.equal(systemText({ code: 'snoozed', params: { until: null } }), 'Отложено, пока клиент не напишет');
  assert.equal(systemText({ code: 'raised', params: { because: 'words', rank: 30 } }), 'По словам клиента обращение поднялось в очереди');
  const refused = { name: 'Борис', to: 'Анна', missed: false, held: false, reason: { ru: 'Звонок', en: 'A call' } };
  assert.equal(systemText({ code: 'handed_back', params: refused }), 'Борис не берёт обращение, его снова ведёт Анна. Причина: Звонок');
  assert.equal(systemText({ code: 'odd', params: {} }), 'Обращение обновлено (odd)');
});

test('a browser is called by the name people know, and a stranger by his own', () => {
  const cases = [
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/156.0.0.0 Safari/537.36', 'Chrome 156, Linux'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 YaBrowser/25.10.0 Safari/537.36', 'Yandex 25, Windows'],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1', 'Safari 18, iOS'],
    ['Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0', 'Firefox 140, Android'],
    ['MeridianApp 4.2 (build 71)', 'MeridianApp 4.2 (build 71)'],
  ];
  for (const [agent, name] of cases) assert.equal(browserName(agent), name);
});

test('what the bank says by itself, a reminder, stands on its own side and not on the customer’s', () => {
  const said = (kind) => isOurs({ author: { kind, id: null } });
  assert.deepEqual(['customer', 'operator', 'bot', 'system'].map(said), [false, true, true, true]);
});
