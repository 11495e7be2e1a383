// How response times are distributed: requests by time on a log scale, and time by percentile.
import * as echarts from 'echarts/core';
import {CustomChart, LineChart} from 'echarts/charts';
import {
  GridComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
} from 'echarts/components';
import {SVGRenderer} from 'echarts/renderers';

import {color, text} from './ink.js';
import {boundsOf, dataOf, durationText, figuresOf, shortNumber} from './tables.js';

echarts.use([
  CustomChart,
  GridComponent,
  LineChart,
  MarkLineComponent,
  SVGRenderer,
  TitleComponent,
  TooltipComponent,
]);

const QUANTILES = ['p50', 'p95', 'p99'];

/** Percentiles by how many requests there are to one that takes longer: 10 is 90 %, 1000 is 99.9 %. */
const percentileText = (odds) => `${Number((100 * (1 - 1 / odds)).toFixed(6))} %`;

export class DistributionChart {
  constructor(element) {
    this.element = element;
    this.chart = echarts.init(element, null, {renderer: 'svg'});
    new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== this.width) this.draw();
    }).observe(element);
  }

  show(subject) {
    this.subject = subject;
    this.distribution = dataOf(subject).distribution;
    this.element.hidden = !this.distribution;
    this.draw();
  }

  draw() {
    if (!this.distribution) return;
    this.width = this.element.clientWidth;
    const wide = this.width > 760;
    const height = 210;
    this.element.style.height = `${wide ? height + 70 : 2 * height + 140}px`;
    this.chart.resize();
    const half = wide ? this.width / 2 : this.width;
    const grids = [
      {left: 62, top: 46, height, width: half - 62 - 36},
      {left: (wide ? half : 0) + 62, top: wide ? 46 : height + 116, height, width: half - 62 - 36},
    ];
    const {total} = this.distribution;
    for (const grid of grids) grid.outerBoundsMode = 'none';
    const title = (i, words) => ({
      left: grids[i].left - 62,
      top: grids[i].top - 40,
      padding: 0,
      text: words,
      textStyle: text({color: color('ink'), fontSize: 13, fontWeight: 650}),
    });
    this.chart.setOption(
      {
        animation: false,
        grid: grids,
        title: [title(0, 'Response times, log scale'), title(1, 'Response time by percentile')],
        xAxis: [this.timeAxis(0), this.percentileAxis(1)],
        yAxis: [
          {
            gridIndex: 0,
            type: 'value',
            ...this.plain(),
            axisLabel: text({formatter: (v) => `${shortNumber(v)} %`}),
            splitNumber: 3,
          },
          {...this.timeAxis(1), splitLine: {lineStyle: {color: color('grid')}}},
        ],
        tooltip: {trigger: 'item'},
        series: [this.bars(), this.curve()],
      },
      {notMerge: true},
    );
    this.element.setAttribute(
      'aria-label',
      `Distribution of response times of ${total.toLocaleString('en')} requests to ${this.subject.name.slice(0, 100)}`,
    );
  }

  plain() {
    return {
      axisLine: {show: false},
      axisTick: {show: false},
      splitLine: {lineStyle: {color: color('grid')}},
    };
  }

  /** A handful of very fast requests would take half of the axis: it begins at the first 0.1 %. */
  ends() {
    const {bins, total} = this.distribution;
    const first = bins.find((bin) => bin.seen > 0.001 * total) ?? bins[0];
    return [first.low, bins[bins.length - 1].upper];
  }

  timeAxis(index) {
    const [low, high] = this.ends();
    const step = (value, up) => {
      const power = 10 ** Math.floor(Math.log10(value));
      const factors = up ? [1, 2, 5, 10] : [5, 2, 1];
      return (
        power *
        (factors.find((f) =>
          up ? f * power >= value * (1 - 1e-9) : f * power <= value * (1 + 1e-9),
        ) ?? 1)
      );
    };
    return {
      gridIndex: index,
      type: 'log',
      min: step(low, false),
      max: step(high, true),
      ...this.plain(),
      splitLine: {show: false},
      axisLine: {show: index === 0, lineStyle: {color: color('line')}},
      axisLabel: text({formatter: durationText, hideOverlap: true}),
    };
  }

  percentileAxis(index) {
    const most = Math.min(1e6, Math.max(100, this.distribution.total));
    return {
      gridIndex: index,
      type: 'log',
      min: 1,
      max: 10 ** Math.floor(Math.log10(most)),
      ...this.plain(),
      axisLine: {lineStyle: {color: color('line')}},
      axisLabel: text({formatter: (v) => (v === 1 ? '0' : percentileText(v)), hideOverlap: true}),
    };
  }

  marks(vertical) {
    const data = [];
    const axis = vertical ? 'xAxis' : 'yAxis';
    if (vertical)
      for (const {column, value} of figuresOf(this.subject.id))
        if (QUANTILES.includes(column))
          data.push({
            [axis]: value,
            lineStyle: {color: color(column), type: 'solid', width: 2},
            label: {
              show: true,
              formatter: column,
              ...text({color: color(column)}),
              position: 'end',
              distance: {p50: 2, p95: 2, p99: 14}[column],
            },
          });
    for (const bound of boundsOf(this.subject.id))
      if (/^(p\d+|mean_response)$/.test(bound.column) && bound.from === null)
        data.push({
          [axis]: bound.value,
          lineStyle: {color: color(bound.verdict), type: [7, 4], width: 1.5},
          label: {
            show: true,
            formatter: `${bound.column.replace('_', ' ')} limit ${durationText(bound.value)}`,
            position: vertical ? 'insideEndTop' : 'insideStartTop',
            ...text({color: color(bound.verdict), fontWeight: 650}),
          },
        });
    return {silent: true, symbol: 'none', precision: 15, data};
  }

  bars() {
    const {bins, total} = this.distribution;
    const [low] = this.ends();
    const data = bins
      .filter((bin) => bin.upper > low)
      .map((bin) => {
        // Shares of equal widths on the axis, so that areas can be compared.
        const width = Math.log2(bin.upper / bin.low);
        return [
          bin.low,
          bin.upper,
          (100 * bin.count) / total / Math.max(width, 1e-9) / 6,
          bin.count,
        ];
      });
    return {
      type: 'custom',
      xAxisIndex: 0,
      yAxisIndex: 0,
      clip: true,
      data,
      encode: {x: [0, 1], y: 2},
      markLine: this.marks(true),
      tooltip: {
        className: 'readout',
        backgroundColor: '',
        borderWidth: 0,
        padding: 0,
        formatter: (item) =>
          this.note(
            `${durationText(item.value[0])} – ${durationText(item.value[1])}`,
            `${item.value[3].toLocaleString('en')} requests`,
          ),
      },
      renderItem: (params, api) => {
        const [left, top] = api.coord([api.value(0), api.value(2)]);
        const [right, bottom] = api.coord([api.value(1), 0]);
        const from = Math.max(left, params.coordSys.x);
        return {
          type: 'rect',
          shape: {x: from, y: top, width: Math.max(right - from - 0.5, 0.5), height: bottom - top},
          style: {fill: color('bars')},
          emphasis: {style: {fill: color('muted')}},
        };
      },
    };
  }

  curve() {
    const {bins, total} = this.distribution;
    const data = bins.map((bin) => [total / Math.max(total - bin.seen, 0.5), bin.upper]);
    return {
      type: 'line',
      clip: true,
      xAxisIndex: 1,
      yAxisIndex: 1,
      showSymbol: false,
      symbolSize: 8,
      data,
      markLine: this.marks(false),
      lineStyle: {color: color('p95'), width: 2},
      itemStyle: {color: color('p95')},
      emphasis: {disabled: true},
      tooltip: {
        className: 'readout',
        backgroundColor: '',
        borderWidth: 0,
        padding: 0,
        formatter: (item) =>
          this.note(percentileText(item.value[0]), `at most ${durationText(item.value[1])}`),
      },
    };
  }

  note(lead, words) {
    const row = document.createElement('p');
    const bold = document.createElement('b');
    bold.textContent = words;
    row.append(`${lead}: `, bold);
    return row;
  }
}
