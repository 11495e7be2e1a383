// All that is known of a subject over time, one chart below the other on one axis: faults and
// events, response times, their heat map, requests, errors, use, queues and instances.
import * as echarts from 'echarts/core';
import {CustomChart, LineChart} from 'echarts/charts';
import {
  AxisPointerComponent,
  DataZoomComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
} from 'echarts/components';
import {SVGRenderer} from 'echarts/renderers';

import {laneOf, laneSeries, shadesOf} from './event_lane.js';
import {heatAxis, heatSeries} from './heat_map.js';
import {color, text} from './ink.js';
import {chartsOf, chartTitle, finite, inUnit, valueAxis, withUnit} from './scales.js';
import {boundsOf, clockOf, dataOf, events, faults} from './tables.js';

echarts.use([
  AxisPointerComponent,
  CustomChart,
  DataZoomComponent,
  GridComponent,
  LineChart,
  MarkAreaComponent,
  MarkLineComponent,
  SVGRenderer,
  TitleComponent,
  TooltipComponent,
]);

const GAP = 46; // above each chart, for its title
const LEFT = 62;
const RIGHT = 16;

export class TimeChart {
  constructor(element, spoken) {
    const {interval, warmup, end} = document.getElementById('time').dataset;
    this.interval = Number(interval);
    this.warmup = Number(warmup);
    this.end = Number(end);
    this.element = element;
    this.spoken = spoken;
    this.range = [0, 100];
    this.faults = faults();
    this.events = events();
    this.chart = echarts.init(element, null, {renderer: 'svg'});
    this.chart.on('datazoom', () => {
      const zoom = this.chart.getOption().dataZoom[0];
      this.range = [zoom.start, zoom.end];
      const interval = this.step();
      if (interval === this.drawnStep) return;
      this.drawnStep = interval;
      this.chart.setOption({xAxis: this.grids.map(() => ({interval}))});
    });
    element.addEventListener('keydown', (event) => this.onKey(event));
    element.addEventListener('blur', () => this.chart.dispatchAction({type: 'hideTip'}));
    new ResizeObserver(() => this.resize()).observe(element);
  }

  show(subject) {
    this.subject = subject;
    this.data = dataOf(subject);
    this.index = -1;
    this.draw();
  }

  resize() {
    if (this.element.clientWidth === 0 || this.element.clientWidth === this.width) return;
    this.draw();
  }

  draw() {
    if (!this.subject) return;
    this.width = this.element.clientWidth;
    this.charts = chartsOf(this.data);
    const option = this.option();
    this.element.style.height = `${this.height}px`;
    this.chart.resize();
    this.chart.setOption(option, {notMerge: true});
    this.element.setAttribute('aria-label', this.description());
  }

  bounds(chart) {
    return boundsOf(this.subject.id)
      .filter((bound) => chart.lines.some((line) => line.column === bound.column))
      .map((bound) => ({...bound, y: inUnit(bound.value, chart.unit)}));
  }

  option() {
    const lane = laneOf(this.faults, this.events, this.end);
    const grids = [];
    const titles = [];
    const xAxes = [];
    const yAxes = [];
    const series = [];
    let top = 4;
    const place = (height, title, yAxis, make) => {
      const index = grids.length;
      top += title ? GAP - 16 : 0;
      // Labels at the ends must not make one chart narrower than the others.
      grids.push({left: LEFT, right: RIGHT, top, height, outerBoundsMode: 'none'});
      if (title) titles.push({left: 0, top: top - 24, padding: 0, ...title});
      xAxes.push(this.xAxis(index));
      yAxes.push({gridIndex: index, ...yAxis});
      series.push(...make(index).map((one) => ({xAxisIndex: index, yAxisIndex: index, ...one})));
      top += height + 8;
    };
    if (lane.rows > 0)
      place(
        lane.rows * 20,
        {
          text: 'Faults and events',
          textStyle: text({color: color('ink'), fontWeight: 650, fontSize: 13}),
        },
        {type: 'value', min: 0, max: lane.rows, inverse: true, show: false},
        () => [laneSeries(lane)],
      );
    for (const chart of this.charts)
      place(chart.height, chartTitle(chart, this.width), this.yAxis(chart), (i) =>
        chart.heat ? [heatSeries(this.data.heat, this.end)] : this.lineSeries(chart, i),
      );
    xAxes[xAxes.length - 1].axisLabel.show = true;
    top += 22;
    this.height = top + 34;
    this.grids = grids;
    this.drawnStep = this.step();
    return {
      animation: false,
      title: titles,
      grid: grids,
      xAxis: xAxes,
      yAxis: yAxes,
      series,
      ...this.tools(top),
    };
  }

