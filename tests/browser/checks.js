// What report.html has to do in a browser, as [title, check].
import {hostileService} from './hostile.js';

const near = (a, b, tolerance = 1e-4) => Math.abs(a - b) <= tolerance * Math.max(1e-9, Math.abs(b));

/** The number of "231 ms", in the unit of result.json. */
function valueOf(text) {
  const match = /^([\d.]+)\s*(ns|µs|ms|s|min|h|%|k\/s|M\/s|\/s|k|M)?$/.exec(text.trim());
  if (!match) return NaN;
  const scale = {
    ns: 1e-9,
    µs: 1e-6,
    ms: 1e-3,
    s: 1,
    min: 60,
    h: 3600,
    '%': 0.01,
    '/s': 1,
    'k/s': 1e3,
    'M/s': 1e6,
    k: 1e3,
    M: 1e6,
  };
  return Number(match[1]) * (match[2] ? scale[match[2]] : 1);
}

const PLURALS = {
  services: 'service',
  endpoints: 'endpoint',
  workloads: 'workload',
  caches: 'cache',
  databases: 'database',
  regions: 'region',
  brokers: 'broker',
  queues: 'queue',
  replicas: 'replica',
  shards: 'shard',
};

async function verdictIsThere({open, pages, expect}) {
  const {page, problems} = await open(pages.plain);
  const {result} = pages.plain;
  const word = await page.textContent('.banner .word');
  expect(
    word.trim().toLowerCase() === result.verdict,
    `the banner says ${word}, not ${result.verdict}`,
  );
  expect(
    (await page.title()).startsWith(`${result.verdict}: `),
    'the title leads with the verdict',
  );
  const rows = await page.$$eval('#objectives tbody tr', (all) =>
    all.map((row) => ({
      verdict: row.className,
      figure: row.querySelector('.fig').firstChild.textContent,
      target: row.querySelector('[data-h=target]').textContent,
    })),
  );
  expect(rows.length === result.objectives.length, 'a row for each objective');
  for (const row of rows) {
    const match = result.objectives.find(
      (one) =>
        one.text.endsWith(row.target) &&
        one.verdict === row.verdict &&
        near(valueOf(row.figure), one.estimate, 0.06),
    );
    expect(
      match || valueOf(row.figure) === 0,
      `${row.figure} ${row.target} ${row.verdict} is in result.json`,
    );
  }
  expect(problems.length === 0, problems.join('\n'));
  await page.close();
}

async function figuresAreThoseOfTheResult({open, pages, expect}) {
  const {page} = await open(pages.plain);
  const {result} = pages.plain;
  const cells = await page.$$eval('.figures tbody td[data-column]', (all) =>
    all.map((cell) => ({
      name: cell.closest('tr').cells[0].textContent,
      group: cell.closest('tbody').rows[0].textContent.trim(),
      column: cell.dataset.column,
      value: Number(cell.dataset.v),
      text: cell.firstChild.textContent,
    })),
  );
  expect(cells.length > 30, `only ${cells.length} figures`);
  for (const {name, group, column, value, text} of cells) {
    const known = result[group]?.[name]?.[column]?.estimate;
    expect(near(value, known), `${name} ${column}: ${value} on the page, ${known} in result.json`);
    // What is written is rounded to what the interval supports.
    expect(
      near(valueOf(text), known, 0.2) || Math.abs(known) < 1e-6 || valueOf(text) === 0,
      `${name} ${column}: '${text}' for ${known}`,
    );
  }
  await page.close();
}

/** The tables behind the charts: series, distribution and heat map of every subject. */
async function tablesAreThoseOfTheResult({open, pages, expect}) {
  for (const shown of [pages.plain, pages.recorded]) await tablesOf(shown, open, expect);
}

