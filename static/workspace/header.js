/** The top: who the operator is today, how much he holds, the way to everything else. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatMoment, t } from '../shared/i18n.js';
import { dark } from '../shared/theme.js';
import { classes, html, Icon } from '../shared/ui.js';
import { now } from './clock.js';
import { csrfToken } from './files.js';
import { keysOf } from './shortcuts.js';
import { Keys } from './parts.js';
import { lasted } from './presence.js';
import { formatLeft, formatUnits } from './words.js';

export function Header({ store, ui }) {
  const brand = store.brand.value;
  return html`<header class="top">
    <a class="brand" href="/workspace/" aria-label=${t('top.home', { bank: brand.name })}>
      ${brand.logo ? html`<img src=${`/widget/pictures/${brand.logo}/`} alt="" />` : html`<span class="brand-mark" aria-hidden="true"><${Icon} name="chats" size=${18} /></span>`}
      <span class="brand-name">${brand.name}</span></a>
    <${Presence} store=${store} ui=${ui} />
    <${Load} store=${store} />
    <button type="button" class="search-button" aria-label=${t('top.search')} onClick=${() => ui.dialog('palette')} aria-keyshortcuts="Control+K">
      <${Icon} name="search" size=${16} /><span>${t('top.search')}</span><${Keys} keys=${keysOf('palette')} /></button>
    <div class="top-right">
      <${Connection} store=${store} />
      <${Sound} store=${store} />
      <button type="button" class="icon-button" aria-label=${t(dark.value ? 'top.light' : 'top.dark')} title=${t(dark.value ? 'top.light' : 'top.dark')}
        onClick=${() => ui.setTheme(dark.value ? 'light' : 'dark')}><${Icon} name=${dark.value ? 'sun' : 'moon'} /></button>
      <button type="button" class="icon-button" aria-label=${t('top.help')} title=${`${t('top.help')} (?)`} onClick=${() => ui.dialog('help')}><${Icon} name="keyboard" /></button>
      <${Account} store=${store} ui=${ui} />
    </div>
  </header>`;
}

/** A button whose list closes by Escape, a click outside or a choice. */
function Dropdown({ className, label, button, children }) {
  const [open, setOpen] = useState(false);
  const root = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    root.current.querySelector('.drop-list button, .drop-list a')?.focus();
    const outside = (event) => root.current?.contains(event.target) || setOpen(false);
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);
  const close = () => {
    setOpen(false);
    root.current.querySelector('button').focus();
  };
  return html`<div class=${classes('drop', className)} ref=${root} onKeyDown=${(event) => open && dropKey(event, root.current, close)}>
    <button type="button" class="drop-button" aria-haspopup="true" aria-expanded=${String(open)} aria-label=${label} onClick=${() => setOpen(!open)}>${button}</button>
    ${open && html`<div class="drop-list" onClick=${(event) => event.target.closest('button[type=button], a') && setOpen(false)}>${children}</div>`}
  </div>`;
}

