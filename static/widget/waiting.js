/** Who waits: his place, how long it takes, what is offered instead, and the way into a messenger; and the form for a contact out of hours. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatWhen, t } from '../shared/i18n.js';
import { newClientId } from '../shared/socket.js';
import { classes, html, Icon } from '../shared/ui.js';
import { Departments } from './form.js';
import './more.js';

/** Which field a refusal of the server is about. */
const ABOUT = {
  phone_missing: 'phone', wrong_phone: 'phone', contact_missing: 'phone', wrong_email: 'email', question_missing: 'question',
};
const FIELDS = {
  name: { autocomplete: 'name', maxlength: 120 },
  phone: { type: 'tel', autocomplete: 'tel', maxlength: 32 },
  email: { type: 'email', autocomplete: 'email', maxlength: 200 },
  preferred: { maxlength: 80 },
  question: { maxlength: 4000 },
};

/** Between thread and composer while he waits; in place of the composer where a contact is asked for. */
export function Waiting({ store, ui, contact }) {
  if (contact) return html`<${OutOfHours} store=${store} ui=${ui} />`;
  return store.conversation.value.state === 'offline' ? html`<${Closed} store=${store} ui=${ui} />` : html`<${InLine} store=${store} ui=${ui} />`;
}

/** Written to a line that is closed now: when it answers, as far as the chat knows its hours. */
function Closed({ store, ui }) {
  const welcome = store.welcome.value;
  const line = welcome.departments.find(({ name }) => name === store.conversation.value.line) ?? welcome;
  const when = line.opens_at && formatWhen(line.opens_at);
  return html`<section class="in-line" aria-label=${t('line.label')}>
    <p class="in-line-told" role="status"><${Icon} name="clock" size=${18} /><span>${when ? t('line.opens', { when }) : t('line.closed')}</span></p>
    ${welcome.letters?.offered && html`<${Letters} letters=${welcome.letters} store=${store} ui=${ui} />`}</section>`;
}

/** He need not stay: the answer comes by letter as well, and where to he says here. */
function Letters({ letters: { to, own }, store, ui }) {
  const [changing, setChanging] = useState(false);
  const done = () => {
    setChanging(false);
    ui.focusComposer();
  };
  if (changing || !to) return html`<${Email} store=${store} ui=${ui} to=${to} onDone=${done} />`;
  const told = own || to.includes('@') ? t('letters.to', { to }) : t('letters.known');
  return html`<p class="in-line-told letters"><${Icon} name="check" size=${18} /><span>${told}
    ${own && html` <button type="button" class="link" onClick=${() => setChanging(true)}>${t('letters.change')}</button>`}</span></p>`;
}

function Email({ store, ui, to, onDone }) {
  const [value, setValue] = useState('');
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const root = useRef(null);
  const focus = () => root.current?.querySelector('input').focus();
  useEffect(() => {
    if (to) focus();
  }, []);
  const leave = async (email) => {
    setBusy(true);
    try {
      const { letters } = await store.socket.request({ type: 'leave_email', email });
      store.welcome.value = { ...store.welcome.value, letters };
      onDone();
    } catch (refusal) {
      setBusy(false);
      if (refusal.code !== 'wrong_email') return ui.fail(refusal);
      setError(refusal.text);
      focus();
    }
  };
  const send = (event) => {
    event.preventDefault();
    if (value.trim()) leave(value.trim());
    else focus();
  };
  const set = (_name, typed) => {
    setValue(typed);
    setError(null);
  };
  return html`<form class="contact letters" ref=${root} onSubmit=${send} noValidate>
    <p class="contact-ask">${t(to ? 'letters.another' : 'letters.ask')}</p>
    <${Field} name="email" value=${value} error=${error} set=${set} />
    <p class="letters-where">${t('letters.where')}</p>
    <div class="offers"><button type="submit" class="primary" disabled=${busy}>${t('letters.leave')}</button>
      ${to && html`<button type="button" class="secondary" disabled=${busy} onClick=${() => leave('')}>${t('letters.forget')}</button>
        <button type="button" class="secondary" onClick=${onDone}>${t('letters.keep')}</button>`}</div>
  </form>`;
}

