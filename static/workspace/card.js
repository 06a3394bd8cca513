/** The right column: who the customer is, where he is now, what he wrote before. */
import { useEffect, useState } from 'preact/hooks';
import { formatDay, formatMoment, formatShort, formatTime, hasText, t } from '../shared/i18n.js';
import { classes, html, Icon } from '../shared/ui.js';
import { now } from './clock.js';
import { lineLabel } from './list.js';
import { ChannelIcon, Face, nameOf, TagChip } from './parts.js';
import { browserName, numbered } from './words.js';

export function Card({ store, ui }) {
  const { thread } = store.threads;
  const row = thread?.row.value;
  const arrived = thread?.arrived.value;
  const refresh = () => {
    if (thread?.ready.value && store.connection.value.name === 'online') store.fetchCard(thread).catch(() => undefined);
  };
  // Who he is may change with each move of the conversation, and with what he may be asked.
  useEffect(refresh, [thread, thread?.ready.value, row?.holder, row?.state, store.connection.value.name]);
  // Where he is, with each page he opens.
  useEffect(() => {
    if (arrived?.code === 'page') refresh();
  }, [arrived]);
  if (!thread || !row) return null;
  const card = thread.card.value;
  return html`<aside class="card" aria-label=${t('card.label')}>
    <div class="card-scroll" tabindex="0" role="region" aria-label=${t('card.label')}>
      <section class="card-head"><${Face} name=${nameOf(row)} seed=${row.customer ?? 0} className="large" />
        <div><h2>${nameOf(row)}</h2>
        ${card && html`<p class=${card.online ? 'is-online' : ''}><i class=${classes('dot', card.online ? 'online' : 'offline')}></i>${t(card.online ? 'customer.online' : 'customer.away')}</p>`}</div>
        <button type="button" class="icon-button only-narrow" aria-label=${t('action.close')} onClick=${ui.toggleCard}><${Icon} name="close" /></button>
      </section>
      <${Tags} row=${row} store=${store} ui=${ui} />
      ${card && html`<${Contacts} card=${card} ui=${ui} /><${Now} card=${card} /><${Attributes} card=${card} ui=${ui} /><${Past} card=${card} store=${store} ui=${ui} />`}
    </div>
  </aside>`;
}

function Part({ title, children }) {
  return html`<section class="part"><h3>${title}</h3>${children}</section>`;
}

