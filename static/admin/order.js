/**
 * Rows of an editable list put into order by dragging. A drop writes numbers into the order column, nothing more:
 * they are saved, checked and announced like numbers that were typed, and typing them is the way without a mouse.
 */
const holder = document.querySelector('[data-drag-field]');
const body = holder?.querySelector('#result_list tbody');
const cell = (row) => row.querySelector(`input[name$="-${holder.dataset.dragField}"]`);
const falling = holder?.dataset.dragDirection === 'descending';
let dragged = null;

/** The number of a row dropped between two others, or null where there is no room between them. */
export function between(above, below, descending) {
  if (above === null && below === null) return 0;
  const step = descending ? -10 : 10;
  if (below === null) return above + step;
  if (above === null) return below - step;
  const middle = Math.trunc((above + below) / 2);
  return middle !== above && middle !== below ? middle : null;
}

function write(row, value) {
  const input = cell(row);
  if (Number(input.value) === value) return;
  input.value = String(value);
  row.classList.add('reordered');
  input.dispatchEvent(new Event('change', { bubbles: true }));
}

function settle(row) {
  const rows = [...body.rows].filter(cell);
  const at = rows.indexOf(row);
  const number = (each) => (each ? Number(cell(each).value) : null);
  const value = between(number(rows[at - 1]), number(rows[at + 1]), falling);
  const fits = value !== null && (falling || value >= 0);
  if (fits) write(row, value);
  else rows.forEach((each, index) => write(each, 10 * (falling ? rows.length - index : index + 1)));
  showUnsaved();
}

function showUnsaved() {
  if (holder.querySelector('.unsaved')) return;
  const note = document.createElement('p');
  note.className = 'unsaved';
  note.setAttribute('role', 'status');
  note.textContent = holder.dataset.dragUnsaved;
  holder.append(note);
}

function addHandle(row) {
  const handle = document.createElement('span');
  handle.className = 'drag-handle';
  handle.title = holder.dataset.dragLabel;
  handle.draggable = true;
  handle.textContent = '⠿';
  handle.setAttribute('aria-hidden', 'true');
  cell(row).before(handle);
  handle.addEventListener('dragstart', (event) => {
    dragged = row;
    row.classList.add('dragged');
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', cell(row).value);
    event.dataTransfer.setDragImage(row, 0, 0);
  });
  handle.addEventListener('dragend', () => {
    row.classList.remove('dragged');
    if (dragged) settle(dragged);
    dragged = null;
  });
}

/** Enter in a cell would press the first button of Django's form, which runs an action; here it saves. */
function saveOnEnter(event) {
  const save = holder.closest('form').querySelector('input[name=_save]');
  if (event.key !== 'Enter' || event.target.type === 'checkbox' || !save) return;
  event.preventDefault();
  save.click();
}

if (body) {
  body.addEventListener('keydown', saveOnEnter);
  [...body.rows].filter((row) => cell(row) && !cell(row).disabled).forEach(addHandle);
  body.addEventListener('dragover', (event) => {
    const over = event.target.closest('tr');
    if (!dragged || !over || over === dragged || over.parentNode !== body) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    over[event.clientY > box.top + box.height / 2 ? 'after' : 'before'](dragged);
  });
  body.addEventListener('drop', (event) => event.preventDefault());
}
