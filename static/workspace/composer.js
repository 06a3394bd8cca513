/** Where the operator writes: an answer or a note, with templates, files, a quote or an edit above it. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatSize, t } from '../shared/i18n.js';
import { classes, html, Icon } from '../shared/ui.js';
import { named, Tray } from './files.js';
import { Picker, usePicker } from './picker.js';
import { keysOf } from './shortcuts.js';
import { nextBlank } from './templates.js';
import { closedReason } from './words.js';

const TALLEST = 260;
const SHOW_COUNT_FROM = 0.8;

export function Composer({ thread, row, store, ui }) {
  const box = useRef(null);
  const draft = store.drafts.of(thread.id);
  const { text: typed, note: wantsNote } = draft.value;
  const { text_limit: limit, accepts_files: takesFiles } = thread.abilities.value;
  const mayAnswer = store.allowed.answers(row, thread);
  const editing = thread.editing.value;
  const [noteOpen, setNoteOpen] = useState(false);
  const tray = useTray(thread, store, ui);
  // Whoever may take it may answer at once: sending takes it.
  const fromLine = !mayAnswer && store.allowed.answersFromLine(row, thread);
  const mayWrite = mayAnswer || fromLine;
  const note = editing ? editing.kind === 'note' : wantsNote || !mayWrite;
  const text = editing ? thread.editText.value : typed;
  const setText = (value) => (editing ? void (thread.editText.value = value) : store.drafts.set(thread.id, { text: value, note }));
  const picker = usePicker({ box, text, setText, thread, row, store, enabled: !editing });
  const isClosed = !mayWrite && !editing && !noteOpen && !(wantsNote && typed);
  const length = [...text].length;
  const empty = !text.trim() && !(tray.list.value.length && !editing);

  useLayoutEffect(() => fitHeight(box.current), [text, note, noteOpen, thread.ready.value]);
  useEffect(() => box.current?.focus(), [editing]);
  useEffect(() => { if (mayAnswer) box.current?.focus({ preventScroll: true }); }, [mayAnswer, thread.ready.value]);
  const stopEditing = () => thread.stopEditing();
  const send = () => {
    if (empty || length > limit) return undefined;
    if (editing) return saveEdit({ store, ui, message: editing, text: text.trim(), done: stopEditing });
    const blank = !note && nextBlank(text);
    if (blank) return ui.showBlank(box.current, blank);
    if (tray.busy) return ui.notice(t('files.wait'));
    if (tray.list.value.some((item) => item.error)) return ui.notice(t('files.fix'), 'bad');
    store.send(thread, { text: text.trim(), files: tray.take(), note, fromLine: fromLine && !note });
    return box.current?.focus();
  };
  const setNote = (next, { byKey = false } = {}) => switchNote({ next, byKey, note, typed, mayWrite, store, thread, ui, setNoteOpen, box });

  useEffect(() => Object.assign(ui, {
    focusComposer: () => box.current?.focus({ preventScroll: true }),
    addFiles: (files) => (isClosed ? ui.notice(t('files.notHere'), 'bad') : tray.add(files)),
    toggleNote: () => setNote(!note, { byKey: true }),
    write: (words) => { setText(words); box.current?.focus(); },
    attach: () => document.getElementById('attach')?.click(),
  }));

  if (!thread.ready.value) return html`<div class="composer waiting" aria-hidden="true"></div>`;
  if (isClosed) {
    return html`<${Closed} row=${row} typed=${typed} thread=${thread} store=${store} ui=${ui} onNote=${() => setNote(true)} />`;
  }
  return html`<form class=${classes('composer', note && 'note')} onSubmit=${(event) => { event.preventDefault(); send(); }}>
    ${fromLine && html`<${FromLine} row=${row} store=${store} ui=${ui} />`}
    <${Above} thread=${thread} onStop=${stopEditing} />
    <${Chips} tray=${tray} />
    <div class="composer-box">
      <${Picker} picker=${picker} />
      <textarea ref=${box} rows="1" value=${text} spellcheck="true" dir="auto" autocomplete="off" lang=${thread.card.value?.language || null}
        placeholder=${t(note ? 'composer.notePlaceholder' : fromLine ? 'composer.fromLine' : 'composer.placeholder')} aria-label=${t(note ? 'composer.noteLabel' : 'composer.label')}
        aria-invalid=${length > limit ? 'true' : null} ...${picker.aria}
        onInput=${(event) => { setText(event.target.value); picker.look(event.target); store.tellTyping(thread.id, note); }}
        onKeyDown=${(event) => onKey(event, { send, picker, thread, store, text, editing, stopEditing })}
        onPaste=${(event) => takesFiles && onPaste(event, tray)}></textarea>
      <${Tools} ...${{ editing, note, mayWrite, fromLine, takesFiles, tray, picker, store, length, limit, empty, setNote }} />
    </div>
  </form>`;
}

/** Who will read it, files, templates, how long it may be, and the button. */
function Tools({ editing, note, mayWrite, fromLine, takesFiles, tray, picker, store, length, limit, empty, setNote }) {
  const verb = t(editing ? 'action.save' : note ? 'composer.keepNote' : fromLine ? 'composer.takeAndSend' : 'composer.send');
  return html`<div class="composer-tools">
      ${!editing && html`<div class="modes" role="group" aria-label=${t('composer.mode')}>
        <button type="button" class=${classes('mode', !note && 'on')} aria-pressed=${String(!note)} disabled=${!mayWrite} onClick=${() => setNote(false)}>${t('composer.reply')}</button>
        <button type="button" class=${classes('mode', note && 'on')} aria-pressed=${String(note)} title=${`${t('note.name')} (${keysOf('note').join('+')})`} onClick=${() => setNote(true)}>
          <${Icon} name="note" size=${15} />${t('note.name')}</button></div>`}
      ${takesFiles && !editing && html`<${Attach} tray=${tray} />`}
      ${!editing && html`<button type="button" class="icon-button small" aria-label=${t('composer.templates')} title=${`${t('composer.templates')} (/)`} onClick=${picker.open}><${Icon} name="slash" size=${18} /></button>`}
      <span class="composer-hint">${length > limit * SHOW_COUNT_FROM
        ? html`<span class=${length > limit ? 'bad' : ''} role="status">${t(length > limit ? 'composer.tooLong' : 'composer.left', { count: Math.abs(limit - length) })}</span>`
        : t(store.prefs.get('sendKey') === 'enter' ? 'composer.hintEnter' : 'composer.hintCtrl')}</span>
      <button type="submit" class="send" disabled=${empty || length > limit} aria-label=${verb}>
        <${Icon} name=${editing ? 'check' : note ? 'note' : 'send'} size=${18} /><span>${verb}</span></button>
  </div>`;
}

