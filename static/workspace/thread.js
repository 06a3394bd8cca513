/** The middle: the open conversation with its head, and where the reader stands in it. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatDay, formatTime, formatWhen, t } from '../shared/i18n.js';
import { classes, html, Icon } from '../shared/ui.js';
import { Bubble, SystemLine, Pages } from './bubble.js';
import { Wait } from './clock.js';
import { Composer } from './composer.js';
import { lineLabel } from './list.js';
import { Lost } from './lost.js';
import { nameOf } from './parts.js';
import { keysOf } from './shortcuts.js';
import { errorText, numbered, withBot } from './words.js';

const AT_BOTTOM = 48;
const NEAR_EDGE = 300;
const DRAWN_AT_FIRST = 80;
const DRAWN_MORE = 60;
const DRAWN_AT_MOST = 300;

export function Conversation({ store, ui }) {
  const { thread } = store.threads;
  if (!thread) return html`<main class="main empty"><${Nothing} store=${store} ui=${ui} /></main>`;
  if (thread.gone.value) return html`<main class="main" key=${`gone${thread.id}`}><${Lost} thread=${thread} store=${store} ui=${ui} /></main>`;
  const row = store.rowOf(thread);
  return html`<main class="main" key=${thread.id}>
    <${Head} row=${row} thread=${thread} store=${store} ui=${ui} />
    ${thread.error.value ? html`<${Failed} thread=${thread} store=${store} ui=${ui} />` : html`
      <${Messages} thread=${thread} store=${store} ui=${ui} />
      <${Composer} thread=${thread} row=${row} store=${store} ui=${ui} />`}
  </main>`;
}

function Nothing({ store, ui }) {
  const waiting = store.rows.counts.value.waiting.all + store.rows.counts.value.common.all;
  return html`<div class="nothing">
    <span class="nothing-mark" aria-hidden="true"><${Icon} name="chats" size=${34} /></span>
    <h1>${t('nothing.title')}</h1>
    <p>${waiting ? t('nothing.waiting', { count: waiting }) : t('nothing.calm')}</p>
    ${waiting > 0 && html`<button type="button" class="primary" onClick=${ui.openLongest}>${t('nothing.longest')}</button>`}
  </div>`;
}

function Failed({ thread, store, ui }) {
  return html`<div class="nothing"><${Icon} name="alert" size=${30} /><p role="alert">${errorText(thread.error.value)}</p>
    <button type="button" class="secondary" onClick=${() => { store.threads.forget(thread.id); ui.leaveThread(); }}>${t('action.close')}</button></div>`;
}

// --- head ---------------------------------------------------------------------------------------------------

const ACTIONS = {
  accept: { icon: 'check', primary: true }, take_over: { icon: 'hand', primary: true }, transfer: { icon: 'transfer' },
  snooze: { icon: 'snooze' }, return: { icon: 'undo' }, close: { icon: 'flag', strong: true },
};

function Head({ row, thread, store, ui }) {
  if (!row) return html`<div class="head"><h1>${numbered(thread.id)}</h1></div>`;
  const actions = store.allowed.actionsFor(row, thread);
  const online = thread.abilities.value.customer_online;
  return html`<div class="head">
    <button type="button" class="icon-button only-narrow" aria-label=${t('head.list')} onClick=${ui.leaveThread}><${Icon} name="back" /></button>
    <div class="head-words">
      <h1><span class="head-name">${nameOf(row)}</span>${online && html`<i class="dot online" role="img" aria-label=${t('customer.online')} title=${t('customer.online')}></i>`}</h1>
      <p><button type="button" class="copy-number" title=${t('head.copyNumber')} onClick=${() => ui.copy(String(row.id))}>${numbered(row.id)}</button>
        <span class="sep">·</span><span class="head-line">${lineLabel(store.linesById.value.get(row.line))}</span>
        <span class="sep">·</span><${StateChip} row=${row} store=${store} /></p>
    </div>
    <div class="head-actions" role="group" aria-label=${t('head.actions')}>
      ${actions.map((name) => html`<${ActionButton} key=${name} name=${name} ui=${ui} />`)}
      <button type="button" class="icon-button" data-action="why" aria-label=${t('why.title')} title=${hint('why.title', 'why')} onClick=${() => ui.dialog('why', { conversation: row.id })}><${Icon} name="info" /></button>
      <button type="button" class=${classes('icon-button', store.prefs.get('card') && 'on')} aria-pressed=${String(store.prefs.get('card'))}
        aria-label=${t('head.card')} title=${hint('head.card', 'card')} onClick=${ui.toggleCard}><${Icon} name="user" /></button>
    </div>
  </div>`;
}

function ActionButton({ name, ui }) {
  const { icon, primary, strong } = ACTIONS[name];
  const keys = name === 'take_over' ? 'accept' : name;
  return html`<button type="button" class=${classes('action', primary && 'primary', strong && 'strong')} data-action=${name}
    title=${hint(`act.${name}`, keys)} onClick=${() => ui.act(name)}><${Icon} name=${icon} size=${18} /><span>${t(`act.${name}`)}</span></button>`;
}

const hint = (text, action) => `${t(text)} (${keysOf(action).join('+')})`;

function StateChip({ row, store }) {
  const mine = row.holder === store.me.value.id;
  if (row.state === 'assigned') {
    return html`<span class=${classes('chip', mine && 'mine')}>${mine ? t('state.mine') : t('state.heldBy', { name: row.holder_name })}</span>
      ${row.awaiting_since && html` <${Wait} since=${row.awaiting_since} />`}`;
  }
  if (row.state === 'snoozed') return html`<span class="chip">${row.snoozed_until ? t('state.snoozedUntil', { when: formatWhen(row.snoozed_until) }) : t('state.snoozedOpen')}</span>`;
  return html`<span class=${classes('chip', row.state)}>${row.state === 'bot' ? withBot(row) : t(`state.${row.state}`)}</span>${row.awaiting_since && row.state !== 'closed' && html` <${Wait} since=${row.awaiting_since} />`}`;
}

// --- messages -------------------------------------------------------------------------------------------------

function Messages({ thread, store, ui }) {
  const box = useRef(null);
  const [drawn, setDrawn] = useState({ count: DRAWN_AT_FIRST, end: null });
  const [below, setBelow] = useState(0);
  const rows = thread.rows.value;
  const [from, to] = range(rows, drawn);
  const place = usePlace(box, { thread, store, drawn, rows, setBelow });

  const onScroll = () => {
    place.note();
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    if (scrollTop < NEAR_EDGE) further({ store, thread, rows, from, to, drawn, setDrawn, ui });
    else if (drawn.end !== null && scrollHeight - scrollTop - clientHeight < NEAR_EDGE) setDrawn(nearer(rows, drawn, to));
  };
  const toBottom = () => {
    setDrawn({ count: DRAWN_AT_FIRST, end: null });
    place.stick();
    ui.focusComposer();
  };
  useEffect(() => { ui.jumpTo = (message) => jump({ message, store, thread, setDrawn, box }); });

  return html`<div class="thread-wrap" ...${ui.dropTarget(thread)}>
    <div class="thread" ref=${box} onScroll=${onScroll} tabindex="0" role="region" aria-label=${t('thread.label')} aria-busy=${thread.loadingOlder.value ? 'true' : null}>
      <div class="flow">
        ${!thread.ready.value && html`<p class="thread-wait" role="status">${t('thread.loading')}</p>`}
        ${thread.loadingOlder.value && html`<p class="thread-wait" role="status">${t('thread.loadingOlder')}</p>`}
        ${rows.slice(from, to).map((row) => html`<${Row} key=${row.key} row=${row} thread=${thread} store=${store} ui=${ui} />`)}
        <${Typing} thread=${thread} />
      </div>
    </div>
    ${(below > 0 || !place.stuck) && html`<button type="button" class=${classes('to-bottom', below > 0 && 'new')} onClick=${toBottom} aria-label=${below ? null : t('thread.toBottom')}>
      <${Icon} name="down" size=${16} />${below > 0 && t('thread.newBelow', { count: below })}</button>`}
    <${Announcer} thread=${thread} />
    <div class="drop-here" aria-hidden="true"><${Icon} name="clip" size=${28} />${t('files.drop')}</div>
  </div>`;
}

/** The drawn rows: `count` of them up to the row with the key `end`, or to the last one. */
function range(rows, { count, end }) {
  const at = end === null ? -1 : rows.findLastIndex((row) => row.key === end);
  const to = at < 0 ? rows.length : at + 1;
  return [Math.max(0, to - count), to];
}

