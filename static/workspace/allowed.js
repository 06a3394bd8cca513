/** What the operator may do with a conversation now. The server asks again; this decides what is shown. */
import { offeredNow } from './turns.js';

const WAITING = ['queued', 'new', 'offline'];

export class Allowed {
  /**
   * @param {object} options
   * @param {object} options.me signal of the operator
   * @param {object} options.offers what is offered to him
   * @param {() => number} options.moment the server's time, ms
   */
  constructor({ me, offers, moment }) {
    Object.assign(this, { me, offers, moment });
  }

  /** What is offered to him or snoozed by him; anything else only with the right to pick, and while nobody else is asked. */
  accepts(row, rights) {
    if (![...WAITING, 'snoozed'].includes(row.state) || !this.me.value.operator) return false;
    if (this.offers.of(row.id) || (row.state === 'snoozed' && row.preferred === this.me.value.id)) return true;
    return offeredNow(row.turn, this.moment()) === null && rights.includes('answer') && rights.includes('pick');
  }

  /** Its new holder need not wait for the server's word of it: what he types meanwhile would be lost. */
  answers(row, thread) {
    const { may_answer: mayAnswer, rights } = thread.abilities.value;
    return mayAnswer || (row?.state === 'assigned' && row.holder === this.me.value.id && rights.includes('answer'));
  }

  /** Whether an answer may be written where the customer still waits: sending it takes the conversation. */
  answersFromLine(row, thread) {
    return WAITING.includes(row?.state) && this.accepts(row, thread.abilities.value.rights);
  }

  /** Whether he takes work from its line himself, in turn. */
  takesTurns(row) {
    return ['queued', 'new'].includes(row?.state) && this.me.value.pulls.includes(row.line);
  }

  /** Names of actions. */
  actionsFor(row, thread) {
    if (!row || row.locked) return [];
    const rights = thread?.abilities.value.rights ?? [];
    const mine = row.holder === this.me.value.id;
    const held = row.state === 'assigned';
    const may = mine || rights.includes(held ? 'take_over' : 'answer');
    const withBot = row.state === 'bot';
    const offered = {
      accept: this.accepts(row, rights),
      take_over: (withBot ? rights.includes('answer') : held && !mine && rights.includes('take_over')) && this.me.value.operator,
      transfer: row.state !== 'closed' && may,
      return: held && mine,
      snooze: held && mine,
      close: row.state !== 'closed' && may,
    };
    return Object.keys(offered).filter((name) => offered[name]);
  }
}
