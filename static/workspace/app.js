/** The workspace: starts the stores, gives the keyboard its meaning, and draws the whole. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { effect, signal, untracked } from '@preact/signals';
import { locale, setLocale, t } from '../shared/i18n.js';
import { FrameError, safeStorage } from '../shared/socket.js';
import { brandColour, followTheme, theme } from '../shared/theme.js';
import { classes, html, Icon } from '../shared/ui.js';
import { callOperator } from './attention.js';
import { Card } from './card.js';
import { now, startClock } from './clock.js';
import { Dialogs } from './dialogs.js';
import { csrfToken } from './files.js';
import { Header } from './header.js';
import { List } from './list.js';
import { OfferStack } from './offer-cards.js';
import { goneText, Kept } from './lost.js';
import { saysMore, withNotice } from './notices.js';
import { Attendance, comeBack, watchActivity } from './presence.js';
import { actionOf } from './shortcuts.js';
import { Store } from './store.js';
import { Conversation } from './thread.js';
import { closedReason, errorText, handedText, numbered } from './words.js';

const NOTICE_SHOWN = 6000;
const SHOW_LOSS_AFTER = 1200;

const config = JSON.parse(document.getElementById('config').textContent);
config.urls.socket = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${config.urls.socket}`;
const store = new Store({ config, storage: safeStorage(), ticket });
const notices = signal([]);
const dropping = signal(false);
/** On a narrow screen one column at a time is shown. */
const narrowCard = signal(false);

/** A key for the next socket. Rejects with signed_out, other_user or offline. */
async function ticket() {
  const response = await fetch(config.urls.ticket, { method: 'POST', headers: { 'X-CSRFToken': csrfToken(config) } });
  if (response.status === 401 || response.status === 403) throw new FrameError('signed_out');
  if (!response.ok) throw new FrameError('offline');
  const { ticket: key, user } = await response.json();
  if (user !== config.user.id) throw new FrameError('other_user');
  return key;
}

// --- what components offer each other --------------------------------------------------------------------------

const ui = {
  opened: signal(null),
  fail: (error) => ui.notice(errorText(error), 'bad'),
  focusComposer() {}, toggleNote() {}, jumpTo() {}, addFiles() {}, write() {}, attach() {}, revealRow() {}, editTags() {}, declineOffer() {},

  notice(text, kind = 'info', about = null) {
    const notice = { text, kind, about, key: Date.now() + Math.random() };
    notices.value = withNotice(notices.value, notice);
    setTimeout(() => ui.forget(notice), NOTICE_SHOWN);
  },
  forget(notice) {
    notices.value = notices.value.filter((each) => each !== notice);
  },
  dialog(name, props = {}) {
    ui.opened.value = { name, props };
  },
  closeDialog() {
    ui.opened.value = null;
    setTimeout(() => ui.focusComposer());
  },
  copy(text) {
    navigator.clipboard?.writeText(text).then(() => ui.notice(t('copied')), () => ui.notice(t('error.copy'), 'bad'));
  },

  // --- conversations ---
  async open(id, message = null) {
    await store.open(id).catch(ui.fail);
    setTimeout(() => {
      ui.revealRow(id);
      ui.focusComposer();
      if (message) ui.jumpTo(message);
    }, 30);
  },
  leaveThread() {
    store.threads.leave();
  },
  openLongest() {
    const id = store.rows.longestWaiting();
    if (id === null) ui.notice(t('go.nobodyWaits'));
    else ui.open(id);
  },
  async act(name) {
    const id = store.threads.current.peek();
    if (id === null) return;
    if (name === 'accept' || name === 'take_over') await ui.take(name, id);
    else if (name === 'close') await ui.askToClose(id);
    else ui.dialog(name, { conversation: id });
  },
  async take(name, id) {
    await store.act(name, id).catch(ui.fail);
    ui.focusComposer();
  },
  async takeOffer(id) {
    await store.act('accept', id);
    await ui.open(id);
  },
  async takeNext() {
    try {
      const id = await store.takeNext();
      if (id === null) ui.notice(t('takeNext.none'));
      else await ui.open(id);
    } catch (error) {
      ui.fail(error);
    }
  },
  async askToClose(id) {
    if (store.threads.get(id)?.isUnanswered) ui.dialog('close', { conversation: id });
    else await ui.close(id).catch(ui.fail);
  },
  async close(id) {
    await store.act('close', id);
    ui.notice(t('close.done', { number: id }), 'info', id);
  },
  async transfer(id, target) {
    const { row } = await store.passOn(id, target);
    ui.notice(t(row?.turn?.offered_to === target.operator && target.operator ? 'transfer.asked' : 'transfer.done', { number: id }), 'info', id);
  },
  async snooze(id, until) {
    await store.act('snooze', id, { until: until && until.toISOString() });
    ui.notice(t('snooze.done', { number: id }), 'info', id);
  },
  async giveBack(id, comment) {
    await store.act('return', id, { comment });
    ui.notice(t('return.done', { number: id }), 'info', id);
  },
  explainLock: (row) => ui.dialog('locked', { row }),
  showBlank(box, [from, to]) {
    box.focus();
    box.setSelectionRange(from, to);
    ui.notice(t('composer.blank'));
  },

  // --- looks ---
  toggleCard() {
    if (matchMedia('(max-width: 1100px)').matches) narrowCard.value = !narrowCard.value;
    else store.prefs.set({ card: !store.prefs.get('card') });
  },
  setTheme(name) {
    store.prefs.set({ theme: name });
  },
  async setLanguage(language) {
    const body = new URLSearchParams({ language });
    const response = await fetch(config.urls.language, { method: 'POST', body, headers: { 'X-CSRFToken': csrfToken(config) } }).catch(() => null);
    if (!response?.ok) return ui.notice(t('error.offline'), 'bad');
    await speak(language);
    return store.socket.restart();
  },
  run: (action) => ACTIONS[action](),

  /** Files may be dropped anywhere on the thread. */
  dropTarget(thread) {
    const isWelcome = (event) => event.dataTransfer?.types.includes('Files') && thread.abilities.value.accepts_files;
    return {
      class: classes('thread-wrap', dropping.value && 'dropping'),
      onDragOver: (event) => { if (isWelcome(event)) { event.preventDefault(); dropping.value = true; } },
      onDragLeave: (event) => { if (!event.currentTarget.contains(event.relatedTarget)) dropping.value = false; },
      onDrop: (event) => {
        if (!isWelcome(event)) return;
        event.preventDefault();
        dropping.value = false;
        ui.addFiles([...event.dataTransfer.files]);
      },
    };
  },
};

