// Which charts a subject has over time, and how their values are scaled and written.
import {color, text} from './ink.js';
import {durationText, shortNumber} from './tables.js';

const CHARTS = [
  {
    title: 'Response time',
    height: 150,
    lines: [
      ['p50', 'p50'],
      ['p95', 'p95'],
      ['p99', 'p99'],
    ],
    beside: [['mean_response', 'mean', 'through', 'dashed']],
  },
  {title: 'Heat map of response times', height: 130, heat: true},
  {
    title: 'Requests per second',
    height: 100,
    lines: [
      ['arrival_rate', 'asked for', 'arrivals', 'dashed'],
      ['throughput', 'answered', 'through'],
    ],
  },
  {title: 'Errors', height: 70, lines: [['error_ratio', 'failed', 'errors', 'area']]},
  {title: 'In use', height: 70, lines: [['utilization', 'in use', 'used', 'area']]},
  {
    title: 'Requests',
    height: 80,
    lines: [
      ['in_system', 'in the system', 'through', 'dashed'],
      ['queue_length', 'waiting', 'errors'],
    ],
  },
  {
    title: 'Instances',
    height: 60,
    lines: [
      ['instances', 'there, mean of all trials', 'through'],
      ['up', 'up, first trial', 'used', 'step'],
    ],
  },
  {title: 'Reserved cores', height: 60, lines: [['reserved_cores', 'of all', 'used', 'area']]},
  {title: 'Reserved GiB', height: 60, lines: [['reserved_memory', 'of all', 'used', 'area']]},
];

/** A simulated line, and behind it what was recorded of the same. */
function linesOf(series, [column, label, hue, style]) {
  const shared = {column, color: color(hue ?? column)};
  const found = series.columns[column];
  const lines = found ? [{...shared, ...found, label, style}] : [];
  for (const one of series.recorded.filter((other) => other.column === column))
    lines.push({...shared, ...one, label: `${label} recorded`, style: 'recorded'});
  return lines;
}

/**
 * The charts that have something to show, each with its lines. Some simulated lines are there only
 * beside what was recorded.
 */
export function chartsOf(data) {
  return CHARTS.map((chart) => {
    if (chart.heat) return data.heat ? chart : null;
    if (!data.series) return null;
    const beside = (chart.beside ?? []).filter(([column]) =>
      data.series.recorded.some((one) => one.column === column),
    );
    const lines = [...chart.lines, ...beside].flatMap((line) => linesOf(data.series, line));
    return lines.length > 0 ? {...chart, lines, unit: lines[0].unit} : null;
  }).filter(Boolean);
}

/** How a line is drawn, as a legend shows it. */
const SIGNS = {dashed: '╍', recorded: '○'};

export const finite = (values) => values.filter((v) => v !== null && Number.isFinite(v));
export const inUnit = (value, unit) => (({' ms': 1e3, ' %': 100})[unit] ?? 1) * value;
export const withUnit = (value, unit) =>
  unit === ' ms' || unit === ' s'
    ? durationText(value / inUnit(1, unit))
    : shortNumber(value) + unit;

/** Logarithmic where values span more than a factor of 40, from zero otherwise. */
export function valueAxis(chart, bounds) {
  const all = chart.lines.flatMap((line) => finite(line.values));
  const largest = Math.max(0, ...all);
  const smallest = Math.min(...all.filter((v) => v > 0));
  let high = largest;
  for (const bound of bounds) if (bound.y > high && bound.y < 4 * high) high = bound.y;
  const time = chart.unit === ' ms' || chart.unit === ' s';
  if (time && largest > 40 * smallest)
    return {
      type: 'log',
      min: 10 ** Math.floor(Math.log10(smallest)),
      max: 10 ** Math.ceil(Math.log10(high)),
    };
  if (chart.unit === ' %' && largest <= 100 && (largest > 50 || chart.title === 'In use'))
    return {type: 'value', min: 0, max: 100, interval: 50};
  const rough = (high || 1) / (chart.height > 90 ? 4 : 2);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((factor) => rough <= factor * power * (1 + 1e-9));
  return {type: 'value', min: 0, max: Math.ceil(high / step - 1e-9) * step || step, interval: step};
}

/** The title of a chart, which is its legend as well; where it is narrow circles stand for themselves. */
export function chartTitle(chart, width) {
  const rich = {t: {...text({color: color('ink'), fontSize: 13}), fontWeight: 650}};
  const parts = [`{t|${chart.title}}`];
  for (const [i, line] of (chart.lines ?? []).entries()) {
    rich[`m${i}`] = {
      ...text({fontSize: 14}),
      color: line.color,
      fontWeight: 800,
      padding: [0, 0, 0, 12],
    };
    rich[`l${i}`] = text();
    const beside = width < 600 ? '' : ' recorded';
    const label = line.style === 'recorded' ? beside : ` ${line.label}`;
    parts.push(`{m${i}|${SIGNS[line.style] ?? '━'}}${label && `{l${i}|${label}}`}`);
  }
  return {text: parts.join(''), textStyle: {rich, ...text()}};
}
