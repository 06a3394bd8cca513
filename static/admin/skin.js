/** The bank's colour on Django's admin, readable on its light and on its dark ground; names for its nameless parts. */
import { brandProperties } from '../shared/theme.js';

const root = document.documentElement;
const colour = document.querySelector('meta[name="brand-colour"]')?.content ?? '';
const system = matchMedia('(prefers-color-scheme: dark)');

function paint() {
  const chosen = root.dataset.theme;
  const dark = chosen === 'dark' || (chosen !== 'light' && system.matches);
  for (const [name, value] of Object.entries(brandProperties(colour, dark) ?? {})) {
    root.style.setProperty(name, value);
  }
}

paint();
system.addEventListener('change', paint);
new MutationObserver(paint).observe(root, { attributes: true, attributeFilter: ['data-theme'] });

/** Parts of Django's forms that carry no name a screen reader would say. */
function nameParts() {
  for (const mark of document.querySelectorAll('.help-tooltip[aria-label]:not([role])')) mark.setAttribute('role', 'img');
  const search = document.querySelector('#searchbar:not([aria-label])');
  search?.setAttribute('aria-label', search.form.querySelector('[type=submit]').value);
  for (const input of document.querySelectorAll('.form-row .vDateField:not([aria-labelledby]), .form-row .vTimeField:not([aria-labelledby])')) {
    const name = input.closest('.form-row').querySelector('label, legend');
    if (name) input.setAttribute('aria-labelledby', idOf(name, input.id));
  }
  for (const select of document.querySelectorAll('select.admin-autocomplete')) nameBox(select);
}

const idOf = (element, of) => (element.id ||= `name-of-${of}`);

/** The box that Django puts in place of a list too long to show. */
function nameBox(select) {
  const box = select.nextElementSibling?.querySelector('[role=combobox]');
  const column = /field-([\w-]+)/.exec(select.closest('td')?.className ?? '')?.[1];
  const heading = column && select.closest('table').querySelector(`th.column-${CSS.escape(column)}`);
  const name = document.querySelector(`label[for="${CSS.escape(select.id)}"]`) ?? heading;
  if (!box || !name || box.dataset.named) return;
  box.dataset.named = 'yes';
  const shown = box.querySelector('[role=textbox]');
  box.setAttribute('aria-labelledby', `${idOf(name, select.id)} ${shown?.id ?? ''}`.trim());
  shown?.setAttribute('aria-labelledby', name.id);
}

nameParts();
new MutationObserver(nameParts).observe(document.body, { childList: true, subtree: true });
