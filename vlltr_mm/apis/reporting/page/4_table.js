// The table of classes: search, order, pages.
const collator = new Intl.Collator('en', { numeric: true });
const rank = { many: 0, medium: 1, few: 2 };
const loss = (end) => (c) => (data.ends[c] && data.ends[c][end] ? data.ends[c][end][1] : null);
const COLUMNS = [
  ['name', 'Class', (c) => names[c]], ['split', 'Split', (c) => rank[splits[c]]],
  ['count', 'Training', (c) => counts[c]], ['tested', 'Test', (c) => tested[c]],
  ['accuracy', 'Accuracy', (c) => row().accuracy[c]],
  ['confused', 'Most confused with', (c) => (row().confused[c][0] || [0, 0])[1]],
  ['best', 'Best anchor (L_lin)', loss(0)], ['worst', 'Worst anchor (L_lin)', loss(1)],
];
const WIDE = new Set(['tested', 'best', 'worst']), NUMBERS = new Set(['count', 'tested', 'accuracy']);
const hasAnchors = data.ends.some(Boolean);
const columns = COLUMNS.filter(([key]) => hasAnchors || (key !== 'best' && key !== 'worst'));
const look = (key) => [WIDE.has(key) ? 'wide' : '', NUMBERS.has(key) ? 'n' : ''].join(' ').trim() || null;
let listed = [];

function drawHead() {
  $('class-table').tHead.replaceChildren(h('tr', {}, columns.map(([key, title]) =>
    h('th', { scope: 'col', class: look(key), 'aria-sort': state.sort === key ? (state.down ? 'descending' : 'ascending') : 'none' },
      h('button', { type: 'button', 'data-key': key, on: { click: () => sortBy(key) } }, title)))));
}
function sortBy(key) {
  state.down = state.sort === key ? !state.down : key !== 'name' && key !== 'split' && key !== 'accuracy';
  state.sort = key; state.page = 0;
  drawHead(); list();
  document.querySelector(`[data-key=${key}]`).focus();
}
function list() {
  const words = $('search').value.toLowerCase().trim(), split = $('split').value;
  const value = COLUMNS.find(([key]) => key === state.sort)[2], sign = state.down ? -1 : 1;
  listed = [...names.keys()].filter((c) => (!split || splits[c] === split) && names[c].toLowerCase().includes(words));
  listed.sort((a, b) => {
    const va = value(a), vb = value(b);
    if (va === null || vb === null) return (va === null) - (vb === null) || a - b;
    return sign * (typeof va === 'string' ? collator.compare(va, vb) : va - vb) || a - b;
  });
  $('found').textContent = `${listed.length} of ${size} classes`;
  drawBody();
}
const anchorCell = (pair) => (pair ? [pair[0] + ' ', h('span', { class: 'quiet' }, fixed(pair[1], 2))] : '–');
function drawBody() {
  const pages = Math.max(1, Math.ceil(listed.length / PAGE));
  state.page = Math.min(state.page, pages - 1);
  $('page').textContent = `Page ${state.page + 1} of ${pages}`;
  $('before').disabled = state.page === 0;
  $('next').disabled = state.page === pages - 1;
  const body = $('class-table').tBodies[0];
  body.replaceChildren();
  for (const c of listed.slice(state.page * PAGE, (state.page + 1) * PAGE)) {
    const confused = row().confused[c].map(([other, times]) => `${names[other]} (${times})`).join(', ') || '–';
    const deviation = row().deviation[c];
    const cells = {
      split: h('span', { class: splits[c] }, splits[c]), count: counts[c], tested: tested[c],
      accuracy: [fixed(row().accuracy[c]), deviation === null ? null : h('small', {}, ` ± ${fixed(deviation)}`)],
      confused, best: anchorCell(data.ends[c] && data.ends[c][0]), worst: anchorCell(data.ends[c] && data.ends[c][1]),
    };
    const toggle = h('button', { class: 'name', type: 'button', 'aria-expanded': 'false', on: { click: () => flip(c) } }, names[c]);
    body.append(h('tr', { 'data-label': c }, h('th', { scope: 'row' }, toggle),
      columns.slice(1).map(([key]) => h('td', { class: look(key) }, cells[key]))));
    if (state.open.has(c)) expand(c);
  }
}
const line = (c) => document.querySelector(`tr[data-label="${c}"]`);
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
  inner.replaceChildren(...classParts(c, await details(c)));
}
function show(c) {
  if (!listed.includes(c)) { $('search').value = ''; $('split').value = ''; list(); }
  state.page = Math.floor(listed.indexOf(c) / PAGE);
  state.open.add(c);
  drawBody();
  line(c).querySelector('.name').focus();
  line(c).scrollIntoView({ block: 'center' });
}
