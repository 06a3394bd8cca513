/** What is left of a conversation that one may not read any more: the words and files that were not sent. */
import { t } from '../shared/i18n.js';
import { html, Icon } from '../shared/ui.js';
import { lineLabel } from './list.js';
import { numbered } from './words.js';

/** What became of it, in words. @param {{conversation: number, line: number|null}} left */
export function goneText(store, { conversation, line }) {
  const known = store.linesById.value.get(line);
  return known ? t('gone.moved', { number: conversation, line: lineLabel(known) }) : t('gone.closed', { number: conversation });
}

/** A closed sheet in place of the thread. */
export function Lost({ thread, store, ui }) {
  const { id } = thread;
  const texts = [
    [t('row.draft'), store.drafts.of(id).value.text],
    [t('gone.edit'), thread.editing.value ? thread.editText.value : ''],
    ...store.unsentOf(id).map(({ frame }) => [t('gone.unsent'), frame.text]),
  ].filter(([, text]) => text.trim());
  return html`<div class="nothing lost">
    <${Icon} name="lock" size=${30} />
    <h1>${goneText(store, { conversation: id, line: thread.gone.value.line })}</h1>
    <p>${t('gone.explain')}</p>
    <ul>
      ${texts.map(([name, text]) => html`<li><p><b>${name}</b> ${text}</p>
        <button type="button" class="link" onClick=${() => ui.copy(text)}>${t('action.copy')}</button></li>`)}
      ${thread.tray.value.map(({ key, file }) => html`<li key=${key}><p><b>${t('gone.file')}</b> ${file.name}</p>
        <button type="button" class="link" onClick=${() => save(file)}>${t('action.save')}</button></li>`)}
    </ul>
    <div class="dialog-buttons"><button type="button" class="secondary" onClick=${() => store.discardKept(id)}>${t('gone.discard')}</button>
      <button type="button" class="primary" onClick=${ui.leaveThread}>${t('gone.later')}</button></div>
  </div>`;
}

/** Wherever the operator is, what is left stays one step away. */
export function Kept({ store, ui }) {
  const ids = store.lost.value.filter((id) => id !== store.threads.current.value);
  if (!ids.length) return null;
  return html`<div class="banner" role="status"><${Icon} name="lock" size=${18} /><p>${t('gone.kept')}</p>
    ${ids.map((id) => html`<button type="button" class="link" key=${id} onClick=${() => ui.open(id)}>${numbered(id)}</button>`)}</div>`;
}

/** The file goes back to where it came from: the operator's own disk. */
function save(file) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href));
}