  /** The read-out and the zoom. */
  tools(top) {
    return {
      axisPointer: {
        link: [{xAxisIndex: 'all'}],
        lineStyle: {color: color('ink'), type: 'solid'},
        label: {show: false},
      },
      tooltip: {
        trigger: 'axis',
        confine: true,
        transitionDuration: 0,
        className: 'readout',
        backgroundColor: '',
        borderWidth: 0,
        padding: 0,
        extraCssText: '',
        formatter: (items) => this.readout([].concat(items)[0]?.axisValue),
      },
      dataZoom: [
        {
          type: 'inside',
          xAxisIndex: 'all',
          start: this.range[0],
          end: this.range[1],
          filterMode: 'none',
          zoomOnMouseWheel: 'ctrl',
          moveOnMouseMove: false,
          moveOnMouseWheel: false,
          preventDefaultMouseMove: false,
        },
        {
          type: 'slider',
          xAxisIndex: 'all',
          start: this.range[0],
          end: this.range[1],
          filterMode: 'none',
          left: LEFT,
          right: RIGHT,
          top,
          height: 22,
          showDataShadow: false,
          brushSelect: false,
          labelFormatter: (value) => clockOf(value),
          textStyle: text(),
          borderColor: color('line'),
          fillerColor: color('band'),
          backgroundColor: color('track'),
          handleStyle: {color: color('card'), borderColor: color('muted')},
          moveHandleStyle: {color: color('line')},
          emphasis: {
            handleStyle: {borderColor: color('accent')},
            moveHandleStyle: {color: color('muted')},
          },
          showDetail: this.width > 500,
        },
      ],
    };
  }

  xAxis(index) {
    return {
      gridIndex: index,
      type: 'value',
      min: 0,
      max: this.end,
      interval: this.step(),
      axisLine: {lineStyle: {color: color('line')}},
      axisTick: {show: false},
      splitLine: {show: false},
      axisLabel: {
        show: false,
        formatter: (value) => clockOf(value),
        hideOverlap: true,
        alignMaxLabel: 'right',
        ...text(),
      },
      axisPointer: {show: true, snap: false, triggerTooltip: true},
    };
  }

  /** Round times of a clock, of the part that is shown. */
  step() {
    const shown = (this.end * (this.range[1] - this.range[0])) / 100;
    const most = Math.max(2, Math.min(12, this.width / 90));
    const steps = [
      1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
      172800, 604800, 2592000, 7776000,
    ];
    return shown < most ? undefined : steps.find((step) => shown / step <= most);
  }

  yAxis(chart) {
    const shared = {
      axisLine: {show: false},
      axisTick: {show: false},
      splitLine: {lineStyle: {color: color('grid')}},
      axisPointer: {show: false},
    };
    if (chart.heat) return {...heatAxis(this.data.heat), ...shared};
    const axis = valueAxis(chart, this.bounds(chart));
    return {
      ...axis,
      ...shared,
      minInterval: chart.title === 'Instances' ? 1 : undefined,
      axisLabel: {...text(), formatter: (value) => withUnit(value, chart.unit), hideOverlap: true},
    };
  }

  lineSeries(chart, index) {
    const axis = valueAxis(chart, this.bounds(chart));
    const middle = this.interval / 2;
    return chart.lines.map((line, i) => ({
      type: 'line',
      name: line.label,
      ...this.dots(line),
      silent: true,
      connectNulls: false,
      step: line.style === 'step' ? 'middle' : false,
      lineStyle: {
        color: line.color,
        width: line.column === 'p99' ? 1.5 : 2,
        type: line.style === 'dashed' ? [5, 4] : 'solid',
        ...(line.style === 'recorded' ? {width: 1, opacity: 0.5} : {}),
      },
      areaStyle: line.style === 'area' ? {color: line.color, opacity: 0.15} : undefined,
      emphasis: {disabled: true},
      data: line.values.map((v, k) => [
        this.data.series.at[k] + middle,
        v === null || (axis.type === 'log' && v <= 0) ? '-' : v,
      ]),
      markArea: i === 0 ? this.shades(chart) : undefined,
      markLine: i === 0 ? this.limits(chart, axis) : undefined,
    }));
  }

  /** What was recorded is circles, so that it is told from curves without colour. */
  dots(line) {
    if (line.style !== 'recorded') return {showSymbol: false, symbol: 'none'};
    const shown = (line.values.length * (this.range[1] - this.range[0])) / 100;
    const size = shown > this.width / 6 ? 3 : 6;
    return {
      showSymbol: true,
      showAllSymbol: true,
      symbol: 'circle',
      symbolSize: size,
      itemStyle: {color: color('card'), borderColor: line.color, borderWidth: size > 3 ? 2 : 1.5},
    };
  }

  shades(chart) {
    return shadesOf(this.faults, this.warmup, this.end, chart === this.charts[0]);
  }

