// SPDX-License-Identifier: GPL-2.0-only
/** The list's boxes: two are compared, and what is picked stays picked on the list's other pages. */
export {};

const KEY = 'hoplab-picked';
const form = document.getElementById('picked');
const button = document.getElementById('compare');
/** @type {HTMLInputElement[]} */
const boxes = [...document.querySelectorAll('input[name=run]')].filter((box) => box instanceof HTMLInputElement);
const here = new Set(boxes.map(({ value }) => value));

/** @returns {string[]} */
function stored() {
  try {
    const ids = JSON.parse(sessionStorage.getItem(KEY) ?? '[]');
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string').slice(-8) : [];
  } catch {
    return [];
  }
}

/** @param {readonly string[]} ids */
function store(ids) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(ids));
  } catch {
    // Without it a choice lasts for one page.
  }
}

if (form instanceof HTMLFormElement && button instanceof HTMLButtonElement) {
  const picked = new Set(stored());
  const show = () => {
    for (const box of boxes) box.checked = picked.has(box.value);
    const elsewhere = [...picked].filter((id) => !here.has(id));
    button.disabled = picked.size < 2;
    button.firstChild?.replaceWith(`compare ${picked.size} picked ${picked.size === 1 ? 'run' : 'runs'} `);
    button.title = picked.size < 2 ? 'pick two runs' : [...picked].join('\n');
    for (const old of form.querySelectorAll('input[type=hidden]')) old.remove();
    for (const id of elsewhere) {
      const field = document.createElement('input');
      field.type = 'hidden';
      field.name = 'run';
      field.value = id;
      form.append(field);
    }
  };
  for (const box of boxes) {
    box.addEventListener('change', () => {
      if (box.checked) picked.add(box.value);
      else picked.delete(box.value);
      store([...picked]);
      show();
    });
  }
  form.addEventListener('submit', () => store([]));
  // Shown again by "back": as it was left.
  window.addEventListener('pageshow', show);
  show();
}
