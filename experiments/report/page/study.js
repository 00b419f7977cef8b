'use strict';
// The report of a study: many runs in a table that filters all figures below it.

/**
 * @typedef {Object} StudyView what the figures of a study look at now
 * @property {Object} table runs of one kind of task, with columns and keys
 * @property {function(): Object[]} runs those that the filter lets through
 * @property {function(): Object} figure the column by which runs are judged
 * @property {function(): string} unitText its name with its unit
 * @property {function(): {label: string, runs: Object[]}[]} groups
 */

/** Names of the curves that some run has, with their titles. */
function curveNames(table) {
  const names = new Map();
  for (const run of table.runs)
    for (const group of run.curves)
      for (const series of group.series) names.set(series.name, {...series, axis: group.axis, values: null});
  return names;
}

/** Curves of groups with bands over their runs. @param {StudyView} view */
function studyCurves(view, points) {
  const curves = curveNames(view.table),
    names = [...curves.keys()],
    kind = view.table.task.kind;
  if (!names.length) return null;
  const watched = `${view.table.task.watched}_${view.table.task.metrics[0].name}`;
  const first = names.includes(watched) ? watched : names[0];
  const curve = keptChoice(
    'Curve',
    `${kind}.curve`,
    names,
    first,
    () => frame.refresh(),
    name => curves.get(name).title
  );
  let log = recall(`${kind}.log`, 'no') === 'yes';
  const plot = () => {
    const {axis, title, unit} = curves.get(curve.value);
    const drawn = view.groups().map(group => ({group, curve: groupCurve(group, curve.value)}));
    const lines = drawn
      .filter(one => one.curve)
      .map(({group, curve: {n, x, y, low, high}}, i) => ({
        label: n > 1 ? `${group.label} (n = ${n})` : group.label,
        ...lineStyle(i),
        x,
        y,
        low,
        high
      }));
    return {title: 'Curves', xTitle: axis, yTitle: withUnit(title, unit), log, lines};
  };
  const note = () => {
    const thinned = view.runs().some(run => curveOf(run, curve.value)?.thinned),
      groups = view.groups().length;
    return [
      'Lines are means of the runs of a group, bands one standard deviation to both sides.',
      thinned
        ? `Curves of more than ${shown(points)} values are cut into so many parts, of which each shows its mean.`
        : '',
      groups > MOST_IN_LEGEND ? `${groups} groups: the mouse names them.` : ''
    ]
      .filter(Boolean)
      .join(' ');
  };
  const scaleControl = scaleChoice(`${kind}.log`, now => {
    log = now;
    frame.redraw();
  });
  const frame = linesFigure('Curves', note(), plot, {wide: true, controls: [curve.control, scaleControl]});
  frame.refresh = () => {
    frame.setNote(note());
    frame.redraw();
  };
  return frame;
}

/** How runs are grouped at first: seeds together, or, where these are too many groups, by the key that matters most. */
function firstGrouping(view, ways) {
  const {table} = view;
  if (groupRuns(table, table.runs, ways[0]).length <= MOST_IN_LEGEND) return ways[0];
  return importanceOfKeys(view).find(entry => entry.key !== SEED && entry.values <= MOST_IN_LEGEND)?.key ?? ways[0];
}

/** Columns by which runs can be judged, with unit and better end. */
function figureColumns(table) {
  return table.columns
    .filter(column => column.figure && table.runs.some(run => run.figures[column.name] !== undefined))
    .map(column => {
      const {better, unit} = metricOf(table, column.name);
      return {...column, better, unit};
    });
}

/** Everything about the runs of one kind of task. */
function studyTable(table, points) {
  const kind = table.task.kind,
    state = {filter: recall(`${kind}.filter`, '')};
  const columns = figureColumns(table),
    names = columns.map(column => column.name);
  const keys = keysThatDiffer(table, table.runs);
  const ways = [...(keys.includes(SEED) ? [ALL_BUT_SEED] : []), EACH_RUN, ...keys];
  let figures = [];
  const refresh = () => figures.forEach(frame => (frame.refresh ? frame.refresh() : frame.redraw()));
  const preferred = names.find(name => name.startsWith('quantized_')) ?? names[0];
  const judged = keptChoice('Figure', `${kind}.figure`, names, preferred, refresh);
  const view = {
    table,
    runs: () => table.runs.filter(run => passes(table, run, state.filter)),
    figure: () => columns.find(column => column.name === judged.value) ?? {name: ''},
    unitText: () => withUnit(view.figure().name, view.figure().unit),
    groups: () => groupRuns(table, view.runs(), by.value)
  };
  const by = keptChoice('Group by', `${kind}.by`, ways, firstGrouping(view, ways), refresh);
  const ofFigures = names.length ? [comparisonFigure(view), parallelFigure(view), importanceFigure(view)] : [];
  figures = [studyCurves(view, points), ...ofFigures].filter(Boolean);
  refresh();
  return [
    runsTable(table, state, refresh),
    el('div', {class: 'controls pinned'}, by.control, names.length ? judged.control : null),
    el('div', {class: 'figures'}, figures)
  ];
}

/** @returns {{sentence: string, sections: HTMLElement[]}} */
function studyReport(study) {
  for (const table of study.tables)
    for (const run of table.runs) for (const group of run.curves) group.x = table.axes[group.x];
  const several = study.tables.length > 1;
  const sections = study.tables.map(table =>
    section(several ? `Runs on ${table.task.kind}` : 'Study', studyTable(table, study.points))
  );
  const skipped = study.skipped.map(text => el('li', {}, text));
  if (skipped.length) sections.push(section('Runs that cannot be read', el('ul', {}, skipped)));
  return {sentence: `${study.runs} runs`, sections};
}
