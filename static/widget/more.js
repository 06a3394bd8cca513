/** What all that is loaded on demand needs besides: a style sheet and its texts, in the language of the moment. */
import { effect } from '@preact/signals-core';
import { locale, setLocale } from '../shared/i18n.js';

const ONE_OF_THEM = 'panel.search';

async function addTexts() {
  const { language, texts } = locale.value;
  if (ONE_OF_THEM in texts) return;
  const { texts: more } = await import(`./texts.more.${language}.js`);
  if (locale.value.language === language) setLocale({ ...locale.value, texts: { ...more, ...locale.value.texts } });
}

const styles = document.createElement('link');
styles.rel = 'stylesheet';
styles.href = JSON.parse(document.getElementById('config').textContent).panels;
const drawn = new Promise((done) => {
  styles.onload = done;
  styles.onerror = done;
  document.head.append(styles);
});
await Promise.all([addTexts(), drawn]);
// Another language brings its own texts only.
effect(() => void addTexts().catch(() => undefined));
