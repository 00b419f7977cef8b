'use strict';
// Counts in a grid of cells: confusion matrices, and histograms of codes over epochs.

/**
 * @typedef {Object} Grid
 * @property {string} title
 * @property {string[]} rows
 * @property {string[]} columns
 * @property {string} rowTitle
 * @property {string} columnTitle
 * @property {(number|null)[][]} values [row][column]
 * @property {function(number, number): number} shade 0 to 1, of a row and a column
 * @property {function(number, number): string} hint what the mouse says
 * @property {boolean} [written] values stand in the cells, where they fit
 */

/** Every how many labels one has to leave out so that they do not touch. */
function labelStep(count, size, room) {
  return Math.max(1, Math.ceil(room / (size / count)));
}

/** Where everything of a grid stands. */
function gridLayout(grid, width) {
  const widest = names => Math.max(20, ...names.map(name => textWidth(name)));
  const rows = grid.rows.length,
    columns = grid.columns.length,
    under = widest(grid.columns);
  const left = Math.min(widest(grid.rows), width * 0.28) + 30,
    cell = (width - left - 4) / columns,
    top = 6;
  const height = Math.max(9, Math.min(grid.written ? Math.min(cell, 34) : 18, 320 / Math.min(rows, 12)));
  const turned = grid.written && under > cell * 0.95;
  return {
    rows,
    columns,
    left,
    top,
    cell,
    height,
    turned,
    bottom: top + rows * height,
    underneath: turned ? Math.min(110, under * 0.75 + 20) : 22,
    rowStep: labelStep(rows, rows * height, 12),
    columnStep: labelStep(columns, columns * cell, turned ? 13 : under + 8)
  };
}

/** One cell, with its number where that fits. */
function cellDrawing(grid, layout, r, c) {
  const {left, top, cell, height} = layout,
    value = grid.values[r][c],
    shade = grid.shade(r, c);
  const x = left + c * cell,
    y = top + r * height;
  const rect = svgEl(
    'rect',
    {
      x,
      y,
      width: Math.max(cell - (cell > 5 ? 1 : 0), 0.5),
      height: height - (height > 10 ? 1 : 0),
      class: value === null ? 'cell unknown' : 'cell',
      'fill-opacity': value ? Math.max(0.04, shade).toFixed(3) : 0
    },
    svgEl('title', {}, grid.hint(r, c))
  );
  if (!grid.written || !value || cell < textWidth(String(value), 11) + 2 || height < 12) return [rect];
  return [
    rect,
    label(x + cell / 2, y + height / 2 + 4, String(value), {
      anchor: 'middle',
      kind: shade > 0.55 ? 'on-cell' : 'in-cell'
    })
  ];
}

/** Names of the rows and columns, and what they are. */
function gridLabels(grid, layout) {
  const {rows, columns, left, top, cell, height, turned, bottom, underneath, rowStep, columnStep} = layout;
  const middle = top + (rows * height) / 2;
  const ofRow = (name, r) => label(left - 7, top + (r + 0.5) * height + 4, cut(name, left - 26), {anchor: 'end'});
  const ofColumn = (name, c) => {
    const x = left + (c + 0.5) * cell;
    if (!turned) return label(x, bottom + 15, name, {anchor: 'middle'});
    return label(x + 4, bottom + 12, cut(name, underneath * 1.3), {
      anchor: 'end',
      transform: `rotate(-45 ${x + 4} ${bottom + 12})`
    });
  };
  return [
    ...grid.rows.map((name, r) => (r % rowStep ? null : ofRow(name, r))),
    ...grid.columns.map((name, c) => (c % columnStep ? null : ofColumn(name, c))),
    label(left + (columns * cell) / 2, bottom + underneath + 12, grid.columnTitle, {
      anchor: 'middle',
      kind: 'axis-title'
    }),
    label(12, middle, grid.rowTitle, {anchor: 'middle', kind: 'axis-title', transform: `rotate(-90 12 ${middle})`})
  ].filter(Boolean);
}

/** @param {Grid} grid @returns {SVGElement} */
function gridDrawing(grid, width) {
  const layout = gridLayout(grid, width),
    {rows, columns, left, top, cell, height, bottom, underneath} = layout;
  const svg = picture(width, bottom + underneath + 20, grid.title);
  for (let r = 0; r < rows; ++r) for (let c = 0; c < columns; ++c) svg.append(...cellDrawing(grid, layout, r, c));
  svg.append(
    ...gridLabels(grid, layout),
    svgEl('rect', {x: left, y: top, width: columns * cell, height: rows * height, class: 'frame'})
  );
  return svg;
}

/** @param {function(): Grid} grid asked for at every drawing */
function gridFigure(title, note, grid, more = {}) {
  return figure({
    title,
    note,
    ...more,
    draw: width => gridDrawing(grid(), width),
    csv: () => {
      const now = grid();
      return {
        columns: [`${now.rowTitle} \\ ${now.columnTitle}`, ...now.columns],
        rows: now.rows.map((name, r) => [name, ...now.values[r]])
      };
    }
  });
}