async function tablesOf(shown, open, expect) {
  const {page} = await open(shown);
  const {result} = shown;
  for (const series of result.series.subjects) {
    const table = await page.evaluate(({subject, kind}) => {
      const block = [...document.querySelectorAll('details.subject')].find(
        (one) =>
          one.querySelector('.name').textContent === subject &&
          one.querySelector('.kind').textContent === kind,
      );
      const parsed = new DOMParser().parseFromString(
        block.querySelector('noscript').textContent,
        'text/html',
      );
      const rows = (name) => [
        ...(parsed.querySelector(`[data-of=${name}]`)?.tBodies[0].rows ?? []),
      ];
      const head = [...(parsed.querySelector('[data-of=series]')?.tHead.rows[0].cells ?? [])].slice(
        1,
      );
      return {
        columns: head.map((cell, i) => ({
          name: cell.dataset.column,
          recorded: cell.dataset.recorded !== undefined,
          unit: cell.dataset.unit.trim(),
          values: rows('series').map((row) => row.cells[i + 1].textContent),
        })),
        requests: rows('distribution').reduce(
          (sum, row) => sum + Number(row.cells[1].dataset.n),
          0,
        ),
        heat: rows('heat').reduce(
          (sum, row) =>
            sum + [...row.cells].slice(1).reduce((a, c) => a + Number(c.textContent), 0),
          0,
        ),
      };
    }, series);
    for (const {name, unit, recorded, values} of table.columns) {
      if (name === 'up') continue; // counted from the events
      const scale = {ms: 1e-3, '%': 0.01}[unit] ?? 1;
      const source = recorded
        ? shown.recorded.find((one) => one.subject === series.subject && one.metric === name)
            .recorded
        : series[name];
      values.forEach((text, i) => {
        const known = source[i];
        const same = text === '' ? known === null : near(Number(text) * scale, known, 1e-3);
        expect(same, `${series.subject} ${name}[${i}]: '${text}' ${unit} for ${known}`);
      });
    }
    const subject =
      result[Object.keys(PLURALS).find((key) => PLURALS[key] === series.kind)][series.subject];
    const requests = subject.distribution.reduce((sum, [, count]) => sum + count, 0);
    expect(
      table.requests === requests,
      `${series.subject}: ${table.requests} requests of ${requests}`,
    );
    const heat = (series.heat ?? []).reduce(
      (sum, [, counts]) => sum + counts.reduce((a, b) => a + b, 0),
      0,
    );
    expect(table.heat === heat, `${series.subject}: ${table.heat} in the heat map of ${heat}`);
  }
  await page.close();
}

async function nothingIsCutOff({open, pages, expect}) {
  for (const [what, width] of [
    ['plain', 400],
    ['plain', 1280],
    ['plain', 2560],
    ['compared', 400],
    ['recorded', 400],
    ['recorded', 1280],
    ['hostile', 400],
    ['hostile', 1280],
  ]) {
    const {page, problems} = await open(pages[what], {viewport: {width, height: 900}});
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide <= 0, `${what} at ${width}: ${wide} pixels too wide`);
    // Whatever reaches beyond its box has to be in something that scrolls, or be shortened in sight.
    const beyond = await page.evaluate(() => {
      const scrolls = (one) =>
        one &&
        (/(auto|scroll)/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
      return [...document.querySelectorAll('main *, header *')]
        .filter((one) => {
          if (one.closest('svg, .spoken, .boxes, noscript, option') || scrolls(one)) return false;
          return one.getBoundingClientRect().right > innerWidth + 1;
        })
        .slice(0, 5)
        .map((one) => `${one.tagName} '${one.textContent.slice(0, 40)}'`);
    });
    expect(beyond.length === 0, `${what} at ${width}: ${beyond.join(', ')} reach beyond the edge`);
    const outside = await page.$$eval('.time-chart svg text, .distribution-chart svg text', (all) =>
      all
        .filter((one) => {
          const box = one.getBoundingClientRect();
          const frame = one.ownerSVGElement.getBoundingClientRect();
          return (
            box.width > 0 &&
            (box.left < frame.left - 1 ||
              box.right > frame.right + 1 ||
              box.top < frame.top - 1 ||
              box.bottom > frame.bottom + 1)
          );
        })
        .map((one) => one.textContent),
    );
    expect(
      outside.length === 0,
      `${what} at ${width}: cut off in charts: ${outside.slice(0, 5).join(', ')}`,
    );
    expect(problems.length === 0, problems.join('\n'));
    await page.close();
  }
}

async function everybodyCanReadIt({open, pages, expect, axe}) {
  for (const [what, colorScheme] of [
    ['plain', 'light'],
    ['compared', 'dark'],
    ['recorded', 'light'],
    ['recorded', 'dark'],
  ]) {
    // The policy of the page lets no other script in; the one that looks at it may.
    const {page} = await open(pages[what], {colorScheme, bypassCSP: true});
    await page.evaluate(axe);
    const {violations} = await page.evaluate(() =>
      globalThis.axe.run(document, {resultTypes: ['violations']}),
    );
    for (const one of violations.filter(
      ({impact}) => impact === 'serious' || impact === 'critical',
    ))
      expect(
        false,
        `${what}, ${colorScheme}: ${one.id}: ${one.nodes
          .slice(0, 3)
          .map((node) => `${node.html.slice(0, 120)} ${node.any[0]?.message ?? ''}`)
          .join('; ')}`,
      );
    await page.close();
  }
}

