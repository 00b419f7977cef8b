// Pictures of a report to look at:   node tests/report/pictures.mjs REPORT.html FOLDER
// light.png, dark.png, narrow.png (400 px) and print.pdf.
import {mkdir, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {Browser} from './browser.mjs';

const [file, folder] = process.argv.slice(2).map(path => resolve(path));
await mkdir(folder, {recursive: true});
const browser = await Browser.open();
try {
  const seconds = await browser.show(file);
  const theme = name => browser.run(chosen => applyTheme(chosen), name);
  await theme('light');
  await browser.settle();
  await writeFile(join(folder, 'light.png'), await browser.picture());
  await writeFile(join(folder, 'print.pdf'), await browser.pdf());
  await theme('dark');
  await browser.settle();
  await writeFile(join(folder, 'dark.png'), await browser.picture());
  await theme('light');
  await browser.size(400);
  await browser.settle();
  await writeFile(join(folder, 'narrow.png'), await browser.picture());
  console.log(
    `${file}: drawn after ${seconds.toFixed(2)} s; ${(await browser.complaints()).join('\n') || 'no complaints'}`
  );
} finally {
  await browser.close();
}
