/** The bank's colour on Django's admin, readable on its light and on its dark ground. */
import { brandProperties } from '../shared/theme.js';

const root = document.documentElement;
const colour = document.querySelector('meta[name="brand-colour"]')?.content ?? '';
const system = matchMedia('(prefers-color-scheme: dark)');

function paint() {
  const chosen = root.dataset.theme;
  const dark = chosen === 'dark' || (chosen !== 'light' && system.matches);
  for (const [name, value] of Object.entries(brandProperties(colour, dark) ?? {})) {
    root.style.setProperty(name, value);
  }
}

paint();
system.addEventListener('change', paint);
new MutationObserver(paint).observe(root, { attributes: true, attributeFilter: ['data-theme'] });
