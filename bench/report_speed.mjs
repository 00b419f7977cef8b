// How long a browser that has just been started takes to open a report:   node report_speed.mjs REPORT
import {Browser} from '../tests/report/browser.mjs';

const browser = await Browser.open();
try {
  const seconds = await browser.show(process.argv[2]);
  console.log(`opened in ${seconds.toFixed(2)} s`);
} finally {
  await browser.close();
}
