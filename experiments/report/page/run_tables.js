'use strict';
// Answers by class, layers, config and provenance of a run.

/** The matrix of a few classes, or the most frequent mistakes of many. */
function confusionPart(run) {
  const {classes, counts} = run.confusion;
  if (!counts) return mistakesTable(run.confusion);
  const totals = counts.map(row => row.reduce((sum, count) => sum + count, 0));
  const right = counts.reduce((sum, row, t) => sum + row[t], 0),
    all = totals.reduce((sum, total) => sum + total, 0);
  const share = (t, p) => (totals[t] ? counts[t][p] / totals[t] : 0);
  return el(
    'div',
    {class: 'figures'},
    gridFigure(
      'Confusion matrix',
      `${shown(all)} ${run.task.unit} of the test split, ${fixed((100 * right) / all)} % on the ` +
        `diagonal. The darker a cell, the larger its share of the row; shares are drawn by their square ` +
        `root, so that rare mistakes show.`,
      () => ({
        title: 'Confusion matrix',
        rows: classes,
        columns: classes,
        rowTitle: 'true class',
        columnTitle: 'predicted class',
        values: counts,
        written: true,
        shade: (t, p) => Math.sqrt(share(t, p)),
        hint: (t, p) =>
          `${classes[t]} taken for ${classes[p]}: ${counts[t][p]} of ${totals[t]} (${fixed(100 * share(t, p), 1)} %)`
      })
    ),
    figure({
      title: 'Right answers of each class',
      note: 'Share of the images of a class that were recognized.',
      draw: width =>
        barsDrawing(
          'Right answers of each class',
          classes.map((name, t) => ({name, value: 100 * share(t, t), text: `${fixed(100 * share(t, t), 1)} %`})),
          width,
          '% of the class'
        ),
      csv: () => ({
        columns: ['class', 'images', 'right'],
        rows: classes.map((name, t) => [name, totals[t], counts[t][t]])
      })
    })
  );
}

function mistakesTable({classes, pairs, total}) {
  const columns = [
    {name: 'true class'},
    {name: 'taken for'},
    {name: 'images', number: true},
    {name: '% of the class', number: true}
  ];
  const rows = pairs.map(([t, p, count]) => ({
    cells: [classes[t], classes[p], count, fixed((100 * count) / total[t], 1)]
  }));
  return tableSection(
    `The ${rows.length} most frequent mistakes`,
    sortableTable(columns, rows, {key: 'mistakes'}),
    columns,
    'mistakes'
  );
}

/** Precision over recall of a detector, of all classes or one. */
function detectionPart(run) {
  const entries = ARITHMETICS.filter(name => run.detection[name]).map(name => [name, run.detection[name]]),
    names = entries[0][1].names;
  const recalls = entries[0][1].precision[0].map((unused, i, all) => (100 * i) / (all.length - 1));
  let chosen = recall('class', '-1');
  const over = (detection, c) =>
    c >= 0
      ? detection.precision[c]
      : recalls.map((unused, i) => {
          const known = detection.precision.map(row => row[i]).filter(value => value !== null);
          return known.length ? mean(known) : null;
        });
  const frame = linesFigure(
    'Precision over recall',
    'At an overlap of 0.5. "All classes" is the mean over classes that have objects.',
    () => ({
      title: 'Precision over recall',
      xTitle: 'recall (%)',
      yTitle: 'precision (%)',
      wholeX: false,
      lines: entries.map(([arithmetic, detection], i) => ({
        label: arithmetic,
        ...lineStyle(i),
        x: recalls,
        y: over(detection, Number(chosen))
      }))
    }),
    {
      controls: [
        choice('Class', [['-1', 'all classes'], ...names.map((name, c) => [String(c), name])], chosen, value => {
          chosen = value;
          remember('class', value);
          frame.redraw();
        })
      ]
    }
  );
  const columns = [
    {name: 'class'},
    {name: 'objects', number: true},
    ...entries.flatMap(([arithmetic]) => [
      {name: `${arithmetic} AP`, number: true},
      {name: `${arithmetic} AP50`, number: true}
    ])
  ];
  const rows = names.map((name, c) => ({
    subject: c,
    cells: [
      name,
      entries[0][1].objects[c],
      ...entries.flatMap(([, detection]) =>
        [detection.ap[c], detection.ap50[c]].map(value => (value === null ? '' : fixed(value, 1)))
      )
    ]
  }));
  return el(
    'div',
    {class: 'figures'},
    frame,
    tableSection(
      'Average precision of each class (%)',
      sortableTable(columns, rows, {key: 'classes'}),
      columns,
      'average_precision'
    )
  );
}

/** The nodes of the network, with what each costs. */
function layersPart(run) {
  if (run.layers.why) return el('p', {class: 'note'}, `The table of layers is left out: ${run.layers.why}`);
  const rows = run.layers.rows;
  const columns = [
    {name: 'layer'},
    {name: 'kind'},
    {name: 'output'},
    {name: 'parameters', number: true},
    {name: 'MACs', number: true, hint: 'Products of a weight and an activation, for one sample'},
    {name: 'weight bits', number: true},
    {name: 'activation bits', number: true, hint: 'Of the output'},
    {
      name: 'weight bytes',
      number: true,
      hint: 'On the device: two weights a byte up to 4 bits, one up to 8 bits; 4 bytes each in float'
    },
    {name: 'instructions', hint: 'How the training computes it on this machine'}
  ];
  const bits = count => (count === 0 ? '' : count === 32 ? 'float' : count);
  const sum = name => rows.reduce((total, row) => total + row[name], 0);
  const table = sortableTable(
    columns,
    rows.map(row => ({
      cells: [
        row.name,
        row.kind,
        row.shape,
        row.parameters,
        row.macs,
        bits(row.weight_bits),
        bits(row.activation_bits),
        row.weight_bytes,
        row.runs_as
      ]
    })),
    {key: 'layers'}
  );
  return [
    el(
      'p',
      {},
      `${shown(sum('parameters'))} parameters, ${shown(sum('macs'))} MACs for a sample, ` +
        `${shown(sum('weight_bytes'))} bytes of weights on the device. Instructions are those of the ` +
        `machine that wrote this report.`
    ),
    tableSection('Layers', table, columns, 'layers')
  ];
}

/** Every key; those that are not at their default come first. */
function configPart(run) {
  const differs = run.config.filter(entry => entry.value !== entry.default);
  const columns = [{name: 'key'}, {name: 'value'}, {name: 'default'}];
  const rowsOf = entries =>
    entries.map(entry => ({
      cells: [entry.key, entry.value, entry.default],
      group: entry.value !== entry.default ? 'differs' : null
    }));
  const changed = sortableTable(columns, rowsOf(differs), {key: 'changed'});
  const all = sortableTable(columns, rowsOf(run.config), {key: 'config'});
  return [
    tableSection(
      `${differs.length} of ${run.config.length} keys are not at their default`,
      changed,
      columns,
      'config_changed'
    ),
    el('details', {}, el('summary', {}, 'Every key'), tableSection('Config', all, columns, 'config'))
  ];
}

function factsTable(facts) {
  return el(
    'div',
    {class: 'table'},
    el(
      'table',
      {class: 'facts'},
      el(
        'tbody',
        {},
        facts.map(([name, value]) => el('tr', {}, el('th', {scope: 'row'}, name), el('td', {}, value)))
      )
    )
  );
}
