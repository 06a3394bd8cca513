import assert from 'node:assert/strict';
import test from 'node:test';
import { folded } from '../../static/workspace/why.js';

const told = (text, mark = '', level = 0) => ({ text, mark, level });

test('what changed nothing is folded under its first sentence, what counted stands open', () => {
  const version = told('By version 3');
  const asked = [told('Theft', 'no'), told('Rule', 'no', 1)];
  const unasked = [told('Loans: not asked'), told('Rule: would hold', '', 1), told('condition', '', 2)];
  assert.deepEqual(folded([version, ...asked, ...unasked]), [
    { told: version, under: [] },
    ...asked.map((each) => ({ told: each, under: [] })),
    { told: unasked[0], under: unasked.slice(1) },
  ]);
});
