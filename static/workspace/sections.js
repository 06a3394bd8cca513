/**
 * The list on the left as data: which section a conversation stands in, in which order, under which headings.
 * Pure functions; the store of rows.js and the component of list.js use them.
 */

/** In the order of the screen. The names are those of the `list` frame. */
export const SECTIONS = ['mine', 'waiting', 'common', 'offline', 'other', 'recent', 'foreign'];
const GROUPED = new Set(['waiting', 'offline', 'other', 'recent', 'foreign']);
const WAITING = ['queued', 'new'];
const WORKED_ON = ['assigned', 'bot', 'snoozed'];
const NEWEST_FIRST = new Set(['other', 'recent']);

/** @param {{me: number, common: number|null, priorities?: Map<number, number>}} view who looks, the common line, and how
 *    important each line is */
export function sectionOf(row, view) {
  if (row.locked) return row.state === 'closed' ? null : 'foreign';
  if (row.state === 'closed') return 'recent';
  if (row.holder === view.me || (row.state === 'snoozed' && row.preferred === view.me)) return 'mine';
  if (WAITING.includes(row.state)) return row.line === view.common ? 'common' : 'waiting';
  return row.state === 'offline' ? 'offline' : 'other';
}

/**
 * What a row's place depends on; while it stays the same nothing has to be sorted again.
 * @returns {[string, number, string, number, boolean]|null} section, line, a key that sorts as a string, the id, and
 *   whether the row has a third line of text
 */
export function placeOf(row, view, sort = 'steady') {
  const section = sectionOf(row, view);
  return section && [section, row.line, sortKey(row, section, sort, view), row.id, hasDetails(row, section)];
}

/** Waiting rows stand under their line's heading: they need a third line for tags and for what raised or keeps them. */
const hasDetails = (row, section) => !['waiting', 'common', 'offline', 'recent', 'foreign'].includes(section) || (row.tags?.length ?? 0) > 0 || hasTurn(row);
const PLAIN = new Set(['placed', 'opened']);
const hasTurn = ({ turn }) => Boolean(turn && (turn.category || turn.raised || turn.due_at || turn.kept_for || turn.offered_to || !PLAIN.has(turn.reason)));

function sortKey(row, section, sort, view) {
  if (NEWEST_FIRST.has(section)) return inverted(row.last_at ?? row.since);
  if (section === 'waiting' || section === 'common') return importance(view.priorities?.get(row.line) ?? 0) + (cameBack(row, view.me) ? '0' : '1') + inLine(row);
  if (section !== 'mine') return importance(view.priorities?.get(row.line) ?? 0) + moment(row.since);
  const snoozed = row.state === 'snoozed' ? '2' : '1';
  if (sort === 'waiting' && row.awaiting_since) return `0${moment(row.awaiting_since)}`;
  return snoozed + moment(row.since);
}

/** Lines of a higher priority first, as the server orders them. */
const importance = (priority) => String(10_000 - priority).padStart(5, '0');
/** Its customer wrote again while this operator was full: it is served first of all that he takes. */
const cameBack = ({ turn }, me) => turn?.kept_reason === 'holder' && turn.kept_for === me && Date.parse(turn.kept_until) > Date.now();
/** The order of service inside a line: rank, the nearest promise, age, the earlier stay. What has just come has no turn yet. */
function inLine({ turn, since, id }) {
  const { rank = 0, due_at: due = null, waiting_since: waits = since, entry = id } = turn ?? {};
  return String(100_000 - rank).padStart(6, '0') + (due ? moment(due) : '9'.repeat(15)) + moment(waits) + String(entry).padStart(19, '0');
}
const moment = (at) => String(Date.parse(at) || 0).padStart(15, '0');
const inverted = (at) => String(1e15 - (Date.parse(at) || 0)).padStart(16, '0');

export function comparePlaces([, , a, one], [, , b, other]) {
  return a < b ? -1 : a > b ? 1 : one - other;
}

