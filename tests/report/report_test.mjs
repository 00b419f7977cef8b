// Reports as a reader uses them:   node report_test.mjs SOURCE_TREE PROGRAM
// Makes a report of a run with a hostile name and of a study with damage, and drives Chromium through both.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Browser} from './browser.mjs';

const [source, program] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'nibble-reports-'));
const nibble = (...words) =>
  execFileSync(program, words, {cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe']});
const HOSTILE = `<img src=x onerror="window.hacked=1">'&amp;`;

/** A small run, quantized so that its report has every part. */
async function makeRun() {
  await writeFile(
    join(folder, 'tiny.ini'),
    `[dataset]
kind = procedural
image_size = 12
train_samples = 64
test_samples = 32
[model]
kind = mlp
width = 8
[quant]
method = learned_scale_shift
[train]
epochs = 3
batch = 16
`
  );
  nibble('train', 'tiny.ini', '--run.name', HOSTILE);
  nibble('report', join('runs', HOSTILE), '--out', 'run.html');
}

async function makeStudy() {
  for (const rate of ['0.1', '0.05'])
    for (const seed of ['1', '2', '3'])
      nibble(
        'train',
        'tiny.ini',
        '--run.output',
        'study',
        '--run.name',
        `lr${rate}_seed${seed}`,
        '--run.seed',
        seed,
        '--train.learning_rate',
        rate
      );
  nibble('train', 'tiny.ini', '--run.output', 'study', '--run.name', 'broken');
  await writeFile(join(folder, 'study/broken/run.h5'), 'no record');
  nibble('report', 'study', '--out', 'study.html');
}

const tests = {
  async a_run_has_all_its_parts_and_its_name_stays_text(browser) {
    await browser.show(join(folder, 'run.html'));
    assert.deepEqual(await browser.run(() => [...document.querySelectorAll('h2')].map(head => head.textContent)), [
      'Results',
      'Curves',
      'Answers',
      'Quantizers',
      'Layers',
      'Config',
      'Provenance'
    ]);
    assert.equal(await browser.run(() => document.querySelector('h1').textContent), HOSTILE);
    assert.equal(await browser.run(() => document.title), HOSTILE);
    assert.equal(await browser.run(() => window.hacked ?? 'safe'), 'safe');
    assert.equal(await browser.run(() => document.querySelectorAll('img:not(.wrong img)').length), 0);
    const worst = await browser.run(() => [...document.querySelectorAll('.wrong img')].map(img => img.src.slice(0, 22)));
    assert.ok(worst.length > 0 && worst.every(source => source === 'data:image/png;base64,'));
    assert.ok((await browser.run(() => document.querySelectorAll('.plot canvas').length)) >= 5);
    assert.ok((await browser.run(() => document.querySelectorAll('.cell').length)) > 50);
  },

  async the_mouse_over_a_curve_tells_its_values(browser) {
    await browser.show(join(folder, 'run.html'));
    const box = await browser.run(() => {
      const plot = document.querySelector('.u-over');
      plot.scrollIntoView({block: 'center'});
      const {left, top, width, height} = plot.getBoundingClientRect();
      return {left, top, width, height};
    });
    await browser.moveTo(box.left + box.width - 3, box.top + box.height / 2);
    const tip = await browser.run(() => document.querySelector('.tip:not([hidden])')?.textContent);
    assert.match(tip, /epoch 3.*training loss: \d+\.?\d*.*test loss: \d+\.?\d*/);
    const said = await browser.run(
      () =>
        JSON.parse(document.getElementById('data').textContent)
          .run.curves.find(group => group.axis === 'epoch')
          .series.find(series => series.name === 'train_loss').values[2]
    );
    assert.ok(tip.includes(`training loss: ${Number(said.toPrecision(5))}`), `${tip} has not ${said}`);
  },

  async another_quantizer_can_be_chosen(browser) {
    await browser.show(join(folder, 'run.html'));
    const title = () =>
      browser.run(() => [...document.querySelectorAll('#quantizers .y-title')].map(part => part.textContent).join());
    const before = await title();
    await browser.run(() => {
      const select = document.querySelector('#quantizers select');
      select.value = String((Number(select.value) + 1) % select.options.length);
      select.dispatchEvent(new Event('change'));
    });
    await browser.settle();
    assert.notEqual(await title(), before);
  },

  async figures_are_saved_as_svg_and_csv(browser) {
    await browser.show(join(folder, 'run.html'));
    const files = await browser.run(() => {
      const saved = [];
      save = (name, type, text) => saved.push({name, type, text});
      document.querySelectorAll('figure .buttons button').forEach(button => button.click());
      return {
        saved,
        figures: document.querySelectorAll('figure').length,
        bad: saved.filter(
          file =>
            file.name.endsWith('.svg') &&
            new DOMParser().parseFromString(file.text, 'image/svg+xml').querySelector('parsererror')
        ).length
      };
    });
    assert.equal(files.saved.length, 2 * files.figures);
    assert.equal(files.bad, 0);
    const loss = files.saved
      .find(file => file.name === 'Loss.csv')
      .text.trim()
      .split('\n');
    assert.equal(loss[0], 'line,epoch,loss');
    assert.equal(loss.length, 1 + 2 * 3);
    const svg = files.saved.find(file => file.name === 'Loss.svg').text;
    assert.ok(!svg.includes('var(') && !svg.includes('class='), 'a saved picture needs no style of the page');
    assert.match(svg, /stroke:\s?rgb\(0, 114, 178\)/);
  },

  async a_study_sorts_and_filters_its_table(browser) {
    await browser.show(join(folder, 'study.html'));
    const column = name =>
      browser.run(wanted => {
        const at = [...document.querySelectorAll('.runs thead th')].findIndex(head => head.textContent === wanted);
        return [...document.querySelectorAll('.runs tbody tr')].map(row => row.cells[at].textContent);
      }, name);
    const click = name =>
      browser.run(
        wanted =>
          [...document.querySelectorAll('.runs thead button')].find(button => button.textContent === wanted).click(),
        name
      );
    const filter = text =>
      browser.run(words => {
        const input = document.querySelector('input[type=search]');
        input.value = words;
        input.dispatchEvent(new Event('input'));
      }, text);
    assert.equal((await column('run')).length, 6);
    await click('seed');
    assert.deepEqual(await column('seed'), ['1', '1', '2', '2', '3', '3']);
    await click('seed');
    assert.deepEqual(await column('seed'), ['3', '3', '2', '2', '1', '1']);
    await click('quantized_top1');
    const figures = (await column('quantized_top1')).map(Number);
    assert.deepEqual(
      figures,
      [...figures].sort((a, b) => b - a),
      'the best figure comes first'
    );
    await filter('train.learning_rate=0.05 seed>1');
    await browser.settle();
    assert.deepEqual((await column('run')).sort(), ['lr0.05_seed2', 'lr0.05_seed3']);
    assert.equal(await browser.run(() => document.querySelector('.count').textContent), '2 of 6 runs');
    assert.equal(
      await browser.run(() => document.querySelectorAll('.run-line').length),
      2,
      'the filter holds for figures'
    );
    await filter('');
    await browser.settle();
    assert.equal(await browser.run(() => document.querySelectorAll('.run-line').length), 6);
    assert.match(await browser.run(() => document.body.textContent), /Runs that cannot be read.*broken/);
  },

  async groups_have_bands_intervals_and_a_reference(browser) {
    await browser.show(join(folder, 'study.html'));
    const legends = await browser.run(() =>
      [...document.querySelectorAll('.legend button')].map(button => button.textContent)
    );
    assert.deepEqual(legends, ['lr0.05_seed* (n = 3)', 'lr0.1_seed* (n = 3)']);
    assert.equal(await browser.run(() => document.querySelectorAll('.whisker').length), 2);
    assert.equal(await browser.run(() => document.querySelectorAll('.one-run').length), 6);
    await browser.run(() => {
      const select = [...document.querySelectorAll('.choice')]
        .find(label => label.textContent.startsWith('Reference'))
        .querySelector('select');
      select.value = select.options[1].value;
      select.dispatchEvent(new Event('change'));
    });
    await browser.settle();
    const wanted = await browser.run(() => {
      const {runs} = JSON.parse(document.getElementById('data').textContent).study.tables[0];
      const of = rate =>
        mean(runs.filter(run => run.name.startsWith('lr' + rate)).map(run => run.figures.quantized_top1));
      return of('0.1_') - of('0.05_');
    });
    const shown = await browser.run(() => {
      let csv;
      save = (name, type, text) => (csv = text);
      const figure = [...document.querySelectorAll('figure')].find(
        part => part.querySelector('h3').textContent === 'Groups compared'
      );
      figure.querySelectorAll('.buttons button')[1].click();
      return csv;
    });
    assert.ok(Math.abs(Number(shown.trim().split('\n')[2].split(',')[4]) - wanted) < 1e-9, shown);
  },

  async statistics_are_those_of_textbooks(browser) {
    await browser.show(join(folder, 'study.html'));
    const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-3, `${a} is not ${b}`);
    const of = (name, ...given) => browser.run((wanted, values) => window[wanted](...values), name, given);
    near(await of('studentT', 2), 4.303);
    near(await of('studentT', 30), 2.042);
    near((await of('meanWithInterval', [1, 2, 3])).half, 4.303 / Math.sqrt(3));
    // Standard error sqrt(1/3 + 7/3); Welch's 2.56 degrees of freedom, of which two are counted.
    near((await of('differenceWithInterval', [5, 6, 7], [1, 2, 6])).mean, 3);
    near((await of('differenceWithInterval', [5, 6, 7], [1, 2, 6])).half, 4.303 * Math.sqrt(8 / 3));
    near(await of('explainedShare', [1, 1, 2, 2], ['a', 'a', 'b', 'b']), 1);
    near(await of('explainedShare', [1, 2, 1, 2], ['a', 'a', 'b', 'b']), 0);
    near(await of('explainedShare', [1, 2, 3, 4], ['a', 'a', 'b', 'b']), 0.7);
    assert.equal(await of('explainedShare', [1, 2, 3], ['a', 'b', 'c']), null);
  },

  async nothing_is_wider_than_a_telephone(browser) {
    for (const file of ['run.html', 'study.html']) {
      await browser.show(join(folder, file));
      await browser.size(400);
      const wide = await browser.run(() => [
        document.documentElement.scrollWidth,
        ...[...document.querySelectorAll('figure, .drawing, .plot, h1, .controls')].map(
          part => part.getBoundingClientRect().right
        )
      ]);
      assert.ok(Math.max(...wide) <= 400, `${file}: ${Math.max(...wide)} pixels`);
      await browser.size(1240);
    }
  },

  async light_and_dark_are_chosen_and_remembered(browser) {
    await browser.show(join(folder, 'run.html'));
    const paper = () => browser.run(() => getComputedStyle(document.body).backgroundColor);
    const choose = theme =>
      browser.run(wanted => {
        const select = document.querySelector('header select');
        select.value = wanted;
        select.dispatchEvent(new Event('change'));
      }, theme);
    await choose('light');
    assert.equal(await paper(), 'rgb(255, 255, 255)');
    await choose('dark');
    const dark = await paper();
    assert.notEqual(dark, 'rgb(255, 255, 255)');
    await browser.show(join(folder, 'run.html'));
    assert.equal(await paper(), dark);
    await choose('automatic');
  },

  async a_report_prints(browser) {
    for (const file of ['run.html', 'study.html']) {
      await browser.show(join(folder, file));
      assert.ok((await browser.pdf()).length > 10000);
      assert.equal(await browser.run(() => document.querySelectorAll('.printed').length), 0, 'the screen is as before');
    }
  }
};

let faults = 0;
let browser;
try {
  await makeRun();
  await makeStudy();
  browser = await Browser.open();
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test(browser);
      assert.deepEqual(await browser.complaints(), [], 'errors in the console');
      console.log(`passed ${name}`);
    } catch (error) {
      ++faults;
      console.log(`FAILED ${name}\n${error.stack}`);
    }
  }
} finally {
  await browser?.close();
  await rm(folder, {recursive: true, force: true});
}
console.log(
  faults ? `${faults} faults in reports of ${source}` : `${Object.keys(tests).length} tests in Chromium passed`
);
process.exitCode = faults ? 1 : 0;
