/** What every component needs: the template tag, icons, and people's text with its links. */
import { h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import htm from 'htm';

export const html = htm.bind(h);

let sprite = '';

/** Where the icon sprite is; empty when the page has it inside (`{% icon_sprite %}`). */
export function useSprite(url) {
  sprite = url;
}

/** An icon of static/shared/icons.svg; decorative, so the button around it carries the name. */
export function Icon({ name, size = 20 }) {
  return html`<svg class="icon" width=${size} height=${size} aria-hidden="true" focusable="false">
    <use href=${`${sprite}#i-${name}`} />
  </svg>`;
}

const LINK = /\bhttps?:\/\/[^\s<>"'«»]+/gi;
const TAIL = /[.,;:!?)\]}…]+$/;

/** Parts of a text: strings, and `{href}` where someone wrote an http(s) address. */
export function splitLinks(text) {
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const href = match[0].replace(TAIL, '');
    if (match.index > from) parts.push(text.slice(from, match.index));
    parts.push({ href });
    from = match.index + href.length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

/** People's text: never markup; only http(s) addresses become links, and they learn nothing of us. */
export function RichText({ text }) {
  return splitLinks(text).map((part) =>
    typeof part === 'string'
      ? part
      : html`<a href=${part.href} target="_blank" rel="noopener noreferrer nofollow ugc">${part.href}</a>`);
}

/** Class names from truthy parts. */
export const classes = (...names) => names.filter(Boolean).join(' ');

/** Where logos and faces are; they are public, unlike what people send each other. */
export const pictureUrl = (id) => (id ? `/widget/pictures/${id}/` : null);

/** A component whose module is fetched when it is first drawn. */
export function lazy(load, name) {
  return function Lazy(props) {
    const [module, setModule] = useState(null);
    useEffect(() => {
      load().then(setModule, () => undefined);
    }, []);
    return module && html`<${module[name]} ...${props} />`;
  };
}

/** Letters for someone without a picture: "Anna Petrova" is "AP". */
export function initials(name) {
  const words = String(name || '').trim().split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join('') || '?';
}

/** A button with a menu; an item is {icon, name, act, checked?, sure?}: `sure` is asked in its place before it acts. */
export function Menu({ items, label, className = '', small = false, alignEnd = false, icon = 'dots' }) {
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState(null);
  const root = useRef(null);
  const close = (refocus) => {
    setOpen(false);
    if (refocus) root.current?.querySelector('button').focus();
  };
  useEffect(() => {
    setAsked(null);
    if (!open) return undefined;
    root.current.querySelector('[role^=menuitem]')?.focus();
    const outside = (event) => root.current?.contains(event.target) || setOpen(false);
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);
  const choose = (item) => {
    if (item.sure && asked !== item.name) return setAsked(item.name);
    close(true);
    item.act();
  };
  return html`<div class=${classes('menu', className, open && 'open')} ref=${root} onKeyDown=${open ? (event) => menuKey(event, root.current, close) : null}>
    <button type="button" class=${classes('icon-button', small && 'small')} aria-haspopup="menu" aria-expanded=${String(open)}
      aria-label=${label} title=${label} onClick=${() => setOpen(!open)}><${Icon} name=${icon} size=${small ? 18 : 22} /></button>
    ${open && html`<ul class=${classes('menu-list', alignEnd && 'end')} role="menu" aria-label=${label}>
      ${items.map((item) => html`<li role="none" key=${item.name}>
        <button type="button" tabindex="-1" role=${item.checked === undefined ? 'menuitem' : 'menuitemcheckbox'}
          aria-checked=${item.checked === undefined ? null : String(item.checked)} aria-live=${item.sure && 'polite'} onClick=${() => choose(item)}>
          <${Icon} name=${item.icon} /> ${asked === item.name ? item.sure : item.name}</button></li>`)}
    </ul>`}
  </div>`;
}

function menuKey(event, root, close) {
  const items = [...root.querySelectorAll('[role^=menuitem]')];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items.at(to % items.length).focus();
  else if (event.key === 'Escape') close(true);
  else if (event.key === 'Tab') return close(false);
  else return undefined;
  event.preventDefault();
  event.stopPropagation();
  return undefined;
}
