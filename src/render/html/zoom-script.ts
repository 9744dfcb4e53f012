// SPDX-License-Identifier: GPL-2.0-only
/** Zooming into the samples over time, where scripts run: draws the rows of a chart again from the buckets in its attributes. */

/** Expects what `timeChart` writes. */
export const ZOOM_SCRIPT = `
for (const chart of document.querySelectorAll('.zoomable')) {
  const [left, right, end, top, rowHeight, rowHigh] = chart.dataset.axis.split(' ').map(Number);
  const svg = chart.querySelector('svg');
  const axis = svg.querySelector('.axis');
  const elements = [...svg.querySelectorAll('.row')];
  const steps = elements.map((row) => Number(row.dataset.step));
  const numbers = (text) => text === '' ? [] : text.split(' ').map(Number);
  let decoded = null;
  // Not before somebody zooms: a page of many runs opens the sooner.
  const rowsOf = () => decoded ??= elements.map((row, index) => ({ row, range: row.dataset.range.split(' ').map(Number), base: top + (index + 1) * rowHeight - 6, step: steps[index],
    words: new Uint16Array(Uint8Array.from(atob(row.dataset.buckets), (sign) => sign.charCodeAt(0)).buffer),
    lost: numbers(row.dataset.lost), blocks: numbers(row.dataset.blocks) }));
  let [from, to] = [0, end];
  const least = Math.min(...steps) * 20;
  const x = (ns) => left + (ns - from) / (to - from) * (right - left);
  const inside = (ns) => ns >= from && ns <= to;
  const y = ({ base, range: [low, high] }, word) => base - Math.max(0, Math.min(1, Math.log(10 ** (word / 5000) / low) / Math.log(high / low))) * rowHigh;
  const unit = (ns) => ns === 0 ? '0' : ns < 1e3 ? ns + ' ns' : ns < 1e6 ? +(ns / 1e3).toPrecision(6) + ' us' : ns < 1e9 ? +(ns / 1e6).toPrecision(6) + ' ms' : +(ns / 1e9).toPrecision(6) + ' s';
  const make = (name, attributes, text) => { const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value); if (text) node.textContent = text; return node; };
  const drawAxis = () => {
    for (const node of axis.querySelectorAll('.grid,.fine,text:not(.name)')) node.remove();
    const bottom = top + elements.length * rowHeight;
    const rough = (to - from) / 10; const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((digit) => digit * power >= rough);
    for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) {
      axis.prepend(make('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: top, y2: bottom + 4 }));
      axis.append(make('text', { x: x(tick), y: bottom + 16, 'text-anchor': 'middle' }, unit(Math.round(tick))));
    }
  };
  const draw = () => {
    for (const one of rowsOf()) {
      const { row, base, words, step, lost, blocks } = one;
      const columns = new Map();
      for (let i = 0; i < words.length; i += 4) {
        const at = (words[i] + 0.5) * step;
        if (!inside(at)) continue;
        const place = Math.round(x(at));
        const column = columns.get(place) || { low: Infinity, high: 0, middles: [] };
        column.low = Math.min(column.low, words[i + 1]); column.high = Math.max(column.high, words[i + 3]); column.middles.push(words[i + 2]);
        columns.set(place, column);
      }
      row.querySelector('.band').setAttribute('d', [...columns].map(([at, c]) => 'M' + at + ' ' + (y(one, c.low) + 0.8).toFixed(1) + 'V' + (y(one, c.high) - 0.8).toFixed(1)).join(''));
      row.querySelector('.middle').setAttribute('d', [...columns].filter(([, c]) => c.high > c.low).map(([at, c]) => { c.middles.sort((a, b) => a - b);
        return 'M' + (at - 0.5) + ' ' + y(one, c.middles[(c.middles.length - 1) >> 1]).toFixed(1) + 'h1'; }).join(''));
      row.querySelector('.block').setAttribute('d', blocks.filter(inside).map((ns) => 'M' + x(ns).toFixed(1) + ' ' + (base - rowHigh) + 'V' + base).join(''));
      const losses = row.querySelector('.losses');
      if (losses) losses.setAttribute('d', [...new Set(lost.filter(inside).map((ns) => Math.round(x(ns))))].map((at) => 'M' + (at - 3) + ' ' + (base - rowHigh - 3) + 'l6 6m0 -6l-6 6').join(''));
    }
    drawAxis();
    said.textContent = from === 0 && to === end ? 'all of ' + unit(end) : unit(Math.round(from)) + ' to ' + unit(Math.round(to));
  };
  const show = (a, b) => { const span = Math.min(end, Math.max(least, b - a)); from = Math.max(0, Math.min(end - span, a)); to = from + span; draw(); };
  const middle = () => (from + to) / 2;
  const span = () => to - from;
  const tools = document.createElement('div'); tools.className = 'tools on-desk';
  const said = document.createElement('span'); said.setAttribute('role', 'status');
  for (const [text, act] of [
    ['zoom in', () => show(middle() - span() / 4, middle() + span() / 4)],
    ['zoom out', () => show(middle() - span(), middle() + span())],
    ['earlier', () => show(from - span() / 2, from + span() / 2)],
    ['later', () => show(from + span() / 2, to + span() / 2)],
    ['all', () => show(0, end)],
  ]) { const button = document.createElement('button'); button.type = 'button'; button.className = 'tool'; button.textContent = text; button.addEventListener('click', act); tools.append(button); }
  const hint = document.createElement('span'); hint.textContent = 'or drag over a stretch of it';
  tools.append(hint, said);
  chart.closest('.wide').before(tools);
  const timeAt = (event) => { const box = svg.getBoundingClientRect();
    return from + ((event.clientX - box.left) / box.width * svg.viewBox.baseVal.width - left) / (right - left) * (to - from); };
  let start = null; let mark = null;
  svg.addEventListener('pointerdown', (event) => { if (event.button !== 0 || event.pointerType === 'touch') return; start = timeAt(event);
    mark = make('rect', { class: 'selection', y: top, height: elements.length * rowHeight, x: x(start), width: 0 }); svg.append(mark); svg.setPointerCapture(event.pointerId); event.preventDefault(); });
  svg.addEventListener('pointermove', (event) => { if (start === null) return; const now = timeAt(event);
    mark.setAttribute('x', x(Math.min(start, now))); mark.setAttribute('width', Math.abs(x(now) - x(start))); });
  const stop = (event) => { if (start === null) return; const now = timeAt(event); const [a, b] = [Math.min(start, now), Math.max(start, now)]; start = null; mark.remove();
    if (x(b) - x(a) > 5) show(a, b); };
  svg.addEventListener('pointerup', stop);
  svg.addEventListener('pointercancel', () => { start = null; if (mark) mark.remove(); });
}
`;
