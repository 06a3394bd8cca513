import assert from 'node:assert/strict';
import test from 'node:test';
import { initials, splitLinks } from '../../static/shared/ui.js';

test('an address becomes a link without the full stop behind it', () => {
  assert.deepEqual(splitLinks('См. https://bank.example/a?b=1, спасибо.'),
    ['См. ', { href: 'https://bank.example/a?b=1' }, ', спасибо.']);
});

test('nothing but http and https is a link', () => {
  for (const text of ['javascript:alert(1)', 'data:text/html,x', '<b>a</b>', 'ftp://x.example', 'vbscript:x']) {
    assert.deepEqual(splitLinks(text), [text]);
  }
});

test('an address in brackets or quotes ends where they end', () => {
  assert.deepEqual(splitLinks('«http://a.example» (http://b.example)'),
    ['«', { href: 'http://a.example' }, '» (', { href: 'http://b.example' }, ')']);
});

test('initials take two words and survive nothing at all', () => {
  assert.deepEqual(['анна петрова ивановна', 'Bot', '', null].map(initials), ['АП', 'B', '?', '?']);
});
