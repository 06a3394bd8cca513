/*! Otklik widget loader 1.0.1. The chat itself lives in a frame of its own origin. */
(() => {
  'use strict';
  const VERSION = '1.0.1';
  const PROTOCOL = 1;
  const ASK_AGAIN = 5000;
  const script = document.currentScript;
  if (!script || window.Otklik && window.Otklik.version) return;

  const origin = new URL(script.src).origin;
  const settings = { ...script.dataset };
  const PHONE = matchMedia('(max-width: 480px)');
  const COLOUR = /^#[0-9a-f]{6}$/i;
  const TEXTS = {
    ru: { open: 'Открыть чат', close: 'Свернуть чат', title: 'Чат поддержки', unread: 'непрочитанных: ' },
    en: { open: 'Open chat', close: 'Minimise chat', title: 'Support chat', unread: 'unread: ' },
  };
  const STYLE = `
    :host { all: initial; --fill: #1c4f9c; --ink: #fff; color-scheme: light dark; }
    button { position: fixed; z-index: 2147483000; bottom: max(20px, env(safe-area-inset-bottom)); right: 20px;
      width: 60px; height: 60px; padding: 0; border: 0; border-radius: 50%; cursor: pointer; background: var(--fill);
      color: var(--ink); box-shadow: 0 6px 24px rgb(15 25 45 / 28%); transition: transform 140ms ease-out; }
    button:hover { transform: translateY(-2px); }
    button:focus-visible { outline: 3px solid var(--fill); outline-offset: 3px; }
    svg { width: 28px; height: 28px; display: block; margin: auto; fill: none; stroke: currentcolor; stroke-width: 1.8;
      stroke-linecap: round; stroke-linejoin: round; }
    i { position: absolute; top: -3px; right: -3px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
      background: #c6281c; color: #fff; font: 600 13px/22px system-ui, sans-serif; box-sizing: border-box; }
    i:empty, [hidden] { display: none !important; }
    div { position: fixed; z-index: 2147483001; bottom: 96px; right: 20px; width: 400px;
      height: min(680px, calc(100dvh - 120px)); border-radius: 18px; overflow: hidden; background: Canvas;
      box-shadow: 0 12px 48px rgb(15 25 45 / 26%); }
    iframe { width: 100%; height: 100%; border: 0; display: block; color-scheme: inherit; }
    .left button, .left div { right: auto; left: 20px; }
    @media (max-width: 480px) {
      div, .left div { inset: 0; width: 100%; height: 100dvh; border-radius: 0; }
      .open button { display: none; }
    }
    @media (prefers-reduced-motion: reduce) { button { transition: none; } }
    @media print { :host { display: none; } }`;

  let shadow, root, button, badge, icon, panel, frame;
  let opened = false, ready = false, alive = true, pushed = false;
  let language = pick(settings.lang, document.documentElement.lang, navigator.language);
  let look = settings.theme || 'auto';
  let identity;
  let outgoing = [];
  let inerted = [];
  let overflow = '';
  const listeners = {};
  const texts = () => TEXTS[language];

  function pick(...tags) {
    for (const tag of tags) {
      const base = String(tag || '').slice(0, 2).toLowerCase();
      if (TEXTS[base]) return base;
    }
    return 'en';
  }

  function mount() {
    const host = document.createElement('otklik-widget');
    shadow = host.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    root = document.createElement('section');
    root.className = settings.side === 'left' ? 'left' : '';
    button = document.createElement('button');
    button.type = 'button';
    button.hidden = settings.launcher === 'none';
    button.addEventListener('click', () => (opened ? close(true) : open()));
    icon = draw();
    badge = document.createElement('i');
    button.append(icon, badge);
    root.append(button);
    shadow.append(root);
    shadow.addEventListener('keydown', (event) => event.key === 'Escape' && opened && close(true));
    colour(settings.colour);
    unread(0);
    document.body.append(host);
    if (stored('opened')) requestIdle(() => alive && ensureFrame());
  }

  function draw() {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    svg.append(document.createElementNS(svg.namespaceURI, 'path'));
    return svg;
  }

  function colour(hex) {
    if (!COLOUR.test(hex)) return;
    const light = [1, 3, 5].map((at) => parseInt(hex.substr(at, 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    const bright = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.22;
    shadow.host.style.setProperty('--fill', hex);
    shadow.host.style.setProperty('--ink', bright ? '#10141b' : '#fff');
  }

  function unread(count) {
    badge.textContent = count > 99 ? '99+' : count || '';
    relabel(count);
  }

  function relabel(count = parseInt(badge.textContent, 10) || 0) {
    const name = opened ? texts().close : texts().open;
    button.setAttribute('aria-label', count ? `${name}, ${texts().unread}${count}` : name);
    button.setAttribute('aria-expanded', String(opened));
    icon.firstChild.setAttribute('d', opened ? 'm6 9.5 6 6 6-6'
      : 'M20.5 11.7c0 4.3-3.8 7.7-8.5 7.7-1.2 0-2.3-.2-3.3-.6L4 20.5l1.4-4a7.3 7.3 0 0 1-1.9-4.8C3.5 7.4 7.3 4 12 4s8.5 3.4 8.5 7.7z');
    if (frame) frame.title = texts().title;
  }

  /* The bank says with data-background that the visitor agreed to it; without, nothing is kept on its page. */
  function stored(name, value) {
    if (settings.background === undefined) return null;
    try {
      if (value !== undefined) localStorage.setItem(`otklik:${name}`, value);
      return localStorage.getItem(`otklik:${name}`);
    } catch {
      return null;
    }
  }

  function requestIdle(action) {
    if (window.requestIdleCallback) requestIdleCallback(action, { timeout: 4000 });
    else setTimeout(action, 1000);
  }

  function ensureFrame() {
    if (frame) return;
    panel = document.createElement('div');
    panel.hidden = !opened;
    frame = document.createElement('iframe');
    frame.allow = 'clipboard-write; autoplay';
    frame.title = texts().title;
    frame.src = `${origin}/widget/${encodeURIComponent(settings.key)}/?lang=${language}&theme=${encodeURIComponent(look)}`;
    frame.addEventListener('load', () => say('hello', {
      versions: [PROTOCOL], page: page(), opened, language, theme: look, phone: PHONE.matches, nobody: identity === null,
      named: Boolean(identity),
    }, true));
    panel.append(frame);
    root.append(panel);
  }

  function page() {
    return { url: location.href.split('#')[0], title: document.title };
  }

  function say(type, detail, now) {
    if (!now && !ready) return void outgoing.push([type, detail]);
    frame.contentWindow.postMessage({ otklik: PROTOCOL, type, detail }, origin);
  }

  function open() {
    if (opened) return;
    opened = true;
    ensureFrame();
    panel.hidden = false;
    root.classList.add('open');
    if (PHONE.matches) cover();
    relabel();
    stored('opened', '1');
    frame.focus();
    say('open', { phone: PHONE.matches });
    emit('open');
  }

  function close(returnFocus) {
    if (!opened) return;
    opened = false;
    panel.hidden = true;
    root.classList.remove('open');
    uncover();
    relabel();
    say('close');
    if (returnFocus) button.focus();
    emit('close');
  }

  /* On a phone the chat is the page: what lies under it neither scrolls nor takes focus. */
  function cover() {
    const html = document.documentElement;
    overflow = html.style.overflow;
    html.style.overflow = 'hidden';
    inerted = [...document.body.children].filter((child) => child !== shadow.host && !child.inert);
    for (const child of inerted) child.inert = true;
    history.pushState({ otklik: true }, '');
    pushed = true;
    fit();
  }

  function uncover() {
    if (!inerted.length && !pushed) return;
    document.documentElement.style.overflow = overflow;
    for (const child of inerted) child.inert = false;
    inerted = [];
    panel.style.height = panel.style.top = panel.style.bottom = '';
    if (pushed) {
      pushed = false;
      history.back();
    }
  }

  /* A phone's keyboard shrinks what is seen, not the page. */
  function fit() {
    const seen = window.visualViewport;
    if (!seen || !pushed) return;
    panel.style.height = `${seen.height}px`;
    panel.style.top = `${seen.offsetTop}px`;
    panel.style.bottom = 'auto';
  }

  function onPop() {
    if (!pushed) return;
    pushed = false;
    close(true);
  }

  function emit(name, detail) {
    for (const listener of listeners[name] || []) listener(detail);
  }

  /* Until the page has said who is there, the frame shows nothing of a person of before: it is asked again. */
  function identify() {
    const asked = identity;
    new Promise((answer) => answer(typeof asked === 'function' ? asked() : asked)).then((jwt) => {
      if (asked !== identity) return;
      if (typeof jwt === 'string') say('identify', { jwt });
      else say('nobody');
    }).catch(() => {
      emit('error', { code: 'identity_unavailable' });
      setTimeout(() => alive && asked === identity && identify(), ASK_AGAIN);
    });
  }

  const fromFrame = {
    ready(detail) {
      if (detail.version !== PROTOCOL) return;
      ready = true;
      if (identity !== undefined) identify();
      for (const [type, more] of outgoing.splice(0)) say(type, more);
      emit('ready');
    },
    close: () => close(true),
    look: (detail) => colour(detail.colour),
    unread(detail) {
      unread(Number(detail.count) || 0);
      emit('unread', { count: Number(detail.count) || 0 });
    },
    identity: (detail) => emit('identity', detail),
    event: (detail) => emit(detail.name, detail.detail),
  };

  function onMessage(event) {
    if (!frame || event.origin !== origin || event.source !== frame.contentWindow) return;
    const { otklik, type, detail } = event.data || {};
    if (otklik === PROTOCOL && Object.hasOwn(fromFrame, type)) fromFrame[type](detail || {});
  }

  const commands = {
    open, close: () => close(false),
    identify(given) {
      identity = given && given.jwt || null;
      if (ready) identify();
    },
    send(given) {
      open();
      say('send', { text: String(given && given.text !== undefined ? given.text : given || '') });
    },
    locale(tag) {
      language = pick(tag && tag.language || tag);
      relabel();
      if (frame) say('locale', { language });
    },
    theme(name) {
      look = ['light', 'dark'].includes(name) ? name : 'auto';
      if (frame) say('theme', { theme: look });
    },
    on(name, listener) {
      if (typeof listener === 'function') (listeners[name] = listeners[name] || []).push(listener);
    },
    logout() {
      identity = null;
      ensureFrame();
      say('logout');
    },
    shutdown() {
      alive = false;
      close(false);
      shadow.host.remove();
      removeEventListener('message', onMessage);
      removeEventListener('popstate', onPop);
      if (window.visualViewport) visualViewport.removeEventListener('resize', fit);
    },
  };

  function run(name, ...values) {
    if (alive && Object.hasOwn(commands, name)) commands[name](...values);
  }
  run.version = VERSION;

  function start() {
    mount();
    addEventListener('message', onMessage);
    addEventListener('popstate', onPop);
    if (window.visualViewport) visualViewport.addEventListener('resize', fit);
    if (window.navigation) navigation.addEventListener('navigatesuccess', () => frame && say('page', page()));
    const waiting = window.Otklik && window.Otklik.q || [];
    window.Otklik = run;
    for (const call of waiting) run(...call);
  }

  if (document.body) start();
  else addEventListener('DOMContentLoaded', start);
})();
