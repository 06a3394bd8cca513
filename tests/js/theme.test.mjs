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
