// The sentences of a class that is opened.
const FIRST = 12, { selection } = data;
const KINDS = [
  ['', 'All', () => true], ['k', 'Kept', (more) => more.k], ['d', 'Dropped', (more) => !more.k],
  ['s', 'Shared', (more) => more.s], ['o', 'Name another', (more) => more.o],
  ['r', 'Repeated', (more) => more.r], ['c', 'Cut', (more) => more.c],
].filter(([key]) => selection || (key !== 'k' && key !== 'd'));
const linked = (labels) => labels.map((label, i) => [i ? ', ' : '', openButton(label)]).flat();
const remark = (...parts) => h('span', { class: 'remark' }, ...parts);

function remarks({ s: shared, n: number, o: named, r: repeated, c: cut, f: first, k: rank }) {
  return [
    named && remark('names ', linked(named)),
    shared && remark('shared with ', linked(shared), number > shared.length ? ` and ${number - shared.length} more` : ''),
    repeated && remark(`repeats sentence ${repeated}`),
    cut && remark('is cut'),
    selection && first && !rank && remark('Cut-Off keeps it'),
  ];
}
function sentenceTable(rows, origins) {
  const head = (title, look) => h('th', { scope: 'col', class: look }, title);
  return h('table', {}, h('thead', {}, h('tr', {}, head('No.', 'number n'), head('Sentence'), head('Source', 'from'), head('Tokens', 'tokens n'),
    selection ? [head('Rank', 'rank n'), head('L_lin', 'loss n')] : null)),
  h('tbody', {}, rows.map(([number, text, origin, tokens, more]) => h('tr', { class: more.k ? 'kept' : null },
    h('td', { class: 'number n' }, number), h('td', {}, h('bdi', {}, text), remarks(more)),
    h('td', { class: 'from quiet' }, origins[origin]), h('td', { class: 'tokens n' }, tokens),
    selection ? [h('td', { class: 'rank n' }, more.k || '–'), h('td', { class: 'loss n' }, fixed(more.l, 3))] : null))));
}
function sentenceParts(c, { sentences = [], origins = [], total = 0 }) {
  if (!total) return [h('p', { class: 'note' }, 'There is no sentence of this class.')];
  const state = { kind: '', all: false, ranked: false }, body = h('div'), choices = h('p', { class: 'choices', role: 'group', 'aria-label': 'Sentences shown' });
  const toggle = (text, pressed, act) => h('button', { type: 'button', 'aria-pressed': String(pressed), on: { click: () => { act(); draw(); } } }, text);
  const draw = () => {
    const keep = KINDS.find(([key]) => key === state.kind)[2];
    const rows = sentences.filter((row) => keep(row[4]));
    if (state.ranked) rows.sort((a, b) => (a[4].l === undefined) - (b[4].l === undefined) || a[4].l - b[4].l || (a[4].k || 1e9) - (b[4].k || 1e9) || a[0] - b[0]);
    const shown = state.all ? rows : rows.slice(0, FIRST);
    choices.replaceChildren(...KINDS.map(([key, title, has]) => [key, title, sentences.filter((row) => has(row[4])).length])
      .filter(([key, , number]) => number || !key)
      .map(([key, title, number]) => toggle(`${title} ${number}`, state.kind === key, () => { state.kind = key; state.all = false; })),
    ...(selection ? [toggle(selection.scored ? 'By L_lin' : 'By rank', state.ranked, () => { state.ranked = !state.ranked; })] : []));
    body.replaceChildren(sentenceTable(shown, origins), ...(rows.length > FIRST
      ? [h('p', {}, h('button', { type: 'button', on: { click: () => { state.all = !state.all; draw(); } } }, state.all ? 'Show fewer' : `Show all ${rows.length}`))] : []));
  };
  draw();
  return [h('h4', {}, `${total} sentences` + (sentences.length < total ? `, ${sentences.length} of them in this page` : '')), choices, body];
}
