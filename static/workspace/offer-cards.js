/** What the operator is asked to take, above everything else: who, what, why he, and how long he may think. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { signal } from '@preact/signals';
import { t } from '../shared/i18n.js';
import { classes, html } from '../shared/ui.js';
import { now } from './clock.js';
import { lineLabel } from './list.js';
import { ChannelIcon, Face, Keys, nameOf } from './parts.js';
import { keysOf } from './shortcuts.js';
import { offerReason, turnWords, waitWords } from './turns.js';
import { formatLeft, numbered } from './words.js';

/** Of which offer the reasons to decline are shown, or null. */
const declining = signal(null);

export function OfferStack({ store, ui }) {
  const offers = store.offers.list.value;
  const box = useRef(null);
  const dialog = ui.opened.value;
  const decline = (offer) => {
    if (store.catalogue.peek().decline_reasons.length) declining.value = offer.row.id;
    else refuse(offer, null, { store, ui });
  };
  useEffect(() => { ui.declineOffer = decline; });
  useLayoutEffect(() => {
    // Shown anew so that it stands above a dialog that was opened meanwhile.
    if (box.current?.matches(':popover-open')) box.current.hidePopover();
    if (offers.length) box.current?.showPopover();
  }, [offers.length > 0, dialog]);
  return html`<section class="offers" popover="manual" ref=${box} aria-label=${t('offer.label', { count: offers.length })}>
    <p class="visually-hidden" role="alert">${offers[0] && t('offer.alert', { name: nameOf(offers[0].row), line: lineName(offers[0], store) })}</p>
    ${offers.map((offer, index) => html`<${Card} key=${offer.row.id} offer=${offer} first=${index === 0} decline=${decline} store=${store} ui=${ui} />`)}
  </section>`;
}

const lineName = (offer, store) => lineLabel(store.linesById.value.get(offer.line));

function refuse(offer, reason, { store, ui }) {
  declining.value = null;
  store.offers.decline(offer.row.id, reason).then(() => ui.focusComposer(), ui.fail);
}

function Card({ offer, first, decline, store, ui }) {
  // What the customer wrote since is shown too, where the line tells of it.
  const listed = store.rows.entry(offer.row.id)?.value;
  const row = listed && !listed.locked && !offer.row.locked ? { ...offer.row, preview: listed.preview } : offer.row;
  const moment = now.value + store.skew.value;
  const asks = declining.value === row.id;
  const words = turnWords(row, { me: store.me.value.id, moment }).filter(({ kind }) => !['offered', 'kept'].includes(kind));
  const take = () => ui.takeOffer(row.id).catch(ui.fail);
  return html`<article class=${classes('offer', first && 'first')} data-offer=${row.id} aria-label=${t('offer.title', { number: row.id })}>
    <${Countdown} offer=${offer} moment=${moment} />
    <div class="offer-body">
      <p class="offer-head"><b>${offer.sender_name ? t('offer.fromColleague') : t('offer.head')}</b>
        <span class="offer-left">${formatLeft(offer.until, moment)}</span></p>
      <div class="offer-who"><${Face} name=${nameOf(row)} seed=${row.customer ?? row.id} locked=${row.locked} />
        <div><h2>${row.locked ? numbered(row.id) : nameOf(row)}</h2>
          <p class="quiet">${!row.locked && html`<${ChannelIcon} kind=${row.channel} size=${13} /> <span>${numbered(row.id)} · ${lineName(offer, store)}</span>`}${row.locked && lineName(offer, store)}</p></div></div>
      ${offer.comment && html`<p class="offer-words" dir="auto"><b>${offer.sender_name}:</b> ${offer.comment}</p>`}
      ${row.preview && row.preview !== offer.comment && html`<p class="offer-words" dir="auto">${row.preview}</p>`}
      <p class="offer-why">${[offerReason(offer), ...words.map(({ text }) => text), waitWords(row.turn?.waiting_since ?? row.since, moment)].join(' · ')}</p>
      ${asks ? html`<${Reasons} offer=${offer} store=${store} ui=${ui} />` : html`<div class="offer-buttons">
        <button type="button" class="primary" onClick=${take}>${t('act.accept')}${first && html`<${Keys} keys=${keysOf('take_offer')} />`}</button>
        <button type="button" class="secondary" onClick=${() => decline(offer)}>${t('offer.decline')}${first && html`<${Keys} keys=${keysOf('decline')} />`}</button></div>`}
    </div>
  </article>`;
}

/** What is left of his time, as a bar that runs out. */
function Countdown({ offer, moment }) {
  const whole = Math.max(1, Date.parse(offer.until) - Date.parse(offer.since));
  const share = Math.min(1, Math.max(0, (Date.parse(offer.until) - moment) / whole));
  return html`<div class=${classes('offer-bar', share < 0.3 && 'soon')} aria-hidden="true"><i style=${{ transform: `scaleX(${share})` }}></i></div>`;
}

/** Chosen by a click, by Tab and Enter, or by the digit before it. */
function Reasons({ offer, store, ui }) {
  const box = useRef(null);
  const reasons = store.catalogue.value.decline_reasons;
  useLayoutEffect(() => box.current.querySelector('button')?.focus(), []);
  const onKey = (event) => {
    const chosen = /^Digit[1-9]$/.test(event.code) && reasons[Number(event.code.slice(5)) - 1];
    if (chosen) refuse(offer, chosen.id, { store, ui });
    else if (event.key === 'Escape') declining.value = null;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div class="offer-reasons" role="group" aria-label=${t('offer.whyNot')} ref=${box} onKeyDown=${onKey}>
    <p class="quiet">${t('offer.whyNot')}</p>
    ${reasons.map((reason, index) => html`<button type="button" key=${reason.id} class="secondary" onClick=${() => refuse(offer, reason.id, { store, ui })}>
      ${index < 9 && html`<kbd aria-hidden="true">${index + 1}</kbd>`}${reason.name}</button>`)}
    <button type="button" class="link" onClick=${() => { declining.value = null; }}>${t('action.cancel')}</button></div>`;
}
