'use strict';
// Which keys matter: how much of the variance of a figure each explains by itself.

const MOST_VALUES = 6;

/** A name of the part of the runs that a value belongs to; many different numbers are cut into fifths. */
function partsOfKey(table, runs, key) {
  const values = runs.map(run => keyValue(table, run, key)),
    different = [...new Set(values)];
  const numbers = different.map(Number);
  if (different.length <= MOST_VALUES || numbers.some(Number.isNaN)) return values;
  const ordered = values.map(Number).sort((a, b) => a - b);
  const limits = [0.2, 0.4, 0.6, 0.8].map(share => ordered[Math.floor(share * ordered.length)]);
  return values.map(value => String(limits.filter(limit => Number(value) >= limit).length));
}

/**
 * Share of the variance that groups explain, corrected for how much any n groups would explain by chance
 * (epsilon squared, Kelley 1935); null where every run has a group of its own, or all are one.
 */
function explainedShare(values, parts) {
  const groups = new Map();
  parts.forEach((part, i) => groups.set(part, [...(groups.get(part) ?? []), values[i]]));
  const n = values.length,
    k = groups.size,
    centre = mean(values);
  const total = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  if (k < 2 || k >= n || total === 0) return null;
  const within = [...groups.values()].reduce((sum, group) => {
    const own = mean(group);
    return sum + group.reduce((inner, value) => inner + (value - own) ** 2, 0);
  }, 0);
  return Math.max(0, (total - within - ((k - 1) * within) / (n - k)) / total);
}

/** Keys that differ, the most important first. @param {StudyView} view */
function importanceOfKeys(view) {
  const name = view.figure().name,
    runs = view.runs().filter(run => run.figures[name] !== undefined);
  return keysThatDiffer(view.table, runs)
    .map(key => ({
      key,
      values: new Set(runs.map(run => keyValue(view.table, run, key))).size,
      share: explainedShare(
        runs.map(run => run.figures[name]),
        partsOfKey(view.table, runs, key)
      )
    }))
    .sort((a, b) => (b.share ?? -1) - (a.share ?? -1));
}

/** @param {StudyView} view */
function importanceFigure(view) {
  const bars = () =>
    importanceOfKeys(view).map(entry => ({
      name: entry.key,
      value: 100 * (entry.share ?? 0),
      text: entry.share === null ? 'not known' : `${fixed(100 * entry.share, 1)} % (${entry.values} values)`
    }));
  return figure({
    title: 'Importance of keys',
    wide: true,
    note:
      'Share of the variance of the figure that a key explains by itself: between the means of the runs ' +
      'with equal values, corrected for the number of values (ε²; more than 6 different numbers are cut ' +
      'into fifths). Keys that change together share the same variance, so the shares may sum to more ' +
      'than 100 %; what two keys do only together is not seen.',
    draw: width => {
      const list = bars();
      return list.length
        ? barsDrawing('Importance of keys', list, width, '% of the variance')
        : picture(width, 10, 'none');
    },
    csv: () => ({
      columns: ['key', 'values', 'share of variance'],
      rows: importanceOfKeys(view).map(entry => [entry.key, entry.values, entry.share])
    })
  });
}
