/** A choice that decides which other boxes count shows only those; without scripts all are there. */
function fit(select) {
  const shows = JSON.parse(select.dataset.shows);
  const prefix = select.name.replace(/[^-]+$/, '');
  const used = shows[select.value] ?? [];
  for (const name of new Set(Object.values(shows).flat())) {
    const part = document.querySelector(`[name="${prefix}${name}"]`)?.closest(`.field-${name}`);
    // What was refused is seen, whatever is chosen.
    part?.classList.toggle('unused', !used.includes(name) && !part.querySelector('.errorlist'));
  }
}

const choices = (root) => [...root.querySelectorAll('select[data-shows]')].filter(({ name }) => !name.includes('__prefix__'));

choices(document).forEach(fit);
document.addEventListener('change', ({ target }) => {
  if (target.matches?.('select[data-shows]')) fit(target);
});
document.addEventListener('formset:added', ({ target }) => choices(target).forEach(fit));
