/** What the operator chooses for himself on this computer. */
import { t } from '../shared/i18n.js';
import { html } from '../shared/ui.js';
import { play, unlockSound } from './attention.js';
import { Dialog } from './parts.js';

export function Settings({ store, ui, onClose }) {
  const prefs = store.prefs.value.value;
  const set = (change) => store.prefs.set(change);
  return html`<${Dialog} title=${t('settings.title')} onClose=${onClose}>
    <div class="settings">
      <${Choice} name="theme" value=${prefs.theme} options=${['auto', 'light', 'dark']} onChange=${ui.setTheme} />
      <${Choice} name="language" value=${document.documentElement.lang} options=${['ru', 'en']} onChange=${ui.setLanguage} />
      <${Choice} name="density" value=${prefs.density} options=${['cosy', 'compact']} onChange=${(density) => set({ density })} />
      <${Choice} name="sendKey" value=${prefs.sendKey} options=${['enter', 'ctrl']} onChange=${(sendKey) => set({ sendKey })} />
      <${Choice} name="sort" value=${prefs.sort} options=${['steady', 'waiting']} onChange=${(sort) => { set({ sort }); store.rows.replaceAll(); }} />
      <fieldset class="setting"><legend>${t('settings.sounds')}</legend>
        ${Object.keys(prefs.sounds).map((kind) => html`<label class="check" key=${kind}><input type="checkbox" checked=${prefs.sounds[kind]} onChange=${(event) => {
          set({ sounds: { ...prefs.sounds, [kind]: event.target.checked } });
          unlockSound();
          if (event.target.checked) play(kind, prefs.volume);
        }} />${t(`settings.sound.${kind}`)}</label>`)}
        <label class="labelled"><span>${t('settings.volume')}</span><input type="range" min="0" max="1" step="0.1" value=${prefs.volume}
          onChange=${(event) => { set({ volume: Number(event.target.value) }); unlockSound(); play('message', Number(event.target.value)); }} /></label></fieldset>
      <fieldset class="setting"><legend>${t('settings.more')}</legend>
        <label class="check"><input type="checkbox" checked=${prefs.notify} onChange=${(event) => askToNotify(event.target, store, ui)} />${t('settings.notify')}</label>
        <label class="check"><input type="checkbox" checked=${prefs.byLine} onChange=${(event) => set({ byLine: event.target.checked })} />${t('settings.byLine')}</label>
        <label class="check"><input type="checkbox" checked=${prefs.shortcuts} onChange=${(event) => set({ shortcuts: event.target.checked })} />${t('settings.shortcuts')}</label></fieldset>
    </div></${Dialog}>`;
}

function Choice({ name, value, options, onChange }) {
  return html`<fieldset class="setting"><legend>${t(`settings.${name}`)}</legend>
    <div class="segmented">${options.map((option) => html`<button type="button" key=${option} aria-pressed=${String(option === value)} onClick=${() => onChange(option)}>${t(`settings.${name}.${option}`)}</button>`)}</div></fieldset>`;
}

async function askToNotify(box, store, ui) {
  const allowed = box.checked && globalThis.Notification && (await Notification.requestPermission()) === 'granted';
  if (box.checked && !allowed) ui.notice(t('settings.notifyRefused'), 'bad');
  box.checked = Boolean(allowed);
  store.prefs.set({ notify: Boolean(allowed) });
}
