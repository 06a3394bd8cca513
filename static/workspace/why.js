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
    <ul>${step.told.map((each, index) => html`<li key=${index} class=${classes(`level-${each.level}`, each.mark)}>
      ${each.mark ? html`<${Icon} name=${MARKS[each.mark]} size=${14} /><span class="visually-hidden">${t(`why.${each.mark}`)}</span>` : html`<i aria-hidden="true"></i>`}
      <span>${each.text}</span></li>`)}</ul></li>`;
}
