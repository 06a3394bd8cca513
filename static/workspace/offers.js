/**
 * What the operator is asked to take, and what he missed. Every tab hears the same frames, so tabs agree; after a
 * reload or a lost connection the welcome says what is offered.
 */
import { signal } from '@preact/signals-core';

const MISSED_SHOWN = 5;

export class Offers {
  /** [{row, since, until, line, sender_name}], what runs out first at the head. */
  list = signal([]);
  /** Conversations whose time ran out: numbers, the last one at the end. */
  missed = signal([]);

  /**
   * @param {object} options
   * @param {(frame: object) => Promise<object>} options.request
   * @param {() => number} options.moment the server's time, ms
   * @param {(id: number) => void} [options.onOffer] one arrived that is new
   * @param {(id: number) => void} [options.onWithdrawn] one was taken back before its time was over
   */
  constructor({ request, moment, onOffer = () => undefined, onWithdrawn = () => undefined }) {
    Object.assign(this, { request, moment, onOffer, onWithdrawn });
  }

  of(id) {
    return this.list.value.find((offer) => offer.row.id === id) ?? null;
  }

  /** All that is offered now: of a welcome. What came meanwhile is told, what ran out meanwhile was missed. */
  start(offers) {
    const now = new Set(offers.map((offer) => offer.row.id));
    const known = new Set(this.list.peek().map((offer) => offer.row.id));
    const lost = this.list.peek().filter((offer) => !now.has(offer.row.id) && Date.parse(offer.until) <= this.moment());
    this.list.value = inOrder(offers);
    for (const offer of lost) this.#miss(offer.row.id);
    for (const id of now) if (!known.has(id)) this.onOffer(id);
  }

  apply(offer) {
    const known = this.list.peek().find((each) => each.row.id === offer.row.id);
    this.list.value = inOrder([...this.list.peek().filter((each) => each !== known), offer]);
    if (known?.until !== offer.until) this.onOffer(offer.row.id);
  }

  /** Over without him. */
  end(id, reason) {
    if (!this.#remove(id)) return;
    if (reason === 'timed_out') this.#miss(id);
    else if (reason === 'withdrawn') this.onWithdrawn(id);
  }

  /** The conversation stands elsewhere now: he took it, here or in another tab. */
  settle(row, me) {
    if (row.holder === me || row.state === 'closed') this.#remove(row.id);
  }

  async decline(id, reason) {
    await this.request({ type: 'decline', conversation: id, ...(reason && { reason }) }).catch((error) => this.#refused(id, error));
    this.#remove(id);
  }

  /** What is not offered any more leaves the screen whatever was asked of it. */
  #refused(id, error) {
    if (error.code === 'not_offered') this.#remove(id);
    throw error;
  }

  #remove(id) {
    const left = this.list.peek().filter((offer) => offer.row.id !== id);
    if (left.length === this.list.peek().length) return false;
    this.list.value = left;
    return true;
  }

  #miss(id) {
    this.missed.value = [...this.missed.peek().filter((each) => each !== id), id].slice(-MISSED_SHOWN);
  }

  forgetMissed() {
    this.missed.value = [];
  }
}

const inOrder = (offers) => [...offers].sort((one, other) => Date.parse(one.until) - Date.parse(other.until) || one.row.id - other.row.id);
