// The run whose accuracy is shown.
const { counts, splits, tested } = data.classes;
const FIRST = 8;
const percent = (share) => (100 * share).toFixed(share > 0.0995 ? 0 : 1) + ' %';
const state = { row: data.explained.row, at: 0 };
const row = () => data.rows[state.row];
