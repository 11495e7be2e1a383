// The drawing of the topology: parts in boxes of their regions, laid out in layers by dagre, calls as
// arrows. Boxes are links: they select the part whose figures and charts are shown.
import dagre from '@dagrejs/dagre';

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 174;
const HEIGHT = 76;
const MOST = 150; // parts that are drawn unasked: the layout of more takes a second
const LABEL = 16; // room above a region for its name

// Short, as a box has little room; the table has the whole figure.
const percent = (share) => (share < 0.001 ? '< 0.1 %' : `${Number((100 * share).toPrecision(2))} %`);

function node(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const shorten = (words, most) =>
  [...words].length <= most
    ? words
    : `${[...words].slice(0, Math.ceil(most / 2) - 1).join('')}…${[...words].slice(-Math.floor(most / 2)).join('')}`;

/** Parts and calls as the tables have them. */
function read() {
  const parts = [...document.querySelectorAll('#parts tbody tr')].map((row) => {
    const [name, kind, region, places, arrivals, used, hits, p95, errors] = row.cells;
    const regions = [...region.querySelectorAll('bdi')]
      .map((one) => one.textContent)
      .filter(Boolean);
    const texts = [...places.childNodes].filter((one) => one.nodeType === Node.TEXT_NODE);
    return {
      name: name.textContent,
      href: name.querySelector('a')?.getAttribute('href') ?? '',
      kind: kind.textContent,
      regions,
      places: texts.map((one) => one.textContent.trim()).join(' | '),
      verdict: row.dataset.verdict,
      used: used.dataset.v === undefined ? null : Number(used.dataset.v),
      texts: {
        arrivals: arrivals.textContent,
        used: used.textContent,
        hits: hits.textContent,
        p95: p95.textContent,
        errors: errors.textContent,
      },
      errors: Number(errors.dataset.v ?? 0),
    };
  });
  const calls = [...document.querySelectorAll('#calls tbody tr')].map((row) => ({
    from: Number(row.dataset.from),
    to: Number(row.dataset.to),
    text: row.cells[2].textContent,
    rate: Number(row.cells[2].dataset.v),
  }));
  // Queues and caches inside their callers stand where these do, where that is one region.
  for (let again = true; again;) {
    again = false;
    for (const [i, part] of parts.entries()) {
      if (part.regions.length > 0 || !['queue', 'cache'].includes(part.kind)) continue;
      const callers = calls.filter((call) => call.to === i).map((call) => parts[call.from]);
      const around = new Set(
        callers.filter((one) => one.kind !== 'workload').flatMap((one) => one.regions),
      );
      if (around.size === 1) {
        part.regions = [...around];
        again = true;
      }
    }
  }
  return {parts, calls};
}

/** Left to right where there is room, top to bottom on a phone. */
function layout({parts, calls}, wide) {
  const graph = new dagre.graphlib.Graph({compound: true, multigraph: false});
  graph.setGraph({
    rankdir: wide ? 'LR' : 'TB',
    nodesep: 16,
    ranksep: wide ? 18 : 36,
    edgesep: 10,
    marginx: 10,
    marginy: 28,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const regions = new Set();
  parts.forEach((part, i) => {
    graph.setNode(String(i), {width: WIDTH, height: HEIGHT});
    // Parts in several regions, and those that live inside their callers, stand in no box.
    if (part.regions.length === 1 && part.kind !== 'workload') {
      const box = `region ${part.regions[0]}`;
      regions.add(part.regions[0]);
      graph.setNode(box, {});
      graph.setParent(String(i), box);
    }
  });
  for (const call of calls)
    graph.setEdge(String(call.from), String(call.to), {
      width: wide ? 44 : 56,
      height: 14,
      labelpos: 'c',
      call,
    });
  dagre.layout(graph);
  return {graph, regions: [...regions].filter(Boolean)};
}

function path(points) {
  const [first, ...rest] = points;
  let out = `M${first.x.toFixed(1)},${first.y.toFixed(1)}`;
  for (let i = 0; i < rest.length - 1; ++i) {
    const x = (rest[i].x + rest[i + 1].x) / 2;
    const y = (rest[i].y + rest[i + 1].y) / 2;
    out += `Q${rest[i].x.toFixed(1)},${rest[i].y.toFixed(1)} ${x.toFixed(1)},${y.toFixed(1)}`;
  }
  const last = rest[rest.length - 1];
  return `${out}L${last.x.toFixed(1)},${last.y.toFixed(1)}`;
}

const level = (used) => (used === null ? '' : used >= 0.9 ? 'hot' : used >= 0.7 ? 'warm' : 'cool');

function drawPart(part, {x, y}) {
  const box = node('a', {
    href: part.href || '#topology',
    class: `part ${part.kind} ${level(part.used)} ${part.verdict}`,
    transform: `translate(${(x - WIDTH / 2).toFixed(1)},${(y - HEIGHT / 2).toFixed(1)})`,
  });
  const line = (words, row, more = '') =>
    node('text', {x: 10, y: 18 + 16 * row, class: more}, words);
  const title = node('title');
  title.textContent = `${shorten(part.name, 300)} (${part.kind})${part.regions.length > 0 ? ` in ${part.regions.join(', ')}` : ''}${part.places ? `: ${part.places}` : ''}`;
  const bold = line(shorten(part.name, 21), 0, 'name');
  const given = (words, before = '', after = '') => (words === '–' ? '' : before + words + after);
  const {texts} = part;
  const facts = [
    given(texts.arrivals),
    given(texts.used, '', ' used'),
    given(texts.hits, '', ' hits'),
  ].filter(Boolean);
  const errors = part.errors > 0 ? `${percent(part.errors)} err` : '';
  const times = [given(texts.p95, 'p95 '), errors].filter(Boolean);
  const where =
    part.regions.length > 1
      ? `${part.regions.length} regions`
      : part.kind === 'workload'
        ? part.regions.join()
        : part.places;
  box.append(
    title,
    node('rect', {width: WIDTH, height: HEIGHT, rx: 7, class: 'frame'}),
    bold,
    line(facts.join(' · ') || part.kind, 1),
    line(times.join(' · '), 2),
  );
  box.append(
    node('text', {x: WIDTH - 8, y: HEIGHT - 12, class: 'kind', 'text-anchor': 'end'}, part.kind),
  );
  if (where) box.append(node('text', {x: 10, y: HEIGHT - 12, class: 'places'}, shorten(where, 17)));
  if (part.used !== null)
    box.append(
      node('rect', {x: 0, y: HEIGHT - 6, width: WIDTH, height: 6, class: 'track'}),
      node('rect', {
        x: 0,
        y: HEIGHT - 6,
        width: (WIDTH * Math.min(1, part.used)).toFixed(1),
        height: 6,
        class: 'use',
      }),
    );
  if (part.verdict === 'fails' || part.verdict === 'undecided')
    box.append(
      node('use', {
        href: `#i-${part.verdict}`,
        x: WIDTH - 26,
        y: 6,
        width: 18,
        height: 18,
        class: `sign ${part.verdict}`,
      }),
    );
  return box;
}

function drawCall(call, edge, most) {
  const thick = 1.2 + 3 * Math.sqrt(call.rate / most);
  return [
    node('path', {
      d: path(edge.points),
      class: 'call',
      'stroke-width': thick.toFixed(2),
      'marker-end': 'url(#arrow)',
    }),
    node(
      'text',
      {x: edge.x.toFixed(1), y: (edge.y + 4).toFixed(1), class: 'rate', 'text-anchor': 'middle'},
      call.text,
    ),
  ];
}

export class Topology {
  constructor(section) {
    this.data = read();
    this.details = section.querySelector('details.table');
    this.view = document.createElement('div');
    this.view.className = 'map';
    this.view.tabIndex = 0;
    this.view.setAttribute('role', 'region');
    this.view.setAttribute(
      'aria-label',
      'Drawing of the topology; each box is a link to the charts of a part',
    );
    if (this.data.parts.length <= MOST) return this.appear();
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = `Draw all ${this.data.parts.length} parts`;
    button.addEventListener('click', () => {
      button.remove();
      this.appear();
    });
    this.details.before(button);
  }

  appear() {
    this.details.before(this.view);
    this.details.open = false;
    this.draw();
    new ResizeObserver(() => this.draw()).observe(this.view);
  }

  draw() {
    const wide = this.view.clientWidth > 700;
    if (this.view.clientWidth === 0 || wide === this.wide) return;
    this.wide = wide;
    const {graph, regions} = layout(this.data, wide);
    const {width, height} = graph.graph();
    const most = Math.max(...this.data.calls.map((call) => call.rate), 1e-9);
    const svg = node(
      'svg',
      {
        viewBox: `0 0 ${width.toFixed(0)} ${height.toFixed(0)}`,
        style: `width:100%;min-width:${(width * 0.72).toFixed(0)}px;max-width:${(width * 1.15).toFixed(0)}px`,
        role: 'group',
        'aria-label': 'Topology',
      },
      node(
        'defs',
        {},
        node(
          'marker',
          {
            id: 'arrow',
            viewBox: '0 0 8 8',
            refX: 7,
            refY: 4,
            markerWidth: 9,
            markerHeight: 9,
            markerUnits: 'userSpaceOnUse',
            orient: 'auto',
          },
          node('path', {d: 'M0,0L8,4L0,8z', class: 'head'}),
        ),
      ),
    );
    for (const region of regions) {
      const box = graph.node(`region ${region}`);
      const [x, y] = [box.x - box.width / 2, box.y - box.height / 2 - LABEL];
      svg.append(
        node('rect', {x, y, width: box.width, height: box.height + LABEL, rx: 10, class: 'region'}),
        node('text', {x: x + 10, y: y + 15, class: 'region-name'}, shorten(region, 40)),
      );
    }
    for (const edge of graph.edges()) {
      const {call, ...label} = graph.edge(edge);
      svg.append(...drawCall(call, label, most));
    }
    this.boxes = this.data.parts.map((part, i) => drawPart(part, graph.node(String(i))));
    svg.append(...this.boxes);
    this.view.replaceChildren(svg);
    if (this.selected) this.select(this.selected);
  }

  select(id) {
    this.selected = id;
    for (const box of this.boxes ?? []) {
      const chosen = box.getAttribute('href') === `#${id}`;
      box.classList.toggle('chosen', chosen);
      if (chosen) box.setAttribute('aria-current', 'true');
      else box.removeAttribute('aria-current');
    }
  }
}
