/** Dialogs: each does one thing, says what it will do, and gives the focus back to the composer. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatWhen, t } from '../shared/i18n.js';
import { classes, html, Icon } from '../shared/ui.js';
import { fileUrl } from './files.js';
import { lineLabel } from './list.js';
import { Dialog, Face, Keys } from './parts.js';
import { Palette } from './palette.js';
import { Settings } from './settings.js';
import { Why } from './why.js';
import { keysOf, SHORTCUTS } from './shortcuts.js';
import { momentIn, snoozePresets } from './snooze.js';
import { errorText, formatUnits } from './words.js';

export function Dialogs({ store, ui }) {
  const ended = store.ended.value;
  if (ended) return html`<${Ended} reason=${ended} store=${store} />`;
  const open = ui.opened.value;
  if (!open) return null;
  const Part = PARTS[open.name];
  return html`<${Part} ...${open.props} store=${store} ui=${ui} onClose=${ui.closeDialog} />`;
}

/** Runs an action of a dialog: closes on success, shows a refusal in the dialog itself. */
function useAction(onClose) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(null);
  const run = async (action) => {
    setBusy(true);
    setError(null);
    try {
      await action();
      onClose();
    } catch (refusal) {
      setError(errorText(refusal));
      setBusy(false);
    }
  };
  return { busy, error, run };
}

const Refusal = ({ error }) => error && html`<p class="refusal" role="alert"><${Icon} name="alert" size=${16} />${error}</p>`;

// --- transfer -------------------------------------------------------------------------------------------------

function Transfer({ conversation, store, ui, onClose }) {
  const row = store.threads.get(conversation)?.row.value ?? store.rows.get(conversation);
  const draft = store.drafts.of(conversation).value.text;
  const [kind, setKind] = useState('line');
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(null);
  const [comment, setComment] = useState('');
  const [shown, setShown] = useState(false);
  const [colleagues, setColleagues] = useState(null);
  const [bots, setBots] = useState([]);
  const { busy, error, run } = useAction(onClose);
  useEffect(() => {
    store.colleagues().then(setColleagues, ui.fail);
    store.bots(conversation).then(setBots, ui.fail);
  }, []);
  // Only who holds it speaks to the customer.
  const maySay = row?.holder === store.me.value.id;
  const options = { line: () => linesFor(store, row, query), colleague: () => colleaguesFor(store, row, colleagues ?? [], query), bot: () => botsFor(bots, query) }[kind]();
  const turn = (next) => {
    setKind(next);
    setChosen(null);
  };
  // What a search has hidden is not sent to.
  const target = options.find(({ id, disabled }) => id === chosen && !disabled)?.id ?? null;
  const choices = useRef(null);
  const onKey = (event) => {
    const first = options.find(({ disabled }) => !disabled);
    if (!['ArrowDown', 'Enter'].includes(event.key) || event.isComposing || !first) return;
    event.preventDefault();
    setChosen(target ?? first.id);
    choices.current.querySelector(`[value="${target ?? first.id}"]`).focus();
  };
  const submit = (event) => {
    event.preventDefault();
    if (!target) return;
    run(() => ui.transfer(conversation, { [TARGETS[kind]]: target, comment: comment.trim(), shown: shown && maySay && comment.trim() !== '' }));
  };
  return html`<${Dialog} title=${t('transfer.title', { number: conversation })} onClose=${onClose} className="transfer">
    <form onSubmit=${submit}>
      <div class="segmented" role="group" aria-label=${t('transfer.to')}>
        ${['line', 'colleague', ...(bots.length ? ['bot'] : [])].map((each) => html`<button type="button" key=${each} aria-pressed=${String(kind === each)} onClick=${() => turn(each)}>${t(`transfer.${each}`)}</button>`)}</div>
      <input type="text" class="field" autofocus aria-label=${t('transfer.find')} placeholder=${t('transfer.find')} value=${query} onInput=${(event) => setQuery(event.target.value)} onKeyDown=${onKey} />
      <div class="choices" role="radiogroup" aria-label=${t(`transfer.${kind}`)} tabindex="0" ref=${choices}>
        ${kind === 'colleague' && !colleagues && html`<p class="quiet" role="status">${t('list.loading')}</p>`}
        ${options.map((option) => html`<label key=${option.id} class=${classes('choice', chosen === option.id && 'on', option.disabled && 'off')}>
          <input type="radio" name="target" value=${option.id} checked=${chosen === option.id} disabled=${option.disabled} onChange=${() => setChosen(option.id)} />
          ${option.body}</label>`)}
        ${!options.length && (kind !== 'colleague' || colleagues) && html`<p class="quiet">${t('transfer.none')}</p>`}
      </div>
      ${kind === 'colleague' && html`<p class="quiet">${t('transfer.asks')}</p>`}
      ${kind === 'bot' && html`<p class="quiet">${t(maySay ? 'transfer.botBack' : 'transfer.botLine')}</p>`}
      <label class="labelled"><span>${t('transfer.comment')} <small>${t(shown ? 'transfer.commentShown' : 'transfer.commentHint')}</small></span>
        <textarea rows="2" maxlength="2000" class=${shown ? '' : 'as-note'} value=${comment} onInput=${(event) => setComment(event.target.value)}></textarea></label>
      ${maySay && html`<label class="check"><input type="checkbox" checked=${shown} onChange=${(event) => setShown(event.target.checked)} />${t('transfer.shown')}</label>`}
      ${draft && !comment && html`<p class="quiet">${t('transfer.draft')} <button type="button" class="link" onClick=${() => setComment(draft)}>${t('transfer.useDraft')}</button></p>`}
      <${Refusal} error=${error} />
      <div class="dialog-buttons"><button type="button" class="secondary" onClick=${onClose}>${t('action.cancel')}</button>
        <button type="submit" class="primary" disabled=${!target || busy}>${t('transfer.do')}</button></div>
    </form></${Dialog}>`;
}

