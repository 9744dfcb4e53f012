// SPDX-License-Identifier: GPL-2.0-only
/** What a page does more where scripts run: tables that sort and can be copied. All of it can be read without. */

import { HOVER_SCRIPT } from './hover-script.ts';
import { ZOOM_SCRIPT } from './zoom-script.ts';

export const PAGE_SCRIPT = `
'use strict';
(() => {
const exact = (cell) => { const data = cell.querySelector('data'); return data ? data.value : cell.textContent.trim(); };
const compare = (a, b) => { const [x, y] = [Number(a), Number(b)]; const [p, q] = [a === '' || Number.isNaN(x), b === '' || Number.isNaN(y)];
  return p && q ? a.localeCompare(b) : p ? 1 : q ? -1 : x - y; };
for (const table of document.querySelectorAll('table.sortable')) {
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, index) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const up = head.getAttribute('aria-sort') !== 'ascending';
      for (const other of heads) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const rows = [...body.rows].map((row) => [exact(row.cells[index]), row]);
      rows.sort(([a], [b]) => compare(a, b) * (up ? 1 : -1));
      body.append(...rows.map(([, row]) => row));
    });
  });
  const copy = document.createElement('button');
  copy.type = 'button'; copy.className = 'tool'; copy.textContent = 'copy exact values';
  const said = document.createElement('span'); said.setAttribute('role', 'status');
  copy.addEventListener('click', async () => {
    const lines = [table.tHead.rows[0], ...body.rows].map((row) => [...row.cells].map(exact).join('\\t'));
    try { await navigator.clipboard.writeText(lines.join('\\n') + '\\n'); said.textContent = 'copied, with tabs between'; }
    catch { said.textContent = 'the browser refuses; the table can be selected and copied'; }
  });
  const tools = document.createElement('div'); tools.className = 'tools'; tools.append(copy, said);
  (table.closest('.wide') || table).after(tools);
}
${ZOOM_SCRIPT}${HOVER_SCRIPT}})();
`;
