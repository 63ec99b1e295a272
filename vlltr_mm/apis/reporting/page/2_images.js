// Test images and what the model considered.
const picture = (source, label) => source
  ? h('img', { class: 'picture', src: 'data:image/jpeg;base64,' + source, alt: 'a test image of ' + names[label], loading: 'lazy' })
  : h('span', { class: 'picture none' }, 'no picture');
const isRight = (image) => image.classes[0][0] === image.label;

function considered([label, score, visual, language, sentences], mark) {
  const branches = visual === null || visual === undefined ? null
    : h('span', { class: 'quiet' }, ` (visual ${fixed(visual, 2)}, language ${fixed(language, 2)})`);
  return [
    h('p', {}, mark, h('b', {}, names[label]), ' ' + percent(score), branches),
    sentences.length ? h('ul', {}, sentences.map(([text, weight]) => h('li', {}, `${text} `, h('span', { class: 'quiet' }, fixed(weight, 3))))) : null,
  ];
}
function verdict(image, all) {
  const shown = all ? image.classes : image.classes.slice(0, 1);
  const others = shown.some((c) => c[0] === image.label) ? [] : [image.true];
  const mark = (label, place) => {
    if (place === 0 && label === image.label) return h('span', { class: 'right' }, '✓ right: ');
    if (place === 0) return h('span', { class: 'wrong' }, '✗ taken for ');
    return label === image.label ? h('span', { class: 'right' }, 'it is ') : null;
  };
  return h('div', {}, shown.map((c, k) => considered(c, mark(c[0], k))), others.map((c) => considered(c, mark(c[0]))));
}
const card = (image) => h('article', { class: 'card' }, picture(image.source, image.label), verdict(image, false));

async function drawGallery() {
  for (const [end, title] of [['head', 'Most training images'], ['tail', 'Fewest training images']]) {
    const labels = data.gallery[end] || [];
    if (!labels.length) continue;
    const pairs = h('div', { class: 'pairs' });
    $('gallery').append(h('h3', {}, title), pairs);
    for (const label of labels) {
      const images = (await details(label)).images || [];
      const wrong = images.filter((i) => !isRight(i)), right = images.filter(isRight);
      const picked = [...wrong.slice(0, right.length ? 1 : 2), ...right.slice(0, wrong.length ? 1 : 2)];
      pairs.append(h('section', {}, h('h4', {}, openButton(label)),
        h('p', { class: 'quiet' }, `${counts[label]} training images, accuracy ${fixed(row().accuracy[label])}`),
        h('div', { class: 'cards' }, picked.map(card))));
    }
  }
}
function drawRetrieval() {
  for (const query of data.retrieval) {
    $('retrieval').append(
      h('h3', {}, `“${query.text}”`, h('span', { class: 'quiet' }, ` nearest of ${query.searched} images`)),
      h('ul', { class: 'strip' }, query.images.map(([source, label, cosine]) =>
        h('li', {}, picture(source, label), names[label], h('span', { class: 'quiet' }, ` ${fixed(cosine, 3)}`)))));
  }
}
