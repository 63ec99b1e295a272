// Accuracy against training images.
const order = [...names.keys()].sort((a, b) => counts[a] - counts[b] || a - b);
let marks = [], lit, tip;
function drawPlot() {
  const width = Math.max(300, $('plot').clientWidth), height = Math.min(400, Math.max(260, width * 0.45));
  const left = 44, right = 14, top = 22, bottom = 40;
  const most = Math.max(...counts, 2), least = Math.max(1, Math.min(...counts));
  const low = counts.includes(0) ? least / 2 : least;
  const x = (count) => left + (width - left - right) * Math.log(Math.max(count, low) / low) / Math.log(most / low || 2);
  const y = (value) => top + (height - top - bottom) * (1 - value / 100);
  const text = (at, up, anchor, content, kind) => s('text', { x: at, y: up, 'text-anchor': anchor, class: kind || '' }, content);
  const parts = [];
  for (const value of [0, 25, 50, 75, 100]) {
    parts.push(s('line', { class: 'axis', x1: left, x2: width - right, y1: y(value), y2: y(value) }), text(left - 8, y(value) + 4, 'end', value));
  }
  const edges = data.protocol.thresholds.filter((edge) => edge > low && edge < most);
  for (const edge of edges) parts.push(s('line', { class: 'split', x1: x(edge), x2: x(edge), y1: top, y2: height - bottom }));
  for (const split of ['many', 'medium', 'few']) {
    const own = counts.filter((_, c) => splits[c] === split);
    if (own.length) {
      const at = own.map(x), middle = (Math.min(...at) + Math.max(...at)) / 2;
      parts.push(text(Math.min(Math.max(middle, left + 22), width - right - 22), 12, 'middle', split, split));
    }
  }
  const ticks = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000].filter((t) => t >= low && t <= most);
  const step = Math.ceil(ticks.length / (width / 70));
  ticks.forEach((tick, i) => i % step || parts.push(text(x(tick), height - bottom + 18, 'middle', tick)));
  if (low < least) parts.push(text(left, height - bottom + 18, 'middle', 0));
  parts.push(text((left + width - right) / 2, height - 4, 'middle', 'training images (log scale)'), text(6, 12, 'start', '%'));
  const r = size > 2000 ? 2.5 : size > 300 ? 3.5 : 5;
  const shape = { many: (a, b) => `M${a - r},${b}a${r},${r} 0 1 0 ${2 * r},0a${r},${r} 0 1 0 ${-2 * r},0z`,
    medium: (a, b) => `M${a - r},${b - r}h${2 * r}v${2 * r}h${-2 * r}z`,
    few: (a, b) => `M${a},${b - 1.2 * r}l${1.2 * r},${2.2 * r}h${-2.4 * r}z` };
  marks = order.filter((c) => row().accuracy[c] !== null).map((c) => ({ label: c, x: x(counts[c]), y: y(row().accuracy[c]) }));
  // One path a split, whatever the number of classes.
  for (const split of ['many', 'medium', 'few']) {
    const own = marks.filter((m) => splits[m.label] === split);
    const pieces = Math.ceil(own.length / 200);  // overlaps inside a path do not add up
    for (let i = 0; i < pieces; i++) {
      const path = own.filter((_, k) => k % pieces === i).map((m) => shape[split](m.x, m.y)).join('');
      parts.push(s('path', { class: `mark ${split}${size > 2000 ? ' dense' : ''}`, d: path }));
    }
  }
  const curve = row().curve.map((v, i) => (v === null ? null : [x(data.grid[i]), y(v)])).filter(Boolean);
  if (curve.length > 1) parts.push(s('path', { class: 'curve', d: 'M' + curve.map((p) => p.join(',')).join('L') }));
  lit = s('circle', { class: 'lit', r: r + 4, visibility: 'hidden' });
  tip = h('div', { class: 'tip', hidden: true });
  const svg = s('svg', { viewBox: `0 0 ${width} ${height}`, height, tabindex: 0, role: 'application',
    'aria-label': `Accuracy of ${marks.length} classes of ${state.row} against their training images. Arrow keys go from class to class, Enter opens one.` }, ...parts, lit);
  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect(), scale = width / box.width;
    const px = (event.clientX - box.left) * scale, py = (event.clientY - box.top) * scale;
    let best = -1, nearest = 400;
    marks.forEach((m, i) => {
      const far = (m.x - px) ** 2 + (m.y - py) ** 2;
      if (far < nearest) { nearest = far; best = i; }
    });
    if (best >= 0) light(best); else dim();
  });
  svg.addEventListener('pointerleave', dim);
  svg.addEventListener('click', () => tip.hidden || show(marks[state.at].label));
  svg.addEventListener('focus', () => marks.length && light(Math.min(state.at, marks.length - 1)));
  svg.addEventListener('blur', dim);
  svg.addEventListener('keydown', (event) => {
    const go = { ArrowRight: state.at + 1, ArrowUp: state.at + 1, ArrowLeft: state.at - 1, ArrowDown: state.at - 1,
      PageUp: state.at - 20, PageDown: state.at + 20, Home: 0, End: marks.length - 1 }[event.key];
    if (go !== undefined && marks.length) { event.preventDefault(); light(Math.min(Math.max(go, 0), marks.length - 1)); }
    else if (event.key === 'Enter' && marks.length) { event.preventDefault(); show(marks[state.at].label); }
  });
  state.at = Math.min(state.at, Math.max(0, marks.length - 1));
  $('plot').replaceChildren(svg, tip);
}
const dim = () => { tip.hidden = true; lit.setAttribute('visibility', 'hidden'); };
function light(place) {
  const mark = marks[place], c = mark.label;
  state.at = place;
  const same = marks.filter((m) => m.x === mark.x && m.y === mark.y).length - 1;
  tip.textContent = `${names[c]}: ${fixed(row().accuracy[c])} %, ${counts[c]} training images, ${splits[c]}` + (same ? ` (and ${same} more here)` : '');
  $('point').textContent = tip.textContent;
  lit.setAttribute('cx', mark.x); lit.setAttribute('cy', mark.y); lit.setAttribute('visibility', 'visible');
  tip.hidden = false;
  const room = $('plot').clientWidth;
  tip.style.left = Math.max(0, Math.min(mark.x + 12, room - tip.offsetWidth)) + 'px';
  const above = mark.y - tip.offsetHeight - 10;
  tip.style.top = (above < 0 ? mark.y + 12 : above) + 'px';
}
