/** Moments people mean by "later". */

const MINUTE = 60_000;
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
  const wanted = Date.UTC(year, month - 1, day + days, NINE);
  return new Date(wanted - shift(wanted, zone));
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
