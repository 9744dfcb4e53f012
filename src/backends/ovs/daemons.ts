// SPDX-License-Identifier: GPL-2.0-only
/** The two daemons of one path's own Open vSwitch, and the commands that speak to them and to no other. */
import { HOST2, wholeMachine } from '../../model/place.ts';
import type { BackendPlan, PlannedService, Step } from '../../model/plan.ts';

/** A path's run directory: every socket, the database and the lock are in it, so that no other OVS is ever reached. */
export interface OvsPlace {
  readonly path: string;
  readonly dir: string;
}

/** An answer from ovs-vswitchd that takes longer is none. */
const VSCTL_TIMEOUT_S = 10;
/** Prints name, type and error of every port as JSON. */
export const LIST_PORTS = ['--format=json', '--columns=name,type,error', 'list', 'Interface'] as const;

/** `ovs-vsctl` against the path's own database; waits until ovs-vswitchd has done as told, but for `--no-wait`. */
export function vsctl({ dir }: OvsPlace, ...words: readonly string[]): string[] {
  return ['ovs-vsctl', `--db=unix:${dir}/db.sock`, `--timeout=${VSCTL_TIMEOUT_S}`, ...words];
}

/** The argv that adds one OpenFlow rule to the path's own bridge. */
export function addFlow({ dir }: OvsPlace, bridge: string, flow: string): string[] {
  return ['ovs-ofctl', `--timeout=${VSCTL_TIMEOUT_S}`, 'add-flow', `unix:${dir}/${bridge}.mgmt`, flow];
}

/** `ovs-vsctl` against the database of a plan's services. */
export function vsctlOf({ services }: Pick<BackendPlan, 'services'>, ...words: readonly string[]): string[] {
  const socket = services[0]?.readySocket ?? '';
  return ['ovs-vsctl', `--db=unix:${socket}`, `--timeout=${VSCTL_TIMEOUT_S}`, ...words];
}

/** `ovs-appctl` to the ovs-vswitchd of a plan's services. */
export function appctlOf({ services }: Pick<BackendPlan, 'services'>, ...words: readonly string[]): string[] {
  const socket = services[1]?.readySocket ?? '';
  return ['ovs-appctl', `--target=${socket}`, `--timeout=${VSCTL_TIMEOUT_S}`, ...words];
}

/** `ovs-ofctl` for what a plan's bridge has counted: by port or by rule. */
export function dumpOf(plan: Pick<BackendPlan, 'services'>, what: 'dump-ports' | 'dump-flows'): string[] {
  const dir = (plan.services[0]?.readySocket ?? '').replace(/\/[^/]*$/, '');
  return ['ovs-ofctl', `--timeout=${VSCTL_TIMEOUT_S}`, what, `unix:${dir}/${bridgeOf(plan)}.mgmt`];
}

/** The bridge that a plan's services are configured with. */
export function bridgeOf({ services }: Pick<BackendPlan, 'services'>): string {
  const argvs = services.flatMap(({ whenReady = [] }) => whenReady.map((step) => step.do));
  const [words = []] = argvs.filter((argv) => argv.includes('add-br'));
  return words[words.indexOf('add-br') + 1] ?? '';
}

/** The rules among what a path's services are configured with. */
export function flowsOf({ services }: Pick<BackendPlan, 'services'>): string[] {
  const argvs = services.flatMap(({ whenReady = [] }) => whenReady.map((step) => step.do));
  return argvs.filter(([tool]) => tool === 'ovs-ofctl').map((argv) => argv[argv.length - 1] ?? '');
}

/** The run directory with an empty database in it. */
export function planDatabase({ dir }: OvsPlace): Step[] {
  return [
    { on: wholeMachine(HOST2), do: ['mkdir', dir], undo: ['rm', '-rf', dir] },
    { on: wholeMachine(HOST2), do: ['ovsdb-tool', 'create', `${dir}/conf.db`], undo: null },
  ];
}

/** Both daemons in the foreground: without --detach they write no pidfile and end with their SIGTERM. */
export function planDaemons(
  place: OvsPlace,
  { checksums, bridge }: { readonly checksums: boolean; readonly bridge: readonly Step[] },
): PlannedService[] {
  const { path, dir } = place;
  // The management sockets of bridges go to OVS_RUNDIR whatever the options say.
  const own = ['env', `OVS_RUNDIR=${dir}`];
  const quiet = ['-vconsole:info', '-vsyslog:off', '-vfile:off'];
  return [
    {
      name: `ovsdb-server-${path}`,
      host: HOST2,
      argv: [
        ...[...own, 'ovsdb-server', `${dir}/conf.db`, `--remote=punix:${dir}/db.sock`],
        ...[`--unixctl=${dir}/ovsdb-server.ctl`, ...quiet],
      ],
      readySocket: `${dir}/db.sock`,
      whenReady: [
        { on: wholeMachine(HOST2), do: vsctl(place, '--no-wait', 'init'), undo: null },
        // Read when a datapath is made, so it comes before ovs-vswitchd.
        ...(checksums
          ? [
              {
                on: wholeMachine(HOST2),
                do: vsctl(place, '--no-wait', 'set', 'Open_vSwitch', '.', 'other_config:userspace-tso-enable=true'),
                undo: null,
              },
            ]
          : []),
      ],
    },
    {
      name: `ovs-vswitchd-${path}`,
      host: HOST2,
      argv: [...own, 'ovs-vswitchd', `unix:${dir}/db.sock`, `--unixctl=${dir}/ovs-vswitchd.ctl`, ...quiet],
      readySocket: `${dir}/ovs-vswitchd.ctl`,
      whenReady: bridge,
    },
  ];
}
