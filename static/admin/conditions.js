/** Rows of conditions: only the comparisons of the chosen kind are offered, and a segment is counted while it is edited. */
const allowed = JSON.parse(document.getElementById('comparisons')?.textContent ?? '{}');

/** The comparisons that make sense for the kind of a row; the first of them when the present one does not. */
function fit(row) {
  const kind = row.querySelector('select[name$="-kind"]');
  const how = row.querySelector('select[name$="-comparison"]');
  if (!kind || !how) return;
  const possible = (allowed[kind.value] ?? '').split(' ').filter(Boolean);
  for (const option of how.options) option.hidden = option.disabled = Boolean(option.value) && !possible.includes(option.value);
  if (possible.length && !possible.includes(how.value)) how.value = possible[0];
  how.closest('.part').classList.toggle('only-one', possible.length === 1);
}

/** A blank row is there for whoever has no scripts; here rows are added by the link below them. */
function tidy(group, isFirst) {
  const rows = [...group.querySelectorAll('.condition:not(.empty-form)')];
  const blank = rows.filter((row) => row.classList.contains('untouched') && !row.querySelector('select')?.value);
  for (const row of blank.slice(isFirst && blank.length === rows.length ? 1 : 0)) row.hidden = true;
}

const groups = [...document.querySelectorAll('.conditions')];
groups.forEach((group, at) => tidy(group, at === 0));
document.querySelectorAll('.condition').forEach(fit);
document.addEventListener('change', (event) => {
  if (event.target.matches?.('select[name$="-kind"]')) fit(event.target.closest('.condition'));
});
document.addEventListener('formset:added', (event) => {
  const row = event.target.closest('.condition');
  if (row) fit(row);
});

const counted = document.getElementById('counted');
const form = counted?.closest('form');
let asked = 0;
let timer;

async function count() {
  const mine = ++asked;
  const shown = counted.querySelector('strong');
  const data = new FormData(form);
  data.set('row', counted.dataset.row);
  counted.classList.add('waits');
  try {
    const answer = await fetch(counted.dataset.address, { method: 'POST', body: data, credentials: 'same-origin' });
    const text = answer.ok ? (await answer.json()).text : counted.dataset.failed;
    if (mine === asked) shown.textContent = text;
  } catch {
    if (mine === asked) shown.textContent = counted.dataset.failed;
  }
  if (mine === asked) counted.classList.remove('waits');
}

if (counted) {
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(count, 400);
  };
  for (const kind of ['input', 'change', 'formset:removed']) form.addEventListener(kind, later);
}
