'use strict';
// Layers, config and provenance of a run.

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
