'use strict';
// The table of a study's runs, with a filter that holds for all its figures.

/** "top1", "better" and unit of a column with figures, "quantized_top1". */
function metricOf(table, name) {
  return table.task.metrics.find(metric => name.endsWith('_' + metric.name));
}

/** Does a run pass? Words must be somewhere in the row; column=value, column>value and column<value test one. */
function passes(table, run, filter) {
  return filter
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .every(word => {
      const [, name, sign, wanted] = /^([^=<>]+)(>=|<=|=|<|>)(.*)$/.exec(word) ?? [];
      const at = table.columns.findIndex(column => column.name === name);
      if (at < 0) return run.cells.some(cell => cell.toLowerCase().includes(word.toLowerCase()));
      const cell = run.cells[at],
        a = numberIn(cell),
        b = numberIn(wanted);
      if (sign === '=') return cell === wanted || a === b;
      if (Number.isNaN(a) || Number.isNaN(b)) return false;
      return {'<': a < b, '>': a > b, '<=': a <= b, '>=': a >= b}[sign];
    });
}

/** Columns that are worth a look: what is the same in all runs is left out, unless all columns are wanted. */
function columnsToShow(table, all) {
  return table.columns
    .map((column, at) => ({column, at}))
    .filter(({column, at}) => {
      const values = new Set(table.runs.map(run => run.cells[at]));
      const filled = values.size > 1 || !values.has('');
      return filled && (all || (column.on_screen && (at === 0 || column.figure || values.size > 1)));
    });
}

const FILTER_NOTE =
  'Words of the filter must all occur in a row; column=value, column>value and column<value look at ' +
  'one column. The filter holds for the figures too. The best figure of a column is bold.';

/**
 * The table of runs with its filter.
 * @param {{filter: string}} state
 * @param {function()} changed is called when other runs are shown
 */
function runsTable(table, state, changed) {
  const kind = table.task.kind,
    withStates = table.runs.some(run => run.state);
  const holder = el('div'),
    count = el('span', {class: 'count', role: 'status'});
  let shownTable = null,
    picked = [];
  const show = () => {
    const runs = table.runs.filter(run => passes(table, run, state.filter));
    count.replaceChildren(`${runs.length} of ${table.runs.length} runs`);
    shownTable.show(
      runs.map(run => ({cells: [...picked.map(({at}) => run.cells[at]), ...(withStates ? [run.state] : [])]}))
    );
  };
  const build = () => {
    picked = columnsToShow(table, wanted.value === 'all');
    const columns = picked.map(({column}) => ({
      name: column.name,
      number: column.number,
      better: column.figure ? metricOf(table, column.name)?.better : undefined
    }));
    if (withStates) columns.push({name: 'state'});
    shownTable = sortableTable(columns, [], {key: `${kind}.runs`, kind: 'runs'});
    holder.replaceChildren(tableSection('Runs', shownTable, columns, 'runs'));
    show();
  };
  const input = el('input', {
    type: 'search',
    placeholder: 'filter: w4a4 seed=1 epochs>3',
    'aria-label': 'Filter',
    value: state.filter,
    oninput: () => {
      state.filter = input.value;
      remember(`${kind}.filter`, input.value);
      show();
      changed();
    }
  });
  const wanted = keptChoice('Columns', `${kind}.columns`, ['those that differ', 'all'], 'those that differ', build);
  build();
  return el(
    'div',
    {},
    el('div', {class: 'controls'}, input, count, wanted.control),
    el('p', {class: 'note on-screen'}, FILTER_NOTE),
    holder,
    el('p', {class: 'note on-paper'}, 'On paper the table ends with its tenth column; the CSV file has all.')
  );
}
