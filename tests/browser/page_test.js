// page_test.js REHEARSE ROOT: report.html in a browser.
//
// One browser for all: pages of a run with a fault, of the same with hostile names, of one with a
// baseline, and of one beside recorded series. Prints a line per check, ends with 1 where one failed and with 77 where there is no
// browser.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {checks} from './checks.js';
import {withHostileNames} from './hostile.js';

const [rehearse, root] = process.argv.slice(2);
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = `--no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking
  --no-first-run --disable-component-update --disable-sync`.split(/\s+/);

const executablePath = BROWSERS.find((path) => existsSync(path));
const libraries = join(root, 'reports/page/package.json');
if (!executablePath || !existsSync(join(root, 'reports/page/node_modules/playwright-core'))) {
  console.log('SKIPPED: no Chromium, or no playwright-core; scripts/setup.sh test fetches both');
  process.exit(77);
}
const require = createRequire(libraries);
const {chromium} = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Runs the command in `folder`; verdicts that do not hold are no failure here. */
function run(folder, ...words) {
  try {
    execFileSync(rehearse, words, {cwd: folder, stdio: ['ignore', 'ignore', 'inherit']});
  } catch (error) {
    if (![1, 3].includes(error.status)) throw error;
  }
}

/** A recording like the result, but half as fast and with gaps; and the instances of a scaled one. */
function recording(result) {
  const {at, subjects} = result.series;
  const of = (subject, column) => subjects.find((one) => one.subject === subject)[column];
  const rows = at
    .map((time, i) => [time, of('clients', 'p95')[i], of('api', 'instances')[i]])
    .filter(([, p95], i) => p95 !== null && i % 5 !== 4);
  const text = rows.map(([time, p95, up]) => `${time},${p95 * 2000},${Math.ceil(up)}`);
  return `time,clients:p95[ms],api:instances\n${text.join('\n')}\n`;
}

/** The pages under test, each with the result that it shows. */
function makePages(folder) {
  const scenario = join(root, 'scenarios/models/zone-outage.yaml');
  const short = ['--trials', '4', '--horizon', '300s'];
  run(folder, 'run', scenario, ...short, '--out', 'plain');
  run(
    folder,
    'run',
    scenario,
    ...short,
    '--set',
    'system.services.api.instances=3',
    '--baseline',
    'plain',
    '--out',
    'compared',
  );
  const result = JSON.parse(readFileSync(join(folder, 'plain/result.json'), 'utf8'));
  writeFileSync(join(folder, 'hostile.json'), JSON.stringify(withHostileNames(result)));
  run(folder, 'report', 'hostile.json', '--format', 'html', '--out', 'hostile.html');
  const scaled = join(root, 'scenarios/policies/hpa.yaml');
  const window = ['--set', 'experiment.window=5s', '--set', 'objectives=[p95(clients) < 1s]'];
  run(folder, 'run', scaled, '--trials', '2', '--horizon', '6m', ...window, '--out', 'recorded');
  const simulated = JSON.parse(readFileSync(join(folder, 'recorded/result.json'), 'utf8'));
  writeFileSync(join(folder, 'week.csv'), recording(simulated));
  run(folder, 'report', 'recorded', '--recorded', 'week.csv', '--format', 'html,md');
  const page = (name, file, json) => ({
    name,
    url: `file://${join(folder, file)}`,
    result: JSON.parse(readFileSync(join(folder, json), 'utf8')),
  });
  return {
    plain: page('plain', 'plain/report.html', 'plain/result.json'),
    compared: page('compared', 'compared/report.html', 'compared/result.json'),
    recorded: {
      ...page('recorded', 'recorded/report.html', 'recorded/result.json'),
      recorded: JSON.parse(readFileSync(join(folder, 'recorded/recorded.json'), 'utf8')).series,
    },
    hostile: page('hostile', 'hostile.html', 'hostile.json'),
  };
}

/** A page with everything that went wrong on it: console errors, requests for anything but itself. */
async function open(browser, {url}, options) {
  const page = await browser.newPage({viewport: {width: 1280, height: 900}, ...options});
  page.setDefaultTimeout(5000);
  const problems = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== url) problems.push(`loads ${request.url()}`);
  });
  await page.goto(url);
  return {page, problems};
}

const folder = mkdtempSync(join(tmpdir(), 'rehearse-page-'));
const browser = await chromium.launch({executablePath, args: FLAGS});
let failed = 0;
try {
  const pages = makePages(folder);
  for (const [title, check] of checks) {
    const begun = Date.now();
    const wrong = [];
    const expect = (holds, words) => {
      if (!holds) wrong.push(words);
    };
    try {
      await check({open: (what, options) => open(browser, what, options), pages, expect, axe});
    } catch (error) {
      wrong.push(error.stack);
    }
    console.log(`${wrong.length === 0 ? 'ok    ' : 'FAILED'} ${title} (${Date.now() - begun} ms)`);
    for (const words of wrong.slice(0, 20)) console.log(`         ${words}`);
    if (wrong.length > 0) ++failed;
  }
} finally {
  await browser.close();
  rmSync(folder, {recursive: true, force: true});
}
process.exit(failed > 0 ? 1 : 0);
