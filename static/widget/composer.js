/** Where the customer writes: text, files, a quote or an edit above it, and the form before the first words. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../shared/i18n.js';
import { classes, html, Icon, lazy } from '../shared/ui.js';
import { Promised } from './thread.js';

/** Fetched when first wanted: most chats ask nothing before, and send no file. */
let formLost = false;
const loadForm = () => import('./form.js').catch((error) => { formLost = true; throw error; });
const Form = lazy(loadForm, 'Form');
const outgoing = () => import('./files.js');
const Chips = lazy(outgoing, 'Chips');

const SHOW_COUNT_FROM = 0.8;
const TALLEST = 160;

export function Composer({ store, ui }) {
  const limits = store.welcome.value?.limits;
  const [changed, setChanged] = useState('');
  const [soon, setSoon] = useState(false);
  const [drawn, setDrawn] = useState(0);
  const box = useRef(null);
  const files = useUploads(store, ui);
  const editing = store.editing.value;
  const text = editing ? changed : store.text.value;
  const setText = (words) => (editing ? setChanged(words) : store.write(words));
  const tooLong = limits && [...text].length > limits.text;
  const empty = !text.trim() && (editing || !files.list.length);

  useLayoutEffect(() => fitHeight(box.current), [text]);
  useLayoutEffect(() => {
    if (editing) setChanged(editing.text);
  }, [editing]);
  useEffect(() => void Object.assign(ui, {
    focusComposer: () => box.current?.focus(),
    addFiles: files.add,
    write: (words) => store.send({ text: words, ...ui.form?.values() }),
  }));

  useEffect(() => {
    if (ui.focusSoon && !ui.choosing) box.current.focus();
  }, []);
  useLayoutEffect(() => {
    if (!soon || editing || files.busy || !limits || isUnasked(store, ui)) return;
    setSoon(false);
    send();
  }, [soon, editing, files.busy, limits, drawn]);

  const leave = () => { (editing ? store.editing : store.reply).value = null; };
  const send = () => {
    if (empty || tooLong) return;
    if (editing) return saveEdit({ store, ui, text: text.trim(), message: editing, done: leave });
    if (!limits || isUnasked(store, ui)) return setSoon(true);
    if (ui.form && !ui.form.check()) return;
    if (files.bad) return ui.fail({ text: t('files.bad') });
    if (files.busy) return setSoon(true);
    store.send({ text: text.trim(), files: files.take(), ...ui.form?.values() });
    store.write('');
    box.current.focus();
  };

  return html`<div class="composer-area">
    ${asksForm(store) && html`<${Form} store=${store} ui=${ui} onDrawn=${() => setDrawn(drawn + 1)} />`}
    <${Promised} text=${promiseHere(store, ui)} />
    <form class="composer" onSubmit=${(event) => { event.preventDefault(); send(); }}>
      <${About} store=${store} onLeave=${leave} />
      ${files.list.length > 0 && html`<${Chips} files=${files} />`}
      <div class="line">
        ${limits?.files && html`<${Attach} files=${files} />`}
        <textarea ref=${box} rows="1" value=${text} placeholder=${t('composer.placeholder')} aria-label=${t('composer.label')}
          aria-invalid=${tooLong ? 'true' : null} autocomplete="off" dir="auto" enterkeyhint="send"
          onInput=${(event) => { setText(event.target.value); store.tellTyping(); }}
          onKeyDown=${(event) => onKey(event, { send, leave, store, text, editing })}
          onPaste=${(event) => onPaste(event, files)}></textarea>
        <button type="submit" class="send" disabled=${empty || tooLong} aria-label=${t('composer.send')} title=${t('composer.send')}>
          <${Icon} name=${editing ? 'check' : 'send'} size=${22} /></button>
      </div>
      ${soon && files.busy && html`<p class="hint" role="status">${t('files.sendWhenDone')}</p>`}
      ${limits && [...text].length > limits.text * SHOW_COUNT_FROM && html`<p class=${classes('hint', tooLong && 'bad')} role="status">
        ${t(tooLong ? 'composer.tooLong' : 'composer.left', { count: Math.abs(limits.text - [...text].length) })}</p>`}
    </form>
  </div>`;
}

/** What is promised to who begins to write now, where the greeting does not say it before his eyes. */
function promiseHere(store, ui) {
  const { welcome: { value: welcome }, topic, conversation, messages, pending } = store;
  const goesOn = topic.value !== true && (topic.value || pending.value.length || (conversation.value?.state ?? 'closed') !== 'closed');
  if (!welcome || goesOn) return '';
  const { look, departments } = welcome;
  const chosen = asksForm(store) && departments.find(({ id }) => id === ui.department.value);
  const { promise } = chosen || look;
  return promise !== look.promise || messages.value.length ? promise : '';
}

