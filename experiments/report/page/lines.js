'use strict';
// Curves on the screen, by uPlot: they answer to the mouse. lines_svg.js draws the same for files and paper.

const MOST_IN_LEGEND = 24;

/** "#0072b2" with an opacity. */
function withOpacity(colour, opacity) {
  return (
    colour +
    Math.round(opacity * 255)
      .toString(16)
      .padStart(2, '0')
  );
}

/** The place of the measured value of a line that is next to x. */
function nearestPoint(line, x) {
  let best = -1;
  for (let i = 0; i < line.x.length; ++i) {
    if (line.y[i] === null || line.y[i] === undefined) continue;
    if (best < 0 || Math.abs(line.x[i] - x) < Math.abs(line.x[best] - x)) best = i;
  }
  return best;
}

/** What stands beside the mouse: of a few lines all values, of many that of the nearest. @param {Lines} plot */
function tooltipText(plot, u) {
  const x = u.posToVal(u.cursor.left, 'x');
  const places = plot.lines
    .map((line, i) => ({line, i, at: nearestPoint(line, x)}))
    .filter(({at, i}) => at >= 0 && u.series[1 + 3 * i].show);
  if (!places.length) return null;
  const distance = ({line, at}) => Math.abs(u.valToPos(line.y[at], 'y') - u.cursor.top);
  const nearest = places.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  const rows = places.length <= 6 ? places : [nearest];
  return [
    el('div', {class: 'tip-x'}, `${plot.xTitle} ${shown(nearest.line.x[nearest.at], 6)}`),
    ...rows.map(row => {
      const {line, at} = row;
      const band = line.low ? ` (${shown(line.low[at])} … ${shown(line.high[at])})` : '';
      return el(
        'div',
        {class: row === nearest && rows.length > 1 ? 'near' : null},
        swatch(line),
        `${line.label}: ${shown(line.y[at], 5)}${band}`
      );
    })
  ];
}

/** A short piece of a line, as it looks in the figure. */
function swatch(line) {
  return svgEl(
    'svg',
    {width: 22, height: 8, class: 'swatch', 'aria-hidden': true},
    svgEl('line', {
      x1: 0,
      y1: 4,
      x2: 22,
      y2: 4,
      class: 'curve',
      style: `stroke:${line.colour}`,
      'stroke-dasharray': (line.dash ?? []).join(' ')
    })
  );
}

/** The series of uPlot: of each line itself and the two edges of its band. */
function seriesOf(plot) {
  const many = plot.lines.length > MOST_IN_LEGEND;
  return [
    {},
    ...plot.lines.flatMap(line => {
      const stroke = resolved(line.colour);
      const few = line.y.filter(value => value !== null).length < 2;
      const edge = {stroke: 'transparent', width: 0, points: {show: false}, spanGaps: false};
      return [
        {
          label: line.label,
          stroke,
          width: line.width ?? (many ? 1 : 2),
          dash: line.dash ?? [],
          spanGaps: true,
          points: {show: few, size: 8, fill: stroke}
        },
        edge,
        {...edge}
      ];
    })
  ];
}

/** Columns of numbers on one axis, as uPlot wants them. */
function joined(plot) {
  return uPlot.join(
    plot.lines.map(line => {
      const none = line.y.map(() => null);
      return [line.x, line.y, line.low ?? none, line.high ?? none];
    })
  );
}

function axesOf(plot) {
  const ink = resolved('var(--faint-ink)'),
    grid = {stroke: resolved('var(--grid)'), width: 1};
  const font = '12px ' + getComputedStyle(document.body).fontFamily;
  const axis = {stroke: ink, font, labelFont: font, grid, ticks: {...grid, size: 5}};
  const values = (u, splits) => splits.map(value => (value === null ? '' : shown(value)));
  const [low, high] = plotRange(plot).y;
  return [
    {
      ...axis,
      label: plot.xTitle,
      labelSize: 20,
      size: 34,
      values,
      incrs: [1, 2, 5]
        .flatMap((step, _, steps) => Array.from({length: 9}, (unused, power) => step * 10 ** power))
        .sort((a, b) => a - b)
    },
    {
      ...axis,
      size: 60,
      values: plot.log
        ? (u, splits) => splits.map(tick => (logTicks(low, high).includes(tick) ? shown(tick) : ''))
        : values,
      ...(plot.log ? {splits: () => logTicks(low, high)} : {})
    }
  ];
}

