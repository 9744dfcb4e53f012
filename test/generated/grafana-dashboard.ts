// SPDX-License-Identifier: GPL-2.0-only
/** The Grafana dashboard of docs/grafana.json: what `hoplab report` writes for Prometheus, a panel a question. */
import { backends } from '../../src/backends/index.ts';
import { OUTCOMES, VALIDITIES } from '../../src/model/result.ts';
import { backendColours } from '../../src/render/backend-colours.ts';

/** Grafana 12's; an older one reads it, a later one brings it up to its own. */
const SCHEMA_VERSION = 41;
const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
/** What the variables of the dashboard choose. */
const CHOSEN = 'probe=~"$probe",path=~"$path"';
const BY_PATH = 'by (path, backend, probe)';
const BY_PAIR = 'by (path, reference, probe)';

interface Target {
  readonly expr: string;
  readonly legend: string;
}

const PATH_LEGEND = '{{path}} ({{backend}}), {{probe}}';
const bound = (end: 'low' | 'high'): Target => ({
  expr: `avg ${BY_PATH} (hoplab_rtt_p50_bound_seconds{bound="${end}",${CHOSEN}})`,
  legend: `${PATH_LEGEND} ${end}`,
});
const p50 = `avg ${BY_PATH} (hoplab_rtt_seconds{quantile="0.5",${CHOSEN}})`;
const hostP50 = 'avg by (probe) (hoplab_rtt_seconds{quantile="0.5",backend="host",probe=~"$probe"})';

/** Which of some states a comparison is in, as a number from 1. */
function stateOf(metric: string, states: readonly string[]): string {
  const one = (state: string): string =>
    `max ${BY_PAIR} (${metric}{${metric}="${state}",twin="no",probe=~"$probe",path=~"$path"})`;
  return states.map((state, index) => `${index + 1} * ${one(state)}`).join(' + ');
}

/** Every expression of the dashboard. */
export function dashboardExpressions(): string[] {
  return panels().flatMap(({ targets }) => targets.map(({ expr }) => expr));
}

/** As Grafana exports one: ready to be imported or provisioned. */
export function grafanaDashboard(): string {
  const dashboard = {
    uid: 'hoplab',
    title: 'hoplab: latency of QEMU networking paths',
    description:
      'From `hoplab report -o hoplab.prom`. Figures of several runs at one time are averaged: choose one label each.',
    tags: ['hoplab', 'latency'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    time: { from: 'now-30d', to: 'now' },
    templating: { list: variables() },
    panels: panels(),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

function variables(): object[] {
  const labels = (name: string) => ({
    ...{ name, label: name, type: 'query', datasource: DATASOURCE, refresh: 2, sort: 1, multi: true, includeAll: true },
    query: { query: `label_values(hoplab_rtt_seconds, ${name})`, refId: name },
    current: { text: 'All', value: '$__all' },
  });
  return [
    { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' },
    labels('probe'),
    labels('path'),
  ];
}

function panels() {
  return [
    panel({
      ...{
        id: 1,
        type: 'timeseries',
        title: 'p50 by path and probe, with its interval',
        at: [0, 0, 24, 10],
        unit: 's',
      },
      description: 'Dotted: the 95 % interval of p50 for one plugging of the NICs.',
      targets: [{ expr: p50, legend: PATH_LEGEND }, bound('low'), bound('high')],
      overrides: [...colourOverrides(), boundOverride()],
    }),
    panel({
      ...{ id: 2, type: 'timeseries', title: 'p50 over that of the host path', at: [0, 10, 12, 9], unit: 'none' },
      description: 'The host path has no guest: 1 means that the guest and its network cost nothing.',
      targets: [{ expr: `${p50} / on (probe) group_left () ${hostP50}`, legend: PATH_LEGEND }],
      overrides: colourOverrides(),
    }),
    panel({
      ...{ id: 3, type: 'timeseries', title: 'Lost transactions', at: [12, 10, 12, 9], unit: 'short' },
      description: 'Without a response within the time-out, in the run of that time.',
      targets: [
        { expr: `sum ${BY_PATH} (hoplab_lost_total{${CHOSEN}})`, legend: PATH_LEGEND },
        { expr: 'max (hoplab_failed_cells)', legend: 'cells that failed' },
      ],
      overrides: colourOverrides(),
    }),
    panel({
      ...{ id: 4, type: 'state-timeline', title: 'Outcome by candidate', at: [0, 19, 24, 9], unit: 'none' },
      description: 'An outcome counts where its control is valid.',
      targets: [
        { expr: stateOf('hoplab_comparison_outcome', OUTCOMES), legend: '{{path}} against {{reference}}, {{probe}}' },
      ],
      mappings: mapped(OUTCOMES, ['orange', 'green', 'gray']),
    }),
    panel({
      ...{ id: 5, type: 'state-timeline', title: 'Whether it may be relied on', at: [0, 28, 24, 9], unit: 'none' },
      description:
        'not-controlled: no A/A control, or an inconclusive one; invalid: the control found a difference that is not there.',
      targets: [
        {
          expr: stateOf('hoplab_comparison_validity', VALIDITIES),
          legend: '{{path}} against {{reference}}, {{probe}}',
        },
      ],
      mappings: mapped(VALIDITIES, ['green', 'gray', 'red']),
    }),
  ];
}

interface PanelParts {
  readonly id: number;
  readonly type: 'timeseries' | 'state-timeline';
  readonly title: string;
  readonly description: string;
  readonly unit: string;
  /** x, y, width, height on Grafana's grid of 24 columns. */
  readonly at: readonly [number, number, number, number];
  readonly targets: readonly Target[];
  readonly overrides?: readonly object[];
  readonly mappings?: readonly object[];
}

function panel({
  id,
  type,
  title,
  description,
  unit,
  at: [x, y, w, h],
  targets,
  overrides = [],
  mappings = [],
}: PanelParts) {
  return {
    ...{ id, type, title, description, datasource: DATASOURCE, gridPos: { x, y, w, h } },
    targets: targets.map(({ expr, legend }, index) => ({
      ...{ refId: 'ABC'[index] ?? '', datasource: DATASOURCE, editorMode: 'code', range: true },
      ...{ expr, legendFormat: legend },
    })),
    fieldConfig: {
      defaults: { unit, mappings, custom: type === 'timeseries' ? { showPoints: 'auto', spanNulls: 86_400_000 } : {} },
      overrides,
    },
  };
}

/** A backend has the colour that it has in the pages of hoplab, those of dark pages: Grafana is dark as it comes. */
function colourOverrides(): object[] {
  return backends.map(({ kind }) => ({
    matcher: { id: 'byRegexp', options: `/\\(${kind}\\)/` },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: backendColours(kind).dark } }],
  }));
}

/** The ends of an interval are dotted, and not in the legend. */
function boundOverride(): object {
  const properties = [
    { id: 'custom.lineStyle', value: { fill: 'dot', dash: [0, 6] } },
    { id: 'custom.showPoints', value: 'never' },
    { id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } },
  ];
  return { matcher: { id: 'byRegexp', options: '/ (low|high)$/' }, properties };
}

function mapped(states: readonly string[], colours: readonly string[]): object[] {
  const options = Object.fromEntries(
    states.map((text, index) => [String(index + 1), { text, color: colours[index], index }]),
  );
  return [{ type: 'value', options }];
}
