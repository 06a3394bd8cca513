/** The chat in its frame: starts the store, joins it to the bank's page, and draws the whole. */
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { effect, signal } from '@preact/signals';
import { hasText, locale, pickLanguage, setLocale, t } from '../shared/i18n.js';
import { safeStorage } from '../shared/socket.js';
import { brandColour, followTheme, theme } from '../shared/theme.js';
import { html, Icon, lazy, Menu, pictureUrl } from '../shared/ui.js';
import { Composer } from './composer.js';
import { connectHost } from './host.js';
import { Store } from './store.js';
import { Face, Thread } from './thread.js';

const LANGUAGES = ['ru', 'en'];
const NOTICE_SHOWN = 6000;
const SHOW_LOSS_AFTER = 1500;

const config = JSON.parse(document.getElementById('config').textContent);
// The hello may leave before the texts are here, and asks for answers in this language.
setLocale({ language: pickLanguage([document.documentElement.lang, navigator.language], LANGUAGES), texts: {} });
const page = { url: '', title: '' };
const fullScreen = signal(false);
const notice = signal(null);
const panel = signal(null);
/**
 * What components offer each other; filled in as they are drawn. `department` is the one chosen, `typed` what a person
 * wrote of himself: both stay when another form takes the place of this one. `choosing`: he was choosing when it did.
 */
const ui = { fail, focusSoon: false, focusComposer() { ui.focusSoon = true; }, jumpTo() {}, addFiles() {}, write() {}, form: null, department: signal(0), choosing: false, typed: signal({}) };

const host = connectHost({
  sites: config.sites,
  commands: {
    hello(detail) {
      Object.assign(page, pageOf(detail.page));
      applyTheme(detail.theme);
      fullScreen.value = Boolean(detail.phone);
      store.shown.value = Boolean(detail.opened);
      if (LANGUAGES.includes(detail.language) && detail.language !== locale.value.language) speak(detail.language);
      host.say('look', { colour: config.colour });
      if (detail.nobody) store.nobody();
      else store.open(detail.named);
    },
    open(detail) {
      fullScreen.value = Boolean(detail.phone);
      store.shown.value = true;
      ui.focusComposer();
    },
    close() { store.shown.value = false; },
    nobody: () => store.nobody(),
    identify: ({ jwt }) => store.identify(String(jwt)).then(
      (name) => host.say('identity', { verified: true, name }),
      ({ code }) => host.say('identity', { verified: false, code }),
    ),
    logout: () => store.logout(),
    send: ({ text }) => store.online().then(() => String(text).trim() && ui.write(String(text).trim())),
    page(detail) {
      Object.assign(page, pageOf(detail));
      store.movePage(page);
    },
    locale: ({ language }) => LANGUAGES.includes(language) && speak(language).then(() => store.socket.restart()),
    theme: (detail) => applyTheme(detail.theme),
  },
});

