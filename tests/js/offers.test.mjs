/** Offers, places in a line and what may be done with what waits. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { signal } from '@preact/signals-core';
import { setLocale } from '../../static/shared/i18n.js';
import { Allowed } from '../../static/workspace/allowed.js';
import { Offers } from '../../static/workspace/offers.js';
import { placeOf, comparePlaces } from '../../static/workspace/sections.js';
import { texts } from '../../static/workspace/texts.en.js';
import { offerReason, turnSentence, turnWords } from '../../static/workspace/turns.js';
import { formatLeft } from '../../static/workspace/words.js';

const ME = 7;
const NOON = Date.parse('2026-11-22T12:00:00Z');
const at = (minutes) => new Date(NOON + minutes * 60_000).toISOString();
const turn = (change = {}) => ({
  entry: 1, rank: 0, reason: 'placed', waiting_since: at(-6), category: '', colour: '', raised: '', due_at: null, kept_for: null, kept_for_name: '',
  kept_reason: '', kept_until: null, offered_to: null, offered_to_name: '', offered_until: null, ...change,
});
const row = (id, change = {}) => ({ id, rev: 1, state: 'queued', line: 2, since: at(-6), holder: null, preferred: null, tags: [], unread: 0, turn: turn({ entry: id }), ...change });
const offer = (id, change = {}) => ({ row: row(id), since: at(0), until: at(1), line: 2, sender_name: '', ...change });

let offers;
let arrived;
let withdrawn;
let asked;
let refusal;

beforeEach(() => {
  setLocale({ language: 'en', texts, zone: 'UTC' });
  [arrived, withdrawn, asked, refusal] = [[], [], [], null];
  offers = new Offers({
    request: async (frame) => { asked.push(frame); if (refusal) throw refusal; },
    moment: () => NOON, onOffer: (id) => arrived.push(id), onWithdrawn: (id) => withdrawn.push(id),
  });
});

const shown = () => offers.list.value.map((each) => each.row.id);

test('what runs out first stands first, and the same offer heard twice rings once', () => {
  offers.apply(offer(1, { until: at(2) }));
  offers.apply(offer(2));
  offers.apply(offer(1, { until: at(2) }));
  assert.deepEqual([shown(), arrived], [[2, 1], [1, 2]]);
});

test('an offer that ran out is said to be missed, one taken back is not', () => {
  offers.start([offer(1), offer(2), offer(3)]);
  offers.end(1, 'timed_out');
  offers.end(2, 'withdrawn');
  offers.end(3, 'declined');
  assert.deepEqual([shown(), offers.missed.value, withdrawn], [[], [1], [2]]);
  offers.end(1, 'timed_out');
  offers.forgetMissed();
  assert.deepEqual(offers.missed.value, []);
});

test('a welcome says what is offered now and rings for it; what ran out while the line was broken was missed', () => {
  offers.start([offer(1, { until: at(-1) }), offer(2)]);
  offers.start([offer(3)]);
  assert.deepEqual([shown(), offers.missed.value, arrived], [[3], [1], [1, 2, 3]]);
});

test('accepted in another tab it leaves this one', () => {
  offers.start([offer(1)]);
  offers.settle(row(1, { state: 'assigned', holder: ME }), ME);
  assert.deepEqual([shown(), offers.missed.value], [[], []]);
});

test('declining names the reason, and what is not offered any more leaves the screen with the refusal', async () => {
  offers.start([offer(1), offer(2), offer(3)]);
  await offers.decline(1, 4);
  assert.deepEqual([asked, shown()], [[{ type: 'decline', conversation: 1, reason: 4 }], [2, 3]]);
  refusal = { code: 'not_offered' };
  await assert.rejects(offers.decline(2));
  assert.deepEqual(shown(), [3]);
  refusal = { code: 'reason_needed' };
  await assert.rejects(offers.decline(3));
  assert.deepEqual(shown(), [3]);
});

test('a line stands in the order of service, wherever a row comes in', () => {
  const view = { me: ME, common: null, priorities: new Map([[2, 0], [3, 5]]) };
  const rows = [
    row(1, { turn: turn({ entry: 1, waiting_since: at(-9) }) }), row(2, { turn: turn({ entry: 2, due_at: at(9), waiting_since: at(-1) }) }),
    row(3, { turn: turn({ entry: 3, due_at: at(5), waiting_since: at(-1) }) }), row(4, { turn: turn({ entry: 4, rank: 10, waiting_since: at(-1) }) }),
    row(5, { turn: null, state: 'new', since: at(-2) }), row(6, { line: 3 }), row(7, { turn: turn({ entry: 7, waiting_since: at(-9) }) }), row(8, { turn: turn({ entry: 8, rank: -5, due_at: at(1) }) }),
  ];
  const places = rows.map((each) => placeOf(each, view)).sort(comparePlaces);
  assert.deepEqual(places.map(([, , , id]) => id), [6, 4, 3, 2, 1, 7, 5, 8]);
  const later = new Date(Date.now() + 60_000).toISOString();
  const back = (holder) => placeOf(row(9, { turn: turn({ kept_for: holder, kept_reason: 'holder', kept_until: later }) }), view);
  assert.deepEqual([back(ME), back(9)].map((place) => [...places, place].sort(comparePlaces).indexOf(place)), [1, 6]);
});

test('a row says in words why it stands where it stands', () => {
  const view = { me: ME, moment: NOON };
  const vip = row(1, { turn: turn({ category: 'VIP', colour: '#c00', raised: 'raised', due_at: at(40) }) });
  assert.equal(turnSentence(vip, view), 'VIP · raised by a rule · promised until 12:40 · waits 6 minutes');
  const kept = row(2, { turn: turn({ kept_for: 9, kept_for_name: 'Anna', kept_until: at(2), reason: 'returned' }) });
  assert.equal(turnSentence(kept, view), 'waits for Anna until 12:02 · returned to the line · waits 6 minutes');
  const mine = row(2, { turn: turn({ kept_for: ME, kept_until: at(2), due_at: at(40), reason: 'holder_full' }) });
  assert.equal(turnWords(mine, view)[0].text, 'waits for you until 12:02');
  const offered = row(3, { turn: turn({ offered_to: 9, offered_to_name: 'Boris', offered_until: at(1), kept_for: 9, kept_for_name: 'Boris', kept_until: at(1) }) });
  assert.equal(turnSentence(offered, view), 'is offered to Boris · waits 6 minutes');
  assert.deepEqual(turnWords(row(4, { turn: turn({ due_at: at(-1) }) }), view), [{ kind: 'late', text: 'promised for 11:59' }]);
  assert.equal(turnSentence(row(5, { state: 'assigned', turn: turn({ category: 'VIP' }) }), view), '');
});

test('an offer says why he is asked', () => {
  assert.equal(offerReason(offer(1, { sender_name: 'Anna' })), 'from Anna');
  assert.equal(offerReason(offer(1, { row: row(1, { turn: turn({ kept_for: ME, kept_reason: 'manager', offered_to: ME }) }) })), 'you are the personal manager');
  assert.equal(offerReason(offer(1, { row: row(1, { turn: turn({ kept_for: 9, kept_reason: 'manager', offered_to: ME }) }) })), 'it is your turn');
  assert.deepEqual([formatLeft(at(1), NOON + 36_000), formatLeft(at(0), NOON + 1)], ['0:24', '0:00']);
});

test('what waits may be taken by who may pick, when it is offered to him, or when he put it aside himself', () => {
  const me = signal({ id: ME, operator: true, pulls: [2] });
  const allowed = new Allowed({ me, offers, moment: () => NOON });
  const accepts = (change, rights) => allowed.accepts(row(1, change), rights);
  assert.equal(accepts({}, ['answer', 'pick']), true);
  assert.equal(accepts({}, ['answer']), false);
  assert.equal(accepts({ turn: turn({ offered_to: 9, offered_until: at(1) }) }, ['answer', 'pick']), false);
  assert.equal(accepts({ turn: turn({ offered_to: 9, offered_until: at(-1) }) }, ['answer', 'pick']), true);
  assert.equal(accepts({ state: 'snoozed', preferred: ME }, []), true);
  assert.equal(accepts({ state: 'assigned', holder: 9 }, ['answer', 'pick']), false);
  offers.start([offer(1)]);
  assert.equal(accepts({ turn: turn({ offered_to: ME, offered_until: at(1) }) }, []), true);
  assert.deepEqual([allowed.takesTurns(row(1)), allowed.takesTurns(row(1, { line: 3 }))], [true, false]);
  me.value = { id: ME, operator: false, pulls: [] };
  assert.equal(accepts({}, ['answer', 'pick']), false);
});

test('what is with a bot is taken over by who may answer there, what a colleague holds by who may take over', () => {
  const allowed = new Allowed({ me: signal({ id: ME, operator: true, pulls: [] }), offers, moment: () => NOON });
  const actions = (change, rights) => allowed.actionsFor(row(1, change), { abilities: { value: { rights } } });
  const bot = { state: 'bot', holder: null };
  assert.deepEqual(actions(bot, ['answer']), ['take_over', 'transfer', 'close']);
  assert.deepEqual(actions(bot, ['take_over']), []);
  assert.deepEqual(actions({ state: 'assigned', holder: 9 }, ['answer']), []);
  assert.deepEqual(actions({ state: 'assigned', holder: 9 }, ['take_over']), ['take_over', 'transfer', 'close']);
});