/** A note never becomes an answer by a stray key: with words in it only the button switches. */
function switchNote({ next, byKey, note, typed, mayWrite, store, thread, ui, setNoteOpen, box }) {
  if (byKey && note && !next && typed.trim()) return ui.notice(t('note.stays'));
  if (!next && !mayWrite) return setNoteOpen(false);
  setNoteOpen(next);
  store.drafts.set(thread.id, { note: next, text: typed });
  return setTimeout(() => box.current?.focus());
}

/** The customer still waits: what is written here takes the conversation. */
function FromLine({ row, store, ui }) {
  return html`<div class="from-line"><p>${t(`fromLine.${row.state}`)}</p>
    <button type="button" class="secondary" onClick=${() => ui.act('accept')}>${t(store.offers.of(row.id) ? 'act.acceptOffer' : 'act.accept')}</button></div>`;
}

/** Why one cannot answer here, and what to do about it. */
function Closed({ row, typed, thread, store, ui, onNote }) {
  const actions = store.allowed.actionsFor(row, thread);
  const first = ['accept', 'take_over'].find((name) => actions.includes(name));
  return html`<div class="composer closed">
    ${typed && html`<p class="kept-draft"><b>${t('row.draft')}</b> ${typed} <button type="button" class="link" onClick=${() => ui.copy(typed)}>${t('action.copy')}</button></p>`}
    <div class="closed-line"><p>${closedReason(store, row, thread)}</p>
      ${!first && store.allowed.takesTurns(row) && html`<button type="button" class="primary" onClick=${ui.takeNext}>${t('takeNext.do')}</button>`}
      ${first && html`<button type="button" class="primary" onClick=${() => ui.act(first)}>${t(`act.${first}`)}</button>`}
      <button type="button" class="secondary" onClick=${onNote}><${Icon} name="note" size=${16} />${t('note.write')}</button></div>
  </div>`;
}

function saveEdit({ store, ui, message, text, done }) {
  if (text === message.text) return done();
  return store.edit(message, text).then(done, ui.fail);
}

