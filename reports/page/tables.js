// The page's tables are the only data that its charts have: what is drawn is what is written there.

/** Seconds of "1:05:30" or "0:00:00.25". */
export function secondsOf(clock) {
  const [hours, minutes, seconds] = clock.split(':').map(Number);
  return hours * 3600 + minutes * 60 + seconds;
}

/** The inverse; without hours where there are none. */
export function clockOf(seconds) {
  const whole = Math.floor(seconds + 1e-6);
  const rest = seconds - whole;
  const two = (n) => String(n).padStart(2, '0');
  const fraction = rest > 0.004 ? rest.toFixed(2).slice(1) : '';
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}${fraction}`;
}

/** Three significant digits, without an exponent where people would not write one. */
export function shortNumber(value) {
  const size = Math.abs(value);
  if (size >= 1e15) return value.toPrecision(3);
  if (size >= 10000) return `${Number((value / 1000).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
}

/** A duration in the unit of its size: 0.0023 -> "2.3 ms". */
export function durationText(seconds) {
  if (!(seconds > 0)) return '0';
  for (const [size, unit] of [
    [7200, 'h'],
    [120, 'min'],
    [0.9995, 's'],
    [0.9995e-3, 'ms'],
    [0.9995e-6, 'µs'],
  ]) {
    const scale = {h: 3600, min: 60, s: 1, ms: 1e-3, µs: 1e-6}[unit];
    if (seconds >= size) return `${shortNumber(seconds / scale)} ${unit}`;
  }
  return `${shortNumber(seconds / 1e-9)} ns`;
}

const numberOf = (cell) => (cell.textContent === '' ? null : Number(cell.textContent));

/** The blocks of data of all subjects, in the order of the page. */
export function subjects() {
  return [...document.querySelectorAll('details.subject')].map((block) => ({
    id: block.id,
    name: block.querySelector('.name').textContent,
    kind: block.querySelector('.kind').textContent,
    html: block.querySelector('noscript').textContent,
  }));
}

/** Parsed when it is shown, as most never are. Without scripts, as the page's own policy has it. */
export function dataOf(subject) {
  if (!subject.data) {
    const parsed = new DOMParser().parseFromString(subject.html, 'text/html');
    subject.data = {
      series: seriesOf(parsed.querySelector('[data-of=series]')),
      distribution: distributionOf(parsed.querySelector('[data-of=distribution]')),
      heat: heatOf(parsed.querySelector('[data-of=heat]')),
      body: parsed.body,
    };
  }
  return subject.data;
}

function seriesOf(table) {
  if (!table) return null;
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const rows = [...table.tBodies[0].rows];
  const columns = {};
  const recorded = [];
  heads.forEach((head, i) => {
    const {column, unit} = head.dataset;
    const values = rows.map((row) => numberOf(row.cells[i + 1]));
    if (head.dataset.recorded === undefined) columns[column] = {unit, values};
    else recorded.push({column, unit, values});
  });
  return {at: rows.map((row) => secondsOf(row.cells[0].textContent)), columns, recorded};
}

function distributionOf(table) {
  if (!table) return null;
  let previous = 0;
  let seen = 0;
  const bins = [...table.tBodies[0].rows].map((row) => {
    const upper = Number(row.cells[0].dataset.s);
    const count = Number(row.cells[1].dataset.n);
    // Empty bins are left out; the widest of the eight in an octave is an eighth above its start.
    const low = Math.max(previous, upper * (8 / 9));
    previous = upper;
    seen += count;
    return {low, upper, count, seen};
  });
  return bins.length > 0 ? {bins, total: seen} : null;
}

function heatOf(table) {
  if (!table) return null;
  const uppers = [...table.tHead.rows[0].cells].slice(1).map((cell) => Number(cell.dataset.s));
  const rows = [...table.tBodies[0].rows];
  return {
    uppers,
    at: rows.map((row) => secondsOf(row.cells[0].textContent)),
    counts: rows.map((row) => [...row.cells].slice(1).map((cell) => Number(cell.textContent) || 0)),
  };
}

/** Bounds that objectives set for a subject, in the units of result.json. */
export function boundsOf(id) {
  return [...document.querySelectorAll(`#objectives tr[data-subject="${id}"]`)].map((row) => ({
    column: row.dataset.column,
    value: Number(row.dataset.bound),
    verdict: row.className,
    from: row.dataset.at === undefined ? null : Number(row.dataset.at),
    to: row.dataset.to === undefined ? null : Number(row.dataset.to),
  }));
}

/** The figures of a subject as the table of figures has them: [title, text, column, value]. */
export function figuresOf(id) {
  const link = document.querySelector(`.figures a[href="#${id}"]`);
  if (!link) return [];
  const titles = [...document.querySelectorAll('.figures thead th')].map(
    (cell) => cell.textContent,
  );
  return [...link.closest('tr').cells].slice(1).flatMap((cell, i) =>
    cell.dataset.v === undefined
      ? []
      : [
          {
            title: titles[i + 1],
            cell,
            column: cell.dataset.column,
            value: Number(cell.dataset.v),
          },
        ],
  );
}

export function faults() {
  return [...document.querySelectorAll('#faults tbody tr[data-at]')].map((row) => ({
    name: row.cells[0].textContent,
    at: Number(row.dataset.at),
    to: row.dataset.to === undefined ? Infinity : Number(row.dataset.to),
  }));
}

export function events() {
  return [...document.querySelectorAll('#events tbody tr')].map((row) => ({
    at: Number(row.dataset.at),
    what: row.cells[1].textContent,
    of: row.cells[2].textContent,
    detail: row.cells[3].textContent,
  }));
}
