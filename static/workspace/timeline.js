/** A thread as rows to draw: days, the line above what is new, groups of bubbles, folded walks through pages. */
import { dayKey } from '../shared/i18n.js';

const GROUP_GAP = 5 * 60_000;

/**
 * @param {object[]} messages in order, with what has not been sent yet at the end
 * @param {number|null} unreadAfter the seq after which the reader has seen nothing
 */
export function timeline(messages, unreadAfter = null) {
  const rows = [];
  let last = null;
  let newLine = unreadAfter === null;
  for (const message of messages) {
    const newDay = !last || dayKey(message.at) !== dayKey(last.at);
    if (newDay) rows.push({ key: `d${dayKey(message.at)}`, kind: 'day', at: message.at });
    const isNew = !newLine && message.seq > unreadAfter && message.author.kind === 'customer';
    if (isNew) rows.push({ key: 'new', kind: 'new' });
    newLine ||= isNew;
    add(rows, message, !newDay && !isNew ? last : null);
    last = message;
  }
  return rows;
}

function add(rows, message, before) {
  const previous = rows.at(-1);
  if (message.kind === 'system') {
    if (message.code === 'page' && previous?.kind === 'pages') previous.ids.push(message.id);
    else rows.push(systemRow(message));
    return;
  }
  const first = !before || !sameVoice(before, message);
  if (!first) previous.last = false;
  rows.push({ key: message.client_id ?? `m${message.id}`, kind: 'bubble', id: message.id, first, last: true });
}

function systemRow(message) {
  if (message.code === 'page') return { key: `p${message.id}`, kind: 'pages', ids: [message.id] };
  return { key: `m${message.id}`, kind: 'system', id: message.id };
}

function sameVoice(one, other) {
  const voice = ({ author, kind }) => `${kind === 'note'} ${kind === 'system'} ${author.kind} ${author.id ?? ''}`;
  return voice(one) === voice(other) && new Date(other.at) - new Date(one.at) < GROUP_GAP;
}

/** Whether the bank said it: people, bots, and by itself (a reminder to who says nothing). */
export const isOurs = ({ author }) => author.kind !== 'customer';

/** How far an own answer has come: sending, failed, sent, delivered, read, uncertain. Notes and others' have none. */
export function markOf(message, marks) {
  if (message.failed) return 'failed';
  if (message.pending) return 'sending';
  if (message.kind === 'note' || message.author.kind !== 'operator') return null;
  if (message.delivery) return message.delivery === 'queued' ? 'sending' : message.delivery;
  if (marks.read >= message.seq) return 'read';
  return marks.delivered >= message.seq ? 'delivered' : 'sent';
}

/** An unsent message as it is drawn. */
export function drawn({ client_id: id, frame, shown, failed }, me) {
  return {
    id, client_id: id, conversation: frame.conversation, seq: Infinity, kind: frame.note ? 'note' : 'text',
    author: { kind: 'operator', id: me.id, name: me.name }, at: shown.at, text: frame.text, files: shown.files ?? [],
    reply_to: shown.reply ?? null, staff_only: Boolean(frame.note), pending: !failed, failed,
  };
}

/** Where a message with `seq` belongs in an ordered array of seqs. */
export function placeFor(seqs, seq) {
  let low = 0;
  let high = seqs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (seqs[middle] < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
