/** What every component needs: the template tag, icons, and people's text with its links. */
import { h } from 'preact';
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

/** Letters for someone without a picture: "Anna Petrova" is "AP". */
export function initials(name) {
  const words = String(name || '').trim().split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join('') || '?';
}
