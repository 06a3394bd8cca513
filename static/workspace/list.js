/** The left column: sections with counters, folded by line, and rows of which only the visible ones are drawn. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { formatMoment, formatShort, formatWhen, t } from '../shared/i18n.js';
import { classes, html, Icon } from '../shared/ui.js';
import { now, slow, Wait } from './clock.js';
import { ChannelIcon, Face, Keys, nameOf, TagChip } from './parts.js';
import { told } from './presence.js';
import { layOut, offsets, visibleRange } from './sections.js';
import { keysOf } from './shortcuts.js';
import { turnSentence, turnWords } from './turns.js';
import { formatLeft, numbered, withBot } from './words.js';

const HEIGHTS = {
  cosy: { section: 40, line: 32, row: 62, tall: 82, more: 44, empty: 40 },
  compact: { section: 36, line: 28, row: 54, tall: 54, more: 40, empty: 36 },
};
const SECTION_ICONS = { mine: 'user', waiting: 'clock', common: 'inbox', offline: 'moon', other: 'users', recent: 'history', foreign: 'lock' };

export function List({ store, ui }) {
  const box = useRef(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const prefs = store.prefs.value.value;
  const items = useItems(store);
  const heights = HEIGHTS[prefs.density];
  const tops = useMemo(() => offsets(items, (item) => heightOf(item, heights)), [items, heights]);
  const [from, to] = visibleRange(tops, view.top, view.height);
  const shown = items.slice(from, to);

  useView(box, setView);
  useFillSections(store, shown, ui);
  useEffect(() => { ui.revealRow = (id) => reveal(box.current, items, tops, id); });

  return html`<nav class=${classes('list', prefs.density)} aria-label=${t('list.label')}>
    <${Away} store=${store} ui=${ui} />
    <${AfterWork} store=${store} ui=${ui} />
    <${Missed} store=${store} />
    <${TakeNext} store=${store} ui=${ui} />
    <div class="list-scroll" ref=${box} onKeyDown=${(event) => moveFocus(event, box.current)}>
      ${!store.rows.loaded.value && html`<${Skeleton} />`}
      <div class="list-space" style=${{ height: `${tops[items.length]}px` }}>
        ${store.rows.loaded.value && shown.map((item, index) => html`<div key=${item.key} class="list-place" style=${{ transform: `translateY(${tops[from + index]}px)`, height: `${heightOf(item, heights)}px` }}>
          <${PARTS[item.kind]} item=${item} store=${store} ui=${ui} /></div>`)}
      </div>
    </div>
  </nav>`;
}

/** Nobody should wonder why nothing can be accepted, and nobody needs to be told twice: the banner says it too. */
function Away({ store, ui }) {
  const { state } = store.presence.value;
  if (!store.me.value.operator || state === 'online' || told(store.presence.value, Date.now())?.undo) return null;
  return html`<div class="away"><p>${t(`presence.away.${state}`)}</p>
    <button type="button" class="secondary" onClick=${() => store.setPresence('online').catch(ui.fail)}>${t('presence.come')}</button></div>`;
}

/** Notes are finished in peace: nothing new is offered until the time is over or he says so. */
function AfterWork({ store, ui }) {
  const { state, wrap_up_until: until } = store.presence.value;
  const moment = now.value + store.skew.value;
  if (state !== 'online' || !until || Date.parse(until) <= moment) return null;
  return html`<div class="away calm"><p>${t('wrapUp.text')} <b class="left">${formatLeft(until, moment)}</b></p>
    <button type="button" class="secondary" onClick=${() => store.ready().catch(ui.fail)}>${t('wrapUp.ready')}</button></div>`;
}

function Missed({ store }) {
  const numbers = store.offers.missed.value;
  if (!numbers.length) return null;
  return html`<div class="away" role="status"><p>${t('offer.missed', { count: numbers.length, numbers: numbers.map(numbered).join(', ') })}</p>
    <button type="button" class="secondary" onClick=${() => store.offers.forgetMissed()}>${t('action.understood')}</button></div>`;
}

function TakeNext({ store, ui }) {
  if (!store.me.value.operator || !store.me.value.pulls.length || store.presence.value.state !== 'online') return null;
  return html`<button type="button" class="take-next" title=${`${t('takeNext.hint')} (${keysOf('take_next').join('+')})`} onClick=${ui.takeNext}>
    <${Icon} name="inbox" size=${18} /><span>${t('takeNext.do')}</span><${Keys} keys=${keysOf('take_next')} /></button>`;
}

const heightOf = (item, heights) => heights[item.tall ? 'tall' : item.kind];

