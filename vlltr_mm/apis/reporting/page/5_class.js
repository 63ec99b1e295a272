// A class that is opened.
function classParts(c, detail) {
  const images = detail.images || [], anchors = detail.anchors || [], parts = [];
  const sentences = h('div'), said = h('div', { class: 'said', 'aria-live': 'polite' });
  const state = { all: false, image: null };
  const draw = () => anchors.length && sentences.replaceChildren(...anchorTable(detail, images.length, state, draw));
  if (images.length) {
    const buttons = images.map((image) => h('button', { type: 'button', 'aria-pressed': 'false', on: { click: () => {
      state.image = state.image === image ? null : image;
      buttons.forEach((b, i) => b.setAttribute('aria-pressed', String(images[i] === state.image)));
      said.replaceChildren(...(state.image ? [h('div', { class: 'card' }, picture(image.source, c), verdict(image, true))] : []));
      draw();
    } } }, picture(image.source, c), h('span', { class: isRight(image) ? 'right' : 'wrong' },
      isRight(image) ? '✓ right' : `✗ ${names[image.classes[0][0]]}`)));
    parts.push(h('h4', {}, `${images.length} test images, ${images.filter(isRight).length} of them right`),
      h('p', { class: 'quiet' }, anchors.length ? 'Choose one to see what the model considered, and its attention below.' : 'Choose one to see what the model considered.'),
      h('ul', { class: 'strip' }, buttons.map((b) => h('li', {}, b))), said);
  }
  if (anchors.length) { draw(); parts.push(sentences); }
  if (detail.dropped) parts.push(droppedPart(detail.dropped));
  return parts.length ? parts : [h('p', { class: 'note' }, 'There is no more of this class in the report.')];
}
function anchorTable(detail, shown, state, draw) {
  const { anchors, num_anchors: total } = detail;
  const weights = state.image && state.image.attention ? state.image.attention : anchors.map((a) => a[2]);
  const known = weights.some((w) => w !== null), largest = Math.max(...weights, 1e-9);
  const places = [...anchors.keys()];
  if (state.image) places.sort((a, b) => weights[b] - weights[a]);
  const picked = state.all ? places : places.length <= FIRST ? places : state.image ? places.slice(0, FIRST) : [...places.slice(0, FIRST - 2), ...places.slice(-2)];
  const whose = state.image ? 'attention of the chosen image' : `mean attention of the ${shown} images`;
  return [
    h('h4', {}, `${total} anchor sentences`),
    h('p', { class: 'quiet' }, `By ${state.image ? 'attention' : 'L_lin, the best first'}; even attention would be ${fixed(1 / total, 4)}.` +
      (anchors.length < total ? ` ${anchors.length} of them are in this page.` : '')),
    h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Sentence'), h('th', { scope: 'col', class: 'loss n' }, 'L_lin'),
      known ? h('th', { scope: 'col', class: 'weight' }, whose) : null)),
    h('tbody', {}, picked.map((i) => h('tr', {}, h('td', {}, anchors[i][0]), h('td', { class: 'n' }, fixed(anchors[i][1], 3)),
      known ? h('td', {}, bar(weights[i] / largest, fixed(weights[i], 4))) : null)))),
    picked.length < places.length || state.all && places.length > FIRST
      ? h('p', {}, h('button', { type: 'button', on: { click: () => { state.all = !state.all; draw(); } } },
        state.all ? 'Show fewer' : `Show all ${places.length}`)) : null,
  ].filter(Boolean);
}
function droppedPart({ kept, dropped, nearest, farthest }) {
  const rows = (list) => list.map(([text, value]) => h('tr', {}, h('td', {}, text), h('td', { class: 'n loss' }, fixed(value, 3))));
  const skipped = dropped - nearest.length - farthest.length;
  return h('details', {}, h('summary', {}, `The selection kept ${kept} of ${kept + dropped} sentences; see what it dropped`),
    h('table', {}, h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Dropped sentence'), h('th', { scope: 'col', class: 'loss n' }, 'L_lin'))),
      h('tbody', {}, rows(nearest), skipped > 0 ? h('tr', {}, h('td', { class: 'quiet', colspan: 2 }, `… ${skipped} more …`)) : null, rows(farthest))));
}