function dropKey(event, root, close) {
  if (event.key === 'Escape') {
    event.stopPropagation();
    return close();
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return undefined;
  const stops = [...root.querySelectorAll('.drop-list button, .drop-list a')];
  event.preventDefault();
  return stops.at((stops.indexOf(document.activeElement) + step) % stops.length)?.focus();
}

function Presence({ store, ui }) {
  const { state, reason, since, wrap_up_until: until, notes } = store.presence.value;
  const moment = now.value + store.skew.value;
  const resting = state === 'online' && until && Date.parse(until) > moment;
  if (!store.me.value.operator) return html`<span class="observer">${t('presence.observer')}</span>`;
  const reasons = store.catalogue.value.reasons;
  const chosen = state === 'break' ? reasons.find((each) => each.id === reason) : null;
  const { passed, over } = chosen ? lasted(since, chosen.minutes, moment) : { passed: 0, over: 0 };
  const away = state === 'break' && ['silent', 'missed'].includes(notes?.cause);
  const label = chosen ? chosen.name : t(away ? 'presence.away' : `presence.${state}`);
  const choose = (next, why = null) => store.setPresence(next, why).catch(ui.fail);
  return html`<${Dropdown} className="presence" label=${t('presence.label', { state: label })}
    button=${html`<i class=${`dot ${resting ? 'break' : state}`}></i><span class="presence-label" title=${since ? t('presence.since', { moment: formatMoment(since) }) : null}>${resting ? t('wrapUp.label') : label}</span>${resting && html`<b class="presence-left">${formatLeft(until, moment)}</b>`}${over > 0 && html`<b class="presence-left overtime">${t('presence.over', { passed, minutes: chosen.minutes })}</b>`}<${Icon} name="chevron-down" size=${14} />`}>
    ${resting && html`<button type="button" onClick=${() => store.ready().catch(ui.fail)}><${Icon} name="check" size=${18} />${t('wrapUp.ready')}</button><hr />`}
    <button type="button" aria-pressed=${String(state === 'online')} onClick=${() => choose('online')}><i class="dot online"></i>${t('presence.online')}</button>
    <p class="drop-title">${t('presence.break')}</p>
    ${reasons.map((each) => html`<button type="button" key=${each.id} aria-pressed=${String(state === 'break' && reason === each.id)} onClick=${() => choose('break', each.id)}><i class="dot break"></i>${each.name}${each.minutes && html` <small>${t('presence.takes', { minutes: each.minutes })}</small>`}</button>`)}
    ${!reasons.length && html`<button type="button" aria-pressed=${String(state === 'break')} onClick=${() => choose('break')}><i class="dot break"></i>${t('presence.break')}</button>`}
    <hr />
    <button type="button" aria-pressed=${String(state === 'offline')} onClick=${() => choose('offline')}><i class="dot offline"></i>${t('presence.offline')}</button>
  </${Dropdown}>`;
}

/** How full the operator's hands are. */
function Load({ store }) {
  if (!store.me.value.operator) return null;
  const { load, capacity } = store.load.value;
  const share = Math.min(1, load / Math.max(1, capacity));
  const label = t('load.label', { load: formatUnits(load), capacity });
  return html`<span class=${classes('load', load >= capacity && 'full')} role="img" aria-label=${label} title=${label}>
    <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="8" /><circle class="load-share" cx="10" cy="10" r="8" stroke-dasharray=${`${share * 50.3} 50.3`} /></svg>
    ${formatUnits(load)}/${capacity}</span>`;
}

function Connection({ store }) {
  const { name } = store.connection.value;
  return html`<span class=${classes('connection', name)} role="img" aria-label=${t(`connection.${name}`)} title=${t(`connection.${name}`)}><i></i></span>`;
}

function Sound({ store }) {
  const { sounds } = store.prefs.value.value;
  const on = Object.values(sounds).some(Boolean);
  const all = (value) => Object.fromEntries(Object.keys(sounds).map((kind) => [kind, value]));
  return html`<button type="button" class="icon-button" aria-pressed=${String(on)} aria-label=${t('top.sound')} title=${t(on ? 'top.soundOn' : 'top.soundOff')}
    onClick=${() => store.prefs.set({ sounds: all(!on) })}><${Icon} name=${on ? 'sound' : 'mute'} /></button>`;
}

function Account({ store, ui }) {
  const { urls } = store.config;
  const { name } = store.me.value;
  return html`<${Dropdown} className="account" label=${t('account.label', { name })}
    button=${html`<span class="account-name">${name}</span><${Icon} name="chevron-down" size=${14} />`}>
    <button type="button" onClick=${() => ui.dialog('settings')}><${Icon} name="settings" size=${18} />${t('account.settings')}</button>
    <button type="button" onClick=${() => ui.setLanguage(document.documentElement.lang === 'ru' ? 'en' : 'ru')}><${Icon} name="globe" size=${18} />${t('account.language')}</button>
    <a href=${urls.password}><${Icon} name="shield" size=${18} />${t('account.password')}</a>
    <a href=${urls.sessions}><${Icon} name="user" size=${18} />${t('account.sessions')}</a>
    ${urls.admin && html`<a href=${urls.admin}><${Icon} name="settings" size=${18} />${t('account.admin')}</a>`}
    <hr />
    <form method="post" action=${urls.sign_out} onSubmit=${(event) => signOut(event, store)}>
      <input type="hidden" name="csrfmiddlewaretoken" value=${csrfToken(store.config)} />
      <button type="submit"><${Icon} name="exit" size=${18} />${t('account.out')}</button>
    </form>
  </${Dropdown}>`;
}

/** What is typed goes to the server and leaves this computer; what could not be sent stays. */
async function signOut(event, store) {
  event.preventDefault();
  const form = event.currentTarget;
  form.csrfmiddlewaretoken.value = csrfToken(store.config);
  await store.drafts.handOver();
  form.submit();
}