const store = new Store({
  config: { ...config, socket: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${config.socket}` },
  storage: safeStorage(), host,
  surroundings: () => ({ language: locale.value.language, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || '', page_url: page.url, page_title: page.title }),
});

function pageOf(given) {
  const text = (name, most) => String(given?.[name] ?? '').slice(0, most);
  return { url: text('url', 2000), title: text('title', 500) };
}

function applyTheme(name) {
  theme.value = ['light', 'dark'].includes(name) ? name : 'auto';
}

let noticeTimer = null;

/** Shows what went wrong, in the server's words or ours, for a while. */
function fail({ text, code }) {
  notice.value = text || t(hasText(`error.${code}`) ? `error.${code}` : 'error.unknown');
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { notice.value = null; }, NOTICE_SHOWN);
}

async function speak(language) {
  const { texts } = await import(`./texts.${language}.js`);
  setLocale({ language, texts });
  document.documentElement.lang = language;
}

const Everything = () => html`<${App} key=${store.epoch.value} />`;

function App() {
  const [dropped, setDropped] = useState(false);
  const root = useRef(null);
  useEffect(() => {
    store.markRead();
  }, [store.messages.value, store.shown.value]);
  const drag = dragHandlers(setDropped);
  const contact = asksContact();
  return html`<main class="chat" ref=${root} onKeyDown=${(event) => onKey(event, root.current)} ...${drag}>
    <${Header} />
    <${Connection} />
    <${Thread} store=${store} ui=${ui} dropped=${dropped} />
    <${Notice} />
    ${(contact || waits()) && html`<${Waiting} store=${store} ui=${ui} contact=${contact} />`}
    ${!contact && html`<${Composer} store=${store} ui=${ui} />`}
    <${OpenPanel} />
  </main>`;
}

/** Escape hands back to the page; over the whole screen Tab stays inside. */
function onKey(event, root) {
  if (event.key === 'Escape') host.say('close');
  if (event.key !== 'Tab' || !(fullScreen.value || panel.value)) return;
  const inside = (panel.value && root.querySelector('.panel')) || root;
  const stops = [...inside.querySelectorAll('button, input, textarea, a[href], [tabindex="0"]')]
    .filter((element) => element.tabIndex >= 0 && !element.disabled && element.offsetParent);
  const [from, to] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
  if (document.activeElement !== from) return;
  event.preventDefault();
  to.focus();
}

function dragHandlers(setDropped) {
  const withFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');
  return {
    onDragOver(event) {
      if (!withFiles(event)) return;
      event.preventDefault();
      setDropped(true);
    },
    onDragLeave: (event) => event.relatedTarget || setDropped(false),
    onDrop(event) {
      setDropped(false);
      if (!withFiles(event)) return;
      event.preventDefault();
      ui.addFiles([...event.dataTransfer.files]);
    },
  };
}

function Header() {
  const look = store.welcome.value?.look ?? { title: config.name, bank: config.name, logo: config.logo };
  const holder = store.topic.value ? null : store.conversation.value?.holder;
  return html`<header class="head">
    <${Face} name=${holder?.name ?? look.bank} picture=${pictureUrl(holder ? holder.avatar : look.logo)} />
    <div class="head-words"><h1>${holder?.name ?? look.title}</h1><p>${subtitle(holder)}</p></div>
    <${Menu} label=${t('menu.label')} items=${menuItems()} alignEnd />
    <button type="button" class="icon-button" aria-label=${t('menu.minimise')} title=${t('menu.minimise')} onClick=${() => host.say('close')}>
      <${Icon} name="chevron-down" size=${22} /></button>
  </header>`;
}

function subtitle(holder) {
  const welcome = store.welcome.value;
  if (!welcome) return t('head.connecting');
  if (store.topic.value) return t('topic.new');
  if (holder) return holder.title || t('head.answers');
  const state = store.conversation.value?.state;
  if (state === 'queued' || state === 'new') return t('head.waiting');
  return t(welcome.open && state !== 'offline' ? 'head.open' : 'head.closed');
}

function menuItems() {
  const conversation = store.conversation.value;
  const show = (name) => () => { panel.value = name; };
  const several = store.conversations.value.size > 0;
  return [
    several && { icon: 'chats', name: t('menu.topics'), act: show('topics') },
    several && { icon: 'search', name: t('menu.search'), act: show('search') },
    { icon: store.sound.value ? 'sound' : 'mute', name: t('menu.sound'), checked: store.sound.value, act: () => store.toggleSound() },
    conversation && conversation.state !== 'closed' && !store.topic.value && { icon: 'check', name: t('menu.close'), act: show('close') },
  ].filter(Boolean);
}

/** Says nothing about a blink; after that, that words are kept and will go. */
function Connection() {
  const { name, code } = store.connection.value;
  const [long, setLong] = useState(false);
  const lost = name === 'waiting' || (name === 'connecting' && store.welcome.value !== null);
  useEffect(() => {
    if (!lost) return setLong(false);
    const timer = setTimeout(() => setLong(true), SHOW_LOSS_AFTER);
    return () => clearTimeout(timer);
  }, [lost]);
  if (name === 'stopped') return html`<div class="banner bad" role="alert"><${Icon} name="alert" size=${18} /><p>${t(code === 4003 ? 'connection.refused' : 'connection.ended')}</p></div>`;
  if (!lost || !long) return null;
  return html`<div class="banner" role="status"><${Icon} name="offline" size=${18} /><p>${t('connection.lost')}</p>
    <button type="button" class="link" onClick=${store.socket.retryNow}>${t('connection.retry')}</button></div>`;
}

function Notice() {
  if (!notice.value) return null;
  return html`<div class="notice" role="alert"><${Icon} name="alert" size=${18} /><p>${notice.value}</p>
    <button type="button" class="icon-button small" aria-label=${t('action.close')} onClick=${() => { notice.value = null; }}><${Icon} name="close" size=${18} /></button></div>`;
}

const Waiting = lazy(() => import('./waiting.js'), 'Waiting');

/** A contact is asked for where no conversation goes on and none is begun. */
function asksContact() {
  const welcome = store.welcome.value;
  const chosen = welcome?.departments.find(({ id }) => id === ui.department.value) ?? welcome;
  const goesOn = !store.topic.value && (store.conversation.value?.state ?? 'closed') !== 'closed';
  return chosen?.asks_contact && !goesOn && !store.pending.value.length;
}

function waits() {
  const state = store.conversation.value?.state;
  return (state === 'offline' || (state === 'queued' && store.waiting.value?.conversation === store.current.value)) && !store.topic.value;
}

const Panel = lazy(() => import('./panels.js'), 'Panel');

function OpenPanel() {
  if (!panel.value) return null;
  const close = () => {
    panel.value = null;
    ui.focusComposer();
  };
  return html`<div class="shade" onClick=${close}></div><${Panel} name=${panel.value} store=${store} ui=${ui} onClose=${close} />`;
}

async function start() {
  brandColour.value = config.colour;
  applyTheme(new URLSearchParams(location.search).get('theme'));
  followTheme();
  await speak(locale.value.language);
  effect(() => {
    brandColour.value = store.welcome.value?.look.accent || config.colour;
  });
  effect(() => {
    document.documentElement.classList.toggle('full', fullScreen.value);
  });
  // Somebody else sits here now: what his forerunner typed of himself is not his.
  store.epoch.subscribe(() => {
    ui.typed.value = {};
    ui.department.value = 0;
  });
  const sound = () => import('./sound.js').then(({ followArrivals }) => followArrivals(store), () => undefined);
  for (const touch of ['pointerdown', 'keydown']) document.addEventListener(touch, sound, { once: true });
  document.addEventListener('visibilitychange', () => store.markRead());
  const root = document.getElementById('root');
  root.replaceChildren();
  if (window.parent === window) {
    // A bank's app shows the frame alone.
    store.shown.value = true;
    store.open();
  }
  render(html`<${Everything} />`, root);
}

start();
