// SPDX-License-Identifier: GPL-2.0-only
/** A run under way: takes the events of its stream, and shows the report when it has ended. */
export {};

/** @typedef {{ probe: string, path: string, colour: string, k: number, n: number, lost: number, p50Us: number | null }} Cell */
/** @typedef {{ probe: string, candidate: string, reference: string, draws: number, planned: number }} Pair */
/** @typedef {{ state: string, blocks: number, planned: number | null, next: string | null, remainingS: number | null, cells: Cell[], pairs: Pair[], failed: string[], warnings: string[] }} State */

const live = document.getElementById('live');
if (live !== null) {
  const stream = new EventSource(live.dataset.source ?? '');
  stream.addEventListener('state', (event) => show(JSON.parse(event.data)));
  stream.addEventListener('end', () => {
    stream.close();
    location.reload();
  });
}

/** @param {State} state */
function show(state) {
  put('live-state', state.state);
  put('live-blocks', String(state.blocks));
  put('live-planned', state.planned === null ? '?' : String(state.planned));
  put('live-next', state.next ?? '-');
  put('live-left', state.remainingS === null ? '' : `about ${state.remainingS} s to go`);
  const progress = document.getElementById('live-progress');
  if (progress instanceof HTMLProgressElement) {
    progress.max = state.planned ?? 1;
    progress.value = state.blocks;
  }
  fill('live-cells', state.cells.map(row));
  fill(
    'live-pairs',
    state.pairs.map(({ candidate, reference, probe, draws, planned }) =>
      made('li', `${candidate} against ${reference}, ${probe}: ${draws} of ${planned} draws`),
    ),
  );
  fill(
    'live-said',
    [...state.failed, ...state.warnings].map((line) => made('li', line)),
  );
}

/** @param {Cell} cell */
function row({ probe, path, colour, k, n, lost, p50Us }) {
  const line = document.createElement('tr');
  const head = made('th', probe);
  head.setAttribute('scope', 'row');
  const figure = p50Us === null ? '-' : p50Us.toFixed(1);
  const name = made('td', ` ${path}`);
  name.className = 'words';
  name.prepend(swatch(colour));
  line.append(head, name, ...[k, n, lost, figure].map((value) => made('td', String(value))));
  return line;
}

/** As the page draws it before the first event.
 * @param {string} colour */
function swatch(colour) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [name, value] of [
    ['class', 'swatch'],
    ['viewBox', '0 0 24 8'],
    ['width', '24'],
    ['height', '8'],
    ['aria-hidden', 'true'],
  ])
    made.setAttribute(name ?? '', value ?? '');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('class', `line ${colour} d0`);
  line.setAttribute('d', 'M0 4L24 4');
  made.append(line);
  return made;
}

/** @param {string} name
 * @param {string} text */
function made(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}

/** @param {string} id
 * @param {string} text */
function put(id, text) {
  const element = document.getElementById(id);
  if (element !== null && element.textContent !== text) element.textContent = text;
}

/** @param {string} id
 * @param {HTMLElement[]} children */
function fill(id, children) {
  document.getElementById(id)?.replaceChildren(...children);
}
