// SPDX-License-Identifier: GPL-2.0-only
/** What can make two runs unlike, read from a run: one small fact each, in words that can be compared and printed. */
import type { UnlikeKey } from '../model/compare.ts';
import type { DeviceState, Environment } from '../model/environment.ts';
import type { LabSpec } from '../model/lab-spec.ts';
import { VMM_KEY } from '../model/recorded-words.ts';
import { guestsByName } from '../results/run/guests-recorded.ts';
import { KVM_FACTS, kvmFacts } from '../results/run/kvm-facts.ts';
import type { Run } from '../run-store/read-run.ts';
import { vmmRecorded } from '../vmms/index.ts';

/** One fact. Facts with the same key, path and item are compared with each other. */
export interface Condition {
  readonly key: UnlikeKey;
  /** null = of the machine or of the whole run. */
  readonly path: string | null;
  /** Which one of several under the same key: "host2 t-tap tx-checksumming"; '' = there is one. */
  readonly item: string;
  readonly value: string;
}

export type ConditionsOf = Pick<Run, 'header' | 'spec' | 'plan' | 'environment' | 'blocks'>;

/** Words of a kernel's command line that decide who may run on a CPU, and what idling and entering the kernel cost. */
const ISOLATION =
  /^(isolcpus|nohz_full|nohz|rcu_nocbs|rcu_nocb_poll|irqaffinity|managed_irq|mitigations|preempt|idle|skew_tick|(processor|intel_idle)\.max_cstate|cpuidle\.off|tsc|clocksource|threadirqs)(=|$)/;

/** All facts of a run that its folder tells; what could not be read is absent, and never taken for like. */
export function conditionsOf(run: ConditionsOf): readonly Condition[] {
  const { environment } = run;
  return [
    ...(environment === null
      ? []
      : [...machineFacts(environment), ...guestFacts(environment, run.spec), ...deviceFacts(run)]),
    ...runFacts(run),
    ...pathFacts(run),
    ...vhostWorkerFacts(run),
  ];
}

const fact = (key: UnlikeKey, value: string, item = '', path: string | null = null): Condition => {
  return { key, path, item, value };
};

/** The value of what an older run did not record: a difference from it is flagged, whatever its key. */
export const NOT_RECORDED = 'not recorded';

/** What a machine does not tell. */
const UNTOLD = 'unknown';

function machineFacts(environment: Environment): Condition[] {
  const { kernel, cpu, os, clocksource, hypervisor, hostname, memoryMiB, tools } = environment;
  const recorded = (value: string | null | undefined) => (value === undefined ? NOT_RECORDED : (value ?? UNTOLD));
  const words = kernel.commandLine.split(/\s+/).filter((word) => word !== '');
  const isolated = cpu.isolated.length === 0 ? 'no isolated CPU' : `isolated CPUs ${cpu.isolated.join(',')}`;
  const isolation = [isolated, ...words.filter((word) => ISOLATION.test(word)).sort()].join(' ');
  return [
    fact('cpu', `${cpu.model}, ${cpu.online.length} CPUs`),
    fact('isolation', isolation),
    fact('governor', `governor ${cpu.governor ?? 'none'}, SMT ${cpu.smt ?? 'unknown'}`),
    fact('clocksource', clocksource ?? 'unknown'),
    fact('kernel', `${kernel.release} ${kernel.version}`),
    fact('command-line', words.filter((word) => !ISOLATION.test(word)).join(' ') || 'empty'),
    fact('os', os),
    fact('huge-pages', recorded(environment.hugePages)),
    fact('rt-throttling', recorded(environment.rtThrottling)),
    ...underKvm(environment),
    fact('machine', `${hostname}, ${memoryMiB} MiB, on ${hypervisor ?? 'bare metal'}`),
    ...Object.entries(tools).map(([name, version]) => fact('tools', `${name} ${version ?? 'unknown'}`, name)),
  ];
}

/** KVM's own settings are none of an emulated guest's. */
function underKvm(environment: Environment): Condition[] {
  if (!guestsByName(environment).some(([, { accel }]) => accel === 'kvm')) return [];
  const told = kvmFacts(environment);
  return KVM_FACTS.map((name) => fact('kvm', told === null ? NOT_RECORDED : told[name] || UNTOLD, name));
}

/** The rate of the machine's counter, measured anew for every guest; older runs have none. */
const TICK_RATE = /(^| )tsc_early_khz=\d+/g;

function guestFacts(environment: Environment, spec: LabSpec | null): Condition[] {
  return guestsByName(environment).flatMap(([name, { vmm, ...guest }]) => {
    const { machineWords } = vmmRecorded(vmm.kind ?? spec?.guest.vmm);
    return [
      fact(VMM_KEY, `${vmm.version} ${machineWords(vmm.argv).join(' ')}`.trim(), name),
      ...(spec === null ? [] : [fact('arch', spec.guest.arch, name)]),
      fact('accel', guest.accel, name),
      fact('guest-size', `${guest.cpus} CPUs, ${guest.memoryMiB} MiB`, name),
      fact('guest-kernel', guest.kernel, name),
      fact('guest-command-line', guest.commandLine.replace(TICK_RATE, '') || 'empty', name),
    ];
  });
}

