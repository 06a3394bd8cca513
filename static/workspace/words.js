/** Durations and what happened, in the operator's words. */
import { formatWhen, hasText, locale, t } from '../shared/i18n.js';

/** Seconds a customer may wait before the clock warns, and before it alarms. */
export const WARN_AFTER = 120;
export const ALARM_AFTER = 300;

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

/** System lines travel as a code with parameters and are worded here, in the reader's language. */
export function systemText({ code, params = {} }) {
  const line = params.names?.[locale.value.language];
  if (code === 'snoozed') return params.until ? t('system.snoozed.until', { when: formatWhen(params.until) }) : t('system.snoozed');
  const key = code === 'closed' ? `system.closed.${params.by}` : `system.${code}`;
  const attributed = params.by && hasText(`${key}.by`) ? `${key}.by` : key;
  return hasText(key) ? t(attributed, { ...params, line }) : t('system.unknown', { code });
}

/** What the operator reads when something was refused: the server's words, or ours for its code. */
export function errorText(error) {
  if (error.text) return error.text;
  const key = `error.${error.code}`;
  return hasText(key) ? t(key) : t('error.unknown');
}
