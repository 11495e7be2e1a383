'use strict';
// Read-outs under the pointer and on arrow keys. The page is whole without them: every figure shown
// here stands in the table below its charts, which is also where this script takes it from.
for (const view of document.querySelectorAll('.view')) {
  const table = view.querySelector('.data table');
  const plots = [...view.querySelectorAll('.plot')];
  if (!table || !plots.length) continue;
  const rows = table.tBodies[0].rows;
  const units = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.unit || '');
  const outputs = view.querySelectorAll('output[data-column]');
  const when = view.querySelector('.when');
  const hint = 'Point at a chart for its values, or focus it and use the arrow keys.';
  let at = -1;
  when.textContent = hint;
  const spoken = document.createElement('p');  // for screen readers, on arrow keys only
  spoken.className = 'spoken';
  spoken.setAttribute('aria-live', 'polite');
  view.append(spoken);

  const show = (index, announce) => {
    at = Math.max(0, Math.min(rows.length - 1, index));
    const cells = rows[at].cells;
    view.classList.add('reading');
    for (const plot of plots)
      plot.querySelector('.cursor').style.left = ((at + 0.5) / rows.length) * 100 + '%';
    for (const output of outputs) {
      const column = Number(output.dataset.column);
      const text = cells[column].textContent;
      output.textContent = text ? text + units[column] : 'no data';
    }
    when.textContent = 'at ' + cells[0].textContent;
    if (announce)
      spoken.textContent =
          when.textContent + ': ' +
          [...outputs].map((o) => o.parentNode.textContent.trim()).join(', ');
  };
  const hide = () => {
    at = -1;
    view.classList.remove('reading');
    for (const output of outputs) output.textContent = '';
    when.textContent = hint;
  };

  for (const plot of plots) {
    plot.addEventListener('pointermove', (event) => {
      const box = plot.getBoundingClientRect();
      show(Math.floor(((event.clientX - box.left) / box.width) * rows.length), false);
    });
    plot.addEventListener('pointerleave', hide);
  }
  view.tabIndex = 0;
  view.addEventListener('keydown', (event) => {
    if (event.target !== view) return;
    const page = Math.max(1, Math.round(rows.length / 20));
    const middle = Math.floor(rows.length / 2);
    const moves = {
      ArrowLeft: at < 0 ? middle : at - 1,
      ArrowRight: at < 0 ? middle : at + 1,
      PageUp: at - page,
      PageDown: at + page,
      Home: 0,
      End: rows.length - 1,
    };
    if (event.key === 'Escape') hide();
    if (!(event.key in moves)) return;
    event.preventDefault();
    show(moves[event.key], true);
  });
  view.addEventListener('blur', hide);
}
// A link to a subject opens it; a printed page has everything open.
const open = () => {
  const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
};
addEventListener('hashchange', open);
open();
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details.subject, details.fold')) details.open = true;
});
