/** Is the operator there? Signs of life, and what he is told of his own presence before and after it changes. */
import { formatMoment, t } from '../shared/i18n.js';
import { html, Icon } from '../shared/ui.js';
import { now } from './clock.js';
import { Keys } from './parts.js';
import { keysOf } from './shortcuts.js';
import { formatLeft } from './words.js';

const ACTIVE_EVERY = 60_000;
const MINUTE = 60_000;

/** Any input is a sign of life: told once a minute, and at once while he is warned. */
export function watchActivity(store, target = document) {
  let told = -Infinity;
  const heard = () => {
    const { state, notes } = store.presence.peek();
    const warned = state === 'online' && notes?.away_at;
    if (state !== 'online' || (!warned && Date.now() - told < ACTIVE_EVERY)) return;
    told = Date.now();
    store.active();
  };
  for (const kind of ['pointerdown', 'keydown', 'wheel']) target.addEventListener(kind, heard, { capture: true, passive: true });
}

/** Minutes of a break, and by how many it is too long; the second is 0 while it is not. */
export function lasted(since, minutes, moment) {
  const passed = Math.max(0, Math.floor((moment - Date.parse(since)) / MINUTE));
  return { passed, over: minutes && passed > minutes ? passed - minutes : 0 };
}

/** What he has to know now, the most urgent first: {kind, …}; null when there is nothing. */
export function told({ state, notes, wasReason }, moment) {
  if (!notes) return null;
  if (state === 'online' && notes.away_at) return { kind: 'warned', left: formatLeft(notes.away_at, moment), undo: 'here' };
  if (state === 'break' && ['silent', 'missed'].includes(notes.cause)) return { kind: notes.cause, undo: 'back' };
  if (state !== 'online' && notes.cause === 'sent') return { kind: `sent.${state}`, who: notes.sent_by, reason: wasReason, undo: 'back' };
  if (state === 'offline' && notes.cause === 'shift_over') return { kind: 'shiftOver' };
  if (state === 'online' && notes.missed > 0 && notes.missed_limit > 0) return { kind: 'missing', missed: notes.missed, limit: notes.missed_limit };
  return state === 'online' ? ending(notes, moment) : null;
}

function ending(notes, moment) {
  if (!notes.shift_ends_at || Date.parse(notes.shift_told_at) > moment) return null;
  const at = formatMoment(notes.shift_ends_at);
  if (Date.parse(notes.shift_ends_at) <= moment) return { kind: 'shiftDone', at };
  return { kind: Date.parse(notes.offers_until) <= moment ? 'lastMinutes' : 'shiftEnds', at };
}

/** He is there after all: one key, whether he was warned or set away already. */
export function comeBack(store, ui) {
  const { state, notes } = store.presence.peek();
  if (state === 'online') return notes?.away_at ? store.active() : undefined;
  return store.setPresence('online').catch(ui.fail);
}

export function Attendance({ store, ui }) {
  if (!store.me.value.operator || store.ended.value) return null;
  const presence = store.presence.value;
  const wasReason = store.catalogue.value.reasons.find((each) => each.id === presence.reason)?.name ?? '';
  const found = told({ ...presence, wasReason }, now.value + store.skew.value);
  if (!found) return null;
  const { kind, undo, ...places } = found;
  const text = t(`attend.${kind}`, places);
  return html`<div class="banner attendance" role=${undo === 'here' ? 'alert' : 'status'}><${Icon} name=${undo ? 'alert' : 'info'} size=${18} />
    <p>${places.reason ? `${text} ${t('attend.reason', { reason: places.reason })}` : text}</p>
    ${undo && html`<button type="button" class="secondary" onClick=${() => comeBack(store, ui)}>${t(`attend.${undo}`)} <${Keys} keys=${keysOf('here')} /></button>`}</div>`;
}
