/** What stands in a thread: bubbles with quotes, files and marks; notes; lines of what happened. */
import { useState } from 'preact/hooks';
import { useComputed } from '@preact/signals';
import { formatMoment, formatSize, formatTime, t } from '../shared/i18n.js';
import { classes, html, Icon, Menu, RichText } from '../shared/ui.js';
import { fileUrl } from './files.js';
import { Face } from './parts.js';
import { isOurs, markOf } from './timeline.js';
import { errorText, systemText } from './words.js';

const MARK_ICONS = { sending: 'clock', sent: 'check', delivered: 'checks', read: 'checks', failed: 'alert', uncertain: 'alert' };
const UNDELIVERED = new Set(['failed', 'uncertain']);
const WIDEST = 320;
const TALLEST = 260;

const CAME_TO_NOTHING = new Set(['letter_failed', 'letter_uncertain']);

export function SystemLine({ row, thread, store, ui }) {
  const message = thread.message(row.id)?.value;
  if (!message) return null;
  return html`<p class=${classes('system', message.staff_only && 'staff')} data-key=${row.key}>
    ${systemText(message)} <time datetime=${message.at} title=${formatMoment(message.at)}>${formatTime(message.at)}</time>
    ${CAME_TO_NOTHING.has(message.code) && html`<${LetterAgain} message=${message} thread=${thread} store=${store} ui=${ui} />`}</p>`;
}

/** Beside the last word about a letter: whether it goes again a person decides. */
function LetterAgain({ message, thread, store, ui }) {
  const [busy, setBusy] = useState(false);
  const last = thread.findLast(({ params }) => params?.letter === message.params.letter);
  if (last?.id !== message.id || !store.mayResendLetter(thread)) return null;
  const again = () => {
    setBusy(true);
    store.resendLetter(message.params.letter).catch(ui.fail).finally(() => setBusy(false));
  };
  return html`<button type="button" class="link" disabled=${busy} onClick=${again}>${t('action.sendAgain')}</button>`;
}

/** The customer's walk through the site: the last page, the others on demand. */
export function Pages({ row, thread }) {
  const [open, setOpen] = useState(false);
  const messages = row.ids.map((id) => thread.message(id)?.value).filter(Boolean);
  const shown = open ? messages : messages.slice(-1);
  return html`<div class="pages" data-key=${row.key}>
    ${shown.map((message) => html`<p key=${message.id}><${Icon} name="globe" size=${14} /><span title=${message.params.url}>${t('system.page', { page: message.params.title || message.params.url })}</span>
      <time datetime=${message.at} title=${formatMoment(message.at)}>${formatTime(message.at)}</time></p>`)}
    ${messages.length > 1 && html`<button type="button" class="link" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>
      ${open ? t('pages.fewer') : t('pages.more', { count: messages.length - 1 })}</button>`}
  </div>`;
}

export function Bubble({ row, thread, store, ui }) {
  const message = thread.message(row.id)?.value ?? thread.unsent(row.id);
  const mark = useComputed(() => {
    const current = thread.message(row.id)?.value ?? thread.unsent(row.id);
    return current && markOf(current, thread.marks.value);
  });
  if (!message) return null;
  const { author, kind } = message;
  const own = isOurs(message);
  const me = author.kind === 'operator' && author.id === store.me.value.id;
  const images = message.files.filter((file) => file.kind === 'image');
  return html`<article class=${classes('message', own ? 'ours' : 'theirs', kind === 'note' && 'note', row.first && 'first', row.last && 'last')}
    data-key=${row.key} data-message=${message.id} aria-label=${spoken(message)}>
    ${!own && html`<span class="face-place">${row.last && html`<${Face} name=${customerName(thread)} seed=${thread.row.value?.customer ?? 0} />`}</span>`}
    <div class="stack">
      ${row.first && (own || kind === 'note') && html`<p class="author">${kind === 'note' && html`<${Icon} name="note" size=${13} />`}${me ? t('row.you') : author.name || t(`author.${author.kind}`)}${kind === 'note' ? ` · ${t('note.name')}` : ''}</p>`}
      <div class=${classes('bubble', message.failed && 'failed', message.deleted && 'deleted', !message.text && images.length && 'bare')}>
        <${Body} message=${message} images=${images} store=${store} ui=${ui} />
        <${Foot} message=${message} mark=${mark.value} />
      </div>
      ${message.failed && html`<${Failure} message=${message} store=${store} ui=${ui} />`}
      ${UNDELIVERED.has(message.delivery) && html`<${Undelivered} message=${message} thread=${thread} store=${store} ui=${ui} />`}
    </div>
    ${!message.deleted && !message.pending && !message.failed && html`<${Actions} message=${message} me=${me} thread=${thread} ui=${ui} />`}
  </article>`;
}

const customerName = (thread) => thread.row.value?.customer_name || t('customer.unnamed');
const spoken = ({ author, at, kind }) => `${kind === 'note' ? `${t('note.name')}, ` : ''}${author.name || t(`author.${author.kind}`)}, ${formatTime(at)}`;