/** How many conversations each section holds, and each line in it, from the counters of lines and the own rows. */
export function countsOf(lines, mine, view) {
  const totals = Object.fromEntries(SECTIONS.map((name) => [name, { all: 0, byLine: new Map() }]));
  const add = (section, line, number) => {
    totals[section].all += number;
    if (number) totals[section].byLine.set(line, (totals[section].byLine.get(line) ?? 0) + number);
  };
  for (const { line, readable, counts } of lines) {
    const sum = (states) => states.reduce((total, state) => total + (counts[state] ?? 0), 0);
    const own = mine.filter((row) => row.line === line).length;
    if (!readable) {
      const inPart = lines.some((each) => each.line === line && each.readable);
      add('foreign', line, Math.max(0, sum([...WAITING, ...WORKED_ON, 'offline']) - (inPart ? 0 : own)));
      continue;
    }
    const waiting = line === view.common ? 'common' : 'waiting';
    totals[waiting].readable = true;
    add(waiting, line, sum(WAITING));
    add('offline', line, counts.offline ?? 0);
    add('other', line, Math.max(0, sum(WORKED_ON) - own));
  }
  totals.mine.all = mine.length;
  return totals;
}

/**
 * Headings and rows of the whole list, one after the other.
 * @param {Map<string, number[]>} placed ids of each section in order
 * @param {object} options
 * @param {(id: number) => number} options.lineOf
 * @param {(id: number) => boolean} options.isTall
 * @param {(name: string) => boolean} options.isFolded a section, or `section:line`
 * @param {boolean} options.byLine
 * @param {object} options.counts as made by countsOf
 * @param {number[]} options.lines all lines, the most important first
 * @param {(section: string) => boolean} options.hasMore
 */
export function layOut(placed, { lineOf, isTall, isFolded, byLine, counts, lines, hasMore }) {
  const items = [];
  for (const section of SECTIONS) {
    const ids = placed.get(section) ?? [];
    const count = Math.max(counts[section].all, section === 'mine' ? 0 : ids.length);
    if (!count && (section === 'foreign' || (section === 'common' && !counts.common.readable))) continue;
    const folded = isFolded(section);
    // No line counts what is closed: there is as much as has been fetched, and perhaps more.
    items.push({ kind: 'section', key: section, section, count, more: section === 'recent' && hasMore(section), folded });
    if (folded) continue;
    if (byLine && GROUPED.has(section)) items.push(...groups(section, ids, { lineOf, isTall, isFolded, counts, lines }));
    else items.push(...ids.map((id) => rowItem(id, section, isTall(id) || GROUPED.has(section))));
    if (hasMore(section)) items.push({ kind: 'more', key: `${section}+`, section });
    else if (!ids.length) items.push({ kind: 'empty', key: `${section}-`, section });
  }
  return items;
}

const rowItem = (id, section, tall) => ({ kind: 'row', key: `r${id}`, id, section, tall });

function groups(section, ids, { lineOf, isTall, isFolded, counts, lines }) {
  const byLine = new Map();
  for (const id of ids) {
    if (!byLine.has(lineOf(id))) byLine.set(lineOf(id), []);
    byLine.get(lineOf(id)).push(id);
  }
  const counted = counts[section].byLine;
  const shown = lines.filter((line) => byLine.has(line) || counted.has(line));
  return shown.flatMap((line) => {
    const key = `${section}:${line}`;
    const folded = isFolded(key);
    const rows = byLine.get(line) ?? [];
    const heading = { kind: 'line', key, section, line, count: Math.max(counted.get(line) ?? 0, rows.length), folded };
    return [heading, ...(folded ? [] : rows.map((id) => rowItem(id, section, isTall(id))))];
  });
}

/** Where each item begins, and the whole height, for items of known heights. */
export function offsets(items, heightOf) {
  const tops = new Float64Array(items.length + 1);
  items.forEach((item, index) => { tops[index + 1] = tops[index] + heightOf(item); });
  return tops;
}

/** The items [from, to) that a view of `height` at `top` needs, with some more on both sides. */
export function visibleRange(tops, top, height, overscan = 6) {
  const from = Math.max(0, firstBelow(tops, top) - 1 - overscan);
  const to = Math.min(tops.length - 1, firstBelow(tops, top + height) + overscan);
  return [from, to];
}

function firstBelow(tops, y) {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tops[middle] <= y) low = middle + 1;
    else high = middle;
  }
  return low;
}
