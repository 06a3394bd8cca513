/** Buttons of our forms: copy a text, check a channel, insert a placeholder, see a template as customers will. */
const form = document.querySelector('#content-main form');
const token = () => document.querySelector('[name=csrfmiddlewaretoken]')?.value ?? '';

for (const button of document.querySelectorAll('[data-copy]')) {
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = button.dataset.copied;
    } catch {
      // No clipboard without TLS: the text is selected, so that the keyboard can copy it.
      getSelection().selectAllChildren(source);
    }
  });
}

function showFindings(list, findings) {
  list.replaceChildren(...findings.map(({ ok, text }) => {
    const item = document.createElement('li');
    item.className = ok === null ? 'note' : ok ? 'fine' : 'fault';
    item.textContent = text;
    return item;
  }));
  list.hidden = false;
}

for (const button of document.querySelectorAll('[data-check]')) {
  const list = document.getElementById('findings');
  button.addEventListener('click', async () => {
    button.disabled = true;
    showFindings(list, [{ ok: null, text: button.dataset.wait }]);
    try {
      const answer = await fetch(button.dataset.check, { credentials: 'same-origin' });
      showFindings(list, (await answer.json()).findings);
    } catch {
      showFindings(list, [{ ok: false, text: button.dataset.failed }]);
    }
    button.disabled = false;
  });
}

const source = form?.querySelector('[data-preview-source]');
const previews = document.getElementById('previews');

function figure({ kind, text, fits, note }) {
  const element = document.createElement('figure');
  element.className = fits ? 'preview' : 'preview too-long';
  for (const [tag, words] of [['figcaption', kind], ['p', text], ['small', note]]) {
    const part = document.createElement(tag);
    part.textContent = words;
    element.append(part);
  }
  return element;
}

let asked = 0;
async function refresh() {
  const mine = ++asked;
  const data = new FormData();
  data.set('text', source.value);
  const answer = await fetch(previews.dataset.address, {
    method: 'POST', body: data, credentials: 'same-origin', headers: { 'X-CSRFToken': token() },
  });
  if (!answer.ok || mine !== asked) return;
  previews.replaceChildren(...(await answer.json()).previews.map(figure));
}

if (source && previews) {
  let timer;
  source.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => refresh().catch(() => {}), 250);
  });
  for (const button of document.querySelectorAll('[data-insert]')) {
    button.addEventListener('click', () => {
      source.setRangeText(button.dataset.insert, source.selectionStart, source.selectionEnd, 'end');
      source.focus();
      source.dispatchEvent(new Event('input'));
    });
  }
}
