/** What is not needed at once, loaded when first wanted: search, topics, the question before closing, the rating. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatShort, t } from '../shared/i18n.js';
import { classes, html, Icon } from '../shared/ui.js';
import './more.js';

const SEARCH_AFTER = 350;
const SHORTEST = 2;

/** @param {{name: 'search'|'topics'|'close'}} props */
export function Panel({ name, store, ui, onClose }) {
  const root = useRef(null);
  const Body = { search: Search, topics: Topics, close: AskToClose }[name];
  useEffect(() => {
    (root.current.querySelector('[data-first]') ?? root.current).focus();
  }, [name]);
  const onKey = (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    onClose();
  };
  return html`<div class=${classes('panel', name === 'close' && 'small')} role="dialog" aria-modal="true" aria-labelledby="panel-title" tabindex="-1" ref=${root} onKeyDown=${onKey}>
    <header class="panel-head"><h2 id="panel-title">${t(`panel.${name}`)}</h2>
      <button type="button" class="icon-button" aria-label=${t('action.close')} onClick=${onClose}><${Icon} name="close" size=${22} /></button></header>
    <${Body} store=${store} ui=${ui} onClose=${onClose} />
  </div>`;
}

function Search({ store, ui, onClose }) {
  const [text, setText] = useState('');
  const [found, setFound] = useState(null);
  useEffect(() => {
    if (text.trim().length < SHORTEST) return setFound(null);
    let old = false;
    const timer = setTimeout(() => store.search(text.trim()).then(({ messages }) => !old && setFound(messages), ui.fail), SEARCH_AFTER);
    return () => { old = true; clearTimeout(timer); };
  }, [text]);
  const go = (message) => {
    onClose();
    store.openTopic(message.conversation);
    ui.jumpTo(message.id);
  };
  return html`<div class="panel-body">
    <label class="search-box"><${Icon} name="search" /><span class="visually-hidden">${t('search.label')}</span>
      <input data-first type="search" value=${text} placeholder=${t('search.label')} onInput=${(event) => setText(event.target.value)} /></label>
    <p class="panel-note" role="status">${found ? t('search.found', { count: found.length }) : t('search.hint')}</p>
    <ul class="results">${(found ?? []).map((message) => html`<li key=${message.id}>
      <button type="button" onClick=${() => go(message)}><span class="result-text">${marked(message.text, text)}</span>
        <small>${message.author.name || t(`author.${message.author.kind}`)} · ${formatShort(message.at)} · ${t('thread.number', { number: message.conversation })}</small></button></li>`)}</ul>
  </div>`;
}

const LEAD = 30;

/** The text around the words looked for, made visible; stems that the server found otherwise stay plain. */
function marked(text, words) {
  const at = text.toLowerCase().indexOf(words.trim().toLowerCase());
  if (at < 0) return text;
  const end = at + words.trim().length;
  const from = at > LEAD ? text.indexOf(' ', at - LEAD) + 1 : 0;
  return html`${from > 0 && '… '}${text.slice(from, at)}<mark>${text.slice(at, end)}</mark>${text.slice(end)}`;
}

function Topics({ store, ui, onClose }) {
  const all = [...store.conversations.value.values()].sort((one, other) => other.id - one.id);
  const go = (conversation) => {
    onClose();
    store.openTopic(conversation.id);
    const first = store.messages.value.find((message) => message.conversation === conversation.id);
    if (first) ui.jumpTo(first.id);
  };
  const create = () => {
    onClose();
    store.newTopic();
    ui.focusComposer();
  };
  return html`<div class="panel-body">
    <button type="button" data-first class="primary wide" onClick=${create}><${Icon} name="plus" /> ${t('topic.new')}</button>
    ${!all.length && html`<p class="panel-note">${t('topic.none')}</p>`}
    <ul class="results">${all.map((one) => html`<li key=${one.id}><button type="button" aria-current=${one.id === store.current.value ? 'true' : null} onClick=${() => go(one)}>
      <span class="result-text">${t('thread.number', { number: one.id })}${one.line ? ` · ${one.line}` : ''}</span>
      <small><span class=${classes('state', one.state !== 'closed' && 'on')}>${t(one.state === 'closed' ? 'topic.closed' : 'topic.open')}</span> · ${formatShort(one.opened_at)}</small></button></li>`)}</ul>
    ${store.more.value && html`<button type="button" class="link" onClick=${() => store.loadOlder().catch(ui.fail)}>${t('thread.older')}</button>`}
  </div>`;
}

function AskToClose({ store, ui, onClose }) {
  const act = () => store.close().then(onClose, (error) => { onClose(); ui.fail(error); });
  return html`<div class="panel-body"><p>${t('close.ask')}</p>
    <div class="buttons"><button type="button" class="primary" onClick=${act}>${t('close.yes')}</button>
      <button type="button" data-first class="secondary" onClick=${onClose}>${t('close.no')}</button></div></div>`;
}

const SCORES = [1, 2, 3, 4, 5];

/** A mark from 1 to 5 with a comment; may be changed until the next conversation. */
export function Rating({ conversation, store, ui }) {
  const given = conversation.rating;
  const [score, setScore] = useState(given?.score ?? 0);
  const [comment, setComment] = useState(given?.comment ?? '');
  const [changing, setChanging] = useState(!given);
  const [busy, setBusy] = useState(false);
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    await store.rate(conversation.id, score, comment.trim()).then(() => {
      setChanging(false);
      ui.focusComposer();
    }, ui.fail);
    setBusy(false);
  };
  if (!changing) return html`<${Thanks} score=${score} canChange=${conversation.can_rate} onChange=${() => setChanging(true)} />`;
  return html`<form class="rating" onSubmit=${send}>
    <fieldset><legend>${t('rating.ask')}</legend>
      <div class="stars">${SCORES.map((value) => html`<label key=${value} class=${classes('star', value <= score && 'on')} title=${t(`rating.${value}`)}>
        <input type="radio" name=${`score-${conversation.id}`} value=${value} checked=${value === score} onChange=${() => setScore(value)} />
        <${Icon} name=${value <= score ? 'star-full' : 'star'} size=${28} /><span class="visually-hidden">${t(`rating.${value}`)}</span></label>`)}</div>
    </fieldset>
    ${score > 0 && html`<p class="rating-word">${t(`rating.${score}`)}</p>
      <textarea rows="2" maxlength="2000" placeholder=${t('rating.comment')} aria-label=${t('rating.comment')} value=${comment}
        onInput=${(event) => setComment(event.target.value)}></textarea>
      <button type="submit" class="primary" disabled=${busy}>${t('rating.send')}</button>`}
  </form>`;
}

function Thanks({ score, canChange, onChange }) {
  return html`<div class="rating done"><p>${t('rating.thanks')}</p>
    <div class="stars" role="img" aria-label=${t(`rating.${score}`)}>${SCORES.map((value) => html`<span key=${value} class=${classes('star', value <= score && 'on')}>
      <${Icon} name=${value <= score ? 'star-full' : 'star'} size=${20} /></span>`)}</div>
    ${canChange && html`<button type="button" class="link" onClick=${onChange}>${t('rating.change')}</button>`}
  </div>`;
}