function InLine({ store, ui }) {
  const [wanted, setWanted] = useState(null);
  const [way, setWay] = useState(null);
  const told = store.waiting.value;
  const back = () => {
    setWanted(null);
    setWay(null);
    ui.focusComposer();
  };
  const about = t('line.label');
  if (wanted) {
    return html`<section class="in-line" aria-label=${about}>
      <${Contact} store=${store} ui=${ui} wanted=${wanted} conversation=${told.conversation} onBack=${back} onDone=${ui.focusComposer} />
    </section>`;
  }
  if (way) return html`<section class="in-line" aria-label=${about}><${WayOn} key=${way.url} way=${way} onBack=${back} /></section>`;
  return html`<section class="in-line" aria-label=${about}>
    <p class="in-line-told" role="status"><${Icon} name="clock" size=${18} /><span>${[placeOf(told), timeOf(told)].filter(Boolean).join('. ')}</span></p>
    ${told.offers.length + told.messengers.length > 0 && html`<div class="offers">
      ${told.messengers.map((messenger) => html`<${Messenger} key=${messenger.channel} messenger=${messenger} told=${told} store=${store} ui=${ui} onWay=${setWay} />`)}
      ${told.offers.map((offer) => html`<button type="button" key=${offer} class="secondary" onClick=${() => setWanted(offer)}>${t(`line.offer.${offer}`)}</button>`)}</div>`}
  </section>`;
}

/** Asks for a link of his own and opens it; where the browser opens no window, the link stands there to be pressed. */
function Messenger({ messenger, told, store, ui, onWay }) {
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    try {
      const { url, seconds } = await store.socket.request({ type: 'continue_in', conversation: told.conversation, channel: messenger.channel });
      onWay({ url, seconds, name: messenger.name });
      window.open(url, '_blank', 'noopener');
    } catch (refusal) {
      setBusy(false);
      ui.fail(refusal);
    }
  };
  return html`<button type="button" class="secondary" disabled=${busy} onClick=${go}>${t('line.offer.messenger', { name: messenger.name })}</button>`;
}

function WayOn({ way, onBack }) {
  const link = useRef(null);
  useEffect(() => {
    link.current.focus();
    // A link that works no longer is offered no longer.
    const timer = setTimeout(onBack, way.seconds * 1000);
    return () => clearTimeout(timer);
  }, []);
  return html`<p class="in-line-told" role="status"><span>${t('messenger.opened', { name: way.name })}</span></p>
    <div class="offers"><a ref=${link} class="primary" href=${way.url} target="_blank" rel="noopener noreferrer">${t('messenger.open', { name: way.name })}</a>
      <button type="button" class="secondary" onClick=${onBack}>${t('contact.back')}</button></div>`;
}

function placeOf({ position }) {
  if (!position) return null;
  return position === 1 ? t('line.first') : t('line.ahead', { count: position - 1 });
}

/** Minutes, rounded outwards: what is told stays true. */
function timeOf({ low, high }) {
  if (high === null) return null;
  const [from, to] = [Math.floor(low / 60), Math.max(1, Math.ceil(high / 60))];
  return from ? t('line.wait', { low: from, count: to }) : t('line.soon', { count: to });
}

function OutOfHours({ store, ui }) {
  const [done, setDone] = useState(false);
  if (done) {
    return html`<section class="in-line"><p class="in-line-told" role="status"><${Icon} name="check" size=${18} />
      <span><b>${t('contact.done')}</b> ${t('contact.done.more')}</span></p>
      <div class="offers"><button type="button" class="secondary" onClick=${() => setDone(false)}>${t('contact.another')}</button></div></section>`;
  }
  return html`<section class="in-line"><${Contact} store=${store} ui=${ui} onDone=${() => setDone(true)} /></section>`;
}