function further({ store, thread, rows, from, to, drawn, setDrawn, ui }) {
  if (from === 0) return void store.loadOlder(thread).then(() => setDrawn((each) => ({ ...each, count: each.count + DRAWN_MORE })), (error) => error.code !== 'offline' && ui.fail(error));
  const count = drawn.count + DRAWN_MORE;
  if (count <= DRAWN_AT_MOST) return setDrawn({ ...drawn, count });
  const last = rows[Math.max(0, to - 1 - (count - DRAWN_AT_MOST))];
  return setDrawn({ count: DRAWN_AT_MOST, end: last.key });
}

function nearer(rows, drawn, to) {
  const next = Math.min(rows.length, to + DRAWN_MORE);
  return { ...drawn, end: next === rows.length ? null : rows[next - 1].key };
}

/**
 * Stays at the end while the reader is there; otherwise keeps the row he looks at where it is, whatever comes in
 * above or below, and counts what is new.
 */
function usePlace(box, { thread, store, drawn, rows, setBelow }) {
  const stuck = useRef(true);
  const anchor = useRef(null);
  const [isStuck, setStuck] = useState(true);
  const note = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    stuck.current = drawn.end === null && scrollHeight - scrollTop - clientHeight < AT_BOTTOM;
    anchor.current = firstVisible(box.current);
    setStuck(stuck.current);
    if (stuck.current) setBelow(0);
    watch();
  };
  const watch = () => {
    if (!box.current) return;
    store.watching.value = stuck.current && !document.hidden;
    if (store.watching.value) store.markRead();
  };
  const stick = () => {
    stuck.current = true;
    setStuck(true);
    setBelow(0);
  };
  useLayoutEffect(() => {
    const last = rows.at(-1);
    const own = last?.kind === 'bubble' && thread.unsent(last.id);
    if (own && anchor.current?.last !== last.key) stick();
    if (stuck.current && drawn.end === null) box.current.scrollTop = box.current.scrollHeight;
    else restore(box.current, anchor.current);
    anchor.current = { ...firstVisible(box.current), last: last?.key };
  }, [rows, drawn]);
  useEffect(watch, [rows, thread.row.value?.holder]);
  useEffect(() => {
    const stop = thread.arrived.subscribe((message) => message && !stuck.current && setBelow((count) => count + 1));
    const settle = () => { if (stuck.current && box.current) box.current.scrollTop = box.current.scrollHeight; };
    const watcher = new ResizeObserver(settle);
    watcher.observe(box.current);
    watcher.observe(box.current.firstElementChild);
    document.addEventListener('visibilitychange', watch);
    return () => {
      stop();
      watcher.disconnect();
      document.removeEventListener('visibilitychange', watch);
      store.watching.value = false;
    };
  }, []);
  return { note, stick, stuck: isStuck };
}

