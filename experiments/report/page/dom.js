'use strict';
// Making elements, remembering choices, saving files. Texts go into the page as text, never as markup, so that
// no name of a run can break it.

/**
 * Makes an element. `on...` attributes are listeners; null and false leave an attribute out.
 * @param {string} tag
 * @param {Object<string, any>} [attributes]
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
function svgEl(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) element.append(child);
  return element;
}

/** A list to choose from. `choices` are [value, text]; `chosen` is called with a value. */
function choice(label, choices, value, chosen) {
  const select = el(
    'select',
    {onchange: () => chosen(select.value)},
    choices.map(([key, text]) => el('option', {value: key, selected: key === value}, text))
  );
  return el('label', {class: 'choice'}, el('span', {}, label), select);
}

/** Remembers a choice while the page is open, also when it loads itself anew. */
function remember(key, value) {
  try {
    sessionStorage.setItem('nibble.' + key, value);
  } catch (error) {
    /* a browser may forbid it: then nothing is remembered */
  }
}

/** What was remembered, or `fallback`. */
function recall(key, fallback) {
  try {
    return sessionStorage.getItem('nibble.' + key) ?? fallback;
  } catch (error) {
    return fallback;
  }
}

/** A choice that is remembered under a key: its control and what is chosen now. */
function keptChoice(text, key, values, fallback, changed, title = value => value) {
  const kept = recall(key, fallback);
  const state = {value: values.includes(kept) ? kept : fallback};
  state.control = choice(
    text,
    values.map(value => [value, title(value)]),
    state.value,
    value => {
      state.value = value;
      remember(key, value);
      changed();
    }
  );
  return state;
}

/** Hands a file to the reader. */
function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], {type}));
  const link = el('a', {href: url, download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** "test top-1" as a file's name: "test_top-1". */
function fileName(text) {
  return text.replace(/[^A-Za-z0-9.-]+/g, '_').replace(/^_+|_+$/g, '') || 'figure';
}

/** Rows as RFC 4180 has them, the names of the columns first. */
function toCsv(columns, rows) {
  const cell = value => {
    const text = value === null || value === undefined ? '' : String(value);
    return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  };
  return [columns, ...rows].map(row => row.map(cell).join(',')).join('\n') + '\n';
}
