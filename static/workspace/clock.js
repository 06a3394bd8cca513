/** One clock for everything that counts seconds; it rests while the tab is hidden. */
import { computed, signal } from '@preact/signals';
import { formatMoment, t } from '../shared/i18n.js';
import { classes, html } from '../shared/ui.js';
import { formatWait, urgency } from './words.js';

export const now = signal(Date.now());

/** The same clock for words that need not follow each second: whole rows are drawn again by it. */
export const slow = computed(() => Math.floor(now.value / 15_000) * 15_000);

let skew = { value: 0 };

/** @param {{value: number}} serverSkew server time less ours, ms */
export function startClock(serverSkew) {
  skew = serverSkew;
  const tick = () => { if (!document.hidden) now.value = Date.now(); };
  setInterval(tick, 1000);
  document.addEventListener('visibilitychange', tick);
}

/** How long a customer has been waiting: calm, then amber, then red. */
export function Wait({ since }) {
  const moment = now.value + skew.value;
  return html`<time class=${classes('wait', urgency(since, moment))} datetime=${since} title=${t('wait.since', { moment: formatMoment(since) })}>
    ${formatWait(since, moment)}</time>`;
}
