/** What this operator likes on this computer: kept in the browser, the same in all his tabs. */
import { signal } from '@preact/signals-core';

const DEFAULTS = {
  theme: 'auto',
  density: 'cosy',
  sendKey: 'enter',
  shortcuts: true,
  sounds: { waiting: true, message: true, mine: true, offer: true, away: true },
  volume: 0.6,
  notify: false,
  sort: 'steady',
  byLine: true,
  card: true,
  folded: ['offline', 'other', 'recent', 'foreign'],
  listWidth: 340,
  cardWidth: 320,
};

export class Prefs {
  /** @param {{storage: object, user: number}} options */
  constructor({ storage, user }) {
    this.storage = storage;
    this.key = `otklik:ws:${user}:prefs`;
    this.value = signal(this.#read());
    globalThis.addEventListener?.('storage', (event) => {
      if (event.key === this.key) this.value.value = this.#read();
    });
  }

  get(name) {
    return this.value.value[name];
  }

  set(change) {
    this.value.value = { ...this.value.value, ...change };
    this.storage.set(this.key, JSON.stringify(this.value.value));
  }

  isFolded(name) {
    return this.get('folded').includes(name);
  }

  fold(name, folded = !this.isFolded(name)) {
    const others = this.get('folded').filter((each) => each !== name);
    this.set({ folded: folded ? [...others, name] : others });
  }

  #read() {
    try {
      const kept = JSON.parse(this.storage.get(this.key) ?? '{}');
      // A kind of sound that came later is on until it is switched off.
      return { ...DEFAULTS, ...kept, sounds: { ...DEFAULTS.sounds, ...kept.sounds } };
    } catch {
      return { ...DEFAULTS };
    }
  }
}