function useItems(store) {
  const { rows, prefs, catalogue } = store;
  const placed = rows.placed.value;
  const counts = rows.counts.value;
  const { folded, byLine } = prefs.value.value;
  const lines = catalogue.value.lines;
  const more = ['waiting', 'common', 'offline', 'other', 'recent', 'foreign'].filter((name) => rows.hasMore(name) || (!rows.isLoaded(name) && !folded.includes(name)));
  return useMemo(() => layOut(placed, {
    lineOf: (id) => rows.get(id)?.line, isTall: (id) => rows.isTall(id), isFolded: (name) => folded.includes(name), byLine, counts,
    lines: lines.map((line) => line.id), hasMore: (name) => more.includes(name),
  }), [placed, counts, folded, byLine, lines, more.join()]);
}

function useView(box, setView) {
  useLayoutEffect(() => {
    const measure = () => setView({ top: box.current.scrollTop, height: box.current.clientHeight });
    const watcher = new ResizeObserver(measure);
    watcher.observe(box.current);
    box.current.addEventListener('scroll', measure, { passive: true });
    measure();
    return () => watcher.disconnect();
  }, []);
}

/** A section that was unfolded, or read to its end, fetches its next page. */
function useFillSections(store, shown, ui) {
  const wanted = shown.filter((item) => item.kind === 'more').map((item) => item.section).join();
  useEffect(() => {
    if (!wanted || store.connection.value.name !== 'online') return;
    // What a lost connection cut off is asked for again when it is back.
    for (const section of wanted.split(',')) store.rows.more(section).catch((error) => error.code === 'offline' || ui.fail(error));
  }, [wanted, shown.length, store.connection.value.name]);
}

function reveal(box, items, tops, id) {
  const index = items.findIndex((item) => item.kind === 'row' && item.id === id);
  if (index < 0) return;
  if (tops[index] < box.scrollTop) box.scrollTop = tops[index] - 40;
  else if (tops[index + 1] > box.scrollTop + box.clientHeight) box.scrollTop = tops[index + 1] - box.clientHeight + 40;
}