/** The form comes before the first message of a conversation. */
function asksForm({ welcome, topic, current, pending }) {
  if (!welcome.value || !(topic.value === true || (!current.value && !pending.value.length))) return false;
  const { departments, form, who } = welcome.value;
  return departments.length > 1 || (form.ask.length > 0 && !who.verified && !current.value) || topic.value === true;
}

/** The form is on its way: what it asks belongs to the first words. */
const isUnasked = (store, ui) => asksForm(store) && !ui.form && !formLost;

function fitHeight(box) {
  box.style.height = 'auto';
  // Loaded before the chat is opened, the box has no height yet: it keeps that of one line.
  if (box.scrollHeight) box.style.height = `${Math.min(box.scrollHeight, TALLEST)}px`;
}

function saveEdit({ store, ui, text, message, done }) {
  if (text === message.text) return done();
  return store.edit(message, text).then(done, ui.fail);
}

/** On a touch screen Enter breaks the line, as its keyboards promise; composing letters never sends. */
function onKey(event, { send, leave, store, text, editing }) {
  if (event.isComposing) return;
  if (event.key === 'Enter' && !event.shiftKey && !matchMedia('(pointer: coarse)').matches) {
    event.preventDefault();
    send();
  } else if (event.key === 'Escape' && (editing || store.reply.value)) {
    event.stopPropagation();
    leave();
  } else if (event.key === 'ArrowUp' && !text && !editing) {
    editLast(event, store);
  }
}

function editLast(event, store) {
  const young = (message) => Date.now() - new Date(message.at) < store.welcome.value.limits.edit_seconds * 1000;
  const last = store.messages.value.findLast((message) => message.author.kind === 'customer');
  if (!last || last.pending || last.failed || last.deleted || !last.text || !young(last)) return;
  event.preventDefault();
  store.editing.value = last;
}

function onPaste(event, files) {
  const pasted = [...event.clipboardData.files];
  if (!pasted.length) return;
  event.preventDefault();
  files.add(pasted.map(named));
}

/** A pasted screenshot is always called image.png; the moment tells several apart. */
function named(file) {
  if (file.name && file.name !== 'image.png') return file;
  const moment = new Date().toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '-');
  return new File([file], `${t('files.screenshot')} ${moment}.png`, { type: file.type });
}

function Attach({ files }) {
  const input = useRef(null);
  return html`<button type="button" class="icon-button" aria-label=${t('files.attach')} title=${t('files.attach')} onClick=${() => input.current.click()}>
      <${Icon} name="clip" size=${22} /></button>
    <input ref=${input} type="file" multiple hidden aria-label=${t('files.attach')}
      onChange=${(event) => { files.add([...event.target.files]); event.target.value = ''; }} />`;
}

function About({ store, onLeave }) {
  const editing = store.editing.value;
  const about = editing ?? store.reply.value;
  if (!about) return null;
  return html`<div class="about"><${Icon} name=${editing ? 'edit' : 'reply'} size=${18} />
    <p><b>${t(editing ? 'composer.editing' : 'composer.replying')}</b><span>${about.text || t('quote.file')}</span></p>
    <button type="button" class="icon-button small" aria-label=${t('action.cancel')} onClick=${onLeave}><${Icon} name="close" size=${18} /></button>
  </div>`;
}

/** Files being sent and sent: each with its progress, its refusal or its id. */
function useUploads(store, ui) {
  const [list, setList] = useState([]);
  const change = (key, more) => setList((all) => all.map((item) => (item.key === key ? { ...item, ...more } : item)));
  const drop = (key) => setList((all) => all.filter((item) => item.key !== key));

  const add = async (chosen) => {
    try {
      const [{ refusal, start }] = await Promise.all([outgoing(), store.ready]);
      const { limits } = store.welcome.value;
      const reasons = [];
      for (const file of chosen) {
        const reason = refusal(file, limits);
        if (reason) reasons.push(reason);
        else start({ file, store, add: (item) => setList((all) => [...all, item]), change, drop });
      }
      if (reasons.length) ui.fail({ text: reasons.join(' ') });
    } catch {
      ui.fail({ code: 'offline' });
    }
  };
  return {
    list, add,
    bad: list.some((item) => item.error),
    busy: list.some((item) => !item.error && !item.stored),
    retry: (item) => { item.stop(); drop(item.key); add([item.file]); },
    cancel: (item) => { item.stop(); drop(item.key); },
    take() {
      setList([]);
      return list.map((item) => ({ ...item.stored, local: item.local }));
    },
  };
}
