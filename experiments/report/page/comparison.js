'use strict';
// Groups of runs against each other: means with their intervals, or differences to one of them.

/**
 * @typedef {Object} Compared
 * @property {string} label
 * @property {number[]} values of the runs, as dots
 * @property {number} mean or, against a reference, the difference of the means
 * @property {number} half of the 95 % interval; NaN: of one run
 */

/** @returns {{list: Compared[], relative: boolean}} */
function compareGroups(groups, figureName, reference) {
  const measured = groups
    .map(group => ({
      label: group.label,
      values: group.runs.map(run => run.figures[figureName]).filter(value => value !== undefined)
    }))
    .filter(group => group.values.length);
  const base = measured.find(group => group.label === reference);
  return {
    relative: Boolean(base),
    list: measured.map(group => {
      const own = meanWithInterval(group.values);
      if (!base) return {...group, mean: own.mean, half: own.half, own};
      const centre = mean(base.values);
      const difference = group === base ? {mean: 0, half: NaN} : differenceWithInterval(group.values, base.values);
      return {label: group.label, values: group.values.map(value => value - centre), ...difference, own};
    })
  };
}

/** "91.46 ± 0.10 (n = 3)" */
function ownText(entry) {
  const {mean: centre, half, n} = entry.own;
  return n > 1 ? `${fixed(centre)} ± ${fixed(half)} (n = ${n})` : fixed(centre);
}

/** @param {{name: string, unit: string}} column by which runs are judged */
function comparisonDrawing(title, compared, column, width) {
  const {list, relative} = compared,
    narrow = width < 520,
    row = narrow ? 46 : 28;
  const left = narrow ? 8 : Math.min(Math.max(...list.map(entry => textWidth(entry.label)), 40) + 14, width * 0.42);
  const texts = narrow ? 8 : Math.max(...list.map(entry => textWidth(ownText(entry)))) + 16;
  const ends = list.flatMap(entry => [
    entry.mean,
    ...entry.values,
    ...(entry.half >= 0 ? [entry.mean - entry.half, entry.mean + entry.half] : [])
  ]);
  let [low, high] = extent(relative ? [0, ...ends] : ends);
  const room = (high - low || Math.abs(high) * 0.1 || 1) * 0.06;
  [low, high] = [low - room, high + room];
  const right = width - texts,
    bottom = list.length * row + 6,
    toX = scale(low, high, left + 6, right - 6);
  const svg = picture(width, bottom + 44, title);
  for (const tick of ticks(low, high, Math.max(2, Math.floor((right - left) / 70))))
    svg.append(
      svgEl('line', {x1: toX(tick), y1: 2, x2: toX(tick), y2: bottom, class: 'grid'}),
      label(toX(tick), bottom + 16, shown(tick), {anchor: 'middle'})
    );
  if (relative) svg.append(svgEl('line', {x1: toX(0), y1: 2, x2: toX(0), y2: bottom, class: 'axis'}));
  list.forEach((entry, i) => {
    const y = i * row + (narrow ? 32 : row / 2 + 2);
    if (narrow)
      svg.append(
        label(left, y - 16, cut(entry.label, width - 30 - textWidth(ownText(entry)))),
        label(width - 6, y - 16, ownText(entry), {anchor: 'end'})
      );
    else
      svg.append(
        label(left - 8, y + 4, cut(entry.label, left - 12), {anchor: 'end'}),
        label(right + 10, y + 4, ownText(entry))
      );
    const hint = svgEl('title', {}, `${entry.label}: ${ownText(entry)}`);
    if (relative)
      svg.append(
        svgEl(
          'rect',
          {
            x: Math.min(toX(0), toX(entry.mean)),
            y: y - 7,
            width: Math.abs(toX(entry.mean) - toX(0)),
            height: 14,
            class: 'bar'
          },
          hint
        )
      );
    for (const value of entry.values) svg.append(svgEl('circle', {cx: toX(value), cy: y, r: 3, class: 'one-run'}));
    if (entry.half >= 0) {
      const a = toX(entry.mean - entry.half),
        b = toX(entry.mean + entry.half);
      svg.append(svgEl('path', {d: `M${a},${y - 5}V${y + 5}M${a},${y}H${b}M${b},${y - 5}V${y + 5}`, class: 'whisker'}));
    }
    if (!relative) svg.append(svgEl('circle', {cx: toX(entry.mean), cy: y, r: 5, class: 'centre'}, hint));
  });
  svg.append(
    svgEl('line', {x1: left, y1: bottom, x2: right, y2: bottom, class: 'axis'}),
    label(
      (left + right) / 2,
      bottom + 35,
      relative
        ? withUnit(`difference of ${column.name}`, column.unit === '%' ? 'percentage points' : column.unit)
        : withUnit(column.name, column.unit),
      {anchor: 'middle', kind: 'axis-title'}
    )
  );
  return svg;
}

/** The figure that compares groups, with a choice of the one to which others are compared. @param {StudyView} view */
function comparisonFigure(view) {
  let reference = recall('reference', '');
  const none = 'none: the values themselves';
  const compared = () => compareGroups(view.groups(), view.figure().name, reference);
  const select = choice('Reference', [['', none]], '', value => {
    reference = value;
    remember('reference', value);
    frame.redraw();
  });
  const frame = figure({
    title: 'Groups compared',
    wide: true,
    controls: [select],
    note:
      "Light dots: single runs. Whiskers: 95 % interval of the mean by Student's t over the runs of a " +
      "group, or, against a reference, of the difference of two means by Welch's. A group of one run " +
      'has none. Groups may differ in other keys too.',
    draw: width => {
      const now = compared();
      return now.list.length
        ? comparisonDrawing('Groups compared', now, view.figure(), width)
        : picture(width, 10, 'none');
    },
    csv: () => {
      const now = compared();
      return {
        columns: [
          'group',
          'runs',
          'mean',
          'half of 95 % interval',
          ...(now.relative ? [`difference to ${reference}`, 'half of 95 % interval of it'] : [])
        ],
        rows: now.list.map(entry => [
          entry.label,
          entry.own.n,
          entry.own.mean,
          Number.isNaN(entry.own.half) ? '' : entry.own.half,
          ...(now.relative ? [entry.mean, Number.isNaN(entry.half) ? '' : entry.half] : [])
        ])
      };
    }
  });
  frame.refresh = () => {
    const labels = view.groups().map(group => group.label);
    const list = select.querySelector('select');
    list.replaceChildren(
      ...[['', none], ...labels.map(text => [text, text])].map(([value, text]) => el('option', {value}, text))
    );
    list.value = labels.includes(reference) ? reference : '';
    frame.redraw();
  };
  return frame;
}