/** Arrows walk through headings and rows. */
function moveFocus(event, box) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const stops = [...box.querySelectorAll('.list-place > button')];
  stops.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
  const next = stops[stops.indexOf(document.activeElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function Section({ item, store }) {
  const { section, count, more, folded } = item;
  return html`<button type="button" class=${classes('section', section)} aria-expanded=${String(!folded)} data-section=${section} onClick=${() => store.prefs.fold(section)}>
    <${Icon} name=${SECTION_ICONS[section]} size=${16} />
    <span class="section-name">${t(`section.${section}`)}</span>
    <span class=${classes('count', section === 'waiting' && count && 'hot')}>${count}${more && '+'}</span>
    <${Icon} name=${folded ? 'chevron-right' : 'chevron-down'} size=${16} />
  </button>`;
}

function Line({ item, store }) {
  const line = store.linesById.value.get(item.line);
  return html`<button type="button" class="line-heading" data-group=${item.key} aria-expanded=${String(!item.folded)} onClick=${() => store.prefs.fold(item.key)}>
    <${Icon} name=${item.folded ? 'chevron-right' : 'chevron-down'} size=${14} />
    <span class="section-name">${lineLabel(line)}</span>
    ${line && !line.open && html`<span class="line-closed">${t('line.closed')}</span>`}
    <span class="count">${item.count}</span>
  </button>`;
}

/** The common line takes what belongs to no other: to operators it is "no line". */
export function lineLabel(line) {
  if (!line) return t('line.unknown');
  return line.common ? t('line.none') : line.name;
}

function More({ item, store, ui }) {
  return html`<button type="button" class="more" onClick=${() => store.rows.more(item.section).catch(ui.fail)}>${t('list.loading')}</button>`;
}

function Empty({ item }) {
  return html`<p class="empty-section">${t(`section.${item.section}.empty`)}</p>`;
}

function Row({ item, store, ui }) {
  const entry = store.rows.entry(item.id);
  if (!entry) return null;
  const row = entry.value;
  if (row.locked) return html`<${Locked} row=${row} ui=${ui} />`;
  const isOpen = store.threads.current.value === row.id;
  const draft = !isOpen && store.drafts.marked.value.has(row.id) ? store.drafts.of(row.id).value.text || t('row.draftElsewhere') : null;
  const unread = row.unread > 0 && item.section !== 'recent';
  const view = { me: store.me.value.id, moment: slow.value + store.skew.value };
  const why = turnSentence(row, view);
  return html`<button type="button" class=${classes('row', unread && 'unread', isOpen && 'open', isSilent(row) && 'idle', row.state)} title=${why || null} aria-current=${isOpen ? 'true' : null}
    data-conversation=${row.id} onClick=${() => ui.open(row.id)}>
    <${Face} name=${nameOf(row)} seed=${row.customer ?? row.id}><span class="face-channel"><${ChannelIcon} kind=${row.channel} size=${12} /></span></${Face}>
    <span class="row-words">
      <span class="row-top"><b class="row-name">${nameOf(row)}</b><span class="number">${numbered(row.id)}</span><${RowTime} row=${row} /></span>
      <span class="row-middle">
        <span class="preview">${draft ? html`<em class="draft">${t('row.draft')}</em> ${draft}` : html`<${Preview} row=${row} store=${store} />`}</span>
        ${row.holder && item.section === 'recent' && html`<span class="number">${row.holder_name}</span>`}
        ${unread && html`<span class="unread-count"><span class="visually-hidden">${t('row.unread')} </span>${row.unread}</span>`}
      </span>
      ${item.tall && html`<${Details} row=${row} item=${item} store=${store} view=${view} />`}
      ${why && html`<span class="visually-hidden">${why}</span>`}
    </span>
  </button>`;
}

/** Gives its place away; who has written again and waits for a full holder does not. */
const isSilent = (row) => row.idle && row.state === 'assigned';

function RowTime({ row }) {
  if (row.state === 'snoozed') return html`<span class="row-time"><${Icon} name="snooze" size=${13} /></span>`;
  if (row.awaiting_since && row.state !== 'closed') return html`<${Wait} since=${row.awaiting_since} />`;
  const at = row.last_at ?? row.since;
  return html`<time class="row-time" datetime=${at} title=${formatMoment(at)}>${formatShort(at)}</time>`;
}

/** A row names no author: words older than the time its holder has held it are a colleague's. */
function Preview({ row, store }) {
  const byHolder = row.holder && Date.parse(row.last_at) >= Date.parse(row.since);
  const name = byHolder && (row.holder === store.me.value.id ? t('row.you') : row.holder_name);
  const said = { operator: name || t('author.operator'), bot: (row.state === 'bot' && row.holder_name) || t('author.bot') }[row.last_author];
  return html`${said && html`<span class="said-by">${said}: </span>`}${row.preview}`;
}

function Details({ row, item, store, view }) {
  const line = store.linesById.value.get(row.line);
  const grouped = store.prefs.get('byLine') && ['waiting', 'offline', 'other', 'recent', 'foreign'].includes(item.section);
  const tags = row.tags.map((id) => store.tagsById.value.get(id)).filter(Boolean);
  return html`<span class="row-details">
    ${!grouped && item.section !== 'common' && html`<span class="row-line">${lineLabel(line)}</span>`}
    ${row.holder && item.section !== 'mine' && html`<span class="row-holder"><${Icon} name="user" size=${12} />${row.holder_name}</span>`}
    ${turnWords(row, view).map((each) => html`<${Turn} key=${each.kind} each=${each} />`)}
    ${isSilent(row) && item.section === 'mine' && html`<span class="row-holder" title=${t('row.idle.hint')}><${Icon} name="pause" size=${12} />${t('row.idle')}</span>`}
    ${row.state === 'bot' && html`<span class="row-holder">${withBot(row)}</span>`}
    ${row.state === 'snoozed' && html`<span class="row-holder">${row.snoozed_until ? formatWhen(row.snoozed_until) : t('snooze.untilWrites')}</span>`}
    ${tags.slice(0, 2).map((tag) => html`<${TagChip} key=${tag.id} tag=${tag} />`)}
    ${tags.length > 2 && html`<span class="more-tags">+${tags.length - 2}</span>`}
  </span>`;
}

/** One reason of a place in the line; the row's tooltip says them all at once. */
function Turn({ each: { kind, text, colour } }) {
  return html`<span class=${classes('turn', kind)} aria-hidden="true" style=${colour ? { '--tag': colour } : null}>${colour && html`<i></i>`}${text}</span>`;
}

/** A conversation one may know of but not read: its place, its state, and how to ask for it. */
function Locked({ row, ui }) {
  return html`<button type="button" class="row locked" data-conversation=${row.id} data-locked onClick=${() => ui.explainLock(row)}>
    <${Face} locked />
    <span class="row-words">
      <span class="row-top"><b class="row-name">${numbered(row.id)}</b><${RowTime} row=${row} /></span>
      <span class="row-middle"><span class="preview">${t(`state.${row.state}`)}</span></span>
    </span>
  </button>`;
}

function Skeleton() {
  return html`<div class="skeleton" role="status"><span class="visually-hidden">${t('list.loading')}</span>
    ${[1, 2, 3, 4, 5].map((key) => html`<i key=${key}></i>`)}</div>`;
}

const PARTS = { section: Section, line: Line, row: Row, more: More, empty: Empty };
