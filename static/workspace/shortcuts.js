/**
 * Shortcuts by physical key, so that they work in the Russian layout. AltGr types characters and is never taken;
 * on a Mac Option does the same, so there Control goes with it.
 */

export const SHORTCUTS = [
  { action: 'palette', code: 'KeyK', ctrl: true },
  { action: 'next', code: 'ArrowDown', alt: true },
  { action: 'previous', code: 'ArrowUp', alt: true },
  { action: 'longest', code: 'KeyJ', alt: true },
  { action: 'unread', code: 'KeyU', alt: true },
  { action: 'back', code: 'KeyB', alt: true },
  { action: 'take_offer', code: 'KeyY', alt: true },
  { action: 'decline', code: 'KeyQ', alt: true },
  { action: 'take_next', code: 'KeyS', alt: true },
  { action: 'accept', code: 'KeyA', alt: true },
  { action: 'transfer', code: 'KeyT', alt: true },
  { action: 'return', code: 'KeyR', alt: true },
  { action: 'snooze', code: 'KeyZ', alt: true },
  { action: 'close', code: 'KeyX', alt: true },
  { action: 'tags', code: 'KeyG', alt: true },
  { action: 'note', code: 'KeyN', alt: true },
  { action: 'attach', code: 'KeyP', alt: true },
  { action: 'why', code: 'KeyW', alt: true },
  { action: 'card', code: 'KeyI', alt: true },
  { action: 'here', code: 'KeyH', alt: true },
];

export const isMac = (platform = globalThis.navigator?.platform ?? '') => /mac|iphone|ipad/i.test(platform);

/** The action a key press means, or null. `switchedOn` is the operator's choice; the palette and help always work. */
export function actionOf(event, { switchedOn = true, mac = isMac(), typing = false } = {}) {
  if (event.isComposing || event.getModifierState?.('AltGraph')) return null;
  if (event.key === '?' && !typing && !event.ctrlKey && !event.altKey && !event.metaKey) return 'help';
  const found = SHORTCUTS.find((each) => each.code === event.code && pressed(each, event, mac));
  if (!found || (!switchedOn && found.action !== 'palette')) return null;
  return found.action;
}

function pressed(shortcut, event, mac) {
  if (event.shiftKey) return false;
  if (shortcut.ctrl) return (mac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey) && !event.altKey;
  return event.altKey && !event.metaKey && event.ctrlKey === mac;
}

/** Names of the keys of an action, for help and hints. */
export function keysOf(action, mac = isMac()) {
  const { code, ctrl } = SHORTCUTS.find((each) => each.action === action);
  const key = { ArrowDown: '↓', ArrowUp: '↑' }[code] ?? code.replace('Key', '');
  if (ctrl) return [mac ? '⌘' : 'Ctrl', key];
  return mac ? ['⌃', '⌥', key] : ['Alt', key];
}
