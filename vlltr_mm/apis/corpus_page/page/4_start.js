// Draw everything, and listen.
const facts = data.classes;
const number = (key, title, values, look = 'wide n') => ({ key, title, look, value: (c) => values[c] });
const short = (name) => (name.includes('/') ? name.split('/').pop().replace(/\.json(\.gz)?$/, '') : name.split(': ')[0]).slice(0, 24);
const columns = [
  { key: 'name', title: 'Class', up: true, value: (c) => names[c], cell: (c) => names[c] },
  { ...number('count', 'Sentences', facts.counts, 'n'), up: true },
  ...(data.sources.length > 1 && data.sources.length <= 6 ? facts.sources.map((values, i) => number(`source${i}`, short(data.sources[i]), values)) : []),
  { key: 'tokens', title: 'Tokens', look: 'wide n', value: (c) => facts.tokens[c], cell: (c) => fixed(facts.tokens[c], 0) },
  number('cut', 'Cut', facts.cut), number('repeats', 'Repeated', facts.repeats),
  number('shared', 'Shared', facts.shared, 'n'), number('naming', 'Name another', facts.naming, 'n'),
  ...(facts.kept ? [number('kept', 'Kept', facts.kept, 'n')] : []),
];
const FILTERS = [
  ['none', 'without text', (c) => !facts.counts[c]], ['cut', 'with cut sentences', (c) => facts.cut[c]],
  ['repeats', 'that repeat sentences', (c) => facts.repeats[c]], ['shared', 'that share sentences', (c) => facts.shared[c]],
  ['naming', 'that name another class', (c) => facts.naming[c]],
];
for (const [key, title, has] of FILTERS) {
  const found = [...names.keys()].filter(has).length;
  if (found) $('filter').append(h('option', { value: key }, `${title} (${found})`));
}
const keep = (c, key) => FILTERS.find(([own]) => own === key)[2](c);
const { show } = classTable({ columns, sort: 'count', down: false, keep, parts: sentenceParts });

const PAIRS = 15;
function drawPairs(all) {
  const shown = all ? data.pairs : data.pairs.slice(0, PAIRS);
  const head = (title, look) => h('th', { scope: 'col', class: look }, title);
  $('pairs').replaceChildren(...(data.pairs.length ? [
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Confused classes' }, h('table', { 'aria-label': 'Confused classes' },
      h('thead', {}, h('tr', {}, head('Class'), head('Class'), head('Shared', 'n'), head('1st names 2nd', 'n'), head('2nd names 1st', 'n'))),
      h('tbody', {}, shown.map(([a, b, ...numbers]) => h('tr', {}, h('td', {}, openButton(a)), h('td', {}, openButton(b)),
        numbers.map((value) => h('td', { class: 'n' }, value || '–'))))))),
    ...(data.pairs.length > PAIRS ? [h('p', { class: 'controls' }, h('button', { type: 'button', on: { click: () => drawPairs(!all) } }, all ? 'Show fewer' : `Show all ${data.pairs.length}`))] : []),
  ] : [h('p', { class: 'right' }, '✓ No pair of classes shares a sentence or names the other.')]));
}
drawPairs(false);
document.body.dataset.ready = 'true';
