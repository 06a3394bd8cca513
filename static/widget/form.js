/** What is asked before the first words: the department, and who is writing. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatTime, formatWhen, t } from '../shared/i18n.js';
import { classes, html } from '../shared/ui.js';
import './more.js';

const FIELDS = {
  name: { type: 'text', autocomplete: 'name' },
  phone: { type: 'tel', autocomplete: 'tel', pattern: /^\+?[\d\s().-]{6,20}$/ },
  email: { type: 'email', autocomplete: 'email', pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/ },
};

/** Draws itself and offers `ui.form`: `values()` for the first message, `check()` before it leaves. */
export function Form({ store, ui, onDrawn }) {
  const values = ui.typed.value;
  const [errors, setErrors] = useState({});
  const { form, departments, who } = store.welcome.value;
  const ask = store.current.value || who.verified ? [] : form.ask;
  const offered = departments.length > 1 ? departments : [];
  // Nothing stands chosen: the bank's rules place who has not said where he belongs.
  const chosen = ui.department.value;

  const check = () => {
    const found = ask.map((name) => [name, fieldError(name, values[name], form.required)]).filter(([, error]) => error);
    setErrors(Object.fromEntries(found));
    if (found.length) document.getElementById(`form-${found[0][0]}`)?.focus();
    return !found.length;
  };
  useEffect(() => {
    ui.form = { check, values: () => filled(ask, values, chosen) };
    return () => { ui.form = null; };
  });
  useEffect(onDrawn, []);
  const set = (name, value) => {
    ui.typed.value = { ...values, [name]: value };
    setErrors({ ...errors, [name]: null });
  };
  return html`<div class="form">
    ${offered.length > 0 && html`<${Departments} offered=${offered} chosen=${chosen} common=${store.welcome.value.look.promise} ui=${ui} />`}
    ${ask.map((name) => html`<${Field} key=${name} name=${name} value=${values[name] ?? ''} error=${errors[name]} optional=${!form.required} set=${set} />`)}
    ${store.topic.value === true && html`<button type="button" class="link" onClick=${() => { store.topic.value = null; }}>${t('topic.cancel')}</button>`}
  </div>`;
}

/** Which of them: chosen once for the form before the chat and for the contact that a closed one asks for. ``common``: what all promise. */
export function Departments({ offered, chosen, common, ui }) {
  const root = useRef(null);
  useEffect(() => {
    // Another form took the place of the one in which he chose: he goes on where he was.
    const box = root.current;
    if (ui.choosing) box.querySelector('input:checked')?.focus();
    ui.choosing = false;
    return () => {
      const focused = document.activeElement;
      ui.choosing = focused === document.body || box.contains(focused);
    };
  }, []);
  return html`<fieldset class="departments" ref=${root}><legend>${t('form.department')}</legend>
    ${offered.map((one) => html`<label key=${one.id} class=${classes('department', chosen === one.id && 'on')}>
      <input type="radio" name="department" checked=${chosen === one.id} onChange=${() => { ui.department.value = one.id; }} />
      <span><b>${one.name}</b><small class=${one.open ? 'open' : ''}>${departmentNote(one)}</small>
        ${one.promise && one.promise !== common && html`<small>${one.promise}</small>`}</span></label>`)}
  </fieldset>`;
}

function filled(ask, values, department) {
  const form = Object.fromEntries(ask.map((name) => [name, (values[name] ?? '').trim()]).filter(([, value]) => value));
  return { ...(Object.keys(form).length && { form }), ...(department && { department }) };
}

function fieldError(name, value = '', required) {
  if (!value.trim()) return required ? t(`form.${name}.missing`) : null;
  const { pattern } = FIELDS[name];
  return pattern && !pattern.test(value.trim()) ? t(`form.${name}.wrong`) : null;
}

function departmentNote(department) {
  if (department.open) return department.notice || t('form.open');
  const { opens_at: opens, hours } = department;
  if (!opens) return [t('form.closed'), hours].filter(Boolean).join(' · ');
  const when = t('form.opens', { when: formatWhen(opens) });
  // Hours are the line's own. Where the customer's clock shows another time they would deny what was just said.
  return hours?.includes(formatTime(opens)) ? `${when} · ${hours}` : when;
}

function Field({ name, value, error, optional, set }) {
  const id = `form-${name}`;
  return html`<div class="field"><label for=${id}>${t(`form.${name}`)}${optional && html` <span>${t('form.optional')}</span>`}</label>
    <input id=${id} type=${FIELDS[name].type} autocomplete=${FIELDS[name].autocomplete} value=${value} maxlength="120"
      aria-invalid=${error ? 'true' : null} aria-describedby=${error ? `${id}-error` : null}
      onInput=${(event) => set(name, event.target.value)} />
    ${error && html`<p class="field-error" id=${`${id}-error`}>${error}</p>`}</div>`;
}
