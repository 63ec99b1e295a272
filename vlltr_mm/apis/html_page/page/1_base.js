// The data, and what all parts use.
const $ = (id) => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';

// Text from data becomes text nodes only.
function fill(node, props, children) {
  for (const [key, value] of Object.entries(props)) {
    if (key === 'on') for (const [name, act] of Object.entries(value)) node.addEventListener(name, act);
    else if (value !== null && value !== false) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat(2).filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}
const h = (tag, props = {}, ...children) => fill(document.createElement(tag), props, children);
const s = (tag, props = {}, ...children) => fill(document.createElementNS(SVG, tag), props, children);

async function unpack(id) {
  const bytes = Uint8Array.from(atob($(id).textContent.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).json();
}
if (typeof DecompressionStream === 'undefined') {
  document.querySelector('header').append(h('p', { class: 'note' }, 'This browser is too old for all but the first tables; take one of 2023 or later.'));
  throw new Error('There is no DecompressionStream.');
}
const data = await unpack('payload');
const { names } = data.classes;
const size = names.length;
const groups = new Map();
async function details(label) {
  const group = Math.floor(label / data.group);
  if (!$('group-' + group).textContent.trim()) return {};
  if (!groups.has(group)) groups.set(group, unpack('group-' + group));
  return (await groups.get(group))[label] || {};
}

const fixed = (value, digits = 1) => (value === null || value === undefined ? '–' : value.toFixed(digits));
const bar = (share, text) => h('div', { class: 'bar' },
  s('svg', { viewBox: '0 0 100 12', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, s('rect', { width: 100 * share, height: 12 })),
  h('span', { class: 'n' }, text));