/** What the tabs are called in the frame. */
const TARGETS = { line: 'line', colleague: 'operator', bot: 'bot' };

const has = (query) => (text) => text.toLowerCase().includes(query.trim().toLowerCase());

function linesFor(store, row, query) {
  const load = new Map();
  for (const { line, counts } of store.rows.lines.value) load.set(line, (load.get(line) ?? 0) + (counts.queued ?? 0));
  return store.catalogue.value.lines.filter((line) => line.active && has(query)(lineLabel(line))).map((line) => ({
    id: line.id, disabled: row?.line === line.id && !['assigned', 'bot'].includes(row?.state),
    body: html`<span class="choice-words"><b>${lineLabel(line)}</b><small>${[
      line.id === row?.line && t('transfer.here'), line.outside && t('transfer.outside'), !line.open && t('line.closed'), load.get(line.id) > 0 && t('transfer.waiting', { count: load.get(line.id) }),
    ].filter(Boolean).join(' · ')}</small></span>`,
  }));
}

function colleaguesFor(store, row, colleagues, query) {
  const order = { online: 0, break: 1, offline: 2 };
  return colleagues.filter((each) => each.id !== row?.holder && [each.name, each.title, ...each.skills].some(has(query)))
    .sort((a, b) => order[a.state] - order[b.state] || a.load / a.capacity - b.load / b.capacity)
    .map((each) => {
      const lines = each.lines.map((id) => store.linesById.value.get(id)).filter(Boolean).map(lineLabel);
      const full = each.load >= each.capacity;
      return {
        id: each.id, disabled: each.state !== 'online' || full,
        body: html`<${Face} name=${each.name} seed=${each.id} /><span class="choice-words"><b>${each.name}</b> <span class="quiet">${each.title}</span>
          ${each.skills.length > 0 && html`<small class="skills" title=${each.skills.join(', ')}>${each.skills.join(', ')}</small>`}
          <small title=${lines.join(', ')}>${lines.join(', ')}</small></span>
          <span class=${classes('choice-load', full && 'full')}><i class=${`dot ${each.state}`}></i>${each.state === 'break' && each.reason ? each.reason : t(`presence.${each.state}`)}<b>${formatUnits(each.load)}/${each.capacity}</b></span>`,
      };
    });
}

const botsFor = (bots, query) => bots.filter((each) => has(query)(each.name)).map((each) => ({
  id: each.id,
  body: html`<span class="choice-words"><b>${each.name}</b><small>${t('transfer.botSeconds', { count: each.seconds })}</small></span>`,
}));

// --- snooze, return, close, delete ---------------------------------------------------------------------------------

function Snooze({ conversation, store, ui, onClose }) {
  const [own, setOwn] = useState('');
  const { busy, error, run } = useAction(onClose);
  const until = (moment) => run(() => ui.snooze(conversation, moment));
  return html`<${Dialog} title=${t('snooze.title')} onClose=${onClose} className="narrow">
    <p class="quiet">${t('snooze.explain')}</p>
    <div class="stacked">
      <button type="button" class="option" disabled=${busy} onClick=${() => until(null)}><${Icon} name="chat" size=${18} /><b>${t('snooze.untilWrites')}</b></button>
      ${snoozePresets(Date.now(), store.config.zone).map((each) => html`<button type="button" class="option" key=${each.key} disabled=${busy} onClick=${() => until(each.until)}>
        <${Icon} name="clock" size=${18} /><b>${t(`snooze.${each.key}`)}</b><small>${formatWhen(each.until)}</small></button>`)}
    </div>
    <form class="inline" onSubmit=${(event) => { event.preventDefault(); if (own) run(() => ui.snooze(conversation, momentIn(own, store.config.zone))); }}>
      <label class="labelled"><span>${t('snooze.own')}</span><input type="datetime-local" max="2099-12-31T23:59" value=${own} onInput=${(event) => setOwn(event.target.value)} /></label>
      <button type="submit" class="secondary" disabled=${!own || busy}>${t('snooze.do')}</button></form>
    <${Refusal} error=${error} />
  </${Dialog}>`;
}