function firstVisible(box) {
  for (const element of box.firstElementChild.children) {
    if (element.dataset.key && element.offsetTop + element.offsetHeight > box.scrollTop) {
      return { key: element.dataset.key, offset: element.offsetTop - box.scrollTop };
    }
  }
  return null;
}

function restore(box, anchor) {
  if (!anchor?.key) return;
  const element = [...box.firstElementChild.children].find((each) => each.dataset.key === anchor.key);
  if (element) box.scrollTop = element.offsetTop - anchor.offset;
}

/** To a quoted or found message, however far up it is. */
async function jump({ message, store, thread, setDrawn, box }) {
  if (!(await store.reach(thread, message.seq))) return;
  const rows = thread.rows.peek();
  const at = rows.findIndex((row) => row.id === message.id);
  if (at < 0) return;
  const end = Math.min(rows.length, at + DRAWN_MORE);
  setDrawn({ count: DRAWN_AT_MOST, end: end === rows.length ? null : rows[end - 1].key });
  setTimeout(() => {
    const found = box.current?.querySelector(`[data-message="${message.id}"]`);
    found?.scrollIntoView({ block: 'center' });
    found?.classList.add('found');
    setTimeout(() => found?.classList.remove('found'), 2000);
  }, 60);
}

function Row({ row, thread, store, ui }) {
  if (row.kind === 'day') return html`<p class="day" data-key=${row.key}><span>${formatDay(row.at)}</span></p>`;
  if (row.kind === 'new') return html`<p class="new-line" data-key="new"><span>${t('thread.newLine')}</span></p>`;
  if (row.kind === 'system') return html`<${SystemLine} row=${row} thread=${thread} store=${store} ui=${ui} />`;
  if (row.kind === 'pages') return html`<${Pages} row=${row} thread=${thread} />`;
  return html`<${Bubble} row=${row} thread=${thread} store=${store} ui=${ui} />`;
}

/** Who is writing: the customer, and colleagues, so that two do not answer at once. */
function Typing({ thread }) {
  const typing = thread.typing.value;
  if (!typing.length) return null;
  const colleagues = typing.filter((each) => each.kind === 'operator');
  const customer = typing.some((each) => each.kind === 'customer');
  return html`<div class="typing-place">
    ${customer && html`<p class="typing"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${t('typing.customer')}</p>`}
    ${colleagues.length > 0 && html`<p class="typing collision"><${Icon} name="users" size=${15} />${t('typing.colleagues', { names: colleagues.map((each) => each.name).join(', ') })}</p>`}
  </div>`;
}

/** Reads out what is new in the open conversation, and nothing else. */
function Announcer({ thread }) {
  const message = thread.arrived.value;
  const who = message && (message.author.name || t(`author.${message.author.kind}`));
  return html`<p class="visually-hidden" role="log" aria-live="polite" aria-label=${t('thread.announcer')}>
    ${message && message.kind !== 'system' && `${who}, ${formatTime(message.at)}: ${message.text || t('quote.file')}`}</p>`;
}
