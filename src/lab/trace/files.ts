// SPDX-License-Identifier: GPL-2.0-only
/** The files by which a kernel's own tracers are set: those of the guest, or an instance of the host's. */
import { appendFile, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import type { Machine } from '../../machines/machine.ts';
import { TRACEFS } from '../../system/tracefs-instances.ts';

export interface TraceFiles {
  read(name: string): Promise<string>;
  write(name: string, content: string): Promise<void>;
  /** Adds a line to the machine's kprobe_events, of which there is one for all instances. */
  addProbe(line: string): Promise<void>;
  readOfAll(name: string): Promise<string>;
}

/** Those of a machine whose tracing is all ours. */
export function wholeTraceFiles(machine: Pick<Machine, 'get' | 'put'>, signal: AbortSignal): TraceFiles {
  const read = async (name: string) => (await machine.get(`${TRACEFS}/${name}`, { signal })).toString('latin1');
  const write = (name: string, content: string) => machine.put(`${TRACEFS}/${name}`, `${content}\n`, { signal });
  // A machine writes a file anew, which takes earlier probes away: all of them are written each time.
  const probes: string[] = [];
  const addProbe = async (line: string) => {
    await write('kprobe_events', [...probes, line].join('\n'));
    probes.push(line);
  };
  return { read, write, addProbe, readOfAll: read };
}

export interface HostTraceFiles extends TraceFiles, AsyncDisposable {}

/** An instance that ends with this object: nobody else's tracing is touched. */
export async function hostTraceFiles(path: string): Promise<HostTraceFiles> {
  await mkdir(path);
  return {
    read: (name) => readFile(`${path}/${name}`, 'latin1'),
    write: (name, content) => writeFile(`${path}/${name}`, `${content}\n`),
    addProbe: (line) => appendFile(`${TRACEFS}/kprobe_events`, `${line}\n`),
    readOfAll: (name) => readFile(`${TRACEFS}/${name}`, 'latin1'),
    async [Symbol.asyncDispose]() {
      await rmdir(path).catch(() => undefined); // the journal has it
    },
  };
}
