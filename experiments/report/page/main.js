'use strict';
// Puts the page together. Faults are kept for the test that drives this page (tests/report/).

window.nibbleReport = {errors: [], ready: false};
addEventListener('error', event => window.nibbleReport.errors.push(event.message));

/** The way to the sections of the page. */
function navigation(sections) {
  if (sections.length < 2) return null;
  const links = sections
    .filter(part => part.id)
    .map(part => el('a', {href: '#' + part.id}, part.querySelector('h2').textContent));
  return el('nav', {'aria-label': 'Sections'}, links);
}

function buildPage() {
  const data = JSON.parse(document.getElementById('data').textContent);
  const themes = themeSwitch();
  const {sentence, sections} = data.kind === 'run' ? runReport(data.run) : studyReport(data.study);
  document
    .getElementById('page')
    .append(
      el('header', {}, el('div', {}, el('h1', {}, data.title), el('p', {class: 'sentence'}, sentence)), themes),
      ...[navigation(sections)].filter(Boolean),
      el('main', {}, sections),
      el(
        'footer',
        {},
        `Made ${data.made.replace('T', ' ').replace('Z', ' UTC')} by ${data.program}`,
        data.command ? [': ', el('code', {}, data.command)] : null,
        '.',
        data.refresh_seconds ? ` It loads itself anew every ${data.refresh_seconds} s.` : ''
      )
    );
  if (data.refresh_seconds) setTimeout(() => location.reload(), 1000 * data.refresh_seconds);
  window.nibbleReport.ready = true;
  // Figures are drawn when their width is known, before the next frame.
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('drawn')));
}

try {
  buildPage();
} catch (error) {
  document.getElementById('page').append(el('p', {class: 'empty'}, `This report cannot be drawn: ${error.message}`));
  throw error;
}