function fitHeight(box) {
  if (!box) return;
  box.style.height = 'auto';
  box.style.height = `${Math.min(box.scrollHeight, TALLEST)}px`;
}

/** Composing letters never sends; Shift+Enter always breaks the line. */
function onKey(event, { send, picker, thread, store, text, editing, stopEditing }) {
  if (event.isComposing || event.keyCode === 229) return;
  if (picker.onKey(event)) return;
  if (event.key === 'Enter' && sends(event, store.prefs.get('sendKey'))) {
    event.preventDefault();
    send();
  } else if (event.key === 'Escape' && (editing || thread.reply.value)) {
    event.stopPropagation();
    if (editing) stopEditing();
    else thread.reply.value = null;
  } else if (event.key === 'ArrowUp' && !text && !editing && !event.altKey) {
    editLast(event, thread, store);
  }
}

function sends(event, sendKey) {
  if (event.shiftKey || event.altKey) return false;
  const withControl = event.ctrlKey || event.metaKey;
  return withControl || (sendKey === 'enter' && !matchMedia('(pointer: coarse)').matches);
}

function editLast(event, thread, store) {
  const me = store.me.value.id;
  const { may_answer: mayAnswer, can_edit: canEdit } = thread.abilities.value;
  const last = thread.findLast((message) => message.author.id === me && message.author.kind === 'operator' && message.kind !== 'system');
  if (!last?.text || last.deleted || !(last.kind === 'note' || (mayAnswer && canEdit))) return;
  event.preventDefault();
  thread.startEditing(last);
}

function onPaste(event, tray) {
  const pasted = [...event.clipboardData.files];
  if (!pasted.length) return;
  event.preventDefault();
  tray.add(pasted.map(named));
}

// --- files ------------------------------------------------------------------------------------------------

function useTray(thread, store, ui) {
  const tray = useRef(null);
  tray.current ??= new Tray({ config: store.config, list: thread.tray, onRefused: (text) => ui.notice(text, 'bad') });
  return tray.current;
}

function Attach({ tray }) {
  const input = useRef(null);
  return html`<button type="button" class="icon-button small" aria-label=${t('files.attach')} title=${`${t('files.attach')} (${keysOf('attach').join('+')})`} onClick=${() => input.current.click()}>
      <${Icon} name="clip" size=${18} /></button>
    <input ref=${input} id="attach" type="file" multiple hidden aria-label=${t('files.attach')}
      onChange=${(event) => { tray.add([...event.target.files]); event.target.value = ''; }} />`;
}

function Chips({ tray }) {
  const items = tray.list.value;
  if (!items.length) return null;
  return html`<ul class="chips" aria-label=${t('files.list')}>${items.map((item) => html`<li key=${item.key} class=${classes('file-chip', item.error && 'bad')}>
    ${item.local ? html`<img src=${item.local} alt="" />` : html`<${Icon} name="file" />`}
    <span class="chip-name"><b>${item.file.name}</b>
      ${item.error ? html`<span role="alert">${item.error}</span>` : html`<span>${item.stored ? formatSize(item.file.size) : `${Math.round(item.progress * 100)} %`}</span>`}
      ${!item.error && !item.stored && html`<progress max="1" value=${item.progress} aria-label=${t('files.progress', { name: item.file.name })}></progress>`}</span>
    ${item.error && html`<button type="button" class="icon-button small" aria-label=${t('action.retry')} onClick=${() => tray.retry(item)}><${Icon} name="retry" size=${16} /></button>`}
    <button type="button" class="icon-button small" aria-label=${t('files.remove', { name: item.file.name })} onClick=${() => tray.remove(item)}><${Icon} name="close" size=${16} /></button>
  </li>`)}</ul>`;
}

function Above({ thread, onStop }) {
  const editing = thread.editing.value;
  const about = editing ?? thread.reply.value;
  if (!about) return null;
  const stop = () => { if (editing) onStop(); else thread.reply.value = null; };
  return html`<div class="above"><${Icon} name=${editing ? 'edit' : 'reply'} size=${16} />
    <p><b>${t(editing ? 'composer.editing' : 'composer.replying')}</b><span>${about.text || t('quote.file')}</span></p>
    <button type="button" class="icon-button small" aria-label=${t('action.cancel')} onClick=${stop}><${Icon} name="close" size=${16} /></button></div>`;
}
