'use strict';
// The report of one run.

/** "top-1" with its unit: "top-1 (%)". */
function withUnit(title, unit) {
  return unit ? `${title} (${unit})` : title;
}

/** Note below curves that show fewer points than were measured. */
function thinnedNote(group, series) {
  const notes = [];
  if (group.x.length < group.of)
    notes.push(
      `${shown(group.of)} values in ${shown(group.x.length)} parts: the line is the mean of a part, the ` +
        `band its lowest and highest.`
    );
  const infinite = series.reduce((sum, one) => sum + one.infinite, 0);
  if (infinite) notes.push(`${shown(infinite)} values are infinite and left out.`);
  return notes.join(' ');
}

function lineOf(series, x, i, name = series.title) {
  return {label: name, ...lineStyle(i), x, y: series.values, low: series.low, high: series.high};
}

/** One figure for curves that share a unit, "training loss" and "test loss". */
function seriesFigure(title, group, series) {
  const key = `log.${title}`;
  let log = recall(key, 'no') === 'yes';
  const positive = series.every(one => one.values.every(value => value === null || value > 0));
  const controls =
    positive && series[0].unit !== '%'
      ? [
          scaleChoice(key, now => {
            log = now;
            frame.redraw();
          })
        ]
      : [];
  const plot = () => ({
    title,
    xTitle: group.axis,
    log,
    unnamed: series.length === 1,
    yTitle: withUnit(series.length > 1 ? title.toLowerCase() : series[0].title, series[0].unit),
    lines: series.map((one, i) => lineOf(one, group.x, i))
  });
  const frame = linesFigure(title, thinnedNote(group, series), plot, {controls});
  return frame;
}

/** The curves of a run, those first that people look at first. */
function curveFigures(run) {
  const groups = Object.fromEntries(run.curves.map(group => [group.axis, group]));
  const list = [],
    {epoch, step} = groups,
    split = run.task.watched;
  const capital = text => text[0].toUpperCase() + text.slice(1);
  const pick = (group, ...names) => (group ? group.series.filter(one => names.includes(one.name)) : []);
  const add = (title, group, ...names) => {
    const series = pick(group, ...names);
    if (series.length) list.push(seriesFigure(title, group, series));
  };
  add('Loss', epoch, 'train_loss', `${split}_loss`);
  for (const metric of run.task.metrics)
    add(capital(metric.title), epoch, `train_${metric.name}`, `${split}_${metric.name}`);
  add('Loss of single steps', step, 'loss');
  add('Learning rate', step, 'learning_rate');
  if (!pick(step, 'learning_rate').length) add('Learning rate', epoch, 'learning_rate');
  add('Norm of the gradient', step, 'gradient_norm');
  add('Rate', step, `${run.task.unit}_per_second`);
  add('Time of an epoch', epoch, 'seconds');
  add('Changed codes and frozen weights', epoch, 'changed_codes', 'frozen_weights');
  return list;
}

const ARITHMETICS = ['float', 'quantized', 'integer'];
const MOST_CARDS = 6;

/** Final figures in large letters; many of them as a table. */
function figuresPart(run) {
  const measured = ARITHMETICS.filter(arithmetic => run.figures[arithmetic]),
    metrics = run.task.metrics;
  if (!measured.length) return null;
  const value = (arithmetic, i) => run.figures[arithmetic][i] ?? null;
  if (metrics.length * measured.length > MOST_CARDS) {
    const columns = [{name: 'figure'}, ...measured.map(arithmetic => ({name: arithmetic, number: true}))];
    const rows = metrics.map((metric, i) => ({
      cells: [
        withUnit(metric.title, metric.unit),
        ...measured.map(arithmetic => (value(arithmetic, i) === null ? '' : fixed(value(arithmetic, i))))
      ]
    }));
    return tableSection(
      'Figures of the test split',
      sortableTable(columns, rows, {key: 'figures'}),
      columns,
      'figures'
    );
  }
  return el(
    'div',
    {class: 'cards'},
    metrics.flatMap((metric, i) =>
      measured
        .filter(arithmetic => value(arithmetic, i) !== null)
        .map(arithmetic =>
          el(
            'div',
            {class: 'card'},
            el('div', {class: 'card-name'}, `${arithmetic} ${metric.title}`),
            el(
              'div',
              {class: 'card-value'},
              fixed(value(arithmetic, i)),
              metric.unit ? el('span', {class: 'unit'}, ' ' + metric.unit) : null
            )
          )
        )
    )
  );
}

/** What a run is, in a line. */
function runSentence(run) {
  const bits = count => (count === 32 ? 'float' : `${count}-bit`);
  const quantized =
    run.method === 'none'
      ? 'float'
      : `${run.method}, ${bits(run.weight_bits)} weights, ${bits(run.activation_bits)} activations`;
  const activation = run.activation && run.activation !== 'own' ? [run.activation] : [];
  return [run.model, ...activation, quantized, run.state].filter(Boolean).join(' · ');
}

/** A part of the page with a heading that the navigation leads to. */
function section(title, ...content) {
  const filled = content.flat().filter(Boolean);
  return filled.length ? el('section', {id: fileName(title).toLowerCase()}, el('h2', {}, title), filled) : null;
}

/** @returns {{sentence: string, sections: HTMLElement[]}} */
function runReport(run) {
  const curves = curveFigures(run);
  return {
    sentence: runSentence(run),
    sections: [
      section('Results', figuresPart(run)),
      section('Curves', curves.length ? el('div', {class: 'figures'}, curves) : null),
      section('Answers', run.confusion ? confusionPart(run) : null, run.detection ? detectionPart(run) : null,
        run.worst ? worstPart(run) : null),
      section('Quantizers', run.quantizers.list.length ? quantizerPart(run) : null),
      section('Layers', layersPart(run)),
      section('Config', configPart(run)),
      section('Provenance', factsTable(run.provenance)),
      section(
        'Not in this report',
        run.missing.length
          ? el(
              'ul',
              {},
              run.missing.map(text => el('li', {}, text))
            )
          : null
      )
    ].filter(Boolean)
  };
}
