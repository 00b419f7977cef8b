'use strict';
// Horizontal bars.

/**
 * Horizontal bars from zero, with what each is worth behind it.
 * @param {{name: string, value: number, text: string, hint?: string}[]} bars
 */
function barsDrawing(title, bars, width, unit = '') {
  const longest = Math.max(20, ...bars.map(bar => textWidth(bar.name))),
    left = Math.min(longest + 14, width * 0.5);
  const texts = Math.max(...bars.map(bar => textWidth(bar.text))) + 10,
    height = 24;
  const toX = scale(0, Math.max(...bars.map(bar => bar.value), 1e-9), left, width - texts);
  const svg = picture(width, bars.length * height + 26, title);
  bars.forEach((bar, i) => {
    const y = i * height;
    svg.append(
      label(left - 8, y + 16, cut(bar.name, left - 10), {anchor: 'end'}),
      svgEl(
        'rect',
        {x: left, y: y + 4, width: Math.max(0, toX(bar.value) - left), height: height - 8, class: 'bar'},
        svgEl('title', {}, bar.hint ?? bar.text)
      ),
      label(Math.max(left, toX(bar.value)) + 6, y + 16, bar.text)
    );
  });
  svg.append(
    svgEl('line', {x1: left, y1: 0, x2: left, y2: bars.length * height, class: 'axis'}),
    label(left, bars.length * height + 18, unit, {kind: 'axis-title'})
  );
  return svg;
}
