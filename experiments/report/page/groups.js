'use strict';
// Runs of a study put together: by a key of the config, or by everything but the seed.

const EACH_RUN = 'each run',
  ALL_BUT_SEED = 'all keys but the seed',
  SEED = 'run.seed';

/** The value of a run for a key; "–" where the key means nothing for it. */
function keyValue(table, run, key) {
  return run.config[table.keys.indexOf(key)] ?? '–';
}

/** What the names of runs have in common, with a star for the rest: "gradients_bf16_seed*". */
function commonName(names) {
  const [first, ...others] = names;
  if (others.every(name => name === first)) return first;
  let begin = 0,
    end = 0;
  while (others.every(name => begin < name.length && name[begin] === first[begin])) ++begin;
  while (
    others.every(
      name => end < name.length - begin && end < first.length - begin && name.at(-1 - end) === first.at(-1 - end)
    )
  )
    ++end;
  return first.slice(0, begin) + '*' + first.slice(first.length - end);
}

/** Values in the order of their numbers, else of the alphabet. */
function orderValues(a, b) {
  return String(a).localeCompare(String(b), 'en', {numeric: true});
}

/** The keys that differ between some runs. */
function keysThatDiffer(table, runs) {
  return table.keys.filter(key => new Set(runs.map(run => keyValue(table, run, key))).size > 1);
}

/**
 * Runs in groups, in order.
 * @param {string} by EACH_RUN, ALL_BUT_SEED, or a key
 * @returns {{label: string, runs: Object[]}[]}
 */
function groupRuns(table, runs, by) {
  if (by === EACH_RUN) return runs.map(run => ({label: run.name, runs: [run]}));
  const groups = new Map();
  for (const run of runs) {
    const identity =
      by === ALL_BUT_SEED
        ? JSON.stringify(table.keys.filter(key => key !== SEED).map(key => keyValue(table, run, key)))
        : keyValue(table, run, by);
    if (!groups.has(identity)) groups.set(identity, []);
    groups.get(identity).push(run);
  }
  const list = [...groups].map(([identity, members]) => ({
    runs: members,
    label: by === ALL_BUT_SEED ? commonName(members.map(run => run.name)) : shortValue(identity)
  }));
  return by === ALL_BUT_SEED ? list : list.sort((a, b) => orderValues(a.label, b.label));
}

/** Values that are paths are told by their ends. */
function shortValue(value) {
  return value === '' ? '(empty)' : value.length > 40 ? '…' + value.slice(-39) : value;
}

/** A run's curve of a name: {x, values}; null where it was not measured. */
function curveOf(run, name) {
  for (const group of run.curves) {
    const series = group.series.find(one => one.name === name);
    if (series)
      return {
        axis: group.axis,
        x: group.x,
        values: series.values,
        title: series.title,
        unit: series.unit,
        thinned: group.of > group.x.length
      };
  }
  return null;
}

/** The values of a curve at an increasing list of places: on the line that joins two points, null outside of it. */
function valuesAt(curve, places) {
  const known = curve.x.map((x, i) => [x, curve.values[i]]).filter(([, value]) => value !== null);
  let i = 0;
  return places.map(x => {
    while (i + 1 < known.length && known[i + 1][0] <= x) ++i;
    if (!known.length || x < known[0][0]) return null;
    if (known[i][0] === x) return known[i][1];
    if (i + 1 >= known.length) return null;
    const share = (x - known[i][0]) / (known[i + 1][0] - known[i][0]);
    return known[i][1] + share * (known[i + 1][1] - known[i][1]);
  });
}

const MOST_PLACES = 1000;

/** Places of all curves, in order; of very many, every so many-th and the last. */
function commonPlaces(curves) {
  const places = [...new Set(curves.flatMap(curve => curve.x))].sort((a, b) => a - b);
  const step = Math.ceil(places.length / MOST_PLACES);
  return places.filter((unused, i) => i % step === 0 || i === places.length - 1);
}

/** The mean curve of a group with a band of one standard deviation, over the runs that go as far. */
function groupCurve(group, name) {
  const curves = group.runs.map(run => curveOf(run, name)).filter(Boolean);
  if (!curves.length) return null;
  if (curves.length === 1) return {n: 1, x: curves[0].x, y: curves[0].values};
  const x = commonPlaces(curves);
  const all = curves.map(curve => valuesAt(curve, x));
  const y = [],
    low = [],
    high = [];
  x.forEach((unused, i) => {
    const values = all.map(list => list[i]).filter(value => value !== null);
    const centre = values.length ? mean(values) : null,
      spread = values.length > 1 ? deviation(values) : null;
    y.push(centre);
    low.push(spread === null ? centre : centre - spread);
    high.push(spread === null ? centre : centre + spread);
  });
  return {n: curves.length, x, y, low, high};
}
