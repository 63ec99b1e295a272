// What the table of classes says of each.
const rank = { many: 0, medium: 1, few: 2 };
const anchor = (end, title, key) => ({
  key, title, look: 'wide',
  value: (c) => (data.ends[c] && data.ends[c][end] ? data.ends[c][end][1] : null),
  cell: (c) => {
    const pair = data.ends[c] && data.ends[c][end];
    return pair ? [pair[0] + ' ', h('span', { class: 'quiet' }, fixed(pair[1], 2))] : '–';
  },
});
const columns = [
  { key: 'name', title: 'Class', up: true, value: (c) => names[c] },
  { key: 'split', title: 'Split', up: true, value: (c) => rank[splits[c]], cell: (c) => h('span', { class: splits[c] }, splits[c]) },
  { key: 'count', title: 'Training', look: 'n', value: (c) => counts[c] },
  { key: 'tested', title: 'Test', look: 'wide n', value: (c) => tested[c] },
  { key: 'accuracy', title: 'Accuracy', look: 'n', up: true, value: (c) => row().accuracy[c],
    cell: (c) => [fixed(row().accuracy[c]), row().deviation[c] === null ? null : h('small', {}, ` ± ${fixed(row().deviation[c])}`)] },
  { key: 'confused', title: 'Most confused with', value: (c) => (row().confused[c][0] || [0, 0])[1],
    cell: (c) => row().confused[c].map(([other, times]) => `${names[other]} (${times})`).join(', ') || '–' },
  ...(data.ends.some(Boolean) ? [anchor(0, 'Best anchor (L_lin)', 'best'), anchor(1, 'Worst anchor (L_lin)', 'worst')] : []),
];
