// SPDX-License-Identifier: GPL-2.0-only
/** The NICs of this machine in lines: each with what keeps it from a guest, or one of them with every check. */
import type { Check, JudgedNic, NicReport } from '../../nic/nic.ts';
import { wrap } from '../../words/wrap.ts';
import { entryLines } from './entry-lines.ts';

const STATES = { met: 'yes', warning: 'open', failed: 'no' } as const;

export function nicListText({ machine, nics }: NicReport, width: number): string {
  const usable = nics.filter(({ possible }) => possible).map(({ name }) => name);
  const machineFails = machine.some(({ verdict }) => verdict === 'failed');
  return lines([
    'machine',
    ...machine.flatMap((check) => checkLines(check, width)),
    '',
    'NICs',
    ...(nics.length === 0 ? wrap('none', { width, first: '  ', rest: '  ' }) : []),
    ...nics.flatMap((nic) => nicLines(nic, width)),
    '',
    ...say(
      usable.length > 0
        ? `can be passed through: ${usable.join(', ')}; hoplab nic ${usable[0]} shows every check`
        : `no NIC can be passed through${machineFails ? ' on this machine as it is' : ''}${nics[0] === undefined ? '' : `; hoplab nic ${nics[0].name} shows every check`}`,
      width,
    ),
  ]);
}

function nicLines(nic: JudgedNic, width: number): string[] {
  const failed = nic.checks.filter(({ verdict }) => verdict === 'failed');
  const own = failed.map(({ what, found }) => `${what}: ${found}`).join('; ');
  const because = nic.possible ? '' : `; ${own === '' ? 'itself it could' : own}`;
  const hint = failed[0]?.hint ?? '';
  return entryLines(
    { state: nic.possible ? 'yes' : 'no', name: nic.name, found: `${factsOf(nic)}${because}`, hint },
    width,
  );
}

/** "0000:01:00.0, e1000e, group 4 alone, reset pm bus". */
function factsOf(nic: JudgedNic): string {
  const { address, bus, driver, group, sriov, physical, resetMethods } = nic;
  return [
    ...(nic.name === address ? [] : [address]),
    bus,
    driver ?? 'no driver',
    ...(group === null ? [] : [`group ${group.number}`]),
    ...(sriov === null ? [] : [`SR-IOV ${sriov.current} of ${sriov.total}`]),
    ...(physical === null ? [] : [`function of ${physical}`]),
    ...(resetMethods.length === 0 ? [] : [`reset ${resetMethods.join(' ')}`]),
  ].join(', ');
}

export function nicText(nic: JudgedNic, { machine }: Pick<NicReport, 'machine'>, width: number): string {
  const { interfaces, group, link, numaNode } = nic;
  const members = (group?.members ?? [])
    .map(({ address, driver }) => `${address} (${driver ?? 'no driver'})`)
    .join(', ');
  const facts = [
    ...interfaces.map(({ name, mac, state }) => `interface ${name}, ${mac}, ${state}`),
    ...(group === null ? [] : [`group ${group.number}${group.type === '' ? '' : ` (${group.type})`}: ${members}`]),
    ...(link === '' ? [] : [`link ${link}`]),
    ...(numaNode === null ? [] : [`NUMA node ${numaNode}`]),
  ];
  return lines([
    ...say(`${nic.name}: ${factsOf(nic)}`, width),
    ...facts.flatMap((fact) => wrap(fact, { width, first: '  ', rest: '    ' })),
    '',
    'machine',
    ...machine.flatMap((check) => checkLines(check, width, { source: true })),
    '',
    'NIC',
    ...nic.checks.flatMap((check) => checkLines(check, width, { source: true })),
    '',
    ...say(`can be passed through: ${nic.possible ? 'yes' : `no, because of ${nic.because}`}`, width),
  ]);
}

function checkLines(check: Check, width: number, { source = false }: { readonly source?: boolean } = {}): string[] {
  const { what, verdict, found, hint } = check;
  return entryLines(
    { state: STATES[verdict], name: what, found: source ? `${found} [${check.source}]` : found, hint },
    width,
  );
}

const say = (text: string, width: number) => wrap(text, { width, first: '', rest: '  ' });
const lines = (all: readonly string[]) => `${all.join('\n')}\n`;
