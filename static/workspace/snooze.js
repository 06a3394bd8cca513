/** Moments people mean by "later". */

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const NINE = 9;

/** @param {number} now ms @param {string} [zone] the operator's; mornings begin at nine there */
export function snoozePresets(now, zone) {
  const after = (minutes) => new Date(now + minutes * MINUTE);
  const toMonday = (8 - weekday(now, zone)) % 7 || 7;
  return [
    { key: 'half', until: after(30) }, { key: 'hour', until: after(60) }, { key: 'three', until: after(180) },
    { key: 'tomorrow', until: morning(now, 1, zone) },
    ...(toMonday === 1 ? [] : [{ key: 'monday', until: morning(now, toMonday, zone) }]),
  ];
}

/** Nine o'clock, `days` from today by the zone's calendar. */
function morning(now, days, zone) {
  const { year, month, day } = parts(now, zone);
  return momentOf(Date.UTC(year, month - 1, day + days, NINE), zone);
}

/** What a field for date and time holds ("2026-11-22T09:00"), by the clock of the zone. */
export const momentIn = (text, zone) => momentOf(Date.parse(`${text}Z`), zone);

/**
 * The moment at which the zone's clock shows what UTC shows at `wanted`. Of an hour that comes twice it is the first;
 * one that is left out is as much later as the clock was put forward.
 */
function momentOf(wanted, zone) {
  const guesses = [wanted - shift(wanted - DAY, zone), wanted - shift(wanted + DAY, zone)];
  const right = guesses.filter((guess) => guess + shift(guess, zone) === wanted);
  return new Date(right.length ? Math.min(...right) : guesses[0]);
}

/** 0 is Sunday. */
function weekday(now, zone) {
  const { year, month, day } = parts(now, zone);
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay();
}

/** How far the zone's clock is ahead of UTC, in ms. */
function shift(at, zone) {
  const { year, month, day, hour, minute } = parts(at, zone);
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(at / MINUTE) * MINUTE;
}

function parts(at, timeZone) {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', hourCycle: 'h23' });
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
}