function Body({ message, images, store, ui }) {
  if (message.deleted) return html`<p class="words">${t('message.deleted')}</p>`;
  const others = message.files.filter((file) => file.kind !== 'image');
  return html`
    ${message.reply_to && html`<${Quote} quote=${message.reply_to} onClick=${() => ui.jumpTo(message.reply_to)} />`}
    ${images.length > 0 && html`<div class=${classes('pictures', images.length > 1 && 'many')}>${images.map((file) => html`<${Picture} key=${file.id + file.state} file=${file} store=${store} ui=${ui} />`)}</div>`}
    ${others.map((file) => html`<${Document} key=${file.id} file=${file} store=${store} />`)}
    ${message.text && html`<p class="words" dir="auto"><${RichText} text=${message.text} /></p>`}`;
}

function Quote({ quote, onClick }) {
  const author = t(`author.${quote.author}`);
  return html`<button type="button" class="quote" onClick=${onClick} aria-label=${t('quote.goto', { author })}>
    <b>${author}</b><span>${quote.text || t('quote.file')}</span></button>`;
}

function Foot({ message, mark }) {
  return html`<p class="foot">
    ${message.edited_at && !message.deleted && html`<span title=${formatMoment(message.edited_at)}>${t('message.edited')}</span>`}
    <time datetime=${message.at} title=${formatMoment(message.at)}>${formatTime(message.at)}</time>
    ${mark && html`<span class=${`mark ${mark}`} title=${t(`mark.${mark}`)} data-mark=${mark}><${Icon} name=${MARK_ICONS[mark]} size=${15} />
      <span class="visually-hidden">${t(`mark.${mark}`)}</span></span>`}
  </p>`;
}

function Failure({ message, store, ui }) {
  return html`<div class="failure" role="alert"><p>${errorText(message.failed)}</p>
    <button type="button" onClick=${() => store.retry(message.client_id)}>${t('action.retry')}</button>
    <button type="button" onClick=${() => ui.copy(message.text)}>${t('action.copy')}</button>
    <button type="button" onClick=${() => store.discard(message.client_id)}>${t('action.delete')}</button>
  </div>`;
}

/** The provider refused it, or may have taken it and did not say: whether it goes again a person decides. */
function Undelivered({ message, thread, store, ui }) {
  const [busy, setBusy] = useState(false);
  const again = () => {
    setBusy(true);
    store.sendAgain(message).catch(ui.fail).finally(() => setBusy(false));
  };
  return html`<div class="failure" role="alert"><p>${t(`delivery.${message.delivery}`)}${message.delivery_error && html` <span>${message.delivery_error}</span>`}</p>
    ${store.maySendAgain(thread) && html`<button type="button" disabled=${busy} onClick=${again}>${t('action.sendAgain')}</button>`}
    ${message.text && html`<button type="button" onClick=${() => ui.copy(message.text)}>${t('action.copy')}</button>`}
  </div>`;
}

function Picture({ file, store, ui }) {
  const [broken, setBroken] = useState(false);
  const { width, height } = sizeOf(file);
  const refused = isRefused(file);
  if (refused || broken) return html`<${Document} file=${file} store=${store} />`;
  return html`<button type="button" class="picture" style=${{ width: `${width}px`, aspectRatio: `${width} / ${height}` }}
    aria-label=${t('files.show', { name: file.name })} onClick=${() => ui.dialog('picture', { file })}>
    <img src=${fileUrl(store.config, file, '?thumb=1')} alt=${file.name} loading="lazy" onError=${() => setBroken(true)} /></button>`;
}

/** The box of a picture stands before the picture has come. */
function sizeOf({ width, height }) {
  if (!width || !height) return { width: 220, height: 165 };
  const scale = Math.min(1, WIDEST / width, TALLEST / height);
  return { width: Math.max(64, Math.round(width * scale)), height: Math.max(48, Math.round(height * scale)) };
}

const isRefused = (file) => ['infected', 'failed', 'received', 'scanning'].includes(file.state);

function Document({ file, store }) {
  const refused = isRefused(file);
  const name = html`<span class="document-icon"><${Icon} name=${refused ? 'alert' : 'file'} /></span>
    <span class="document-name"><b>${file.name}</b><span>${refused ? t(`files.${file.state}`) : formatSize(file.size)}</span></span>`;
  if (refused) return html`<span class="document">${name}</span>`;
  return html`<a class="document" href=${fileUrl(store.config, file)} download=${file.name} aria-label=${t('files.download', { name: file.name })}>${name}<${Icon} name="download" size=${18} /></a>`;
}

function Actions({ message, me, thread, ui }) {
  const { may_answer: mayAnswer, can_edit: canEdit } = thread.abilities.value;
  const isNote = message.kind === 'note';
  const mayChange = me && (isNote || (mayAnswer && canEdit));
  const items = [
    { icon: 'reply', name: t('action.reply'), act: () => { thread.reply.value = message; ui.focusComposer(); } },
    message.text && { icon: 'copy', name: t('action.copy'), act: () => ui.copy(message.text) },
    mayChange && message.text && { icon: 'edit', name: t('action.edit'), act: () => { thread.startEditing(message); ui.focusComposer(); } },
    mayChange && { icon: 'trash', name: t('action.delete'), act: () => ui.dialog('delete', { message }) },
  ].filter(Boolean);
  return html`<${Menu} className="message-actions" label=${t('message.actions')} items=${items} small />`;
}