/** Shows and hides lines. @returns {HTMLElement|null} */
function legend(plot, u) {
  if (plot.lines.length > MOST_IN_LEGEND) return null;
  return el(
    'div',
    {class: 'legend'},
    plot.lines.map((line, i) => {
      const button = el(
        'button',
        {
          type: 'button',
          'aria-pressed': 'true',
          title: 'Show or hide this line',
          onclick: () => {
            const show = !u.series[1 + 3 * i].show;
            for (let k = 0; k < 3; ++k) u.setSeries(1 + 3 * i + k, {show});
            button.setAttribute('aria-pressed', String(show));
          }
        },
        swatch(line),
        line.label
      );
      return button;
    })
  );
}

/**
 * Draws curves into an element. Dragging zooms in, a double click shows all again.
 * @param {Lines} plot
 * @returns {{destroy: function()}}
 */
function mountLines(plot, container, width) {
  const range = plotRange(plot),
    tip = el('div', {class: 'tip', hidden: true});
  const follow = u => {
    const content = u.cursor.left >= 0 ? tooltipText(plot, u) : null;
    tip.hidden = !content;
    if (!content) return;
    tip.replaceChildren(...content);
    const left = u.cursor.left + u.over.offsetLeft,
      right = left > width / 2;
    tip.style.left = right ? '' : `${left + 14}px`;
    tip.style.right = right ? `${width - left + 14}px` : '';
    tip.style.top = `${Math.max(0, u.cursor.top + u.over.offsetTop - 20)}px`;
  };
  const bands = plot.lines.flatMap((line, i) =>
    line.low ? [{series: [3 + 3 * i, 2 + 3 * i], fill: withOpacity(resolved(line.colour), 0.18)}] : []
  );
  const holder = el('div', {class: 'plot'}, el('div', {class: 'y-title'}, plot.yTitle));
  container.append(holder);
  const u = new uPlot(
    {
      width,
      height: Math.round(Math.min(290, Math.max(210, width * 0.5))),
      series: seriesOf(plot),
      bands,
      axes: axesOf(plot),
      scales: {
        x: {time: false, range: (unused, low, high) => (low === null || low === high ? range.x : [low, high])},
        y: plot.log
          ? {distr: 3, range: range.y}
          : {
              range: (unused, low, high) => {
                if (low === null || low === high) return range.y;
                const room = (high - low) * 0.04;
                return [low - room, high + room];
              }
            }
      },
      legend: {show: false},
      cursor: {focus: {prox: 24}, points: {size: 7}},
      focus: {alpha: plot.lines.length > 1 ? 0.3 : 1},
      hooks: {setCursor: [follow]}
    },
    joined(plot),
    holder
  );
  holder.append(tip);
  const names = legend(plot, u);
  if (names && !plot.unnamed) holder.append(names);
  return {destroy: () => u.destroy()};
}

/**
 * A figure of curves. `plot` may change when controls do: it is asked for at every drawing.
 * @param {function(): Lines} plot
 */
function linesFigure(title, note, plot, {wide = false, controls = []} = {}) {
  return figure({
    title,
    note,
    wide,
    controls,
    draw: width => linesDrawing(plot(), width),
    mount: (container, width) => {
      const now = plot();
      if (now.lines.length) return mountLines(now, container, width);
      container.append(el('p', {class: 'empty'}, 'Nothing was measured.'));
      return {destroy: () => {}};
    },
    csv: () => linesTable(plot())
  });
}
