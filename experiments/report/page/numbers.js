'use strict';
// Numbers: how they are written, the ticks of an axis, and the statistics of a few runs.

/** A number in about so many digits: 0.0123, 91.65, 4.2e-6, 28,152. */
function shown(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (Number.isInteger(value) && size < 1e12) return value.toLocaleString('en-US');
  if (size >= 1e6 || size < 1e-4)
    return value
      .toExponential(2)
      .replace('e+', 'e')
      .replace(/\.?0+e/, 'e');
  return String(Number(value.toPrecision(digits)));
}

/** With a fixed number of decimals, for columns of one kind. */
function fixed(value, decimals = 2) {
  return value === null || value === undefined ? '–' : value.toFixed(decimals);
}

/** Round numbers from low to high, about `count` of them. */
function ticks(low, high, count = 5) {
  if (!(high > low)) return [low];
  const rough = (high - low) / count,
    power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough);
  const list = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; ++i)
    list.push(Number((i * step).toPrecision(12)));
  return list;
}

/** Powers of ten between two positive numbers; round numbers where there are fewer than two. */
function logTicks(low, high) {
  const list = [];
  for (let power = Math.ceil(Math.log10(low)); power <= Math.log10(high) + 1e-9; ++power) list.push(10 ** power);
  return list.length < 2 ? ticks(low, high, 4).filter(tick => tick > 0) : list;
}

/** @returns {[number, number]|null} lowest and highest of the numbers that are there */
function extent(values) {
  let low = Infinity,
    high = -Infinity;
  for (const value of values) {
    if (value === null || value === undefined) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? null : [low, high];
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a sample: n - 1. NaN of a single value. */
function deviation(values) {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * 97.5 % quantile of Student's t: half of a 95 % interval is this times the standard error. Of a fraction of a degree
 * of freedom, the whole ones count: the interval is rather too wide.
 */
function studentT(freedom) {
  const table = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
    2.101, 2.093, 2.086
  ];
  if (freedom < 1) return NaN;
  // Beyond the table, its expansion in 1/freedom.
  const z = 1.959964,
    second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  return freedom <= 20 ? table[Math.floor(freedom) - 1] : z + (z ** 3 + z) / (4 * freedom) + second / freedom ** 2;
}

/**
 * The mean of a few values with its 95 % interval by Student's t.
 * @returns {{n: number, mean: number, deviation: number, half: number}} half: NaN of a single value
 */
function meanWithInterval(values) {
  const spread = deviation(values);
  return {
    n: values.length,
    mean: mean(values),
    deviation: spread,
    half: (studentT(values.length - 1) * spread) / Math.sqrt(values.length)
  };
}

/** a - b for the means of two groups, with the 95 % interval of Welch's test. */
function differenceWithInterval(a, b) {
  const first = meanWithInterval(a),
    second = meanWithInterval(b);
  const of_a = first.deviation ** 2 / first.n,
    of_b = second.deviation ** 2 / second.n;
  const freedom = (of_a + of_b) ** 2 / (of_a ** 2 / (first.n - 1) + of_b ** 2 / (second.n - 1));
  const half = of_a + of_b === 0 ? 0 : studentT(Math.max(1, freedom)) * Math.sqrt(of_a + of_b);
  return {mean: first.mean - second.mean, half: a.length > 1 && b.length > 1 ? half : NaN};
}
