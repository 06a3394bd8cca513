/** How the workspace calls: title, badge, sounds, notifications. Of several tabs only one, the leader, makes noise. */
import { computed, effect, signal } from '@preact/signals-core';
import { t } from '../shared/i18n.js';
import { numbered } from './words.js';

const APART = 1500;
/** What asks for an act of his is said again until he has shown himself, but not for ever. */
const AGAIN_EVERY = 5000;
const SAID_AT_MOST = 12;
const INSISTENT = new Set(['offer', 'mine', 'away']);
/** Frequencies and moments of each kind: short, and told apart without looking. */
const TUNES = {
  waiting: [[523, 0], [659, 0.13]],
  message: [[784, 0]],
  mine: [[659, 0], [784, 0.12], [988, 0.24]],
  offer: [[880, 0], [1109, 0.14], [880, 0.34], [1109, 0.48]],
  away: [[659, 0], [523, 0.16]],
};

/** True in one tab of this browser. Without Web Locks (plain HTTP) every tab rings. */
export function lead(name = 'otklik-workspace-leader') {
  const leading = signal(!navigator.locks);
  navigator.locks?.request(name, () => {
    leading.value = true;
    return new Promise(() => undefined);
  });
  return leading;
}

// --- sounds -------------------------------------------------------------------------------------------------

let audio = null;

/** Browsers let a page sound only after it was touched. */
export function unlockSound() {
  if (!globalThis.AudioContext) return;
  audio ??= new AudioContext();
  audio.resume().catch(() => undefined);
}

export function play(kind, volume) {
  if (audio?.state !== 'running') return;
  for (const [frequency, delay] of TUNES[kind]) {
    const tone = new OscillatorNode(audio, { frequency });
    const loudness = new GainNode(audio, { gain: 0 });
    const at = audio.currentTime + delay;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.16 * volume, at + 0.015);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.32);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.35);
  }
}

// --- title and badge ------------------------------------------------------------------------------------------

/** Keeps the title, the icon and the app's badge in step with how many conversations ask for the operator. */
export function showCount(count, name, colour) {
  document.title = count ? `(${count}) ${name}` : name;
  icon().href = drawIcon(count, colour);
  if (count) navigator.setAppBadge?.(count).catch(() => undefined);
  else navigator.clearAppBadge?.().catch(() => undefined);
}

function icon() {
  const found = document.querySelector('link[rel=icon]');
  if (found) return found;
  const link = document.createElement('link');
  link.rel = 'icon';
  document.head.append(link);
  return link;
}

function drawIcon(count, colour) {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext('2d');
  pen.fillStyle = colour;
  pen.beginPath();
  pen.roundRect(2, 4, 60, 46, 16);
  pen.fill();
  pen.beginPath();
  pen.moveTo(16, 44);
  pen.lineTo(16, 62);
  pen.lineTo(34, 48);
  pen.fill();
  if (count) drawBadge(pen, count);
  return canvas.toDataURL();
}

function drawBadge(pen, count) {
  pen.fillStyle = '#d92d20';
  pen.beginPath();
  pen.arc(43, 43, 21, 0, 7);
  pen.fill();
  pen.fillStyle = '#ffffff';
  pen.font = 'bold 30px sans-serif';
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(count > 9 ? '9+' : count, 43, 45);
}

// --- all together -----------------------------------------------------------------------------------------------

/** Watches the store and calls the operator. @param {(id: number) => void} open brings a conversation to the front */
export function callOperator(store, open) {
  const leading = lead();
  const insist = insisting(store, leading);
  let last = { at: 0 };
  callWhenWarned(store);
  effect(() => showCount(store.rows.waitingForMe.value + store.offers.list.value.length, store.brand.value.name, store.brand.value.colour));
  effect(() => {
    const event = store.happened.value;
    if (!event || !leading.value || event.at === last.at) return;
    if (event.kind === last.kind && event.at - last.at < APART) return;
    last = event;
    if (INSISTENT.has(event.kind)) insist(event);
    const { sounds, volume, notify } = store.prefs.value.peek();
    if (sounds[event.kind]) play(event.kind, volume);
    if (notify && document.hidden) showNotification(event, store.brand.peek().name, open);
  });
  for (const gesture of ['pointerdown', 'keydown']) addEventListener(gesture, unlockSound, { once: true });
}

/** Before he is set away: who looks at another window hears it. */
export function callWhenWarned({ presence, happened }) {
  const warned = computed(() => isWarned(presence.value));
  return effect(() => {
    if (warned.value) happened.value = { kind: 'away', at: Date.now() };
  });
}

const isWarned = ({ state, notes }) => state === 'online' && Boolean(notes?.away_at);

/** Rings again until the operator touches any of his tabs, or nothing is offered any more. */
function insisting(store, leading) {
  const tabs = globalThis.BroadcastChannel && new BroadcastChannel('otklik-attention');
  let timer = null;
  let said = 0;
  const stop = () => {
    clearInterval(timer);
    timer = null;
  };
  const again = (event) => {
    const { sounds, volume } = store.prefs.value.peek();
    said += 1;
    const over = (event.kind === 'offer' && !store.offers.list.peek().length) || (event.kind === 'away' && !isWarned(store.presence.peek()));
    if (over || said >= SAID_AT_MOST || !leading.peek()) return stop();
    return sounds[event.kind] && play(event.kind, volume);
  };
  const seen = () => {
    if (document.hidden) return;
    if (timer) stop();
    tabs?.postMessage('seen');
  };
  if (tabs) tabs.onmessage = stop;
  let quietUntil = 0;
  for (const sign of ['pointermove', 'pointerdown', 'keydown', 'wheel']) {
    addEventListener(sign, () => {
      if (Date.now() < quietUntil) return;
      quietUntil = Date.now() + 500;
      seen();
    }, { passive: true });
  }
  return (event) => {
    stop();
    said = 1;
    timer = setInterval(again, AGAIN_EVERY, event);
  };
}

/** Without words of customers: a locked screen shows notifications to anybody. */
function showNotification(event, name, open) {
  if (globalThis.Notification?.permission !== 'granted') return;
  const number = event.conversation ? numbered(event.conversation) : '';
  const shown = new Notification(name, { body: `${t(`notify.${event.kind}`)} ${number}`.trim(), tag: `otklik-${event.kind}`, silent: true, requireInteraction: ['offer', 'away'].includes(event.kind) });
  shown.onclick = () => {
    window.focus();
    if (event.conversation) open(event.conversation);
    shown.close();
  };
}
