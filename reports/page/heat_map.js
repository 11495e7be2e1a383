// Response times by time: a shade for the share of requests in each half octave.
import {color, text} from './ink.js';
import {durationText} from './tables.js';

const SHADES = 8;

export function heatAxis(heat) {
  return {
    type: 'log',
    min: heat.uppers[0] / 1.5,
    max: heat.uppers[heat.uppers.length - 1],
    axisLabel: {
      ...text(),
      formatter: durationText,
      hideOverlap: true,
      showMinLabel: false,
      showMaxLabel: false,
    },
  };
}

function cellPath(at, upper, until, frame, api) {
  // Bins of half an octave: (1, 1.5] and (1.5, 2] times a power of two of nanoseconds.
  const octaves = Math.log2(upper * 1e9);
  const half = Math.abs(octaves - Math.round(octaves)) < 0.1 ? 0.75 : 2 / 3;
  const [left, top] = api.coord([at, upper]);
  const [right, bottom] = api.coord([until, upper * half]);
  const from = Math.max(left, frame.x).toFixed(1);
  const to = Math.min(right + 0.3, frame.x + frame.width).toFixed(1);
  if (Number(to) <= Number(from)) return '';
  return `M${from} ${top.toFixed(1)}H${to}V${bottom.toFixed(1)}H${from}Z`;
}

/** One path per shade: thousands of rectangles of their own would be slow to lay out. */
export function heatSeries(heat, end) {
  const width = heat.at[1] - heat.at[0];
  const busiest = Math.max(1, ...heat.counts.map((row) => row.reduce((a, b) => a + b, 0)));
  const shades = Array.from({length: SHADES}, () => []);
  heat.counts.forEach((row, i) =>
    row.forEach((count, j) => {
      if (count === 0) return;
      const shade = busiest > 1 ? 1 + Math.log(count / busiest) / Math.log(busiest) : 1;
      shades[Math.min(SHADES - 1, Math.max(0, Math.floor(shade * SHADES)))].push([
        heat.at[i],
        heat.uppers[j],
      ]);
    }),
  );
  return {
    type: 'custom',
    silent: true,
    clip: true,
    data: [[heat.at[0], heat.uppers[0]]],
    encode: {x: 0, y: 1},
    renderItem: (params, api) => ({
      type: 'group',
      children: shades
        .map((cells, level) => ({
          type: 'path',
          style: {fill: color('heat'), fillOpacity: (level + 1) / SHADES},
          shape: {
            pathData: cells
              .map(([at, upper]) =>
                cellPath(at, upper, Math.min(at + width, end), params.coordSys, api),
              )
              .join(''),
          },
        }))
        .filter((child) => child.shape.pathData !== ''),
    }),
  };
}