/** A form of its own: what is missing or wrong is said beside its field, in the server's words. */
function Contact({ store, ui, wanted, conversation, onBack, onDone }) {
  const [wish, setWish] = useState(wanted ?? 'answer');
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  const root = useRef(null);
  // The same request however often it has to be sent.
  const id = useRef(newClientId());
  const { departments } = store.welcome.value;
  const department = ui.department.value || (departments.find((one) => one.open) ?? departments[0])?.id;
  const names = [!wanted && 'question', 'name', 'phone', 'email', wish === 'callback' && 'preferred'].filter(Boolean);
  // The question is what stands in the field of the chat, if another department is chosen.
  const values = { ...ui.typed.value, question: store.text.value };
  const set = (name, value) => {
    if (name === 'question') store.write(value);
    else ui.typed.value = { ...ui.typed.value, [name]: value };
    if (error?.name === name) setError(null);
  };
  const focus = (name) => root.current?.querySelector(`[name=${name}]`)?.focus();
  // In place of the composer the form is read from its top: nothing is scrolled past.
  const begin = () => root.current?.querySelector('[name=department]:checked, [name=question]')?.focus({ preventScroll: true });
  useEffect(() => {
    if (!wanted) ui.focusComposer = begin;
    if (wanted) focus(names[0]);
    else if (store.shown.value && !ui.choosing) begin();
  }, []);
  const send = async (event) => {
    event.preventDefault();
    setBusy(true);
    const typed = Object.fromEntries(names.map((name) => [name, (values[name] ?? '').trim()]));
    const where = conversation ? { conversation } : department ? { department } : {};
    try {
      await store.socket.request({ type: 'leave_contact', client_id: id.current, wanted: wish, ...where, ...typed });
      if (!wanted) store.write('');
      onDone?.();
    } catch (refusal) {
      const name = ABOUT[refusal.code];
      if (name) {
        setError({ name, text: refusal.text });
        focus(name);
      } else {
        ui.fail(refusal);
      }
    }
    setBusy(false);
  };
  return html`<form class="contact" ref=${root} onSubmit=${send} noValidate>
    <p class="contact-ask">${asked(wanted, departments, department)}</p>
    ${!wanted && departments.length > 1 && html`<${Departments} offered=${departments} chosen=${department} common=${store.welcome.value.look.promise} ui=${ui} />`}
    ${!wanted && html`<${Wish} wanted=${wish} choose=${setWish} />`}
    ${names.map((name) => html`<${Field} key=${name} name=${name} value=${values[name] ?? ''} error=${error?.name === name && error.text}
      optional=${isOptional(name, wish)} set=${set} />`)}
    <div class="offers"><button type="submit" class="primary" disabled=${busy}>${t('contact.send')}</button>
      ${onBack && html`<button type="button" class="secondary" onClick=${onBack}>${t('contact.back')}</button>`}</div>
  </form>`;
}

/** That this one is closed, where others are open. */
function asked(wanted, departments, chosen) {
  if (wanted) return t(`contact.instead.${wanted}`);
  if (!departments.some((one) => one.open)) return t('contact.ask');
  return t('contact.askThere', { name: departments.find(({ id }) => id === chosen).name });
}

/** Who is to be called leaves a number; otherwise either will do, and the server says so. */
function isOptional(name, wanted) {
  if (name === 'phone') return false;
  if (name === 'email') return wanted === 'callback';
  return name !== 'question';
}

function Wish({ wanted, choose }) {
  return html`<fieldset class="wish"><legend>${t('contact.how')}</legend>
    ${['answer', 'callback'].map((value) => html`<label key=${value} class=${classes('wish-one', wanted === value && 'on')}>
      <input type="radio" name="wanted" checked=${wanted === value} onChange=${() => choose(value)} />${t(`contact.${value}`)}</label>`)}
  </fieldset>`;
}

function Field({ name, value, error, optional, set }) {
  const id = `contact-${name}`;
  const given = {
    id, name, value, ...FIELDS[name], 'aria-invalid': error ? 'true' : null, 'aria-describedby': error ? `${id}-error` : null,
    onInput: (event) => set(name, event.target.value),
  };
  return html`<div class="field"><label for=${id}>${t(`contact.${name}`)}${optional && html` <span>${t('contact.optional')}</span>`}</label>
    ${name === 'question' ? html`<textarea rows="3" ...${given}></textarea>` : html`<input type="text" ...${given} />`}
    ${error && html`<p class="field-error" id=${`${id}-error`} role="alert">${error}</p>`}</div>`;
}
