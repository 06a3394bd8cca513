/** Texts, plurals, dates and sizes in the viewer's language and zone; see docs/frontend.md, "Texts". */
import { signal } from '@preact/signals-core';

export const locale = signal({ language: 'en', texts: {}, zone: undefined });

/** `zone` is an IANA name, the browser's if absent. */
export function setLocale(next) {
  locale.value = { zone: undefined, ...next };
}

/** The first of `wanted` (tags such as "ru-RU", best first) that `offered` speaks, else its first. */
export function pickLanguage(wanted, offered) {
  for (const tag of wanted) {
    const base = String(tag || '').toLowerCase().split(/[-_]/)[0];
    if (offered.includes(base)) return base;
  }
  return offered[0];
}

/** The text of `key`; an unknown key is shown as itself, so that it is noticed. */
export function t(key, params = {}) {
  const { texts, language } = locale.value;
  const text = texts[key];
  if (text === undefined) return key;
  return fill(typeof text === 'string' ? text : pluralForm(text, params.count, language), params);
}

export const hasText = (key) => locale.value.texts[key] !== undefined;

function pluralForm(forms, count, language) {
  return forms[cached('plural', language, () => new Intl.PluralRules(language)).select(count ?? 0)] ?? forms.other;
}

function fill(text, params) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in params ? String(params[name]) : place));
}

const formatters = new Map();

function cached(kind, key, make) {
  const name = `${kind} ${key}`;
  if (!formatters.has(name)) formatters.set(name, make());
  return formatters.get(name);
}

/** The day before the month, as the server writes it too (config/formats). */
const DATES_OF = { en: 'en-GB' };

function dateFormat(options) {
  const { language, zone } = locale.value;
  const make = () => new Intl.DateTimeFormat(DATES_OF[language] ?? language, { timeZone: zone, hourCycle: 'h23', ...options });
  return cached('date', `${language} ${zone} ${JSON.stringify(options)}`, make);
}

/** 14:05 in every language: shifts, hours and promises are written so too. */
export const formatTime = (at) => dateFormat({ hour: '2-digit', minute: '2-digit' }).format(new Date(at));

export const formatMoment = (at) => dateFormat({ dateStyle: 'long', timeStyle: 'short' }).format(new Date(at));

export function dayKey(at) {
  return dateFormat({ year: 'numeric', month: '2-digit', day: '2-digit' }).format(new Date(at));
}

/** "Today", "Yesterday", "5 March", or with the year when it is another one. */
export function formatDay(at, now = Date.now()) {
  if (dayKey(at) === dayKey(now)) return t('day.today');
  if (dayKey(at) === dayKey(now - 86_400_000)) return t('day.yesterday');
  const year = dateFormat({ year: 'numeric' });
  const same = year.format(new Date(at)) === year.format(new Date(now));
  return dateFormat({ day: 'numeric', month: 'long', ...(same ? {} : { year: 'numeric' }) }).format(new Date(at));
}

/** The shortest that is clear in a list: 14:05 today, else 5 Mar. */
export function formatShort(at, now = Date.now()) {
  if (dayKey(at) === dayKey(now)) return formatTime(at);
  return dateFormat({ day: 'numeric', month: 'short' }).format(new Date(at));
}

/** "today at 14:05", "tomorrow at 9:00", "5 March at 9:00". */
export function formatWhen(at, now = Date.now()) {
  const time = formatTime(at);
  if (dayKey(at) === dayKey(now)) return t('day.todayAt', { time });
  if (dayKey(at) === dayKey(now + 86_400_000)) return t('day.tomorrowAt', { time });
  return t('day.dayAt', { day: formatDay(at, now), time });
}

export function formatSize(bytes) {
  const units = ['size.b', 'size.kb', 'size.mb', 'size.gb'];
  const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1024)));
  const value = bytes / 1024 ** power;
  const digits = power > 0 && value < 10 ? 1 : 0;
  const { language } = locale.value;
  const format = cached('number', `${language} ${digits}`, () =>
    new Intl.NumberFormat(language, { maximumFractionDigits: digits }));
  return t(units[power], { value: format.format(value) });
}
