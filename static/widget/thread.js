/** The thread: dividers, bubbles, quotes, files, marks, and where the reader stands in it. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatDay, formatMoment, formatTime, formatWhen, hasText, locale, t } from '../shared/i18n.js';
import { classes, html, Icon, initials, lazy, Menu, pictureUrl, RichText } from '../shared/ui.js';
import { isMine, markOf, timeline } from './store.js';

/** Fetched when first wanted: a chat without files or rating does without their code. */
const Rating = lazy(() => import('./panels.js'), 'Rating');
const Attachments = lazy(() => import('./files.js'), 'Attachments');

const AT_BOTTOM = 60;
const NEAR_TOP = 200;
const DRAWN_AT_FIRST = 100;
const DRAWN_MORE = 60;

export function Thread({ store, ui, dropped }) {
  const box = useRef(null);
  const [drawnRows, setDrawnRows] = useState(DRAWN_AT_FIRST);
  const [below, setBelow] = useState(0);
  const rows = timeline(store.messages.value, store.conversations.value);
  const shown = rows.slice(-drawnRows);
  const place = useKeepPlace(box, store, setBelow);

  const onScroll = () => {
    if (!box.current) return;
    place.note();
    if (store.atEnd) {
      setBelow(0);
      store.markRead();
    }
    if (box.current.scrollTop > NEAR_TOP) return;
    if (rows.length > drawnRows) setDrawnRows(drawnRows + DRAWN_MORE);
    else if (store.more.value) store.loadOlder().catch(() => undefined);
  };
  useEffect(() => {
    ui.jumpTo = async (id) => {
      if (await store.reach(id)) setDrawnRows(Infinity);
      requestAnimationFrame(() => highlight(box.current, id));
    };
  });

  return html`<div class=${classes('thread-wrap', dropped && 'dropping')}>
    <div class="thread" role="log" aria-live="polite" aria-busy=${store.loadingOlder.value ? 'true' : null}
      aria-label=${t('thread.label')} tabindex="0" ref=${box} onScroll=${onScroll}><div class="flow">
      ${(store.more.value || rows.length > drawnRows) && html`<button type="button" class="older" onClick=${onOlder(store, setDrawnRows)}>
        ${store.loadingOlder.value ? t('thread.loading') : t('thread.older')}</button>`}
      <${Greeting} store=${store} quiet=${rows.length > 0} />
      ${shown.map((row) => html`<${Row} key=${row.key} row=${row} store=${store} ui=${ui} />`)}
      <${AfterClosing} store=${store} ui=${ui} />
      <${Typing} author=${store.typing.value} />
    </div></div>
    ${below > 0 && html`<button type="button" class="to-bottom" onClick=${place.toBottom}>
      <${Icon} name="down" size=${16} /> ${t('thread.new', { count: below })}</button>`}
    ${dropped && html`<div class="drop-here"><${Icon} name="clip" size=${28} />${t('files.drop')}</div>`}
  </div>`;
}

const onOlder = (store, setDrawnRows) => () => {
  setDrawnRows((count) => count + DRAWN_MORE);
  store.loadOlder().catch(() => undefined);
};

/** Stays at the bottom if it was there, keeps the place when older messages come in above, counts the rest. */
function useKeepPlace(box, store, setBelow) {
  const messages = store.messages.value;
  const before = useRef({ height: 0, top: 0 });
  const note = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current;
    // Only going up leaves the bottom: what grew or shrank around the reader is followed by the observer below.
    if (scrollHeight - scrollTop - clientHeight < AT_BOTTOM) store.atEnd = true;
    else if (scrollTop < before.current.top) store.atEnd = false;
    before.current.top = scrollTop;
    before.current.height = scrollHeight;
  };
  const toBottom = () => {
    box.current.scrollTop = box.current.scrollHeight;
    note();
    setBelow(0);
  };
  useLayoutEffect(() => {
    const { scrollHeight } = box.current;
    const last = messages.at(-1);
    const id = last?.client_id ?? last?.id;
    const isNew = last && id !== before.current.last;
    if (store.atEnd || (isNew && last.pending)) toBottom();
    else if (!isNew) box.current.scrollTop = before.current.top + Math.max(0, scrollHeight - before.current.height);
    else setBelow((count) => count + 1);
    before.current.last = id;
    note();
  }, [messages]);
  useEffect(() => {
    const watcher = new ResizeObserver(() => box.current && store.atEnd && toBottom());
    watcher.observe(box.current);
    watcher.observe(box.current.firstElementChild);
    return () => watcher.disconnect();
  }, []);
  return { note, toBottom };
}

