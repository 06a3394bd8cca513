/** Files on their way to the server: refused early, sent with progress, cancelled, tried again. */
import { formatSize, hasText, t } from '../shared/i18n.js';
import { FrameError } from '../shared/socket.js';

/** Kinds the server never takes: the rest it judges by their content. */
const NEVER = /\.(exe|dll|msi|bat|cmd|com|scr|ps1|vbs|jse?|mjs|jar|apk|sh|html?|xhtml|svgz?|xml|hta|lnk|iso)$/i;

let numbers = 0;

/** Why a file may not go, in words, or null. */
export function refusal(file, limit) {
  if (file.size === 0) return t('files.empty', { name: file.name });
  if (file.size > limit) return t('files.tooBig', { name: file.name, limit: formatSize(limit) });
  if (NEVER.test(file.name)) return t('files.kind', { name: file.name });
  return null;
}

export const fileUrl = (config, file, query = '') => `${config.urls.files}${file.id}/${query}`;

export const csrfToken = (config) =>
  document.cookie.split('; ').find((pair) => pair.startsWith(`${config.csrf_cookie}=`))?.split('=')[1] ?? '';

/** Sends one file; `onProgress` gets 0 to 1. Rejects with FrameError; `stop` of the result cancels. */
export function upload(file, config, onProgress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = () => reject(new FrameError('offline'));
    request.onabort = () => reject(new FrameError('cancelled'));
    request.onload = () => (request.status === 201 ? resolve(request.response) : reject(problem(request)));
  });
  const body = new FormData();
  body.append('file', file, file.name);
  request.open('POST', config.urls.files);
  request.responseType = 'json';
  request.setRequestHeader('X-CSRFToken', csrfToken(config));
  request.send(body);
  return { done, stop: () => request.abort() };
}

function problem(request) {
  const { code, text } = request.response ?? {};
  return new FrameError(code || (request.status === 413 ? 'too_big' : 'upload'), text);
}

/** The files being attached to one conversation's next message, kept when another is looked at. */
export class Tray {
  /** @param {{config: object, list: object, onRefused: (text: string) => void}} options list: a signal of items */
  constructor({ config, list, onRefused }) {
    Object.assign(this, { config, list, onRefused });
  }

  get busy() {
    return this.list.value.some((item) => !item.stored && !item.error);
  }

  add(files) {
    for (const file of files) {
      const reason = refusal(file, this.config.upload_bytes);
      if (reason) this.onRefused(reason);
      else this.#start(file);
    }
  }

  retry(item) {
    this.remove(item);
    this.#start(item.file);
  }

  remove(item) {
    item.stop();
    forget(item);
    this.list.value = this.list.value.filter((each) => each.key !== item.key);
  }

  /** Stored files, which now belong to a message; the tray is empty after it. */
  take() {
    const items = this.list.value;
    const stored = items.filter((item) => item.stored).map((item) => item.stored);
    items.forEach(forget);
    this.list.value = [];
    return stored;
  }

  #start(file) {
    const key = (numbers += 1);
    const { done, stop } = upload(file, this.config, (progress) => this.#change(key, { progress: Math.min(progress, 0.99) }));
    const local = file.type.startsWith('image/') ? URL.createObjectURL(file) : null;
    this.list.value = [...this.list.value, { key, file, local, stop, progress: 0, error: null, stored: null }];
    done.then(
      (stored) => this.#change(key, { stored, progress: 1 }),
      (error) => error.code !== 'cancelled' && this.#change(key, { error: error.text || wordsFor(error.code) }),
    );
  }

  #change(key, more) {
    this.list.value = this.list.value.map((item) => (item.key === key ? { ...item, ...more } : item));
  }
}

/** A picture's address holds its bytes in memory until it is revoked. */
function forget({ local }) {
  if (local) URL.revokeObjectURL(local);
}

const wordsFor = (code) => (hasText(`error.${code}`) ? t(`error.${code}`) : t('files.failed'));

/** A pasted screenshot is always called image.png; the moment tells several apart. */
export function named(file) {
  if (file.name && file.name !== 'image.png') return file;
  const moment = new Date().toISOString().slice(0, 19).replace('T', ' ').replaceAll(':', '-');
  return new File([file], `${t('files.screenshot')} ${moment}.png`, { type: file.type });
}
