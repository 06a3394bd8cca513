/** Files in and out: checked before the upload, sent with progress, fetched with our own authority. Loaded when wanted. */
import { useEffect, useState } from 'preact/hooks';
import { formatSize, hasText, t } from '../shared/i18n.js';
import { FrameError } from '../shared/socket.js';
import { classes, html, Icon } from '../shared/ui.js';
import './more.js';

const previews = new Map();
/** Kinds the server never takes; it looks at the bytes and decides about all others. */
const NEVER = new Set(['svg', 'svgz', 'html', 'htm', 'xhtml', 'shtml', 'xml', 'js', 'mjs', 'exe', 'msi', 'bat', 'cmd', 'com', 'scr',
  'ps1', 'vbs', 'sh', 'jar', 'apk', 'ipa', 'dmg', 'iso', 'dll', 'lnk', 'heic', 'avif']);

/** Why a file may not go, in words, or null. */
export function refusal(file, limits) {
  if (!limits.files) return t('files.none');
  if (file.size === 0) return t('files.empty', { name: file.name });
  if (file.size > limits.file_bytes) return t('files.tooBig', { name: file.name, limit: formatSize(limits.file_bytes) });
  if (NEVER.has(extension(file.name))) return t('files.kind', { name: file.name });
  return null;
}

const extension = (name) => (name.includes('.') ? name.split('.').pop().toLowerCase() : '');

let uploads = 0;

/** Begins an upload and reports it: `add` the item, `change` it as it goes, `drop` it when cancelled. */
export function start({ file, store, add, change, drop }) {
  const key = (uploads += 1);
  const local = file.type.startsWith('image/') ? URL.createObjectURL(file) : null;
  const { done, stop } = upload(file, store, (progress) => change(key, { progress: Math.min(progress, 0.99) }));
  add({ key, file, local, stop: () => { stop(); URL.revokeObjectURL(local); }, progress: 0, error: null, stored: null });
  done.then(
    (stored) => change(key, { stored, progress: 1 }),
    (error) => (error.code === 'cancelled' ? drop(key) : change(key, { error: error.text || explained(error.code) })),
  );
}

const explained = (code) => (hasText(`error.${code}`) ? t(`error.${code}`) : t('files.failed'));

/** Sends one file; `onProgress` gets 0 to 1. Rejects with FrameError; `stop` of the result cancels. */
function upload(file, store, onProgress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new FrameError('offline'));
    request.onabort = () => reject(new FrameError('cancelled'));
    request.onload = () => (request.status === 201 ? resolve(request.response) : reject(problem(request)));
  });
  const body = new FormData();
  body.append('file', file, file.name);
  request.open('POST', store.config.files);
  request.responseType = 'json';
  request.setRequestHeader('Authorization', `Bearer ${store.token()}`);
  request.setRequestHeader('Accept-Language', document.documentElement.lang);
  request.send(body);
  return { done, stop: () => request.abort() };
}

function problem(request) {
  const { code, text } = request.response ?? {};
  return new FrameError(code || (request.status === 413 ? 'too_big' : 'unknown'), text);
}

async function fetchFile(file, store, variant = '') {
  const response = await fetch(`${store.config.files}${file.id}/${variant}`, {
    headers: { Authorization: `Bearer ${store.token()}` },
  });
  if (!response.ok) throw new FrameError(response.status === 404 ? 'file_gone' : 'offline');
  return URL.createObjectURL(await response.blob());
}

/** Address of a small picture, made once; null when it cannot be had now. */
function previewOf(file, store) {
  if (file.local) return Promise.resolve(file.local);
  if (!previews.has(file.id)) {
    previews.set(file.id, fetchFile(file, store, '?thumb=1').catch(() => {
      previews.delete(file.id);
      return null;
    }));
  }
  return previews.get(file.id);
}

/** Saves a file, or shows a picture in a tab of its own. */
async function openFile(file, store) {
  const url = await fetchFile(file, store);
  const link = document.createElement('a');
  link.href = url;
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The files of a message: pictures first. */
export function Attachments({ files, store, ui }) {
  const [pictures, others] = [true, false].map((wanted) => files.filter((file) => (file.kind === 'image') === wanted));
  return html`
    ${pictures.map((file) => html`<${Picture} key=${file.id} file=${file} store=${store} ui=${ui} />`)}
    ${others.map((file) => html`<${Document} key=${file.id} file=${file} store=${store} ui=${ui} />`)}`;
}

function Picture({ file, store, ui }) {
  const [preview, setPreview] = useState(null);
  useEffect(() => {
    let gone = false;
    previewOf(file, store).then((url) => !gone && setPreview(url));
    return () => { gone = true; };
  }, [file.id, file.state]);
  const ratio = file.width && file.height ? `${file.width} / ${file.height}` : '4 / 3';
  return html`<button type="button" class="picture" style=${{ aspectRatio: ratio, width: `${pictureWidth(file)}px` }}
    aria-label=${t('files.open', { name: file.name })} onClick=${() => open(file, store, ui)}>
    ${preview ? html`<img src=${preview} alt=${file.name} />` : html`<${Icon} name="image" size=${28} />`}</button>`;
}

const open = (file, store, ui) => openFile(file, store).catch(ui.fail);

/** Wide enough to see, never taller than 240 pixels: the box stands before the picture has come. */
function pictureWidth({ width, height }) {
  if (!width || !height) return 220;
  return Math.max(72, Math.round(Math.min(240, width, (240 * width) / height)));
}

function Document({ file, store, ui }) {
  const refused = file.state === 'infected' || file.state === 'failed';
  return html`<button type="button" class="document" disabled=${refused} onClick=${() => open(file, store, ui)}>
    <span class="document-icon"><${Icon} name=${refused ? 'alert' : 'file'} /></span>
    <span class="document-name"><b>${file.name}</b>
      <span>${refused ? t(`files.${file.state}`) : formatSize(file.size)}</span></span>
    <span class="visually-hidden">${t('files.download')}</span></button>`;
}

/** Files being attached, with their progress. */
export function Chips({ files }) {
  return html`<ul class="chips" aria-label=${t('files.list')}>${files.list.map((item) => html`<li key=${item.key} class=${classes('chip', item.error && 'bad')}>
    ${item.local ? html`<img src=${item.local} alt="" />` : html`<${Icon} name="file" />`}
    <span class="chip-name"><b>${item.file.name}</b>
      ${item.error
        ? html`<span role="alert">${item.error}</span>`
        : html`<span>${item.progress < 1 ? `${Math.round(item.progress * 100)} %` : formatSize(item.file.size)}</span>`}
      ${!item.error && item.progress < 1 && html`<progress max="1" value=${item.progress} aria-label=${t('files.progress', { name: item.file.name })} />`}
    </span>
    ${item.error && html`<button type="button" class="icon-button small" aria-label=${t('action.retry')} onClick=${() => files.retry(item)}><${Icon} name="retry" size=${18} /></button>`}
    <button type="button" class="icon-button small" aria-label=${t('files.remove', { name: item.file.name })} onClick=${() => files.cancel(item)}><${Icon} name="close" size=${18} /></button>
  </li>`)}</ul>`;
}
