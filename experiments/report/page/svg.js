'use strict';
// Drawing by hand: axes, texts, and a picture as a file of its own.

/** Maps [low, high] to [from, to], by logarithms where `log`. */
function scale(low, high, from, to, log = false) {
  const f = log ? Math.log10 : x => x;
  const a = f(low),
    b = f(high);
  return value => (b === a ? (from + to) / 2 : from + ((f(value) - a) / (b - a)) * (to - from));
}

/** An empty picture that is as large as it says. */
function picture(width, height, title) {
  return svgEl('svg', {
    class: 'drawing',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': title
  });
}

/** A text; `anchor`: start, middle, end. */
function label(x, y, text, {anchor = 'start', kind = 'tick', ...more} = {}) {
  return svgEl('text', {x, y, 'text-anchor': anchor, class: kind, ...more}, text);
}

/** The text, cut so that it takes about `room` pixels at most. */
function cut(text, room, size = 12) {
  const fits = Math.max(3, Math.floor(room / (size * 0.56)));
  return text.length <= fits
    ? text
    : text.slice(0, Math.ceil(fits / 2) - 1) + '…' + text.slice(text.length - Math.floor(fits / 2));
}

/** About how wide a text is. */
function textWidth(text, size = 12) {
  return text.length * size * 0.56;
}

const SAVED_PROPERTIES = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-opacity',
  'stroke-dasharray',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'opacity'
];

/** A picture of the page as the text of a file: light, with every style written out. */
function svgFile(svg) {
  const shade = document.documentElement.dataset.shade;
  document.documentElement.dataset.shade = 'light';
  const holder = el('div', {class: 'aside'}, svg);
  document.body.append(holder);
  const copy = svg.cloneNode(true);
  const originals = [svg, ...svg.querySelectorAll('*')],
    copies = [copy, ...copy.querySelectorAll('*')];
  originals.forEach((element, i) => {
    const style = getComputedStyle(element);
    copies[i].setAttribute('style', SAVED_PROPERTIES.map(name => `${name}:${style.getPropertyValue(name)}`).join(';'));
    copies[i].removeAttribute('class');
  });
  holder.remove();
  document.documentElement.dataset.shade = shade;
  const edge = 10,
    width = Number(svg.getAttribute('width')) + 2 * edge,
    height = Number(svg.getAttribute('height')) + 2 * edge;
  for (const [name, value] of Object.entries({width, height, viewBox: `${-edge} ${-edge} ${width} ${height}`}))
    copy.setAttribute(name, value);
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  copy.prepend(svgEl('rect', {x: -edge, y: -edge, width, height, fill: '#ffffff'}));
  return '<?xml version="1.0" encoding="UTF-8"?>\n' + new XMLSerializer().serializeToString(copy) + '\n';
}
