// Faults and events above the charts, and their shades in them.
import {color, text} from './ink.js';

/** Faults as bars, each on the first row that is free; events as ticks below them. */
export function laneOf(faults, events, horizon) {
  const rows = [];
  const bars = faults.slice(0, 40).map((fault) => {
    const end = Math.min(fault.to, horizon);
    let row = rows.findIndex((until) => until <= fault.at);
    if (row < 0) row = rows.length < 4 ? rows.push(0) - 1 : 3;
    rows[row] = end;
    return {...fault, to: end, row};
  });
  const ticks = events.filter((event) => !event.what.startsWith('fault.'));
  return {bars, ticks, rows: rows.length + (ticks.length > 0 ? 1 : 0), tickRow: rows.length};
}

export function laneSeries(lane) {
  const bad = /stopped|unready|out_of_memory|pending|failed|fired|opened/;
  const items = [
    ...lane.bars.map((bar) => ({value: [bar.at, bar.row, bar.to], name: bar.name, bar: true})),
    ...lane.ticks.map((tick) => ({
      value: [tick.at, lane.tickRow, tick.at],
      bad: bad.test(tick.what),
    })),
  ];
  return {
    type: 'custom',
    silent: true,
    clip: true,
    data: items.map((item) => item.value),
    encode: {x: [0, 2], y: 1},
    renderItem: (params, api) => {
      const item = items[params.dataIndex];
      const [left, y] = api.coord([api.value(0), api.value(1)]);
      const right = api.coord([api.value(2), 0])[0];
      const {x, width} = params.coordSys;
      const from = Math.max(left, x);
      const to = Math.min(right, x + width);
      if (to < x || from > x + width) return undefined;
      if (!item.bar)
        return {
          type: 'circle',
          shape: {cx: from, cy: y + 10, r: 4.5},
          style: {fill: color(item.bad ? 'fails' : 'holds'), stroke: color('card'), lineWidth: 1},
        };
      const rect = {x: from, y: y + 1, width: Math.max(to - from, 3), height: 17, r: 3};
      const room = x + width - from - 8;
      const inside = to - from > 60;
      return {
        type: 'group',
        children: [
          {
            type: 'rect',
            shape: rect,
            style: {fill: color('fails-bg'), stroke: color('fails'), lineWidth: 1},
          },
          {
            type: 'text',
            style: {
              text: item.name,
              x: inside ? from + 6 : to + 5,
              y: y + 10,
              verticalAlign: 'middle',
              ...text(),
              fill: color('fails'),
              fontWeight: 650,
              overflow: 'truncate',
              width: Math.max(10, inside ? to - from - 12 : room),
            },
          },
        ],
      };
    },
  };
}

/** What was cut as warm-up, and while faults lasted. */
export function shadesOf(faults, warmup, end, labelled) {
  const data = [];
  if (warmup > 0)
    data.push([
      {
        xAxis: 0,
        name: labelled ? 'warm-up, cut' : '',
        itemStyle: {color: color('warm'), opacity: 0.16},
      },
      {xAxis: Math.min(warmup, end)},
    ]);
  const seen = new Set();
  for (const fault of faults) {
    const key = `${fault.at} ${fault.to}`;
    if (seen.has(key) || seen.size >= 20) continue;
    seen.add(key);
    data.push([
      {xAxis: fault.at, itemStyle: {color: color('fails'), opacity: 0.07}},
      {xAxis: Math.min(fault.to, end)},
    ]);
  }
  return {silent: true, label: {...text(), position: 'insideTopLeft'}, data};
}
