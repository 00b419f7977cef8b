'use strict';
// Colours. Those of lines are Okabe and Ito's (2008), which colour-blind people tell apart; style.css has them, in
// an order for light and one for dark pages. Dashes tell further lines apart.

const COLOURS = 7;
const DASHES = [[], [7, 4], [2, 3]];

/** Colour and dash of line number i, so that 21 lines differ. */
function lineStyle(i) {
  return {colour: `var(--line-${i % COLOURS})`, dash: DASHES[Math.floor(i / COLOURS) % DASHES.length]};
}

/** "var(--line-0)" as the colour that it is now; what draws on a canvas knows no variables. */
function resolved(colour) {
  const name = /^var\((--[a-z0-9-]+)\)$/.exec(colour);
  return name ? getComputedStyle(document.documentElement).getPropertyValue(name[1]).trim() : colour;
}

/** A place from 0 to 1 on a scale that grows steadily in contrast to the page (of cividis, Nuñez et al. 2018). */
function rampColour(share) {
  const light = [
    [205, 185, 100],
    [138, 134, 120],
    [87, 93, 109],
    [18, 53, 112]
  ];
  const dark = [
    [72, 84, 118],
    [112, 113, 115],
    [165, 156, 116],
    [254, 232, 56]
  ];
  const stops = document.documentElement.dataset.shade === 'dark' ? dark : light;
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1),
    i = Math.min(Math.floor(at), stops.length - 2);
  const mixed = stops[i].map((value, k) => Math.round(value + (stops[i + 1][k] - value) * (at - i)));
  return `rgb(${mixed.join(',')})`;
}

const THEMES = ['automatic', 'light', 'dark'];
const themeListeners = [];

/** Calls back when the page becomes light or dark. */
function onTheme(listener) {
  themeListeners.push(listener);
}

/** Makes the page light or dark; automatic: as the system is. */
function applyTheme(theme, tell = true) {
  const dark = theme === 'dark' || (theme === 'automatic' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.shade = dark ? 'dark' : 'light';
  if (tell) themeListeners.forEach(listener => listener());
}

/** The switch. */
function themeSwitch() {
  const now = () => recall('theme', 'automatic');
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => applyTheme(now()));
  applyTheme(now(), false);
  return choice(
    'Colours',
    THEMES.map(theme => [theme, theme]),
    now(),
    theme => {
      remember('theme', theme);
      applyTheme(theme);
    }
  );
}
