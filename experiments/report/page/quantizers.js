'use strict';
// How the quantizers of a run moved, and how they use their codes.

/** Bits that the codes carry: their entropy. */
function entropy(counts) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return all ? counts.reduce((sum, count) => (count ? sum - (count / all) * Math.log2(count / all) : sum), 0) : null;
}

/** Share of values at the lowest and the highest code, in percent. */
function atEnds(counts) {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return all ? (100 * (counts[0] + counts.at(-1))) / all : null;
}

/** A curve over the evaluations, with a band over the channels. */
function channelCurve(title, quantizers, chosen, name) {
  return linesFigure(title, '', () => {
    const quantizer = chosen(),
      values = quantizer[name];
    return {
      title,
      xTitle: quantizers.axis,
      unnamed: quantizer.channels === 1,
      yTitle: `${name} of ${cut(quantizer.path, 300)}`,
      lines: values
        ? [
            {
              label: quantizer.channels > 1 ? `mean of ${quantizer.channels} channels, lowest to highest` : title,
              ...lineStyle(0),
              x: quantizers.x,
              y: values.mean,
              low: quantizer.channels > 1 ? values.low : undefined,
              high: quantizer.channels > 1 ? values.high : undefined
            }
          ]
        : []
    };
  });
}

/** "12.50 %" */
function shareText(count, all) {
  return `${fixed((100 * count) / all)} %`;
}

/** Histograms over epochs where they were kept, else the last one alone. @returns {Grid} */
function codesGrid(quantizers, quantizer) {
  const {lo, counts, by_epoch} = quantizer.codes;
  const history = by_epoch.length ? by_epoch : [counts];
  const places = by_epoch.length ? quantizers.rows.map(row => quantizers.x[row]) : [quantizers.x.at(-1)];
  const order = history.map((unused, i) => i).reverse(); // the last epoch on top
  const sums = history.map(row => (row ? row.reduce((sum, count) => sum + count, 0) : 0));
  const most = Math.max(...history.map((row, i) => (row ? Math.max(...row) / sums[i] : 0)), 1e-9);
  return {
    title: 'Codes',
    rows: order.map(i => shown(places[i])),
    columns: counts.map((unused, i) => String(lo + i)),
    rowTitle: quantizers.axis,
    columnTitle: 'code',
    values: order.map(i => history[i] ?? counts.map(() => null)),
    shade: (r, c) => (history[order[r]] ? Math.sqrt(history[order[r]][c] / sums[order[r]] / most) : 0),
    hint: (r, c) =>
      history[order[r]]
        ? `${quantizers.axis} ${places[order[r]]}, code ${lo + c}: ${shareText(history[order[r]][c], sums[order[r]])}`
        : 'not recorded'
  };
}

function codesDrawing(quantizers, quantizer, width) {
  const grid = codesGrid(quantizers, quantizer);
  if (grid.rows.length > 1) return gridDrawing(grid, width);
  // One histogram: columns tell more than shades.
  const {counts, lo} = quantizer.codes,
    sum = counts.reduce((a, b) => a + b, 0) || 1;
  const share = counts.map(count => (100 * count) / sum),
    area = {left: 52, right: width - 8, top: 22, bottom: 190};
  const toX = scale(lo - 0.5, lo + counts.length - 0.5, area.left, area.right),
    range = {x: [lo, lo + counts.length - 1], y: [0, Math.max(...share) * 1.05]};
  const toY = scale(...range.y, area.bottom, area.top),
    svg = picture(width, 232, 'Codes');
  svg.append(...axesDrawing({xTitle: 'code', yTitle: 'values (%)'}, range, area, toX, toY));
  const wide = (area.right - area.left) / counts.length;
  share.forEach((value, i) =>
    svg.append(
      svgEl(
        'rect',
        {
          x: toX(lo + i - 0.5) + wide * 0.08,
          y: toY(value),
          width: wide * 0.84,
          height: Math.max(0, area.bottom - toY(value)),
          class: 'bar'
        },
        svgEl('title', {}, `code ${lo + i}: ${fixed(value)} %`)
      )
    )
  );
  return svg;
}

/** A choice of a quantizer, three figures about it, and a table of all. */
function quantizerPart(run) {
  const {quantizers} = run,
    list = quantizers.list,
    paths = list.map(quantizer => quantizer.path);
  let index = Math.max(
    0,
    paths.indexOf(recall('quantizer', list.find(quantizer => quantizer.path.endsWith('/quant'))?.path ?? paths[0]))
  );
  const chosen = () => list[index];
  const codes = figure({
    title: 'Codes',
    note:
      'How often each code occurs. In a row of several, the darker, the larger the share of the values ' +
      'of that epoch, by its square root.',
    draw: width => (chosen().codes ? codesDrawing(quantizers, chosen(), width) : picture(width, 20, 'none')),
    csv: () => {
      const grid = codesGrid(quantizers, chosen());
      return {columns: [quantizers.axis, ...grid.columns], rows: grid.rows.map((row, r) => [row, ...grid.values[r]])};
    }
  });
  const frames = [codes, channelCurve('Scale', quantizers, chosen, 'scale')];
  if (list.some(quantizer => quantizer.shift)) frames.push(channelCurve('Shift', quantizers, chosen, 'shift'));
  const select = choice(
    'Quantizer',
    paths.map((path, i) => [String(i), path]),
    String(index),
    value => show(Number(value))
  );
  const show = next => {
    index = next;
    select.querySelector('select').value = String(next);
    remember('quantizer', paths[next]);
    frames.forEach(frame => frame.redraw());
  };
  const columns = [
    {name: 'quantizer'},
    {name: 'codes'},
    {name: 'entropy (bits)', number: true, hint: 'Bits that the codes carry: 4 if all 16 codes were equally frequent'},
    {name: 'at both ends (%)', number: true, hint: 'Values at the lowest and the highest code'},
    {name: 'scale at first', number: true},
    {name: 'scale at last', number: true},
    {name: 'shift at last', number: true}
  ];
  const rows = list.map((quantizer, i) => ({
    subject: i,
    cells: [
      quantizer.path,
      quantizer.codes ? `${quantizer.codes.lo} … ${quantizer.codes.lo + quantizer.codes.counts.length - 1}` : '',
      quantizer.codes ? fixed(entropy(quantizer.codes.counts)) : '',
      quantizer.codes ? fixed(atEnds(quantizer.codes.counts)) : '',
      shown(quantizer.scale.mean[0]),
      shown(quantizer.scale.mean.at(-1)),
      quantizer.shift ? shown(quantizer.shift.mean.at(-1)) : ''
    ]
  }));
  const table = sortableTable(columns, rows, {key: 'quantizers', chosen: row => show(row.subject)});
  const history = list.some(quantizer => quantizer.codes && !quantizer.codes.by_epoch.length)
    ? el(
        'p',
        {class: 'note'},
        'Histograms of single epochs were not recorded by the program that made this run: the last one is shown.'
      )
    : null;
  return [
    el('div', {class: 'controls'}, select),
    el('div', {class: 'figures'}, frames),
    history,
    tableSection('All quantizers in the last evaluation', table, columns, 'quantizers')
  ];
}
