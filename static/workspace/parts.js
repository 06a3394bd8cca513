/** Small parts that several screens of the workspace share. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../shared/i18n.js';
import { classes, html, Icon, initials } from '../shared/ui.js';

const CHANNEL_ICONS = { web: 'globe', app: 'phone' };
const HUES = 6;
const FOCUSABLE = 'button:not(:disabled), a[href], input:not(:disabled), textarea';

export const nameOf = (row) => row.customer_name || t('customer.unnamed');

export function ChannelIcon({ kind, size = 14 }) {
  return html`<${Icon} name=${CHANNEL_ICONS[kind] ?? 'chat'} size=${size} />`;
}

/** A person's face: initials on a quiet colour that stays the same for the same person. */
export function Face({ name, seed = 0, locked = false, className = '', children = null }) {
  return html`<span class=${classes('face', `hue-${Math.abs(seed) % HUES}`, locked && 'locked', className)} aria-hidden="true">
    ${locked ? html`<${Icon} name="lock" size=${18} />` : initials(name)}${children}</span>`;
}

export function TagChip({ tag, onRemove = null }) {
  return html`<span class="tag" style=${{ '--tag': tag.colour }}><i aria-hidden="true"></i>${tag.name}
    ${onRemove && html`<button type="button" aria-label=${t('tags.remove', { name: tag.name })} onClick=${onRemove}><${Icon} name="close" size=${12} /></button>`}</span>`;
}

/** Keys of a shortcut, for the eyes. */
export function Keys({ keys }) {
  return html`<span class="keys" aria-hidden="true">${keys.map((key) => html`<kbd key=${key}>${key}</kbd>`)}</span>`;
}

/** A modal dialog of the browser's own: it traps the focus and closes by Escape. */
export function Dialog({ title, onClose, className = '', closable = true, children }) {
  const box = useRef(null);
  // Before the next key press: what is typed after a shortcut belongs to the dialog.
  useLayoutEffect(() => {
    box.current.showModal();
    // The first thing to do, not the way out.
    (box.current.querySelector('[autofocus]') ?? box.current.querySelector(`.dialog-head ~ * :is(${FOCUSABLE}), .dialog-head ~ :is(${FOCUSABLE})`))?.focus();
    return () => box.current?.close();
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    if (closable) onClose();
  };
  return html`<dialog ref=${box} class=${classes('dialog', className)} aria-labelledby="dialog-title" onCancel=${cancel}
    onMouseDown=${(event) => closable && event.target === box.current && onClose()}>
    <div class="dialog-body">
      <header class="dialog-head"><h2 id="dialog-title">${title}</h2>
        ${closable && html`<button type="button" class="icon-button" aria-label=${t('action.close')} onClick=${onClose}><${Icon} name="close" /></button>`}</header>
      ${children}
    </div>
  </dialog>`;
}
