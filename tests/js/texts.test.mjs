import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';

const root = new URL('../../static/', import.meta.url);
const surfaces = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  .filter((name) => readdirSync(new URL(`${name}/`, root)).includes('texts.ru.js'));
const sourceOf = (folder) => readdirSync(new URL(folder, root)).filter((name) => name.endsWith('.js') && !name.startsWith('texts.'))
  .map((name) => readFileSync(new URL(`${folder}${name}`, root), 'utf8')).join('\n');
const places = (text) => JSON.stringify([...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort());

/** All texts of a surface in a language: those of the first load and, where there are any, those loaded on demand. */
async function textsOf(surface, language) {
  const names = readdirSync(new URL(`${surface}/`, root)).filter((name) => name.startsWith('texts.') && name.endsWith(`.${language}.js`));
  const parts = await Promise.all(names.map((name) => import(new URL(`${surface}/${name}`, root))));
  const keys = parts.flatMap(({ texts }) => Object.keys(texts));
  assert.equal(new Set(keys).size, keys.length, `${surface}: a text stands in two files`);
  return Object.assign({}, ...parts.map(({ texts }) => texts));
}

for (const surface of surfaces) {
  const [ru, en] = [await textsOf(surface, 'ru'), await textsOf(surface, 'en')];

  test(`${surface}: both languages have the same keys`, () => {
    assert.deepEqual(Object.keys(ru).sort(), Object.keys(en).sort());
  });

  test(`${surface}: a text has the same places in both languages`, () => {
    for (const key of Object.keys(ru)) assert.equal(places(ru[key]), places(en[key]), key);
  });

  test(`${surface}: each plural has the forms of its language`, () => {
    for (const [language, texts] of [['ru', ru], ['en', en]]) {
      const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      for (const [key, text] of Object.entries(texts)) {
        if (typeof text === 'object') for (const form of wanted) assert.ok(text[form], `${key} lacks ${form} in ${language}`);
      }
    }
  });

  test(`${surface}: whatever a screen asks for is there`, () => {
    const asked = [...sourceOf(`${surface}/`).matchAll(/\bt\('([\w.]+)'/g), ...sourceOf('shared/').matchAll(/\bt\('([\w.]+)'/g)];
    for (const [, key] of asked) assert.ok(key in ru, key);
  });
}
