// SPDX-License-Identifier: GPL-2.0-only
/** A guest as a machine, over its agent's channel: nothing is said there while something works. */
import type { Agent } from '../../guest/agent.ts';
import type { NativeTool } from '../../system/paths.ts';
import type { Machine, ServiceOrder } from '../machine.ts';
import { runOver, startOver } from '../over-agent.ts';

/** A guest is one place: all that runs there runs in its one network namespace. */
export function guestMachine(agent: Agent): Machine {
  let runs = 0;
  return {
    run: (argv, { signal, timeoutMs }) =>
      runOver(agent, {
        ...{ name: `run-${runs++}`, argv: inImage(argv), shown: argv, what: 'run a command in the guest', signal },
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      }),

    start: (order) => start(agent, order),
    tool: guestBinary,
    netns: () => '/proc/1/ns/net',
    put: (path, content, { signal, mode = 0o644 }) => agent.writeFile(path, mode, content, { signal }),
    get: (path, { signal }) => agent.readFile(path, { signal }),

    async facts(signal) {
      const { release, machine, cpus } = await agent.hello({ signal });
      return { kernel: release, arch: machine, cpus: Array.from({ length: cpus }, (_, cpu) => cpu) };
    },

    async clock(signal) {
      const beforeNs = process.hrtime.bigint();
      const thereNs = await agent.clockNs({ signal });
      return { beforeNs, thereNs, afterNs: process.hrtime.bigint() };
    },
  };
}

/** Where a tool lies in the guest's image. */
export function guestBinary(tool: NativeTool): string {
  return `/bin/${tool}`;
}

/** A name without a path is one of the image, whose programs are all in /bin. */
function inImage([program = '', ...words]: readonly string[]): string[] {
  return [program.includes('/') ? program : `/bin/${program}`, ...words];
}

async function start(agent: Agent, { name, argv, input, signal, cpu, ready }: ServiceOrder) {
  if (ready?.kind === 'socket') throw new Error('a guest tells of no sockets');
  return startOver(agent, {
    ...{ name, argv: inImage(argv), signal, line: ready !== undefined },
    ...(input === undefined ? {} : { input }),
    ...(cpu === undefined ? {} : { cpu }),
    hint: 'hoplab shell guest opens the same lab to look around',
  });
}
