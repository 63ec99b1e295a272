// The table of classes: search, order, pages, details that open.
const PAGE = 50;
const collator = new Intl.Collator('en', { numeric: true });
const openButton = (label) => h('button', { class: 'name', type: 'button', on: { click: () => show(label) } }, names[label]);

// columns: key, title, value of a class to sort by, its cell (the value), look (classes of its cells), up (smallest
// first). The first is the name. keep: whether the choice of #filter has a class. parts: what an opened class shows.
function classTable({ columns, sort, down, keep, parts }) {
  const state = { sort, down, page: 0, open: new Set() }, table = $('class-table');
  let listed = [];
  const line = (c) => table.querySelector(`tr[data-label="${c}"]`);

  function drawHead() {
    table.tHead.replaceChildren(h('tr', {}, columns.map(({ key, title, look }) =>
      h('th', { scope: 'col', class: look || null, 'aria-sort': state.sort === key ? (state.down ? 'descending' : 'ascending') : 'none' },
        h('button', { type: 'button', 'data-key': key, on: { click: () => sortBy(key) } }, title)))));
  }
  function sortBy(key) {
    state.down = state.sort === key ? !state.down : !columns.find((column) => column.key === key).up;
    state.sort = key; state.page = 0;
    drawHead(); list();
    table.querySelector(`[data-key="${key}"]`).focus();
  }
  function list() {
    const words = $('search').value.toLowerCase().trim(), chosen = $('filter').value;
    const { value } = columns.find(({ key }) => key === state.sort), sign = state.down ? -1 : 1;
    listed = [...names.keys()].filter((c) => (!chosen || keep(c, chosen)) && names[c].toLowerCase().includes(words));
    listed.sort((a, b) => {
      const va = value(a), vb = value(b);
      if (va === null || vb === null) return (va === null) - (vb === null) || a - b;
      return sign * (typeof va === 'string' ? collator.compare(va, vb) : va - vb) || a - b;
    });
    $('found').textContent = `${listed.length} of ${size} classes`;
    drawBody();
  }
  function drawBody() {
    const pages = Math.max(1, Math.ceil(listed.length / PAGE));
    state.page = Math.min(state.page, pages - 1);
    $('page').textContent = `Page ${state.page + 1} of ${pages}`;
    $('before').disabled = state.page === 0;
    $('next').disabled = state.page === pages - 1;
    const body = table.tBodies[0];
    body.replaceChildren();
    for (const c of listed.slice(state.page * PAGE, (state.page + 1) * PAGE)) {
      const toggle = h('button', { class: 'name', type: 'button', 'aria-expanded': 'false', on: { click: () => flip(c) } }, names[c]);
      body.append(h('tr', { 'data-label': c }, h('th', { scope: 'row' }, toggle),
        columns.slice(1).map(({ look, value, cell }) => h('td', { class: look || null }, (cell || value)(c)))));
      if (state.open.has(c)) expand(c);
    }
  }
  function flip(c) {
    if (!state.open.delete(c)) { state.open.add(c); return expand(c); }
    line(c).querySelector('.name').setAttribute('aria-expanded', 'false');
    const next = line(c).nextElementSibling;
    if (next && next.classList.contains('open')) next.remove();
  }
  async function expand(c) {
    const own = line(c), inner = h('div', { class: 'inner', role: 'region', 'aria-label': names[c] }, 'Opening …');
    own.querySelector('.name').setAttribute('aria-expanded', 'true');
    own.after(h('tr', { class: 'open' }, h('td', { colspan: columns.length }, inner)));
    inner.replaceChildren(...parts(c, await details(c)));
  }
  function show(c) {
    if (!listed.includes(c)) { $('search').value = ''; $('filter').value = ''; list(); }
    state.page = Math.floor(listed.indexOf(c) / PAGE);
    state.open.add(c);
    drawBody();
    line(c).querySelector('.name').focus();
    line(c).scrollIntoView({ block: 'center' });
  }
  for (const id of ['search', 'filter']) $(id).addEventListener('input', () => { state.page = 0; list(); });
  $('before').addEventListener('click', () => { state.page -= 1; drawBody(); });
  $('next').addEventListener('click', () => { state.page += 1; drawBody(); });
  drawHead(); list();
  return { list, show };
}
