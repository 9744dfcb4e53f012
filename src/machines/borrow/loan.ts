// SPDX-License-Identifier: GPL-2.0-only
/** An interface of a machine, borrowed for a lab: moved into one of its places, and given back as it was. */
import { HoplabError } from '../../model/errors.ts';
import type { Host } from '../../model/place.ts';
import type { Scope } from '../../system/scope.ts';
import { type NicState, readNicState } from './nic-state.ts';

export interface NicLoan {
  /** Its name on the machine. */
  readonly device: string;
  /** Its name in the lab. */
  readonly as: string;
  readonly place: Host;
  /** The user says that what uses it may lose it. */
  readonly mine: boolean;
  readonly signal: AbortSignal;
}

/** The machine beside the lab that is on it. */
export interface Outside {
  run(argv: readonly string[], options: { readonly signal: AbortSignal }): Promise<string>;
  /** Starts `hoplab-launch keep` with these lines; disposing ends its stdin, waits for it, and throws what it could not undo. */
  keep(name: string, lines: readonly string[], signal: AbortSignal): Promise<AsyncDisposable>;
  /** The file of a place's network namespace, from there. */
  netnsFile(place: Host): string;
  /** See `NicOutput`. */
  readonly session: string | null;
  /** "host1 on far" */
  readonly name: string;
}

/** The keeper's descriptors: the machine's own network namespace and that of the place, both there until all is given back. */
const HOME = '/proc/self/fd/3';
const PLACE = '/proc/self/fd/4';

/** Lends for a machine: what a path does not give back, the machine's scope does. */
export function lender(outside: Outside, scope: Scope): (loan: NicLoan) => Promise<AsyncDisposable> {
  return async (loan) => {
    const keeper = await borrowNic(outside, loan);
    let given: Promise<void> | null = null;
    const giveBack = async () => {
      given ??= Promise.resolve(keeper[Symbol.asyncDispose]());
      await given;
    };
    scope.defer(`give ${loan.device} back`, giveBack);
    return { [Symbol.asyncDispose]: giveBack };
  };
}

/** Throws UPLINK_REFUSED before anything is touched where it is not there or in use. */
async function borrowNic(outside: Outside, loan: NicLoan): Promise<AsyncDisposable> {
  const { device, as, place, mine, signal } = loan;
  const look = (...argv: string[]) => outside.run(argv, { signal });
  const state = readNicState(device, {
    links: await look('ip', '-j', '-d', 'address', 'show'),
    routes: {
      '-4': await look('ip', '-4', 'route', 'show', 'table', 'all', 'dev', device).catch(() => ''),
      '-6': await look('ip', '-6', 'route', 'show', 'table', 'all', 'dev', device).catch(() => ''),
    },
    sockets: await look('ss', '-tnH', 'state', 'established'),
    offloads: await look('ethtool', '-k', device).catch(() => ''),
    session: outside.session,
  });
  if (state === null) throw refused(outside, loan, 'there is no such interface', 'ip link lists those of that machine');
  const session = state.uses.filter(({ kind }) => kind === 'session');
  const uses = mine ? session : state.uses;
  if (uses.length > 0) {
    const why = uses.map(({ words }) => words).join('; ');
    const hint =
      session.length > 0
        ? 'name an interface that ssh does not go over'
        : 'name another interface, or say that it is yours: --uplink-is-mine, or `mine: true` beside it in the lab file';
    throw refused(outside, loan, `it is in use: ${why}`, hint);
  }
  const lines = [`hold 3 /proc/self/ns/net`, `hold 4 ${outside.netnsFile(place)}`, ...loanLines({ device, as }, state)];
  return outside.keep(`keep-${as}`, lines, signal);
}

/** What the keeper is told: an undo stands before the act that it undoes, and they are run from the last to the first. */
export function loanLines({ device, as }: Pick<NicLoan, 'device' | 'as'>, state: NicState): string[] {
  const undo = (...words: string[]) => `undo ${words.join(' ')}`;
  const inPlace = ['nsenter', `--net=${PLACE}`, 'ip', 'link', 'set', 'dev', as];
  const offloads = state.offloads.flatMap(([name, on]) => [name, on ? 'on' : 'off']);
  return [
    ...state.routes.map(({ family, words }) => undo('ip', family, 'route', 'replace', ...words, 'dev', device)),
    ...(state.up ? [undo('ip', 'link', 'set', 'dev', device, 'up')] : []),
    ...state.addresses
      .filter(({ automatic }) => !automatic)
      .map(({ address, prefix, broadcast }) =>
        undo(
          ...['ip', 'address', 'replace', `${address}/${prefix}`],
          ...(broadcast === null ? [] : ['broadcast', broadcast]),
          ...['dev', device],
        ),
      )
      .reverse(),
    ...(state.master === null ? [] : [undo('ip', 'link', 'set', 'dev', device, 'master', state.master)]),
    ...(offloads.length === 0 ? [] : [undo('ethtool', '-K', device, ...offloads)]),
    undo('ip', 'link', 'set', 'dev', device, 'mtu', `${state.mtu}`),
    ...(state.mac === null ? [] : [undo('ip', 'link', 'set', 'dev', device, 'address', state.mac)]),
    undo(...inPlace, 'name', device, 'netns', HOME),
    undo(...inPlace, 'down'),
    `do ip link set dev ${device} down`,
    `do ip link set dev ${device} name ${as} netns ${PLACE}`,
    'ready',
  ];
}

function refused({ name }: Outside, { device, place }: NicLoan, why: string, hint: string): HoplabError {
  return new HoplabError({
    code: 'UPLINK_REFUSED',
    message: `borrow ${device} of ${name} for ${place}: ${why}; nothing was touched`,
    hint,
  });
}
