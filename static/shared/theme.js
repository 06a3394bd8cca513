/** Light or dark, and the bank's one colour made readable on both. */
import { effect, signal } from '@preact/signals-core';

/** The lightest dark and the only light ground that text stands on (tokens.css, --raised). */
const SURFACE = { light: '#ffffff', dark: '#232933' };
const READABLE = 4.5;
const HEX = /^#[0-9a-f]{6}$/i;

/** 'auto', 'light' or 'dark', as chosen; `dark` is what it comes to. */
export const theme = signal('auto');
export const brandColour = signal('');
export const dark = signal(false);

/** WCAG 2 contrast of two #rrggbb colours, 1 to 21. */
export function contrast(one, other) {
  const [light, deep] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (deep + 0.05);
}

function luminance(hex) {
  const [r, g, b] = channels(hex).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function mix(hex, target, share) {
  const other = channels(target);
  const mixed = channels(hex).map((value, index) => Math.round(value + (other[index] - value) * share));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** `hex` moved towards `target` just far enough to be readable on `surface`. */
function readable(hex, surface, target) {
  for (let share = 0; share < 1; share += 0.04) {
    const colour = mix(hex, target, share);
    if (contrast(colour, surface) >= READABLE) return colour;
  }
  return target;
}

/** Custom properties for a brand colour, or null if it is not #rrggbb. */
export function brandProperties(hex, isDark) {
  if (!HEX.test(hex)) return null;
  const surface = isDark ? SURFACE.dark : SURFACE.light;
  const ink = contrast(hex, '#ffffff') >= READABLE || luminance(hex) < 0.22 ? '#ffffff' : '#10141b';
  const fill = readable(hex, ink, ink === '#ffffff' ? '#000000' : '#ffffff');
  return {
    '--brand': fill,
    '--on-brand': ink,
    '--brand-hover': mix(fill, ink === '#ffffff' ? '#000000' : '#ffffff', 0.12),
    '--brand-text': readable(hex, surface, isDark ? '#ffffff' : '#000000'),
    '--brand-soft': mix(surface, hex, isDark ? 0.2 : 0.09),
  };
}

/** Keeps the root in step with `theme`, `brandColour` and the system. */
export function followTheme(root = document.documentElement) {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const systemDark = signal(system.matches);
  system.addEventListener('change', () => { systemDark.value = system.matches; });
  effect(() => {
    dark.value = theme.value === 'auto' ? systemDark.value : theme.value === 'dark';
    root.dataset.theme = dark.value ? 'dark' : 'light';
    const properties = brandProperties(brandColour.value, dark.value);
    for (const [name, value] of Object.entries(properties ?? {})) root.style.setProperty(name, value);
  });
}
