// Draw everything, and listen.
$('row').append(...Object.keys(data.rows).map((name) => h('option', { selected: name === state.row }, name)));
$('row').addEventListener('change', () => { state.row = $('row').value; drawPlot(); list(); });
for (const id of ['search', 'split']) $(id).addEventListener('input', () => { state.page = 0; list(); });
$('before').addEventListener('click', () => { state.page -= 1; drawBody(); });
$('next').addEventListener('click', () => { state.page += 1; drawBody(); });
drawPlot(); drawHead(); list();
if (data.retrieval.length) drawRetrieval();
await drawGallery();
let before = $('plot').clientWidth;
new ResizeObserver(() => { if ($('plot').clientWidth !== before) { before = $('plot').clientWidth; drawPlot(); } }).observe($('plot'));
document.body.dataset.ready = 'true';
