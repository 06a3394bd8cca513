/** Why a conversation is where it is: each decision with what was looked at. The words are the server's. */
import { useEffect, useState } from 'preact/hooks';
import { formatMoment, formatTime, t } from '../shared/i18n.js';
import { classes, html, Icon } from '../shared/ui.js';
import { Dialog } from './parts.js';
import { turnSentence } from './turns.js';
import { errorText } from './words.js';

const MARKS = { yes: 'check', no: 'close' };

export function Why({ conversation, store, onClose }) {
  const [state, setState] = useState({ steps: null, error: null });
  const row = store.threads.get(conversation)?.row.value ?? store.rows.get(conversation);
  useEffect(() => {
    store.why(conversation).then((steps) => setState({ steps, error: null }), (error) => setState({ steps: [], error }));
  }, [row?.rev]);
  const { steps, error } = state;
  const now = row && turnSentence(row, { me: store.me.value.id, moment: Date.now() + store.skew.value });
  return html`<${Dialog} title=${t('why.of', { number: conversation })} onClose=${onClose} className="why">
    ${now && html`<p class="why-now"><${Icon} name="clock" size=${16} /><span>${now}</span></p>`}
    ${!steps && html`<p class="quiet" role="status">${t('list.loading')}</p>`}
    ${error && html`<p class="refusal" role="alert"><${Icon} name="alert" size=${16} />${errorText(error)}</p>`}
    ${steps && !error && !steps.length && html`<p class="quiet">${t('why.none')}</p>`}
    ${steps?.length > 0 && html`<ol class="why-steps">${steps.map((step, index) => html`<${Step} key=${index} step=${step} />`)}</ol>`}
  </${Dialog}>`;
}

function Step({ step }) {
  return html`<li><h3>${step.title} <time datetime=${step.at} title=${formatMoment(step.at)}>${formatTime(step.at)}</time></h3>
    <ul>${folded(step.told).map((each, index) => html`<${Part} key=${index} part=${each} />`)}</ul></li>`;
}

/** Sentences with those that stand deeper under them, where the first says that they changed nothing. */
export function folded(told) {
  const parts = [];
  for (const each of told) {
    const last = parts.at(-1);
    if (each.level > 0 && last && !last.told.mark) last.under.push(each);
    else parts.push({ told: each, under: [] });
  }
  return parts;
}

function Part({ part: { told, under } }) {
  if (!under.length) return html`<${Sentence} told=${told} />`;
  return html`<li class=${`level-${told.level}`}><details><summary>${told.text}</summary>
    <ul>${under.map((each, index) => html`<${Sentence} key=${index} told=${each} />`)}</ul></details></li>`;
}

function Sentence({ told }) {
  return html`<li class=${classes(`level-${told.level}`, told.mark)}>
    ${told.mark ? html`<${Icon} name=${MARKS[told.mark]} size=${14} /><span class="visually-hidden">${t(`why.${told.mark}`)}</span>` : html`<i aria-hidden="true"></i>`}
    <span>${told.text}</span></li>`;
}
