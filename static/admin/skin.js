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

/** Steps that are not simply taken back ask first: a form names its question, a list its action and how many rows. */
function ask(words, yes, cancel) {
  const dialog = document.createElement('dialog');
  dialog.className = 'ask';
  const text = document.createElement('p');
  text.textContent = words;
  text.id = 'ask-text';
  dialog.setAttribute('aria-labelledby', text.id);
  const buttons = document.createElement('form');
  buttons.method = 'dialog';
  for (const [value, label, kind] of [['yes', yes, 'button'], ['', cancel, 'button quiet']]) {
    const button = document.createElement('button');
    Object.assign(button, { value, textContent: label, className: kind });
    buttons.append(button);
  }
  dialog.append(text, buttons);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener('close', () => { dialog.remove(); done(dialog.returnValue === 'yes'); });
  });
}

const agreed = new WeakSet();

/** The question of a form about to be sent by a button, or nothing. */
function questionOf(form, button) {
  if (form.dataset.confirm) return { words: form.dataset.confirm, ...form.dataset };
  const bar = button?.closest('.actions');
  const select = bar?.querySelector('select[name=action]');
  // Deletion has a page of its own; without an action or rows the server says what is missing.
  // What ends in three dots asks on a page of its own, as a deletion does.
  if (!select?.value || select.value === 'delete_selected' || select.selectedOptions[0].text.trim().endsWith('…')) return null;
  const across = form.querySelector('.select-across')?.value === '1';
  const chosen = form.querySelectorAll('.action-select:checked').length;
  if (!chosen) return null;
  const all = bar.querySelector('.action-counter')?.dataset.actionsIcnt ?? chosen;
  const count = across ? `${all}+` : chosen;
  const action = select.selectedOptions[0].textContent;
  const words = bar.dataset.confirmAction.replace('{action}', action).replace('{count}', String(count));
  return { words, yes: bar.dataset.yes, cancel: bar.dataset.cancel };
}

document.addEventListener('submit', async (event) => {
  const { target: form, submitter } = event;
  const question = agreed.has(form) ? null : questionOf(form, submitter);
  if (!question) return;
  event.preventDefault();
  if (!(await ask(question.words, question.yes, question.cancel))) return;
  agreed.add(form);
  form.requestSubmit(submitter);
  agreed.delete(form);
});