store.onPromise = ({ conversation, broken }) =>
  ui.notice(t(broken ? 'promise.broken' : 'promise.warned', { number: conversation }), 'bad');

// --- keyboard -----------------------------------------------------------------------------------------------------

function step(by) {
  const ids = store.rows.ordered().filter((id) => !store.prefs.isFolded(store.rows.sectionOf(store.rows.get(id))));
  const next = ids[(ids.indexOf(store.threads.current.peek()) + by + ids.length) % ids.length];
  if (next !== undefined) ui.open(next);
}

function acts(name) {
  const { thread } = store.threads;
  const offered = store.allowed.actionsFor(thread?.row.peek(), thread);
  const chosen = name === 'accept' && !offered.includes('accept') ? 'take_over' : name;
  if (offered.includes(chosen)) ui.act(chosen);
  else if (name === 'accept' && thread) ui.notice(closedReason(store, store.rowOf(thread), thread));
}

function orNotice(id, text) {
  if (id === null || id === undefined) ui.notice(t(text));
  else ui.open(id);
}

function orNone(offer, action) {
  if (offer) action(offer);
  else ui.notice(t('offer.none'));
}

const ACTIONS = {
  palette: () => ui.dialog('palette'),
  help: () => ui.dialog('help'),
  next: () => step(1),
  previous: () => step(-1),
  longest: () => ui.openLongest(),
  unread: () => orNotice(store.rows.nextUnread(store.threads.current.peek()), 'go.allRead'),
  back: () => orNotice(store.threads.previous, 'go.noPrevious'),
  take_offer: () => orNone(store.offers.list.peek()[0], (offer) => ui.takeOffer(offer.row.id).catch(ui.fail)),
  decline: () => orNone(store.offers.list.peek()[0], (offer) => ui.declineOffer(offer)),
  take_next: () => ui.takeNext(),
  here: () => comeBack(store, ui),
  accept: () => acts('accept'),
  transfer: () => acts('transfer'),
  return: () => acts('return'),
  snooze: () => acts('snooze'),
  close: () => acts('close'),
  note: () => ui.toggleNote(),
  attach: () => ui.attach(),
  card: () => ui.toggleCard(),
  why() {
    const { thread } = store.threads;
    if (thread?.ready.peek() && !thread.gone.peek()) ui.dialog('why', { conversation: thread.id });
  },
  tags() {
    if (!store.prefs.get('card')) store.prefs.set({ card: true });
    setTimeout(() => ui.editTags(), 30);
  },
};

/** An offer does not wait until a dialog is closed. */
const OVER_DIALOGS = ['take_offer', 'decline'];

addEventListener('keydown', (event) => {
  const typing = event.target.matches?.('input, textarea, select, [contenteditable]');
  const action = actionOf(event, { switchedOn: store.prefs.get('shortcuts'), typing });
  if (!action || (document.querySelector('dialog[open]') && !OVER_DIALOGS.includes(action))) return;
  event.preventDefault();
  ACTIONS[action]();
});

// --- the whole ------------------------------------------------------------------------------------------------------

