import assert from 'node:assert/strict';
import test from 'node:test';
import { brandProperties, contrast } from '../../static/shared/theme.js';

const SURFACES = { light: '#ffffff', dark: '#232933' };
const COLOURS = ['#000000', '#ffffff', '#2457d6', '#ffdd2d', '#ef3124', '#21a038', '#0b1f44', '#7f7f7f', '#00ffee'];

for (const colour of COLOURS) {
  for (const [name, surface] of Object.entries(SURFACES)) {
    test(`${colour} stays readable on ${name}`, () => {
      const made = brandProperties(colour, name === 'dark');
      assert.ok(contrast(made['--brand'], made['--on-brand']) >= 4.5, 'ink on the fill');
      assert.ok(contrast(made['--brand-hover'], made['--on-brand']) >= 4.5, 'ink on the hovered fill');
      assert.ok(contrast(made['--brand-text'], surface) >= 4.5, 'text on the page');
    });
  }
}

test('anything that is not #rrggbb is refused', () => {
  for (const wrong of ['', 'red', '#fff', '#12345g', '#123456;}', 'url(x)']) assert.equal(brandProperties(wrong, false), null);
});

test('both ways of being dark set the same tokens', async () => {
  const { readFileSync } = await import('node:fs');
  const css = readFileSync(new URL('../../static/shared/tokens.css', import.meta.url), 'utf8');
  const block = (selector) => css.split(selector)[1].split('}')[0].split('{').at(-1).match(/[\w-]+: [^;]+;/g).map((line) => line.trim()).sort();
  assert.deepEqual(block(':root:not([data-theme])'), block(':root[data-theme="dark"]'));
});

test('text stands out from every ground it is put on', async () => {
  const { readFileSync } = await import('node:fs');
  const css = readFileSync(new URL('../../static/shared/tokens.css', import.meta.url), 'utf8');
  for (const selector of [':root {', ':root[data-theme="dark"] {']) {
    const tokens = Object.fromEntries([...css.split(selector)[1].split('}')[0].matchAll(/--([\w-]+): (#\w{6});/g)].map(([, name, value]) => [name, value]));
    const pairs = ['canvas', 'raised', 'surface', 'surface-2', 'surface-3'].flatMap((ground) => [['text', ground], ['text-2', ground]]);
    for (const name of ['good', 'warn', 'bad']) pairs.push([name, `${name}-soft`], [name, 'surface']);
    for (const [ink, ground] of pairs) assert.ok(contrast(tokens[ink], tokens[ground]) >= 4.5, `${selector} ${ink} on ${ground}`);
  }
});
