/** One field for everything: conversations by number, name or words, and what can be done now. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatShort, t } from '../shared/i18n.js';
import { classes, html, Icon } from '../shared/ui.js';
import { ChannelIcon, Dialog, Keys, nameOf } from './parts.js';
import { keysOf, SHORTCUTS } from './shortcuts.js';
import { numbered } from './words.js';

const SEARCH_AFTER = 200;
const COMMANDS_SHOWN = 6;

export function Palette({ store, ui, onClose }) {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const { hits, busy } = useSearch(query, store, ui);
  const items = [...commands(query, store, ui), ...hits.map((hit) => ({ key: `h${hit.row.id}-${hit.message ?? ''}`, hit }))];
  const list = useRef(null);
  const go = (item) => {
    onClose();
    if (item.hit) ui.open(item.hit.row.id, item.hit.message && { id: item.hit.message, seq: item.hit.seq });
    else item.act();
  };
  useEffect(() => list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }), [at]);
  const onKey = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && items.length) setAt((at + step + items.length) % items.length);
    else if (event.key === 'Enter' && items[at]) go(items[at]);
    else return;
    event.preventDefault();
  };
  return html`<${Dialog} title=${t('palette.title')} onClose=${onClose} className="palette">
    <input type="text" class="field" autofocus role="combobox" aria-expanded="true" aria-controls="found" aria-autocomplete="list"
      aria-activedescendant=${items[at] ? `found-${at}` : null} aria-label=${t('palette.label')} placeholder=${t('palette.placeholder')} value=${query}
      onInput=${(event) => { setQuery(event.target.value); setAt(0); }} onKeyDown=${onKey} />
    <ul class="found-list" id="found" role="listbox" aria-label=${t('palette.title')} ref=${list}>
      ${items.map((item, index) => html`<li key=${item.key} id=${`found-${index}`} role="option" aria-selected=${String(index === at)} class=${classes(index === at && 'on')}
        onMouseMove=${() => setAt(index)} onClick=${() => go(item)}>${item.hit ? html`<${Hit} hit=${item.hit} />` : html`<${Command} item=${item} />`}</li>`)}
    </ul>
    <p class="quiet palette-state" role="status">${busy ? t('palette.searching') : query.trim().length > 1 && !items.length ? t('palette.none') : t('palette.hint')}</p>
  </${Dialog}>`;
}

function useSearch(query, store, ui) {
  const [state, setState] = useState({ hits: [], busy: false });
  useEffect(() => {
    const words = query.trim();
    if (words.length < 2 && !/^\d+$/.test(words)) return setState({ hits: [], busy: false });
    let gone = false;
    setState((each) => ({ ...each, busy: true }));
    const timer = setTimeout(() => {
      // A number of one digit is too short for a search, but a conversation may have it.
      const wanted = words.length < 2 ? `№${words}` : words;
      store.search(wanted).then((hits) => !gone && setState({ hits, busy: false }), (error) => {
        if (!gone) setState({ hits: [], busy: false });
        ui.fail(error);
      });
    }, SEARCH_AFTER);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [query]);
  return state;
}

function commands(query, store, ui) {
  const wanted = query.trim().toLowerCase();
  const row = store.threads.thread?.row.value;
  const allowed = store.allowed.actionsFor(row, store.threads.thread);
  const ofThread = ['accept', 'transfer', 'return', 'snooze', 'close'];
  const keyed = SHORTCUTS.filter(({ action }) => action !== 'palette' && (ofThread.includes(action) ? allowed.includes(action) : row || !['tags', 'note', 'attach', 'card', 'why'].includes(action)))
    .map(({ action }) => ({ key: action, name: t(`shortcut.${action}`), keys: keysOf(action), act: () => ui.run(action) }));
  const others = ['online', 'break', 'offline'].map((state) => ({ key: state, name: t('palette.presence', { state: t(`presence.${state}`) }), act: () => store.setPresence(state).catch(ui.fail) }));
  const rest = [{ key: 'settings', name: t('account.settings'), act: () => ui.dialog('settings') }, { key: 'help', name: t('top.help'), act: () => ui.dialog('help') }];
  return [...keyed, ...(store.me.value.operator ? others : []), ...rest].filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, wanted ? COMMANDS_SHOWN : 8);
}

const Command = ({ item }) => html`<${Icon} name="command" size=${16} /><span class="found-words">${item.name}</span>${item.keys && html`<${Keys} keys=${item.keys} />`}`;

function Hit({ hit }) {
  const { row, snippet } = hit;
  return html`<${ChannelIcon} kind=${row.channel} size=${16} /><span class="found-words"><b>${nameOf(row)}</b> <span class="number">${numbered(row.id)}</span><span class="found-snippet">${snippet}</span></span>
    <span class="quiet">${t(`state.${row.state}`)}</span><time>${formatShort(row.last_at ?? row.since)}</time>`;
}