function App() {
  const open = store.threads.current.value !== null;
  const readable = open && !store.threads.thread?.gone.value;
  const { card, listWidth, cardWidth } = store.prefs.value.value;
  const isFold = !card && !narrowCard.value;
  return html`<div class=${classes('workspace', open && 'has-thread', card && readable && 'has-card', narrowCard.value && readable && 'shows-card')}
    style=${{ '--list-width': `${listWidth}px`, '--card-width': `${cardWidth}px` }} lang=${locale.value.language}>
    <${Header} store=${store} ui=${ui} />
    <${Banner} />
    <${Attendance} store=${store} ui=${ui} />
    <${Kept} store=${store} ui=${ui} />
    <div class="columns">
      <${List} store=${store} ui=${ui} />
      <${Splitter} name="listWidth" from=${260} to=${480} label="splitter.list" />
      <${Conversation} store=${store} ui=${ui} />
      ${readable && !isFold && html`<${Splitter} name="cardWidth" from=${260} to=${460} label="splitter.card" reverse /><${Card} store=${store} ui=${ui} />`}
    </div>
    <div class="notices">${notices.value.map((notice) => html`<p key=${notice.key} class=${classes('notice', notice.kind)} role=${notice.kind === 'bad' ? 'alert' : 'status'}>
      <${Icon} name=${notice.kind === 'bad' ? 'alert' : 'info'} size=${18} /><span>${notice.text}</span>
      <button type="button" class="icon-button small" aria-label=${t('action.close')} onClick=${() => ui.forget(notice)}><${Icon} name="close" size=${16} /></button></p>`)}</div>
    <${Dialogs} store=${store} ui=${ui} />
    <${OfferStack} store=${store} ui=${ui} />
  </div>`;
}

/** The border between two columns: dragged, or moved by arrow keys; its place is remembered. */
function Splitter({ name, from, to, label, reverse = false }) {
  const width = store.prefs.get(name);
  const move = (next) => store.prefs.set({ [name]: Math.round(Math.min(to, Math.max(from, next))) });
  const onPointerDown = (event) => {
    const start = event.clientX;
    event.currentTarget.setPointerCapture(event.pointerId);
    event.currentTarget.onpointermove = (moved) => move(width + (moved.clientX - start) * (reverse ? -1 : 1));
    event.currentTarget.onpointerup = (ended) => { ended.currentTarget.onpointermove = null; };
  };
  const onKeyDown = (event) => {
    const by = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
    if (by && !event.altKey) move(width + by * (reverse ? -1 : 1));
  };
  return html`<div class="splitter" role="separator" tabindex="0" aria-orientation="vertical" aria-label=${t(label)} aria-valuemin=${from} aria-valuemax=${to} aria-valuenow=${width}
    onPointerDown=${onPointerDown} onKeyDown=${onKeyDown}></div>`;
}

/** Without a connection: how long until the next try, and what waits to go. A blink is not worth a word. */
function Banner() {
  const state = store.connection.value;
  const lost = state.name !== 'online';
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!lost) return setLate(false);
    const timer = setTimeout(() => setLate(true), SHOW_LOSS_AFTER);
    return () => clearTimeout(timer);
  }, [lost]);
  if (!lost || !late || store.ended.value) return null;
  const seconds = state.retryAt ? Math.max(0, Math.ceil((state.retryAt - now.value) / 1000)) : 0;
  const waiting = store.pending.value.filter((item) => !item.failed).length;
  return html`<div class="banner" role="status"><${Icon} name="offline" size=${18} />
    <p>${seconds ? t('banner.retry', { count: seconds }) : t('banner.connecting')} ${waiting ? t('banner.waiting', { count: waiting }) : t('banner.calm')}</p>
    <button type="button" class="link" onClick=${store.socket.retryNow}>${t('banner.now')}</button></div>`;
}

async function speak(language) {
  const { texts } = await import(`./texts.${language}.js`);
  setLocale({ language, texts, zone: config.zone });
  document.documentElement.lang = language;
}

/** Signing in happens in another window; every tab that waits for it goes on. */
function resumeWhenSignedIn() {
  if (globalThis.BroadcastChannel) new BroadcastChannel('otklik-workspace').onmessage = ({ data }) => data.type === 'signed_in' && store.resume();
  addEventListener('focus', () => store.resume());
}

await speak(config.language);
effect(() => { brandColour.value = store.brand.value.colour; });
effect(() => { theme.value = store.prefs.value.value.theme; });
effect(() => {
  const event = store.happened.value;
  if (event?.kind !== 'mine') return;
  const { conversation } = event;
  if (saysMore(notices.peek(), conversation)) return;
  untracked(() => ui.notice(`${t('notify.mine')} ${numbered(conversation)}`, 'info', conversation));
});
effect(() => {
  const handed = store.handed.value;
  if (handed) untracked(() => ui.notice(handedText(handed), 'bad', handed.conversation));
});
effect(() => {
  const withdrawn = store.withdrawn.value;
  if (withdrawn) untracked(() => ui.notice(t('offer.withdrawn', { number: withdrawn.conversation })));
});
effect(() => {
  const left = store.left.value;
  if (left) untracked(() => ui.notice(goneText(store, left)));
});
followTheme();
startClock(store.skew);
watchActivity(store);
callOperator(store, ui.open);
resumeWhenSignedIn();
const root = document.getElementById('root');
root.replaceChildren();
render(html`<${App} />`, root);
store.socket.open();