async function hostileNamesStayText({open, pages, expect}) {
  const {page, problems} = await open(pages.hostile);
  expect(problems.length === 0, problems.join('\n'));
  expect((await page.$$('script')).length === 1, "one script, the page's own");
  expect((await page.$$('img, iframe, object, embed, link')).length === 0, 'nothing that loads');
  const names = await page.$$eval('.subject .name', (all) => all.map((one) => one.textContent));
  expect(
    names.includes(hostileService),
    `a script stays its name: ${names.map((n) => n.slice(0, 60))}`,
  );
  expect(
    !(await page.evaluate(() => document.documentElement.outerHTML)).includes('\u202e'),
    'no mark reorders text',
  );
  // Also what the script draws, and what it takes out of the blocks of data.
  for (const id of await page.$$eval('.subject', (all) => all.map((one) => one.id))) {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, id);
    await page.evaluate(() => {
      document.querySelector('.panel details').open = true;
    });
    await page.hover('.time-chart');
  }
  expect(
    (await page.$$('script')).length === 1 && (await page.$$('main img')).length === 0,
    'no element came of a name',
  );
  expect(problems.length === 0, problems.join('\n'));
  await page.close();
}

async function aClickShowsAPart({open, pages, expect}) {
  const {page, problems} = await open(pages.plain);
  const {result} = pages.plain;
  const boxes = await page.$$('.map .part');
  expect(
    boxes.length === result.topology.parts.length,
    `${boxes.length} boxes of ${result.topology.parts.length} parts`,
  );
  expect(
    (await page.$$('.map .call')).length === result.topology.calls.length,
    'an arrow for each kind of call',
  );
  await page.click('.map .part.database');
  const chosen = await page.$eval('#subject', (select) => select.selectedOptions[0].textContent);
  expect(chosen === 'store', `a click on the database shows ${chosen}`);
  expect(
    (await page.$eval('.map .part.database', (box) => box.getAttribute('aria-current'))) === 'true',
    'its box is marked',
  );
  const label = await page.$eval('.time-chart', (chart) => chart.getAttribute('aria-label'));
  expect(label.includes('of store.'), label);
  const p95 = await page.$eval(
    '.chosen-figures',
    (list) =>
      [...list.children].find((one) => one.firstChild.textContent === 'p95').lastChild.firstChild
        .textContent,
  );
  expect(near(valueOf(p95), result.databases.store.p95.estimate, 0.05), `p95 ${p95}`);
  // By keyboard: boxes are links.
  await page.focus('.map .part.workload');
  await page.keyboard.press('Enter');
  await page.waitForFunction(
    () => document.getElementById('subject').selectedOptions[0].textContent === 'readers',
  );
  expect(problems.length === 0, problems.join('\n'));
  await page.close();
}

async function zoomingAndReadingWork({open, pages, expect}) {
  const {page, problems} = await open(pages.plain);
  const {result} = pages.plain;
  const times = () =>
    page.$$eval('.time-chart svg text', (all) =>
      all.map((one) => one.textContent).filter((text) => /^\d+:\d\d:\d\d/.test(text)),
    );
  const whole = await times();
  await page.click('.zoom button[aria-label="Zoom in"]');
  const half = await times();
  expect(
    half.join() !== whole.join() && !half.includes(whole[0]),
    `zoomed in: ${half} of ${whole}`,
  );
  await page.click('.zoom button[aria-label=Later]');
  expect((await times()).join() !== half.join(), 'moved on');
  await page.click('.zoom button[aria-label="Whole run"]');
  expect((await times()).join() === whole.join(), 'the whole run again');
  await page.focus('.time-chart');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  const spoken = await page.textContent('.panel .spoken');
  const id = await page.$eval('#subject', (select) => select.selectedOptions[0].textContent);
  const series = result.series.subjects.find((one) => one.subject === id);
  const rate = /answered ([\d.]+k?\/s)/.exec(spoken);
  expect(
    rate && near(valueOf(rate[1]), series.throughput[1], 0.01),
    `${spoken} for ${series.throughput[1]}`,
  );
  expect(
    await page.$eval('.readout', (box) => box.textContent.includes('answered')),
    'the read-out is shown as well',
  );
  const fault = result.faults[0].id;
  const words = await page.$$eval('.time-chart svg text', (all) =>
    all.map((one) => one.textContent).join(' '),
  );
  expect(words.includes(fault), `the fault '${fault}' is drawn over time`);
  expect(problems.length === 0, problems.join('\n'));
  await page.close();
}

