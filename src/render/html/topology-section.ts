// SPDX-License-Identifier: GPL-2.0-only
/** How every path was wired: a drawing from the plan, and the same as a table. */

import type { LabFacts } from '../../results/run/figures.ts';
import { type Topology, topologyOf } from '../../results/run/topology.ts';
import type { PathLabel } from '../../words/path-labels.ts';
import { offloadText, topologyDrawing } from '../charts/topology.ts';
import { type Markup, markup } from '../markup.ts';
import { folded, heading, type Section, type SectionContext, wide } from './section.ts';

/** null = there is no plan that could be read, or no path in it. */
export function topologySection(
  { paths, ...lab }: LabFacts,
  { label, shown }: { readonly label: PathLabel; readonly shown: ReadonlySet<string> },
  context: SectionContext,
): Section | null {
  // A twin is wired like the path that it doubles.
  const drawn = (paths ?? []).filter(({ name, twinOf }) => shown.has(name) && twinOf === null);
  if (drawn.length === 0) return null;
  const parts = drawn.map((path, index) =>
    pathPart(topologyOf(path, lab), label(path.name), {
      ...context,
      prefix: `${context.prefix}way-${index}`,
    }),
  );
  const twins = (paths ?? []).filter(({ name, twinOf }) => shown.has(name) && twinOf !== null);
  const twinText = twins.map(({ name, twinOf }) => `${label(name)} is wired like ${twinOf}`).join('; ');
  const body = markup`<p class="counts">The way of a request from the guest to host1. Offloads (rx, tx: checksums) are filled where they are on, and struck through where they are off.${twinText !== '' && ` ${twinText}, with its own NIC and wire.`}</p>${parts}`;
  return { id: `${context.prefix}topology`, title: 'Topology', body };
}

function pathPart(topology: Topology, label: string, context: SectionContext): Markup {
  const { backend, hops, notes } = topology;
  const way = hops.map(({ name, device }) => `${name} (${device})`).join(', ');
  const name = {
    id: context.prefix,
    title: `The way of ${label}`,
    description: `In order: ${way}. The table below has all of it.`,
  };
  return markup`${heading(context, label === backend ? label : `${label} (${backend})`)}${wide(`way of ${label}`, topologyDrawing(topology, name))}${notes.length > 0 && markup`<p class="counts">${notes.join('; ')}</p>`}${folded('as a table', wide(`hops of ${label}`, hopTable(topology)))}`;
}

function hopTable({ hops }: Topology): Markup {
  return markup`<table class="environment"><thead><tr>${['hop', 'where', 'device', 'driver', 'MTU', 'offloads'].map((head) => markup`<th scope="col">${head}</th>`)}</tr></thead><tbody>${hops.map(
    (hop) =>
      markup`<tr><th scope="row">${hop.name}</th><td>${hop.where}</td><td>${hop.device}</td><td>${hop.driver ?? '-'}</td><td>${hop.mtu ?? '-'}</td><td>${offloadText(hop) || '-'}</td></tr>`,
  )}</tbody></table>`;
}
