'use strict';
// Curves as a picture, for files and for paper. lines.js draws the same curves on the screen.

/**
 * @typedef {Object} Line
 * @property {string} label
 * @property {string} colour
 * @property {number[]} [dash]
 * @property {number[]} x
 * @property {(number|null)[]} y null: not measured
 * @property {(number|null)[]} [low] a band from low to high around the line
 * @property {(number|null)[]} [high]
 * @property {string} [bandName] what the band is
 * @property {number} [width]
 *
 * @typedef {Object} Lines
 * @property {string} title
 * @property {string} xTitle
 * @property {string} yTitle with its unit
 * @property {boolean} [log]
 * @property {boolean} [wholeX] false: places on the x axis need not be whole numbers
 * @property {boolean} [unnamed] there is one line, and the title says what it is
 * @property {Line[]} lines
 */

/** What the axes have to hold. @param {Lines} plot */
function plotRange(plot) {
  const x = extent(plot.lines.flatMap(line => line.x)) ?? [0, 1];
  const values = plot.lines.flatMap(line => [...line.y, ...(line.low ?? []), ...(line.high ?? [])]);
  const y = extent(plot.log ? values.filter(value => value > 0) : values) ?? [0, 1];
  if (x[0] === x[1]) x.splice(0, 2, x[0] - 0.5, x[1] + 0.5);
  if (y[0] === y[1]) {
    const half = Math.abs(y[0]) * 0.05 || 0.5;
    return {x, y: plot.log ? [y[0] / 2, y[1] * 2] : [y[0] - half, y[1] + half]};
  }
  const room = (y[1] - y[0]) * 0.04;
  return {x, y: plot.log ? y : [y[0] - room, y[1] + room]};
}

/** Runs of places where every one of the lists has a number: [first, last]. */
function stretches(...lists) {
  const found = [];
  for (let i = 0; i < lists[0].length; ++i) {
    if (lists.some(list => list[i] === null || list[i] === undefined)) continue;
    if (found.length && found.at(-1)[1] === i - 1) found.at(-1)[1] = i;
    else found.push([i, i]);
  }
  return found;
}

/** Points joined by lines, "M1,2L3,4"; where values are missing between two, the line goes on. */
function pathOf(line, toX, toY, log) {
  const points = line.y
    .map((y, i) => [line.x[i], y])
    .filter(([, y]) => y !== null && y !== undefined && (!log || y > 0));
  return {
    count: points.length,
    first: points[0],
    d: points.map(([x, y], i) => `${i ? 'L' : 'M'}${toX(x).toFixed(1)},${toY(y).toFixed(1)}`).join('')
  };
}

function bandPath(line, toX, toY) {
  return stretches(line.low, line.high)
    .map(([from, to]) => {
      const points = [];
      for (let i = from; i <= to; ++i) points.push([line.x[i], line.high[i]]);
      for (let i = to; i >= from; --i) points.push([line.x[i], line.low[i]]);
      return 'M' + points.map(([x, y]) => `${toX(x).toFixed(1)},${toY(y).toFixed(1)}`).join('L') + 'Z';
    })
    .join('');
}

/** The names of lines in rows, as wide as there is room. Returns the picture's part and its height. */
function legendDrawing(lines, width) {
  const group = svgEl('g');
  let x = 0,
    y = 12;
  for (const line of lines) {
    const text = cut(line.label, width - 40),
      needed = 30 + textWidth(text) + 14;
    if (x > 0 && x + needed > width) {
      x = 0;
      y += 18;
    }
    group.append(
      svgEl('line', {
        x1: x,
        y1: y - 4,
        x2: x + 22,
        y2: y - 4,
        class: 'curve',
        style: `stroke:${line.colour}`,
        'stroke-dasharray': (line.dash ?? []).join(' ')
      }),
      label(x + 28, y, text, {kind: 'legend'})
    );
    x += needed;
  }
  return {group, height: y + 8};
}

/** Frame, grid, ticks and titles of the axes. */
function axesDrawing(plot, range, area, toX, toY) {
  const {left, right, top, bottom} = area,
    parts = [];
  for (const tick of plot.log
    ? logTicks(...range.y)
    : ticks(...range.y, Math.max(3, Math.floor((bottom - top) / 40)))) {
    const y = toY(tick);
    parts.push(
      svgEl('line', {x1: left, y1: y, x2: right, y2: y, class: 'grid'}),
      label(left - 7, y + 4, shown(tick), {anchor: 'end'})
    );
  }
  for (const tick of ticks(...range.x, Math.max(2, Math.floor((right - left) / 65)))) {
    if (plot.wholeX !== false && !Number.isInteger(tick)) continue;
    const x = toX(tick);
    parts.push(
      svgEl('line', {x1: x, y1: bottom, x2: x, y2: bottom + 4, class: 'axis'}),
      label(x, bottom + 17, shown(tick), {anchor: 'middle'})
    );
  }
  parts.push(
    svgEl('line', {x1: left, y1: bottom, x2: right, y2: bottom, class: 'axis'}),
    label((left + right) / 2, bottom + 34, plot.xTitle, {anchor: 'middle', kind: 'axis-title'}),
    label(0, top - 8, plot.yTitle, {kind: 'axis-title'})
  );
  return parts;
}

/** @param {Lines} plot @returns {SVGElement} */
function linesDrawing(plot, width) {
  const legend = legendDrawing(plot.lines, width),
    plotHeight = Math.min(300, Math.max(200, width * 0.55));
  const legendHeight = plot.unnamed ? 0 : legend.height;
  const height = plotHeight + legendHeight,
    range = plotRange(plot);
  const area = {left: 58, right: width - 12, top: 22, bottom: plotHeight - 42};
  const toX = scale(...range.x, area.left, area.right),
    toY = scale(...range.y, area.bottom, area.top, plot.log);
  const svg = picture(width, height, plot.title);
  svg.append(...axesDrawing(plot, range, area, toX, toY));
  for (const line of plot.lines)
    if (line.low) svg.append(svgEl('path', {d: bandPath(line, toX, toY), class: 'band', style: `fill:${line.colour}`}));
  for (const line of plot.lines) {
    const path = pathOf(line, toX, toY, plot.log);
    if (path.count > 1)
      svg.append(
        svgEl('path', {
          d: path.d,
          class: 'curve',
          style: `stroke:${line.colour}`,
          'stroke-dasharray': (line.dash ?? []).join(' ')
        })
      );
    else if (path.count === 1)
      svg.append(svgEl('circle', {cx: toX(path.first[0]), cy: toY(path.first[1]), r: 4, style: `fill:${line.colour}`}));
  }
  legend.group.setAttribute('transform', `translate(0 ${plotHeight})`);
  if (legendHeight) svg.append(legend.group);
  return svg;
}

/** The numbers of curves: a row for each point of each line. @param {Lines} plot */
function linesTable(plot) {
  const banded = plot.lines.some(line => line.low);
  const rows = plot.lines.flatMap(line =>
    line.x.map((x, i) => [line.label, x, line.y[i], ...(banded ? [line.low?.[i], line.high?.[i]] : [])])
  );
  return {columns: ['line', plot.xTitle, plot.yTitle, ...(banded ? ['low', 'high'] : [])], rows};
}
