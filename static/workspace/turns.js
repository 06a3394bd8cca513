/** Why a waiting conversation stands where it stands, in words. Pure: the list, offers and tooltips use it. */
import { formatTime, hasText, t } from '../shared/i18n.js';

const WAITING = ['queued', 'new', 'offline'];
/** Reasons of arrival that a person wants to know of; "placed" says nothing. */
const TOLD = new Set(['returned', 'holder_gone', 'overflow', 'escalated', 'holder_full', 'transferred', 'reopened', 'woken']);

/** Who is asked to take it at this moment, or null. */
export const offeredNow = (turn, moment) => (turn?.offered_to && Date.parse(turn.offered_until) > moment ? turn.offered_to : null);

/**
 * @param {object} row
 * @param {{me: number, moment: number}} view who reads, and the server's time in ms
 * @returns {{kind: string, text: string, colour?: string}[]} the most telling first
 */
export function turnWords(row, { me, moment }) {
  const { turn } = row;
  if (!turn || !WAITING.includes(row.state)) return [];
  const keptNow = turn.kept_for && Date.parse(turn.kept_until) > moment;
  const mine = keptNow && turn.kept_for === me && !offeredNow(turn, moment);
  return [
    mine && { kind: 'kept', text: kept(turn, me) },
    turn.category && { kind: 'category', text: turn.category, colour: turn.colour },
    turn.raised && { kind: 'raised', text: t(`turn.raised.${turn.raised}`) },
    turn.due_at && due(turn.due_at, moment),
    offered(turn, { me, moment }),
    keptNow && !mine && !offeredNow(turn, moment) && { kind: 'kept', text: kept(turn, me) },
    TOLD.has(turn.reason) && hasText(`turn.reason.${turn.reason}`) && { kind: 'reason', text: t(`turn.reason.${turn.reason}`) },
  ].filter(Boolean);
}

function offered(turn, { me, moment }) {
  const to = offeredNow(turn, moment);
  if (!to) return null;
  return { kind: 'offered', text: to === me ? t('turn.offered.me') : t('turn.offered', { name: turn.offered_to_name }) };
}

function kept(turn, me) {
  const until = formatTime(turn.kept_until);
  return turn.kept_for === me ? t('turn.kept.me', { until }) : t('turn.kept', { name: turn.kept_for_name, until });
}

function due(at, moment) {
  const late = Date.parse(at) <= moment;
  return { kind: late ? 'late' : 'due', text: t(late ? 'turn.late' : 'turn.due', { at: formatTime(at) }) };
}

/** "waits 6 min": whole minutes, for a sentence that is not drawn anew each second. */
export function waitWords(since, moment) {
  const minutes = Math.floor(Math.max(0, moment - Date.parse(since)) / 60_000);
  if (minutes < 1) return t('turn.waits.now');
  return minutes < 60 ? t('turn.waits', { count: minutes }) : t('turn.waits.hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

/** Everything at once, for a tooltip and for who listens. */
export function turnSentence(row, view) {
  const words = turnWords(row, view).map((each) => each.text);
  const since = row.turn?.waiting_since;
  return [...words, since && WAITING.includes(row.state) && waitWords(since, view.moment)].filter(Boolean).join(' · ');
}

/** Why this operator is asked: what an offer says of itself. */
export function offerReason(offer) {
  const { turn } = offer.row;
  if (offer.sender_name) return t('offer.why.sender', { name: offer.sender_name });
  if (turn?.kept_reason && turn.kept_for === turn.offered_to) return t(`offer.why.${turn.kept_reason}`);
  return t('offer.why.turn');
}
