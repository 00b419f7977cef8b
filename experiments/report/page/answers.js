'use strict';
// What a run answered on the test split, class by class.

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

/** What was wrong about the answer to a picture: its class, or boxes. */
function wrongText(wrong) {
  if (wrong.objects === undefined) return [el('b', {}, wrong.answer), ` instead of ${wrong.label}, loss ${fixed(wrong.loss)}`];
  return [el('b', {}, `${wrong.missed} of ${wrong.objects} missed`), `, ${wrong.wrong} without an object`];
}

/** The wrong answers that the network was surest of, or the pictures with most mistakes of a detector. */
function worstPart(run) {
  const boxes = run.worst[0].objects !== undefined;
  const cards = run.worst.map(wrong =>
    el(
      'div',
      {class: 'wrong', title: wrong.name},
      el('img', {src: `data:image/png;base64,${wrong.png}`, alt: `${wrong.name}: ${wrong.label ?? 'boxes'}`, loading: 'lazy'}),
      el('div', {}, ...wrongText(wrong))
    )
  );
  return el(
    'div',
    {class: boxes ? 'worst boxes' : 'worst'},
    el('h3', {}, 'Worst answers'),
    el(
      'p',
      {class: 'note'},
      boxes
        ? 'Test images with the most mistakes: objects that no box overlaps by half, and boxes without an object. Drawn are ' +
            'the boxes above the threshold, in what the network saw.'
        : 'Test images whose right class had the lowest score, as the network saw them.'
    ),
    el('div', {class: 'wrongs'}, cards)
  );
}
