// SPDX-License-Identifier: GPL-2.0-only
/** The keys of every page: to the places, through the rows of a list, and a list of them all. */
export {};

/** @type {Readonly<Record<string, string>>} */
const PLACES = { r: '/', t: '/trend', d: '/doctor' };

const list = document.getElementById('keys');
const button = document.getElementById('keys-open');
if (list instanceof HTMLDialogElement && button !== null) {
  button.hidden = false;
  button.addEventListener('click', () => list.showModal());
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (isTyping(event.target) || (list instanceof HTMLDialogElement && list.open)) return;
  if (act(event.key)) event.preventDefault();
});

/** Letters belong to whoever is typing.
 * @param {EventTarget | null} target */
function isTyping(target) {
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'submit'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** Whether the key means something here.
 * @param {string} key
 * @returns {boolean} */
function act(key) {
  const place = PLACES[key];
  if (place !== undefined) {
    location.assign(place);
    return true;
  }
  switch (key) {
    case '?':
      if (list instanceof HTMLDialogElement) list.showModal();
      return true;
    case '/': {
      const search = document.getElementById('search');
      search?.focus();
      return search !== null;
    }
    case 'j':
      return step(1);
    case 'k':
      return step(-1);
    case 'x':
      return pick();
    case 'c': {
      const compare = document.getElementById('compare');
      compare?.click();
      return compare !== null;
    }
    default:
      return false;
  }
}

/** The links of the list in their order: a row is reached by the link that opens it.
 * @returns {HTMLElement[]} */
function rows() {
  return [...document.querySelectorAll('table.list a.open')].filter((link) => link instanceof HTMLElement);
}

/** @param {1 | -1} by
 * @returns {boolean} */
function step(by) {
  const links = rows();
  const here = links.findIndex((link) => link.closest('tr')?.contains(document.activeElement));
  const next = links[here === -1 ? (by === 1 ? 0 : links.length - 1) : here + by];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
  return links.length > 0;
}

/** @returns {boolean} */
function pick() {
  const box = document.activeElement?.closest('tr')?.querySelector('input[name=run]');
  if (!(box instanceof HTMLInputElement)) return false;
  box.click();
  return true;
}
