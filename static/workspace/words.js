/** Durations and what happened, in the operator's words. */
import { formatWhen, hasText, locale, t } from '../shared/i18n.js';
import { offeredNow } from './turns.js';

/** Seconds a customer may wait before the clock warns, and before it alarms. */
export const WARN_AFTER = 120;
export const ALARM_AFTER = 300;

/** A conversation called by its number. */
export const numbered = (number) => t('number', { number });

/** How urgent a wait is: calm, warn or alarm. */
export function urgency(since, now) {
  const seconds = (now - Date.parse(since)) / 1000;
  if (seconds >= ALARM_AFTER) return 'alarm';
  return seconds >= WARN_AFTER ? 'warn' : 'calm';
}

/** 0:45, 12:05, then 1 h 5 min, 2 d: short enough for a row. */
export function formatWait(since, now) {
  const seconds = Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return t('wait.hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
  return t('wait.days', { days: Math.floor(minutes / 1440) });
}

/** 3, 2.5: units in the reader's notation. */
export const formatUnits = (units) => new Intl.NumberFormat(locale.value.language, { maximumFractionDigits: 2 }).format(units);

/** What is left until a moment: 0:24, 1:05. */
export function formatLeft(until, now) {
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

const BROWSERS = [['YaBrowser', 'Yandex'], ['Edg', 'Edge'], ['OPR', 'Opera'], ['Firefox', 'Firefox'], ['Chrome', 'Chrome'], ['Version', 'Safari']];
const SYSTEMS = [['Android', 'Android'], ['iPhone', 'iOS'], ['iPad', 'iPadOS'], ['Windows', 'Windows'], ['Mac OS X', 'macOS'], ['Linux', 'Linux']];

/** "Chrome 156, Windows" of a browser's long name for itself; one that is not known stays as it is. */
export function browserName(agent) {
  const [mark, name] = BROWSERS.find(([each]) => agent.includes(`${each}/`)) ?? [];
  if (!name) return agent;
  const version = agent.match(new RegExp(`${mark}/(\\d+)`))?.[1];
  const system = SYSTEMS.find(([each]) => agent.includes(each))?.[1];
  return [version ? `${name} ${version}` : name, system].filter(Boolean).join(', ');
}

/** Which bot has it. */
export const withBot = (row) => (row.holder_name ? t('state.withBot', { name: row.holder_name }) : t('state.bot'));

const BOT_ENDS = new Set(['returned', 'silent']);

/** System lines travel as a code with parameters and are worded here, in the reader's language. */
export function systemText({ code, params = {} }) {
  const line = params.names?.[locale.value.language];
  if (code === 'back_from_bot') return `${t(`system.back_from_bot.${BOT_ENDS.has(params.because) ? params.because : 'cannot'}`, { line })}: ${t(params.to ? 'system.back_from_bot.to' : 'system.back_from_bot.waits', params)}`;
  if (code === 'snoozed') return params.until ? t('system.snoozed.until', { when: formatWhen(params.until) }) : t('system.snoozed');
  const variant = code === 'closed' ? params.by : params.missed ? 'missed' : params.held ? 'held' : (params.why ?? params.because);
  const key = variant && hasText(`system.${code}.${variant}`) ? `system.${code}.${variant}` : `system.${code}`;
  const attributed = params.by && hasText(`${key}.by`) ? `${key}.by` : key;
  if (!hasText(key)) return t('system.unknown', { code });
  const reason = params.reason?.[locale.value.language];
  return t(attributed, { ...params, line }) + (reason ? `. ${t('system.reason', { reason })}` : '');
}

/** Why he cannot answer in a conversation, and what would let him. */
export function closedReason(store, row, thread = null) {
  if (row?.state === 'assigned') return t('closed.held', { name: row.holder_name });
  if (!row || ['closed', 'bot'].includes(row.state)) return t(`closed.${row?.state ?? 'queued'}`);
  const rights = thread?.abilities.value.rights ?? [];
  if (store.allowed.accepts(row, rights)) return t(`closed.${row.state}`);
  if (offeredNow(row.turn, Date.now() + store.skew.value)) return t('closed.offered', { name: row.turn.offered_to_name });
  if (!store.me.value.operator || !rights.includes('answer')) return t('closed.noRight');
  return t(store.allowed.takesTurns(row) ? 'closed.turns' : 'closed.offeredOnly');
}

/** To who handed a conversation on: the colleague did not take it, and where it is now. */
export function handedText({ name, conversation, missed, returned }) {
  const what = t(missed ? 'handed.missed' : 'handed.declined', { name, number: conversation });
  return `${what} ${t(returned ? 'handed.back' : 'handed.line')}`;
}

/** What the operator reads when something was refused: the server's words, or ours for its code. */
export function errorText(error) {
  if (error.text) return error.text;
  const key = `error.${error.code}`;
  return hasText(key) ? t(key) : t('error.unknown');
}