/** Drivers, MTU and offload switches along each path. A guest's NICs are not told apart by their names, which follow plugging. */
function deviceFacts({ environment }: ConditionsOf): Condition[] {
  return (environment?.devices ?? []).flatMap((device) => {
    const name = deviceName(device);
    const { path, driver, mtu, offloads } = device;
    const kind = `${driver ?? 'unknown driver'}${mtu === null ? '' : `, MTU ${mtu}`}`;
    return [
      fact('nic', kind, name, path),
      ...Object.entries(offloads).map(([flag, on]) => fact('offloads', on ? 'on' : 'off', `${name} ${flag}`, path)),
    ];
  });
}

function deviceName({ where, device }: DeviceState): string {
  return where === 'guest' ? 'guest NIC' : `${where} ${device}`;
}

function runFacts(run: ConditionsOf): Condition[] {
  const { header, blocks, environment } = run;
  const granted = [...new Set(blocks.flatMap(({ client, server }) => [client, server]).map((one) => one.scheduling))];
  return [
    fact('tool-version', header.tool.version),
    fact('state', header.state),
    ...(granted.length === 0 ? [] : [fact('scheduling', granted.sort().join(' and '))]),
    ...(environment === null ? [] : [fact('load', loadOf(environment))]),
    ...windowFacts(run),
  ];
}

/** How many transactions of a path a block has, and how many before them do not count. */
function windowFacts({ blocks, spec }: ConditionsOf): Condition[] {
  const facts = blocks.map(({ part, probe, warmupPerPath, groupSize }) => {
    const limit = spec?.probes.find(({ name }) => name === probe);
    const asked = part === 'overview' ? limit?.count : spec?.comparison.transactions;
    const time = limit?.durationNs === null || limit === undefined ? '' : `, at most ${limit.durationNs / 1e6} ms`;
    const value = `${asked ?? 'unknown'} after ${warmupPerPath}, groups of ${groupSize}${time}`;
    return fact('window', value, `${part} of ${probe}`);
  });
  return [...new Map(facts.map((one) => [`${one.item} ${one.value}`, one])).values()];
}

/** Only whether the CPUs were already all in use: the load itself is never the same twice. */
function loadOf(environment: Environment): string {
  return isBusy(environment) ? 'above the number of CPUs' : 'not above the number of CPUs';
}

/** Whether all CPUs were in use before the run began. */
export function isBusy({ before, cpu }: Environment): boolean {
  return before.load1 > cpu.online.length;
}

function pathFacts({ spec, environment, blocks }: ConditionsOf): Condition[] {
  const measured = new Set(blocks.flatMap((block) => block.paths));
  const unproven = blocks.flatMap(({ proofs }) => proofs.filter(({ proven }) => !proven).map(({ path }) => path));
  return [
    ...(spec?.paths ?? [])
      .filter(({ name }) => measured.has(name))
      .flatMap(({ name, backend, options, commands }) => {
        const given = `${backend} ${stableJson(options)}${commands === undefined ? '' : ` ${stableJson(commands)}`}`;
        const vhost = vhostOf(options, environment);
        return [fact('options', given, '', name), ...(vhost === null ? [] : [fact('vhost', vhost, '', name)])];
      }),
    ...[...measured].map((path) =>
      fact('proof', unproven.includes(path) ? 'not proven in every block' : 'proven', '', path),
    ),
  ];
}

/** What the workers of vhost had, where the guests had any; of an older run only that there were some. */
function vhostWorkerFacts({ environment, spec }: ConditionsOf): Condition[] {
  const used = (spec?.paths ?? []).some(({ options }) => vhostOf(options, environment) === 'on');
  if (environment === null || !used) return [];
  return guestsByName(environment).flatMap(([name, { threads }]) => {
    if (threads === undefined) return [fact('vhost-worker', NOT_RECORDED, name)];
    const had = threads
      .filter(({ role }) => role === 'vhost')
      .map(({ scheduling, cpus }) => `${scheduling} on CPU ${cpus}`);
    return had.length === 0 ? [] : [fact('vhost-worker', [...new Set(had)].sort().join(' and '), name)];
  });
}

/** null: a backend without such an option, or a machine of which nothing is known. */
function vhostOf(options: unknown, environment: Environment | null): string | null {
  if (typeof options !== 'object' || options === null || !('vhost' in options)) return null;
  if (options.vhost === 'on' || options.vhost === 'off') return options.vhost;
  return environment === null ? null : environment.vhostNet ? 'on' : 'off';
}

/** JSON with its keys in order: two runs wrote the same options in whatever order. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
