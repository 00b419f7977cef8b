'use strict';
// Tables that can be sorted by each column.

/**
 * @typedef {Object} Column
 * @property {string} name
 * @property {string} [hint]
 * @property {boolean} [number] stands at the right, and sorts as a number
 * @property {'up'|'down'} [better] the best value is set in bold
 *
 * @typedef {Object} Row
 * @property {(string|number|null)[]} cells
 * @property {string} [group] a class of CSS
 * @property {any} [subject] what the row is about
 */

/** The number in a cell; NaN for none. */
function numberIn(cell) {
  return cell === '' || cell === null || cell === undefined ? NaN : Number(cell);
}

/** A column of a table counts as numbers where every cell that is not empty is one. */
function isNumeric(rows, at) {
  const filled = rows.filter(row => row.cells[at] !== '' && row.cells[at] !== null);
  return filled.length > 0 && filled.every(row => Number.isFinite(numberIn(row.cells[at])));
}

/** Orders rows by a column; empty cells come last, whatever the direction. */
function sorted(rows, at, down) {
  const numeric = isNumeric(rows, at);
  const empty = row => row.cells[at] === '' || row.cells[at] === null;
  const compare = numeric
    ? (a, b) => numberIn(a.cells[at]) - numberIn(b.cells[at])
    : (a, b) => String(a.cells[at]).localeCompare(String(b.cells[at]), 'en', {numeric: true});
  return [...rows].sort((a, b) => empty(a) - empty(b) || (empty(a) ? 0 : (down ? -1 : 1) * compare(a, b)));
}

/** The best number of a column; null where there is none to choose. */
function bestOf(column, rows, at) {
  const numbers = rows.map(row => numberIn(row.cells[at])).filter(Number.isFinite);
  if (!column.better || numbers.length < 2) return null;
  return column.better === 'up' ? Math.max(...numbers) : Math.min(...numbers);
}

/**
 * A table with heads that sort. `show(rows)` gives it other rows.
 * @param {Column[]} columns
 * @param {Row[]} rows
 * @param {{key: string, chosen?: function(Row), kind?: string}} options key: under which the order is remembered;
 *   kind: a class of CSS
 */
function sortableTable(columns, rows, {key, chosen = null, kind = ''}) {
  let [order, down] = JSON.parse(recall(key + '.order', '[-1,false]'));
  if (order >= columns.length) order = -1;
  const heads = columns.map((column, at) =>
    el(
      'th',
      {scope: 'col', class: column.number ? 'number' : null},
      el(
        'button',
        {
          type: 'button',
          title: column.hint ?? 'Sort by this column',
          onclick: () => {
            // Figures begin with their best end, others with the first.
            [order, down] = order === at ? [at, !down] : [at, column.better === 'up'];
            remember(key + '.order', JSON.stringify([order, down]));
            draw();
          }
        },
        column.name.split(/(?<=[_.])/).flatMap((part, i) => (i ? [el('wbr'), part] : [part]))
      )
    )
  );
  const body = el('tbody');
  const table = el(
    'div',
    {class: `table ${kind}`.trim(), tabindex: 0},
    el('table', {}, el('thead', {}, el('tr', {}, heads)), body)
  );

  function draw() {
    const best = columns.map((column, at) => bestOf(column, rows, at));
    heads.forEach((head, at) =>
      head.setAttribute('aria-sort', at !== order ? 'none' : down ? 'descending' : 'ascending')
    );
    body.replaceChildren(
      ...(order < 0 ? rows : sorted(rows, order, down)).map(row =>
        el(
          'tr',
          {class: row.group ?? null, onclick: chosen ? () => chosen(row) : null},
          row.cells.map((cell, at) =>
            el(
              'td',
              {
                class:
                  [columns[at].number ? 'number' : '', best[at] !== null && numberIn(cell) === best[at] ? 'best' : '']
                    .join(' ')
                    .trim() || null
              },
              cell === null ? '' : String(cell)
            )
          )
        )
      )
    );
  }
  table.show = others => {
    rows = others;
    draw();
  };
  table.rows = () => (order < 0 ? rows : sorted(rows, order, down));
  draw();
  return table;
}

/** A table with its buttons. */
function tableSection(title, table, columns, name) {
  return el(
    'div',
    {class: 'table-section'},
    el(
      'div',
      {class: 'table-head'},
      el('h3', {}, title),
      el(
        'span',
        {class: 'buttons'},
        el(
          'button',
          {
            type: 'button',
            title: 'Save the rows that are shown',
            onclick: () =>
              save(
                fileName(name) + '.csv',
                'text/csv',
                toCsv(
                  columns.map(column => column.name),
                  table.rows().map(row => row.cells)
                )
              )
          },
          'CSV'
        )
      )
    ),
    table
  );
}