function Tags({ row, store, ui }) {
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState('');
  const tags = row.tags.map((id) => store.tagsById.value.get(id)).filter(Boolean);
  const offered = store.catalogue.value.tags.filter((tag) => tag.active && !row.tags.includes(tag.id) && tag.name.toLowerCase().includes(query.trim().toLowerCase()));
  const change = (ids) => store.setTags(row.id, ids).catch(ui.fail);
  const add = (tag) => {
    change([...row.tags, tag.id]);
    setQuery('');
  };
  useEffect(() => { ui.editTags = () => setOpen(true); });
  const close = () => {
    setOpen(false);
    ui.focusComposer();
  };
  const onKey = (event) => {
    if (event.key === 'Enter' && offered[0]) add(offered[0]);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<${Part} title=${t('card.tags')}>
    <div class="tags">${tags.map((tag) => html`<${TagChip} key=${tag.id} tag=${tag} onRemove=${() => change(row.tags.filter((id) => id !== tag.id))} />`)}
      <button type="button" class="add-tag" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}><${Icon} name="plus" size=${14} />${t('tags.add')}</button></div>
    ${open && html`<div class="tag-editor" onKeyDown=${onKey}>
      <input type="text" aria-label=${t('tags.find')} placeholder=${t('tags.find')} value=${query} onInput=${(event) => setQuery(event.target.value)} ref=${(box) => box && !box.dataset.met && (box.dataset.met = '1', box.focus())} />
      <div class="tags">${offered.map((tag) => html`<button type="button" class="tag-choice" key=${tag.id} onClick=${() => add(tag)}><${TagChip} tag=${tag} /></button>`)}
        ${!offered.length && html`<p class="quiet">${t('tags.none')}</p>`}</div></div>`}
  </${Part}>`;
}

function Contacts({ card, ui }) {
  const { personal } = card;
  return html`<${Part} title=${t('card.contacts')}>
    <ul class="facts">
      ${card.identities.map((each) => html`<li key=${each.id} class=${each.current ? 'current' : ''}>
        <${ChannelIcon} kind=${each.kind} size=${16} />
        <span><b>${each.channel}</b>${each.name && html`<span class="quiet"> ${each.name}</span>`}
          <small class=${classes('verification', each.verification)}><${Icon} name=${each.verification === 'signed' ? 'shield' : 'user'} size=${12} />${verification(each.verification)}${each.current ? ` · ${t('card.current')}` : ''}</small></span></li>`)}
      ${personal?.phone && html`<${Fact} icon="phone" name=${t('card.phone')} value=${personal.phone} ui=${ui} />`}
      ${personal?.email && html`<${Fact} icon="mail" name=${t('card.email')} value=${personal.email} ui=${ui} />`}
      ${personal?.bank_id && html`<${Fact} icon="id" name=${t('card.bankId')} value=${personal.bank_id} ui=${ui} />`}
    </ul>
    ${!personal && html`<p class="quiet locked-note"><${Icon} name="lock" size=${14} />${t('card.noPersonal')}</p>`}
  </${Part}>`;
}

const verification = (level) => (hasText(`verification.${level}`) ? t(`verification.${level}`) : level);

/** A value that a click copies. */
function Fact({ icon, name, value, ui }) {
  return html`<li><${Icon} name=${icon} size=${16} /><button type="button" class="fact" title=${t('action.copy')} onClick=${() => ui.copy(value)}>
    <small>${name}</small><span>${value}</span></button></li>`;
}

function Now({ card }) {
  const place = card.personal?.surroundings;
  if (!place) return null;
  return html`<${Part} title=${t('card.now')}>
    <dl class="pairs">
      ${place.page_url && html`<dt>${t('card.page')}</dt><dd><a href=${safeUrl(place.page_url)} target="_blank" rel="noopener noreferrer nofollow" title=${place.page_url}>${place.page_title || place.page_url}</a></dd>`}
      ${place.browser && html`<dt>${t('card.browser')}</dt><dd title=${place.browser}>${browserName(place.browser)}</dd>`}
      ${place.time_zone && html`<dt>${t('card.localTime')}</dt><dd>${localTime(place.time_zone)} <span class="quiet">${place.time_zone}</span></dd>`}
      ${place.language && html`<dt>${t('card.language')}</dt><dd>${languageName(place.language)}</dd>`}
      ${place.address && html`<dt>${t('card.address')}</dt><dd>${place.address}</dd>`}
      ${place.seen_at && html`<dt>${t('card.seen')}</dt><dd title=${formatMoment(place.seen_at)}>${formatShort(place.seen_at)}</dd>`}
    </dl></${Part}>`;
}

/** A customer's page is only an address: never a script. */
const safeUrl = (url) => (/^https?:\/\//i.test(url) ? url : null);

function localTime(zone) {
  try {
    return new Intl.DateTimeFormat(document.documentElement.lang, { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(now.value);
  } catch {
    return formatTime(now.value);
  }
}

function languageName(tag) {
  try {
    return new Intl.DisplayNames(document.documentElement.lang, { type: 'language' }).of(tag);
  } catch {
    return tag;
  }
}

function Attributes({ card, ui }) {
  const pairs = Object.entries(card.personal?.attributes ?? {});
  if (!pairs.length) return null;
  return html`<${Part} title=${t('card.attributes')}>
    <dl class="pairs">${pairs.map(([name, value]) => html`<dt key=${`${name}?`}>${name}</dt><dd key=${name}><button type="button" class="fact" title=${t('action.copy')} onClick=${() => ui.copy(String(value))}>${String(value)}</button></dd>`)}</dl></${Part}>`;
}

function Past({ card, store, ui }) {
  return html`<${Part} title=${t('card.past', { count: card.past.length })}>
    ${!card.past.length && html`<p class="quiet">${t('card.first')}</p>`}
    <ul class="past">${card.past.map((each) => html`<li key=${each.id}>${each.locked
      ? html`<div class="past-row locked"><${Icon} name="lock" size=${15} /><span><span class="past-top">${numbered(each.id)}<time>${formatDay(each.opened_at)}</time></span><small>${lineLabel(store.linesById.value.get(each.line))}</small></span></div>`
      : html`<${PastRow} each=${each} store=${store} ui=${ui} />`}</li>`)}</ul>
  </${Part}>`;
}

function PastRow({ each, store, ui }) {
  return html`<button type="button" class="past-row" data-past=${each.id} onClick=${() => ui.open(each.id)}>
    <${ChannelIcon} kind=${each.channel} size=${15} />
    <span><span class="past-top"><b>${numbered(each.id)}</b><time datetime=${each.opened_at} title=${formatMoment(each.opened_at)}>${formatDay(each.opened_at)}</time></span>
      <span class="past-words">${each.preview}</span>
      <small>${lineLabel(store.linesById.value.get(each.line))}${each.holder_name && ` · ${each.holder_name}`} · ${t(`state.${each.state}`)}
        ${each.score && html`<span class="score"><${Icon} name="star-full" size=${12} />${each.score}</span>`}</small></span></button>`;
}
