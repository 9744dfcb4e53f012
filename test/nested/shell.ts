// SPDX-License-Identifier: GPL-2.0-only
/** Runs shell lines in a nested host by hand: `node dist/test/nested/shell.js --kernel 6.12 -- 'hoplab doctor'`. */
import { parseArgs } from 'node:util';
import { GENERIC_SERIES, type GenericSeries } from '../../src/guest/generic-kernel.ts';
import { bootNested } from './host.ts';

const USAGE = `usage: node dist/test/nested/shell.js [options] -- LINE...

Boots a nested host and runs each shell line in it, one after another, until one fails.
  --kernel 6.1|6.12     default 6.12
  --cpus N              default 2
  --memory MIB          default 3072
  --append WORD         to the kernel's command line; may be repeated
  --qemu WORD           to QEMU's argv; may be repeated: --qemu=-device --qemu intel-iommu,intremap=on
  --env NAME=VALUE      of every line; may be repeated
  --deadline SECONDS    of each line; default 600
  --bring PATH          a file or folder to bring out at the end; may be repeated
  --to FOLDER           where to; default .
  --console             prints the host's console at the end
  --keep-going          goes on after a line that failed
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kernel: { type: 'string', default: '6.12' },
    cpus: { type: 'string', default: '2' },
    memory: { type: 'string', default: '3072' },
    append: { type: 'string', multiple: true, default: [] },
    qemu: { type: 'string', multiple: true, default: [] },
    env: { type: 'string', multiple: true, default: [] },
    deadline: { type: 'string', default: '600' },
    bring: { type: 'string', multiple: true, default: [] },
    to: { type: 'string', default: '.' },
    console: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const kernel = GENERIC_SERIES.find((series) => series === values.kernel);
if (values.help || kernel === undefined || positionals.length === 0) {
  process.stderr.write(USAGE);
  process.exitCode = values.help ? 0 : 2;
} else {
  process.exitCode = await shell(kernel);
}

async function shell(series: GenericSeries): Promise<number> {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort(new Error(name)));
  const started = performance.now();
  const say = (text: string) =>
    process.stderr.write(`# ${((performance.now() - started) / 1000).toFixed(1)} s: ${text}\n`);
  await using host = await bootNested({
    kernel: series,
    signal: controller.signal,
    say,
    cpus: Number(values.cpus),
    memoryMiB: Number(values.memory),
    parameters: values.append,
    devices: values.qemu,
    environment: Object.fromEntries(
      values.env.map((each) => [each.split('=', 1)[0] ?? '', each.replace(/^[^=]*=/, '')]),
    ),
  });
  say(`${host.release} is up`);
  let failed = 0;
  for (const line of positionals) {
    say(line);
    const heard = (text: string) => void process.stdout.write(text);
    const { status, ms } = await host.run(line, { timeoutMs: Number(values.deadline) * 1000, heard });
    say(`status ${status} after ${(ms / 1000).toFixed(1)} s`);
    if (status !== 0) failed = status;
    if (status !== 0 && !values['keep-going']) break;
  }
  for (const path of values.bring) await host.bringOut(path, values.to);
  if (values.console) process.stderr.write(await host.console());
  return failed;
}
