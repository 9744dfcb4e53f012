// SPDX-License-Identifier: GPL-2.0-only
/** Values of every path under the pointer, where scripts run: read off the curves that are drawn, so that nothing is sent twice. */

/** Expects curves of `.hovered` charts as `curve` draws them, and the axes in `data-hover`, as `hoverAxes` writes them. */
export const HOVER_SCRIPT = `
for (const svg of document.querySelectorAll('svg.hovered')) {
  const { left, right, top, bottom, low, high, share, most } = JSON.parse(svg.dataset.hover);
  const along = share === 'x' ? 0 : 1;
  const curves = [...svg.querySelectorAll('path.line')].map((path) => ({ label: path.querySelector('title').textContent, colour: path.getAttribute('class'),
    points: path.getAttribute('d').slice(1).split('L').map((point) => point.split(' ').map(Number)) }));
  const timeAt = (place) => { const part = along === 0 ? (bottom - place) / (bottom - top) : (place - left) / (right - left); return low * (high / low) ** part; };
  const us = (ns) => ns < 1e3 ? Math.round(ns) + ' ns' : +(ns / 1e3).toPrecision(4) + ' us';
  const box = document.createElement('div'); box.className = 'values'; box.hidden = true;
  svg.parentElement.append(box);
  const cross = document.createElementNS('http://www.w3.org/2000/svg', 'line'); cross.setAttribute('class', 'cross'); cross.setAttribute('visibility', 'hidden');
  svg.append(cross);
  const hide = () => { box.hidden = true; cross.setAttribute('visibility', 'hidden'); };
  svg.addEventListener('pointerleave', hide);
  svg.addEventListener('pointermove', (event) => {
    const frame = svg.getBoundingClientRect();
    const scale = svg.viewBox.baseVal.width / frame.width;
    const at = [(event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale];
    if (at[0] < left || at[0] > right || at[1] < top || at[1] > bottom) return hide();
    const found = curves.flatMap(({ label, colour, points }) => {
      const after = points.findIndex((point) => (along === 0 ? point[0] >= at[0] : point[1] <= at[1]));
      if (after < 0) return [];
      const [a, b] = [points[Math.max(0, after - 1)], points[after]];
      const span = b[along] - a[along];
      const part = span === 0 ? 1 : Math.max(0, Math.min(1, (at[along] - a[along]) / span));
      return [{ label, colour, ns: timeAt(a[1 - along] + (b[1 - along] - a[1 - along]) * part) }];
    }).sort((a, b) => b.ns - a.ns);
    if (found.length === 0) return hide();
    const q = along === 0 ? 1 - 1 / most ** ((at[0] - left) / (right - left)) : (bottom - at[1]) / (bottom - top);
    const lines = found.map(({ label, colour, ns }) => { const line = document.createElement('div'); const dot = document.createElement('i'); dot.className = colour; line.append(dot, label + ': ' + us(ns)); return line; });
    const head = document.createElement('b'); head.textContent = 'p' + +(100 * q).toPrecision(3);
    box.replaceChildren(head, ...lines);
    box.hidden = false;
    const holder = svg.parentElement.getBoundingClientRect();
    const x = event.clientX - holder.left + svg.parentElement.scrollLeft;
    box.style.left = Math.max(0, x + (event.clientX - holder.left > holder.width / 2 ? -box.offsetWidth - 14 : 14)) + 'px';
    box.style.top = Math.max(0, event.clientY - holder.top - box.offsetHeight / 2) + 'px';
    const ends = along === 0 ? [at[0], top, at[0], bottom] : [left, at[1], right, at[1]];
    ['x1', 'y1', 'x2', 'y2'].forEach((name, index) => cross.setAttribute(name, ends[index]));
    cross.setAttribute('visibility', 'visible');
  });
}
`;
