// Chromium, driven through chromedriver by the WebDriver protocol, without libraries.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));

/** A browser without a window. close() ends it. */
export class Browser {
  static async open(width = 1240, height = 900) {
    const browser = new Browser();
    browser.profile = await mkdtemp(join(tmpdir(), 'nibble-report-'));
    const port = await freePort();
    browser.driver = spawn('chromedriver', [`--port=${port}`], {stdio: 'ignore'});
    browser.root = `http://127.0.0.1:${port}/session`;
    await browser.begin(port, width, height).catch(async error => {
      await browser.close();
      throw error;
    });
    return browser;
  }

  async begin(port, width, height) {
    const ready = () =>
      fetch(`http://127.0.0.1:${port}/status`)
        .then(answer => answer.json())
        .then(
          ({value}) => value.ready,
          () => false
        );
    for (let i = 0; i < 600 && !(await ready()); ++i) await pause(100);
    const args = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--force-color-profile=srgb',
      `--user-data-dir=${this.profile}`,
      `--window-size=${width},${height}`
    ];
    const {sessionId} = await this.ask('POST', '', {
      capabilities: {
        alwaysMatch: {browserName: 'chrome', 'goog:loggingPrefs': {browser: 'ALL'}, 'goog:chromeOptions': {args}}
      }
    });
    this.root += '/' + sessionId;
  }

  async ask(method, path, body) {
    const answer = await fetch(this.root + path, {method, body: body && JSON.stringify(body)});
    const {value} = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${value.error}: ${value.message}`);
    return value;
  }

  /** Runs a function in the page, with arguments that JSON can hold. */
  run(script, ...args) {
    return this.ask('POST', '/execute/sync', {script: `return (${script}).apply(null, arguments)`, args});
  }

  /** A command of Chromium's own protocol. */
  chrome(cmd, params = {}) {
    return this.ask('POST', '/goog/cdp/execute', {cmd, params});
  }

  /** Opens a file and waits until the report is there. Returns seconds from the start of loading to the last figure. */
  async show(file) {
    await this.ask('POST', '/url', {url: 'file://' + file});
    for (let i = 0; i < 300; ++i) {
      if (await this.run(() => window.nibbleReport?.ready ?? false)) break;
      await pause(20);
    }
    await this.settle();
    return this.run(() => (performance.getEntriesByName('drawn')[0] ?? {startTime: NaN}).startTime / 1000);
  }

  /** Waits until what was asked for is drawn. */
  settle() {
    return this.ask('POST', '/execute/async', {
      args: [],
      script:
        'const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)))'
    });
  }

  /** Makes the page as wide as this, whatever the smallest window is. */
  async size(width, height = 900) {
    await this.chrome('Emulation.setDeviceMetricsOverride', {width, height, deviceScaleFactor: 1, mobile: width < 600});
    await this.settle();
  }

  async moveTo(x, y) {
    await this.ask('POST', '/actions', {
      actions: [
        {
          type: 'pointer',
          id: 'mouse',
          actions: [{type: 'pointerMove', duration: 0, x: Math.round(x), y: Math.round(y)}]
        }
      ]
    });
    await this.settle();
  }

  /** Errors and warnings that the browser has written to its console since the last call. */
  async complaints() {
    const lines = await this.ask('POST', '/se/log', {type: 'browser'});
    return lines.filter(line => line.level !== 'INFO' && line.level !== 'DEBUG').map(line => line.message);
  }

  /** The whole page as PNG, or as much of it as is `most` pixels high. */
  async picture(most = 8000) {
    const {width, height} = await this.run(() => ({width: innerWidth, height: document.documentElement.scrollHeight}));
    const {data} = await this.chrome('Page.captureScreenshot', {
      format: 'png',
      captureBeyondViewport: true,
      clip: {x: 0, y: 0, width, height: Math.min(height, most), scale: 1}
    });
    return Buffer.from(data, 'base64');
  }

  async pdf() {
    const {data} = await this.chrome('Page.printToPDF', {printBackground: true, preferCSSPageSize: true});
    return Buffer.from(data, 'base64');
  }

  async close() {
    await this.ask('DELETE', '').catch(() => {});
    const ended = once(this.driver, 'exit');
    this.driver.kill();
    await ended;
    await rm(this.profile, {recursive: true, force: true});
  }
}
