// Draw everything, and listen.
$('row').append(...Object.keys(data.rows).map((name) => h('option', { selected: name === state.row }, name)));
drawPlot();
const { list, show } = classTable({ columns, sort: 'count', down: true, keep: (c, split) => splits[c] === split, parts: classParts });
$('row').addEventListener('change', () => { state.row = $('row').value; drawPlot(); list(); });
if (data.retrieval.length) drawRetrieval();
await drawGallery();
let before = $('plot').clientWidth;
new ResizeObserver(() => { if ($('plot').clientWidth !== before) { before = $('plot').clientWidth; drawPlot(); } }).observe($('plot'));
document.body.dataset.ready = 'true';
