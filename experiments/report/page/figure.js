'use strict';
// The frame of a figure: title, controls, what is drawn, a note, and buttons that save it.

/** A linear or a logarithmic scale, remembered under a name; `chosen` is told whether it is logarithmic. */
function scaleChoice(key, chosen) {
  const kinds = [
    ['no', 'linear'],
    ['yes', 'logarithmic']
  ];
  return choice('Scale', kinds, recall(key, 'no'), value => {
    remember(key, value);
    chosen(value === 'yes');
  });
}

/** Every figure of the page, to be drawn anew when its width or the colours change. */
const figures = new Set();
const PRINTED_WIDTH = 660;

/**
 * @typedef {Object} FigureParts
 * @property {string} title
 * @property {string} [note] what a reader has to know, below the figure
 * @property {function(number): SVGElement} draw the figure at a width, for files and paper
 * @property {function(HTMLElement, number): {destroy: function()}} [mount] a figure that answers to the mouse, for
 *   the screen; without it, `draw`'s picture is shown
 * @property {function(): {columns: string[], rows: any[][]}} csv the numbers of the figure
 * @property {HTMLElement[]} [controls]
 * @property {boolean} [wide] takes the whole width of the page
 */

/** @param {FigureParts} parts @returns {HTMLElement} a figure with `redraw()` */
function figure(parts) {
  const body = el('div', {class: 'figure-body'});
  const button = (text, hint, action) => el('button', {type: 'button', title: hint, onclick: action}, text);
  const buttons = el(
    'span',
    {class: 'buttons'},
    button('SVG', 'Save this figure as SVG', () =>
      save(fileName(parts.title) + '.svg', 'image/svg+xml', svgFile(parts.draw(PRINTED_WIDTH)))
    ),
    button('CSV', 'Save the numbers of this figure', () => {
      const {columns, rows} = parts.csv();
      save(fileName(parts.title) + '.csv', 'text/csv', toCsv(columns, rows));
    })
  );
  const note = el('p', {class: 'note'}, parts.note ?? '');
  const frame = el(
    'figure',
    {class: parts.wide ? 'wide' : null},
    el('figcaption', {}, el('h3', {}, parts.title), buttons),
    parts.controls?.length ? el('div', {class: 'controls'}, parts.controls) : null,
    body,
    note
  );

  let mounted = null,
    width = 0;
  frame.redraw = () => {
    mounted?.destroy();
    mounted = null;
    body.replaceChildren();
    if (width < 50) return;
    if (parts.mount) mounted = parts.mount(body, width);
    else body.append(parts.draw(width));
  };
  frame.parts = parts;
  frame.body = body;
  frame.setNote = text => note.replaceChildren(text);
  new ResizeObserver(([entry]) => {
    const now = Math.floor(entry.contentRect.width);
    if (now === width) return;
    width = now;
    frame.redraw();
  }).observe(body);
  figures.add(frame);
  return frame;
}

onTheme(() => figures.forEach(frame => frame.redraw()));

// On paper every figure is a picture in vectors.
addEventListener('beforeprint', () =>
  figures.forEach(frame => {
    const width = frame.parts.wide ? PRINTED_WIDTH : PRINTED_WIDTH / 2 - 20;
    frame.body.after(el('div', {class: 'printed'}, frame.parts.draw(width)));
  })
);
addEventListener('afterprint', () => document.querySelectorAll('.printed').forEach(printed => printed.remove()));
