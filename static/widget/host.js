/**
 * The wire to the bank's page. Only the parent window speaks, only from a site of the channel's list, and
 * only with commands known here; answers go to that very origin and never to "*".
 */
const PROTOCOL = 1;

/**
 * @param {object} options
 * @param {string[]} options.sites origins that may show the chat; an empty list admits any
 * @param {Record<string, (detail: object) => void>} options.commands what the page may ask for
 */
export function connectHost({ sites, commands, own = globalThis.window }) {
  let origin = null;

  const accepts = (event) =>
    event.source === own.parent && event.origin !== 'null' && (sites.length === 0 || sites.includes(event.origin));

  function say(type, detail = {}) {
    if (origin) own.parent.postMessage({ otklik: PROTOCOL, type, detail }, origin);
  }

  own.addEventListener('message', (event) => {
    if (!accepts(event) || event.data?.otklik !== PROTOCOL) return;
    const { type } = event.data;
    const detail = event.data.detail && typeof event.data.detail === 'object' ? event.data.detail : {};
    if (type === 'hello') {
      if (!Array.isArray(detail.versions) || !detail.versions.includes(PROTOCOL)) return;
      origin = event.origin;
      commands.hello?.(detail);
      say('ready', { version: PROTOCOL });
    } else if (origin === event.origin && type !== 'ready' && Object.hasOwn(commands, type)) {
      commands[type](detail);
    }
  });

  return { say, event: (name, detail = {}) => say('event', { name, detail }) };
}