function highlight(box, id) {
  const found = box?.querySelector(`[data-id="${id}"]`);
  if (!found) return;
  found.scrollIntoView({ block: 'center' });
  found.classList.add('found');
  found.focus({ preventScroll: true });
  setTimeout(() => found.classList.remove('found'), 2000);
}

/** What the bank promises: owed to whom it is shown, so it is shown whenever the welcome says it. */
export function Promised({ text }) {
  return text && html`<p class="promise"><${Icon} name="clock" size=${16} />${text}</p>`;
}

function Greeting({ store, quiet }) {
  const welcome = store.welcome.value;
  if (!welcome || (quiet && !store.topic.value && store.more.value)) return null;
  const { look } = welcome;
  return html`<section class=${classes('greeting', !quiet && 'alone')}>
    <${Face} name=${look.bank} picture=${pictureUrl(look.logo)} className="greeting-face" />
    <p class="greeting-text"><${RichText} text=${look.greeting || t('greeting.default')} /></p>
    <${Promised} text=${look.promise} />
    ${welcome.open
      ? welcome.notice && html`<p class="promise"><${Icon} name="clock" size=${16} />${welcome.notice}</p>`
      : !welcome.asks_contact && html`<p class="promise closed"><${Icon} name="clock" size=${16} />${closedText(welcome)}</p>`}
  </section>`;
}

function closedText(welcome) {
  if (welcome.look.closed_text) return welcome.look.closed_text;
  return welcome.opens_at ? t('closed.until', { when: formatWhen(welcome.opens_at) }) : t('closed.now');
}

export function Face({ name, picture, className = '' }) {
  const [broken, setBroken] = useState(false);
  return html`<span class=${classes('face', className)} aria-hidden="true">
    ${picture && !broken ? html`<img src=${picture} alt="" onError=${() => setBroken(true)} />` : initials(name)}</span>`;
}

function Row({ row, store, ui }) {
  if (row.day) return html`<p class="day"><span>${formatDay(row.day)}</span></p>`;
  if (row.conversation) {
    const { id, line } = row.conversation;
    return html`<p class="divider">${t('thread.number', { number: id })}${line ? ` · ${line}` : ''}</p>`;
  }
  if (row.message.kind === 'system') return html`<${SystemLine} message=${row.message} />`;
  return html`<${Bubble} row=${row} store=${store} ui=${ui} />`;
}

function SystemLine({ message }) {
  return html`<p class="system">${systemText(message)} · <time datetime=${message.at} title=${formatMoment(message.at)}>${formatTime(message.at)}</time></p>`;
}

/** System lines travel as a code with parameters and are worded here, in the reader's language. */
export function systemText({ code, params }) {
  const key = code === 'closed' ? `system.closed.${params.by}` : `system.${code}${params.shown ? '.to' : ''}`;
  const line = params.names?.[locale.value.language];
  if (hasText(key)) return t(key, { ...params, line });
  import('./more.js').catch(() => undefined);
  return t('system.unknown');
}