  limits(chart, axis) {
    const data = [];
    const name = ({column}) => (this.width > 700 ? `${column.replace('_', ' ')} ` : '');
    for (const bound of this.bounds(chart)) {
      const style = {color: color(bound.verdict), type: [7, 4], width: 1.5};
      const label = {
        formatter: `${name(bound)}limit ${withUnit(bound.y, chart.unit)}`,
        position: 'insideEndTop',
        ...text({color: color(bound.verdict), fontWeight: 650}),
      };
      const from = bound.from ?? 0;
      const to = bound.to ?? this.end;
      if (axis.type === 'log' && !(bound.y >= axis.min && bound.y <= axis.max)) continue;
      data.push([{coord: [from, bound.y], lineStyle: style, label}, {coord: [to, bound.y]}]);
    }
    return {silent: true, symbol: 'none', precision: 15, data};
  }

  windowAt(time) {
    const at = this.data.series?.at ?? [];
    let found = at.length - 1;
    while (found > 0 && at[found] > time) --found;
    return found;
  }

  /** The values of one window, and what happened in it, as [label, text, colour] by chart. */
  values(index) {
    const at = this.data.series.at[index];
    const until = at + this.interval;
    const out = [['', `${clockOf(at)} – ${clockOf(until)}`, '']];
    for (const chart of this.charts)
      for (const line of chart.lines ?? [])
        out.push([
          line.label,
          line.values[index] === null ? 'no data' : withUnit(line.values[index], line.unit),
          line.color,
        ]);
    for (const fault of this.faults)
      if (fault.at < until && fault.to > at) out.push(['fault', fault.name, color('fails')]);
    const here = this.events.filter(
      (event) => event.at >= at && event.at < until && !event.what.startsWith('fault.'),
    );
    for (const event of here.slice(0, 4)) out.push([event.what, event.of, color('muted')]);
    if (here.length > 4) out.push(['', `and ${here.length - 4} more events`, '']);
    return out;
  }

  readout(time) {
    if (time === undefined || !this.data.series) return '';
    const list = document.createElement('div');
    for (const [label, value, hue] of this.values(this.windowAt(time))) {
      const row = document.createElement('p');
      if (label) {
        const mark = document.createElement('i');
        mark.style.background = hue;
        row.append(mark, `${label.slice(0, 60)} `);
      }
      const bold = document.createElement('b');
      bold.textContent = value.slice(0, 80);
      row.append(bold);
      list.append(row);
    }
    return list;
  }

  onKey(event) {
    const count = this.data?.series?.at.length ?? 0;
    if (count === 0) return;
    const page = Math.max(1, Math.round(count / 20));
    const at = this.index < 0 ? Math.floor(count / 2) : this.index;
    const moves = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      PageUp: at - page,
      PageDown: at + page,
      Home: 0,
      End: count - 1,
    };
    if (event.key === '+' || event.key === '-') {
      this.zoom(event.key === '+' ? 0.5 : 2);
      event.preventDefault();
    }
    if (event.key === 'Escape') this.chart.dispatchAction({type: 'hideTip'});
    if (!(event.key in moves)) return;
    event.preventDefault();
    this.index = Math.max(0, Math.min(count - 1, moves[event.key]));
    this.point(this.data.series.at[this.index] + this.interval / 2);
    this.spoken.textContent = this.values(this.index)
      .map(([label, value]) => `${label} ${value}`.trim())
      .join(', ');
  }

  /** Shows the read-out of a moment, and brings it into the part that is shown. */
  point(time) {
    const place = (time / this.end) * 100;
    const [start, end] = this.range;
    if (place < start || place > end) this.move((place - (start + end) / 2) / (end - start));
    const [x] = this.chart.convertToPixel({gridIndex: 0}, [time, 0]);
    this.chart.dispatchAction({type: 'showTip', x, y: this.grids[0].top + 2});
  }

  /** Narrows (below 1) or widens the part that is shown, about its middle. */
  zoom(factor) {
    const [start, end] = this.range;
    const middle = (start + end) / 2;
    const half = Math.min(50, Math.max(0.5, ((end - start) * factor) / 2));
    const from = Math.max(0, Math.min(100 - 2 * half, middle - half));
    this.setRange(from, from + 2 * half);
  }

  move(share) {
    const [start, end] = this.range;
    const from = Math.max(0, Math.min(100 - (end - start), start + share * (end - start)));
    this.setRange(from, from + end - start);
  }

  setRange(start, end) {
    this.range = [start, end];
    this.draw();
  }

  description() {
    const parts = this.charts.flatMap((chart) =>
      (chart.lines ?? []).map((line) => {
        const values = finite(line.values);
        return `${chart.title}, ${line.label}: at most ${withUnit(Math.max(...values), line.unit)}`;
      }),
    );
    return `Charts over time of ${this.subject.name.slice(0, 100)}. ${parts.join('. ')}. Arrow keys read the values, plus and minus zoom.`;
  }
}
