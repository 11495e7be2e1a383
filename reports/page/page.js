// What the page does beyond its tables: draws them, and shows the part that was chosen. Without this
// script the page is whole, as tables.
import {DistributionChart} from './distribution_chart.js';
import {dataOf, figuresOf, subjects} from './tables.js';
import {TimeChart} from './time_chart.js';
import {Topology} from './topology.js';

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Charts, figures and tables of the one subject that is chosen. */
class Panel {
  constructor(section, all) {
    this.all = all;
    this.select = element('select', {id: 'subject'});
    for (const kind of new Set(all.map((one) => one.kind))) {
      const group = element('optgroup', {label: kind});
      for (const one of all.filter((other) => other.kind === kind))
        group.append(element('option', {value: one.id}, one.name.slice(0, 120)));
      this.select.append(group);
    }
    this.figures = element('dl', {class: 'chosen-figures', 'aria-label': 'Figures'});
    this.time = element('div', {class: 'time-chart', tabindex: '0', role: 'group'});
    const spoken = element('p', {class: 'spoken', 'aria-live': 'polite'});
    this.distribution = element('div', {
      class: 'distribution-chart',
      role: 'img',
      'aria-label': 'Distribution of response times',
    });
    this.tables = element('div');
    this.details = element(
      'details',
      {class: 'table'},
      element('summary', {class: 'muted'}, 'These charts as tables'),
      this.tables,
    );
    const zoom = element('span', {class: 'zoom', role: 'group', 'aria-label': 'Time axis'});
    const button = (words, label, act) => {
      const made = element('button', {type: 'button', 'aria-label': label, title: label}, words);
      made.addEventListener('click', act);
      zoom.append(made);
    };
    const view = element(
      'div',
      {class: 'panel'},
      element(
        'div',
        {class: 'chooser'},
        element('label', {for: 'subject'}, 'Show '),
        this.select,
        zoom,
      ),
      this.figures,
      this.time,
      spoken,
      this.distribution,
      this.details,
    );
    section.querySelector('.subjects').before(view);
    this.timeChart = new TimeChart(this.time, spoken);
    button('+', 'Zoom in', () => this.timeChart.zoom(0.5));
    button('−', 'Zoom out', () => this.timeChart.zoom(2));
    button('◀', 'Earlier', () => this.timeChart.move(-0.5));
    button('▶', 'Later', () => this.timeChart.move(0.5));
    button('Whole run', 'Whole run', () => this.timeChart.setRange(0, 100));
    this.distributionChart = new DistributionChart(this.distribution);
    this.select.addEventListener('change', () => {
      location.hash = this.select.value;
    });
    this.details.addEventListener('toggle', () => this.showTables());
  }

  has(id) {
    return this.all.some((one) => one.id === id);
  }

  show(id) {
    this.subject = this.all.find((one) => one.id === id);
    this.select.value = id;
    this.figures.replaceChildren(
      ...figuresOf(id).map(({title, cell}) => {
        const interval = cell.querySelector('small')?.textContent ?? '';
        const figure = element('dd', {}, cell.firstChild.textContent);
        if (interval) figure.append(' ', element('small', {}, interval));
        return element('div', {}, element('dt', {}, title), figure);
      }),
    );
    this.timeChart.show(this.subject);
    this.distributionChart.show(this.subject);
    this.tables.replaceChildren();
    this.showTables();
  }

  /** The tables are this page's own markup, escaped when it was written. */
  showTables() {
    if (!this.details.open || this.tables.childElementCount > 0) return;
    this.tables.replaceChildren(...dataOf(this.subject).body.cloneNode(true).childNodes);
  }
}

function start() {
  document.documentElement.classList.add('scripted');
  const section = document.getElementById('time');
  const all = section ? subjects() : [];
  const map = document.getElementById('parts')
    ? new Topology(document.getElementById('topology'))
    : null;
  if (all.length === 0) return;
  const panel = new Panel(section, all);
  const show = (id) => {
    panel.show(id);
    map?.select(id);
  };
  const follow = (jump) => {
    const id = decodeURIComponent(location.hash.slice(1));
    if (!panel.has(id)) return;
    show(id);
    if (jump) section.scrollIntoView();
  };
  // What was measured of the real platform is what such a page was made for.
  const measured = document.querySelector('#recorded a')?.hash.slice(1);
  show(panel.has(measured) ? measured : all[0].id);
  follow(true);
  addEventListener('hashchange', () => follow(true));
  // A second click on the same link changes no hash.
  document.addEventListener('click', (event) => {
    const link = event.target.closest?.('a[href^="#s-"]');
    if (link && link.getAttribute('href') === location.hash) follow(true);
  });
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('details.fold')) details.open = true;
  });
}

start();