function Return({ conversation, ui, onClose }) {
  const [comment, setComment] = useState('');
  const { busy, error, run } = useAction(onClose);
  return html`<${Dialog} title=${t('return.title')} onClose=${onClose} className="narrow">
    <form onSubmit=${(event) => { event.preventDefault(); run(() => ui.giveBack(conversation, comment.trim())); }}>
      <p class="quiet">${t('return.explain')}</p>
      <label class="labelled"><span>${t('transfer.comment')} <small>${t('transfer.commentHint')}</small></span>
        <textarea rows="2" maxlength="2000" autofocus value=${comment} onInput=${(event) => setComment(event.target.value)}></textarea></label>
      <${Refusal} error=${error} />
      <div class="dialog-buttons"><button type="button" class="secondary" onClick=${onClose}>${t('action.cancel')}</button>
        <button type="submit" class="primary" disabled=${busy}>${t('act.return')}</button></div>
    </form></${Dialog}>`;
}

function Sure({ title, text, yes, action, onClose, bad = false }) {
  const { busy, error, run } = useAction(onClose);
  return html`<${Dialog} title=${title} onClose=${onClose} className="narrow">
    <p>${text}</p><${Refusal} error=${error} />
    <div class="dialog-buttons"><button type="button" class="secondary" onClick=${onClose}>${t('action.cancel')}</button>
      <button type="button" class=${classes('primary', bad && 'bad')} autofocus disabled=${busy} onClick=${() => run(action)}>${yes}</button></div></${Dialog}>`;
}

const Close = ({ conversation, ui, onClose }) => html`<${Sure} title=${t('close.title')} text=${t('close.unanswered')} yes=${t('close.do')} onClose=${onClose} action=${() => ui.close(conversation)} />`;
const Delete = ({ message, store, onClose }) => html`<${Sure} title=${t('delete.title')} text=${t(message.kind === 'note' ? 'delete.note' : 'delete.text')} yes=${t('action.delete')} bad onClose=${onClose} action=${() => store.remove(message)} />`;

// --- the rest ------------------------------------------------------------------------------------------------------

function Locked({ row, store, onClose }) {
  const line = store.linesById.value.get(row.line);
  return html`<${Dialog} title=${t('locked.title', { number: row.id })} onClose=${onClose} className="narrow">
    <p>${t('locked.text', { line: lineLabel(line) })}</p>
    <div class="dialog-buttons"><button type="button" class="primary" onClick=${onClose}>${t('action.understood')}</button></div></${Dialog}>`;
}

function Help({ store, onClose }) {
  return html`<${Dialog} title=${t('help.title')} onClose=${onClose}>
    <dl class="shortcuts">
      ${SHORTCUTS.map(({ action }) => html`<dt key=${`${action}?`}>${t(`shortcut.${action}`)}</dt><dd key=${action}><${Keys} keys=${keysOf(action)} /></dd>`)}
      <dt>${t('shortcut.templates')}</dt><dd><${Keys} keys=${['/']} /></dd>
      <dt>${t('shortcut.send')}</dt><dd><${Keys} keys=${store.prefs.get('sendKey') === 'enter' ? ['Enter'] : ['Ctrl', 'Enter']} /></dd>
      <dt>${t('shortcut.newline')}</dt><dd><${Keys} keys=${['Shift', 'Enter']} /></dd>
      <dt>${t('shortcut.edit')}</dt><dd><${Keys} keys=${['↑']} /></dd>
      <dt>${t('shortcut.help')}</dt><dd><${Keys} keys=${['?']} /></dd>
    </dl>
    <label class="check"><input type="checkbox" checked=${store.prefs.get('shortcuts')} onChange=${(event) => store.prefs.set({ shortcuts: event.target.checked })} />${t('settings.shortcuts')}</label>
    <p class="quiet">${t('help.physical')}</p></${Dialog}>`;
}

function Picture({ file, store, onClose }) {
  return html`<${Dialog} title=${file.name} onClose=${onClose} className="picture-dialog">
    <img src=${fileUrl(store.config, file)} alt=${file.name} />
    <div class="dialog-buttons"><a class="secondary" href=${fileUrl(store.config, file)} download=${file.name}><${Icon} name="download" size=${18} />${t('files.download', { name: '' })}</a></div></${Dialog}>`;
}

/** The session is over: everything typed stays here until somebody signs in again. */
function Ended({ reason, store }) {
  const { sign_in: signIn, back } = store.config.urls;
  return html`<${Dialog} title=${t(`ended.${reason}`)} closable=${false} className="narrow" onClose=${() => undefined}>
    <p>${t(`ended.${reason}.text`)}</p>
    <div class="dialog-buttons">${reason === 'signed_out'
      ? html`<button type="button" class="secondary" onClick=${() => store.resume()}>${t('ended.again')}</button>
        <a class="primary" href=${`${signIn}?next=${encodeURIComponent(back)}`} target="_blank" rel="opener">${t('ended.signIn')}</a>`
      : html`<button type="button" class="primary" onClick=${() => location.reload()}>${t('ended.reload')}</button>`}</div></${Dialog}>`;
}

const PARTS = {
  transfer: Transfer, snooze: Snooze, return: Return, close: Close, delete: Delete, locked: Locked, help: Help,
  picture: Picture, palette: Palette, settings: Settings, why: Why,
};