async function withoutScriptItIsTables({open, pages, expect}) {
  const {page} = await open(pages.plain, {javaScriptEnabled: false});
  expect(await page.isVisible('#parts'), 'the topology is a table');
  await page.click('details.subject summary >> nth=0');
  expect(
    await page.isVisible('details.subject[open] table[data-of=series]'),
    'the series are a table',
  );
  await page.close();
}

async function paperShowsTheCharts({open, pages, expect}) {
  const {page, problems} = await open(pages.plain, {colorScheme: 'dark'});
  await page.emulateMedia({media: 'print'});
  expect(
    (await page.evaluate(() =>
      getComputedStyle(document.documentElement).getPropertyValue('--card').trim(),
    )) === '#fff',
    'paper is white',
  );
  expect(await page.isVisible('.time-chart svg'), 'charts are printed');
  expect(!(await page.isVisible('.chooser')), 'buttons are not');
  expect(problems.length === 0, problems.join('\n'));
  await page.close();
}

/** Recorded series: circles on the charts of what was simulated, a table behind, sentences, keys. */
async function theRecordedIsBeside({open, pages, expect}) {
  const {page, problems} = await open(pages.recorded);
  const {recorded} = pages.recorded;
  const sentences = await page.$$eval('#recorded li', (all) =>
    all.map((one) => one.textContent.trim()),
  );
  expect(
    sentences.join() === recorded.map((one) => one.sentence).join(),
    `'${sentences}' are the sentences of recorded.json`,
  );
  const opened = await page.$eval('#subject', (select) => select.selectedOptions[0].textContent);
  expect(opened === recorded[0].subject, `the page opens on what was recorded, not on '${opened}'`);
  const subject = recorded[0].subject;
  const other = await page.$eval(
    '#subject',
    (select) => [...select.options].find((one) => !one.selected).value,
  );
  await page.selectOption('#subject', other);
  await page.click('#recorded a');
  const chosen = await page.$eval('#subject', (select) => select.selectedOptions[0].textContent);
  expect(chosen === subject, `a click on a sentence shows ${subject}, not ${chosen}`);
  const legend = await page.$$eval('.time-chart svg text', (all) =>
    all.map((one) => one.textContent).join(' '),
  );
  expect(/○\s+recorded/.test(legend), `the legend has it: ${legend.slice(0, 400)}`);
  const values = recorded[0].recorded.filter((value) => value !== null).length;
  const dots = await page.$$eval('.time-chart svg path', (all) =>
    all.filter((one) => {
      const box = one.getBBox();
      return box.width > 0 && box.width < 3 && Math.abs(box.width - box.height) < 1e-6;
    }).length,
  );
  expect(dots >= values, `${dots} circles of ${values} recorded values`);
  await page.focus('.time-chart');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector('.spoken').textContent !== '');
  const spoken = await page.textContent('.spoken');
  expect(spoken.includes('p95 recorded'), `keys read it: ${spoken}`);
  const label = await page.$eval('.time-chart', (chart) => chart.getAttribute('aria-label'));
  expect(label.includes('p95 recorded: at most'), label.slice(0, 400));
  await page.emulateMedia({media: 'print'});
  expect(await page.isVisible('#recorded li'), 'sentences are printed');
  expect(problems.length === 0, problems.join('\n'));
  await page.close();
}

async function theBaselineIsCompared({open, pages, expect}) {
  const {page} = await open(pages.compared);
  const {baseline} = pages.compared.result;
  const sentence = await page.textContent('#baseline .change');
  expect(sentence.length > 10, sentence);
  const changed = baseline.objectives.filter((one) => one.before !== one.after).length;
  expect((await page.$$('#changes tbody tr')).length >= changed, `${changed} verdicts changed`);
  await page.close();
}

export const checks = [
  ['the verdict and each objective are those of result.json', verdictIsThere],
  ['figures are those of result.json', figuresAreThoseOfTheResult],
  ['the tables behind the charts are those of result.json', tablesAreThoseOfTheResult],
  ['nothing is cut off at 400, 1280 and 2560 pixels', nothingIsCutOff],
  ['axe-core finds nothing serious, light and dark', everybodyCanReadIt],
  ['hostile names stay text', hostileNamesStayText],
  ['a click or a key shows a part of the topology', aClickShowsAPart],
  ['the time axis zooms and is read by arrow keys', zoomingAndReadingWork],
  ['without its script the page is tables', withoutScriptItIsTables],
  ['paper is light and shows the charts', paperShowsTheCharts],
  ['a baseline is compared with', theBaselineIsCompared],
  ['what was recorded is beside what was simulated', theRecordedIsBeside],
];
