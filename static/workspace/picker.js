/** The list of reply templates that "/" at the start of the text opens. A template is put in, never sent. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../shared/i18n.js';
import { classes, html } from '../shared/ui.js';
import { fill, queryOf, search } from './templates.js';

const SHOWN = 50;

export function usePicker({ box, text, setText, thread, row, store, enabled }) {
  const [query, setQuery] = useState(null);
  const [at, setAt] = useState(0);
  const select = useRef(null);
  const isOpen = enabled && query !== null;
  const found = isOpen ? search(store.catalogue.value.templates, query, { line: row?.line ?? null, language: thread.card.value?.language ?? '' }).slice(0, SHOWN) : [];
  const chosen = found[Math.min(at, found.length - 1)];

  useLayoutEffect(() => {
    if (!select.current) return;
    box.current.setSelectionRange(...select.current);
    select.current = null;
  }, [text]);
  const close = () => setQuery(null);
  const look = (area) => {
    setQuery(queryOf(area.value, area.selectionStart));
    setAt(0);
  };
  const put = (template) => {
    const rest = text.startsWith('/') ? text.slice(query.length + 1) : text;
    const filled = fill(template.text, values(store, row));
    select.current = filled.blank ?? [filled.text.length, filled.text.length];
    setText(filled.text + rest);
    close();
    box.current.focus();
  };
  return {
    isOpen, found, chosen, put, look, close, setAt, values: values(store, row),
    open: () => { if (!text) setText('/'); setQuery(''); setAt(0); box.current.focus(); },
    onKey: (event) => isOpen && pickerKey(event, { found, at, setAt, chosen, put, close }),
    aria: isOpen ? { 'aria-controls': 'templates', 'aria-autocomplete': 'list', 'aria-activedescendant': chosen ? `template-${chosen.id}` : null } : {},
  };
}

/** What is known of this conversation; the rest stays a blank. */
function values(store, row) {
  return { customer_name: row?.customer_name ?? '', operator_name: store.me.value.name, bank: store.brand.value.name };
}

function pickerKey(event, { found, at, setAt, chosen, put, close }) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && found.length) setAt((at + step + found.length) % found.length);
  else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey && chosen) put(chosen);
  else if (event.key === 'Escape') close();
  else return false;
  event.preventDefault();
  event.stopPropagation();
  return true;
}

export function Picker({ picker }) {
  const list = useRef(null);
  const { isOpen, found, chosen } = picker;
  useLayoutEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen?.id]);
  if (!isOpen) return null;
  return html`<div class="picker">
    <ul class="picker-list" id="templates" role="listbox" aria-label=${t('composer.templates')} ref=${list}>
      ${found.map((template, index) => html`<li key=${template.id} id=${`template-${template.id}`} role="option" aria-selected=${String(template === chosen)}
        class=${classes(template === chosen && 'on')} onMouseMove=${() => picker.setAt(index)} onMouseDown=${(event) => { event.preventDefault(); picker.put(template); }}>
        <span class="shortcode">/${template.shortcut}</span><span class="picker-title">${template.title}</span>
        <span class="picker-folder">${template.personal ? t('template.personal') : template.folder}</span></li>`)}
      ${!found.length && html`<li class="picker-none" role="option" aria-selected="false" aria-disabled="true">${t('template.none')}</li>`}
    </ul>
    ${chosen && html`<div class="picker-preview" aria-hidden="true"><b>${chosen.title}</b><p>${fill(chosen.text, picker.values).text}</p><small>${t('template.hint')}</small></div>`}
  </div>`;
}
