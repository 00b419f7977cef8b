'use strict';
// Parallel coordinates: a line a run, an axis a key, and the figure at the right end.

const MOST_AXES = 9;

/** Where the values of a key stand on its axis: numbers by size where all are numbers, else one below another. */
function keyAxis(table, runs, key) {
  const values = [...new Set(runs.map(run => keyValue(table, run, key)))].sort(orderValues);
  const numeric = values.every(value => value.trim() !== '' && Number.isFinite(Number(value)));
  const numbers = numeric ? values.map(Number) : [];
  const log = numeric && Math.min(...numbers) > 0 && Math.max(...numbers) / Math.min(...numbers) > 30;
  return {
    name: key,
    values,
    at: (from, to) => {
      if (!numeric || values.length < 2) {
        const place = scale(0, Math.max(1, values.length - 1), from, to);
        return value => (values.length < 2 ? (from + to) / 2 : place(values.indexOf(value)));
      }
      const place = scale(Math.min(...numbers), Math.max(...numbers), from, to, log);
      return value => place(Number(value));
    }
  };
}

/** Labels of an axis that do not touch. */
function axisLabels(axis, place) {
  const shownLabels = [];
  for (const value of axis.values) {
    const y = place(value);
    if (shownLabels.every(other => Math.abs(other.y - y) > 13)) shownLabels.push({value, y});
  }
  return shownLabels;
}

/** @param {StudyView} view */
function parallelDrawing(view, width) {
  const {table} = view,
    figureColumn = view.figure();
  const runs = view.runs().filter(run => run.figures[figureColumn.name] !== undefined);
  const svg = picture(width, 330, 'Parallel coordinates');
  if (!runs.length) return svg;
  const keys = importanceOfKeys(view)
    .map(entry => entry.key)
    .slice(0, Math.max(1, Math.min(MOST_AXES, Math.floor(width / 105) - 1)));
  const axes = keys.map(key => keyAxis(table, runs, key)),
    top = 44,
    bottom = 312;
  const toX = scale(0, axes.length, 14, width - 64);
  const range = extent(runs.map(run => run.figures[figureColumn.name]));
  const toY = scale(...range, bottom, top),
    places = axes.map(axis => axis.at(bottom, top));
  const quality = value => {
    const share = range[0] === range[1] ? 1 : (value - range[0]) / (range[1] - range[0]);
    return figureColumn.better === 'down' ? 1 - share : share;
  };
  const opacity = runs.length > 100 ? 0.4 : 0.85,
    room = toX(1) - toX(0) - 14;
  const lines = [...runs]
    .sort((a, b) => quality(a.figures[figureColumn.name]) - quality(b.figures[figureColumn.name]))
    .map(run => {
      const value = run.figures[figureColumn.name];
      const points = [
        ...axes.map((axis, i) => [toX(i), places[i](keyValue(table, run, axis.name))]),
        [toX(axes.length), toY(value)]
      ];
      const d = points
        .map(([x, y], i) =>
          i === 0
            ? `M${x},${y}`
            : `C${(points[i - 1][0] + x) / 2},${points[i - 1][1]} ${(points[i - 1][0] + x) / 2},${y} ${x},${y}`
        )
        .join('');
      return svgEl(
        'path',
        {
          d,
          class: 'run-line',
          style: `stroke:${rampColour(quality(value))};stroke-opacity:${opacity}`,
          'data-run': run.name
        },
        svgEl('title', {}, `${run.name}: ${fixed(value)} ${view.unitText()}`)
      );
    });
  svg.append(...lines);
  axes.forEach((axis, i) => {
    svg.append(
      svgEl('line', {x1: toX(i), y1: top, x2: toX(i), y2: bottom, class: 'axis'}),
      label(toX(i) - 6, i % 2 ? 14 : 30, cut(axis.name, (room + 14) * 2 - 20, 12), {kind: 'axis-title'})
    );
    for (const {value, y} of axisLabels(axis, places[i]))
      svg.append(label(toX(i) + 6, y + 4, cut(shortValue(value), room), {kind: 'tick haloed'}));
  });
  const last = toX(axes.length);
  svg.append(
    svgEl('line', {x1: last, y1: top, x2: last, y2: bottom, class: 'axis'}),
    label(width - 4, axes.length % 2 ? 14 : 30, view.unitText(), {anchor: 'end', kind: 'axis-title'})
  );
  for (const tick of ticks(...range, 6)) svg.append(label(last + 7, toY(tick) + 4, shown(tick)));
  return svg;
}

/** @param {StudyView} view */
function parallelFigure(view) {
  return figure({
    title: 'Parallel coordinates',
    wide: true,
    draw: width => parallelDrawing(view, width),
    note:
      `A line a run; the stronger its colour, the better its figure. Of the keys that differ, those ` +
      `with the largest importance are shown, as many as fit (at most ${MOST_AXES}).`,
    csv: () => {
      const keys = keysThatDiffer(view.table, view.runs());
      return {
        columns: ['run', ...keys, view.figure().name],
        rows: view
          .runs()
          .map(run => [run.name, ...keys.map(key => keyValue(view.table, run, key)), run.figures[view.figure().name]])
      };
    }
  });
}