function Bubble({ row, store, ui }) {
  const { message, first, last } = row;
  const mine = isMine(message);
  const bare = !message.text && message.files.some((file) => file.kind === 'image');
  return html`<article class=${classes('row', mine ? 'mine' : 'theirs', first && 'first', last && 'last')}
    data-id=${message.id} tabindex="-1" aria-label=${spoken(message)}>
    ${!mine && html`<span class="face-place">${last && html`<${Face} name=${authorName(message)} picture=${pictureUrl(message.author.avatar)} />`}</span>`}
    <div class="stack">
      ${!mine && first && html`<p class="author" title=${message.author.title || null}>${authorName(message)}</p>`}
      <div class=${classes('bubble', message.failed && 'failed', message.deleted && 'deleted', bare && 'bare')}>
        ${message.reply_to && html`<${Quote} quote=${message.reply_to} onClick=${() => ui.jumpTo(message.reply_to.id)} />`}
        ${message.deleted
          ? html`<p class="words">${t('message.deleted')}</p>`
          : html`
            ${message.files.length > 0 && html`<${Attachments} files=${message.files} store=${store} ui=${ui} />`}
            ${message.text && html`<p class="words"><${RichText} text=${message.text} /></p>`}`}
        <${Footer} message=${message} mine=${mine} store=${store} />
      </div>
      ${message.failed && html`<${Failure} message=${message} store=${store} />`}
    </div>
    ${!message.deleted && !message.pending && !message.failed && html`<${Actions} message=${message} mine=${mine} store=${store} ui=${ui} />`}
  </article>`;
}

const authorName = ({ author }) => author.name || t(`author.${author.kind}`);
const spoken = (message) => `${authorName(message)}, ${formatTime(message.at)}`;

function Quote({ quote, onClick }) {
  const author = t(`author.${quote.author}`);
  return html`<button type="button" class="quote" onClick=${onClick} aria-label=${t('quote.goto', { author })}>
    <b>${author}</b><span>${quote.text || t('quote.file')}</span></button>`;
}

function Footer({ message, mine, store }) {
  const mark = mine && markOf(message, store.conversations.value.get(message.conversation));
  return html`<p class="foot">
    ${message.edited_at && !message.deleted && html`<span>${t('message.edited')}</span>`}
    <time datetime=${message.at} title=${formatMoment(message.at)}>${formatTime(message.at)}</time>
    ${mark && html`<span class=${`mark ${mark}`} title=${t(`mark.${mark}`)}><${Icon} name=${MARK_ICONS[mark]} size=${15} />
      <span class="visually-hidden">${t(`mark.${mark}`)}</span></span>`}
  </p>`;
}

const MARK_ICONS = { sending: 'clock', sent: 'check', read: 'checks', failed: 'alert' };

function Failure({ message, store }) {
  const reason = message.failed.text || (hasText(`error.${message.failed.code}`) ? t(`error.${message.failed.code}`) : t('error.unknown'));
  return html`<div class="failure" role="alert">
    <p>${reason}</p>
    <button type="button" onClick=${() => store.retry(message.client_id)}>${t('action.retry')}</button>
    <button type="button" onClick=${() => store.discard(message.client_id)}>${t('action.delete')}</button>
  </div>`;
}

function Actions({ message, mine, store, ui }) {
  const welcome = store.welcome.value;
  const young = Date.now() - new Date(message.at) < (welcome?.limits.edit_seconds ?? 0) * 1000;
  const items = [
    store.conversations.value.get(message.conversation)?.state !== 'closed' && { icon: 'reply', name: t('action.reply'), act: () => { store.reply.value = message; ui.focusComposer(); } },
    message.text && { icon: 'copy', name: t('action.copy'), act: () => navigator.clipboard.writeText(message.text).catch(ui.fail) },
    mine && young && message.text && { icon: 'edit', name: t('action.edit'), act: () => { store.editing.value = message; ui.focusComposer(); } },
    mine && young && { icon: 'trash', name: t('action.delete'), sure: t('action.sure'), act: () => { ui.focusComposer(); store.remove(message).catch(ui.fail); } },
  ].filter(Boolean);
  return html`<${Menu} className="actions" label=${t('message.actions')} items=${items} alignEnd=${!mine} small />`;
}

function AfterClosing({ store, ui }) {
  const conversation = store.conversation.value;
  if (!conversation || store.topic.value || !(conversation.can_rate || conversation.rating)) return null;
  return html`<${Rating} key=${conversation.id} conversation=${conversation} store=${store} ui=${ui} />`;
}

function Typing({ author }) {
  if (!author) return null;
  return html`<div class="typing"><span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>
    <span>${t('typing', { name: author.name || t(`author.${author.kind}`) })}</span></div>`;
}
