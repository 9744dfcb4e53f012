// SPDX-License-Identifier: GPL-2.0-only
/** A real host inside an emulator: boots it, runs shell lines in it, brings files out, and leaves nothing. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GenericSeries, genericKernel } from '../../src/guest/generic-kernel.ts';
import { Scope } from '../../src/system/scope.ts';
import { type Service, startService } from '../../src/system/service.ts';
import { CommandChannel } from './channel.ts';
import { buildImages, type NestedImages } from './images.ts';

/** 20 s on a quiet machine; five minutes were too few where its CPUs were shared by ten others. */
const BOOT_MS = 900_000;
/** A busy machine takes five times as long as a quiet one. */
const COMMAND_MS = 600_000;
const CONSOLE_LINES = 30;
/** A test's end takes QEMU with it, however it comes. */
const TETHER = ['setpriv', '--pdeathsig', 'KILL', '--'] as const;

export interface NestedOptions {
  readonly kernel: GenericSeries;
  readonly signal: AbortSignal;
  /** Default 2. */
  readonly cpus?: number;
  /** Default 3072. */
  readonly memoryMiB?: number;
  /** Added to the kernel's command line. */
  readonly parameters?: readonly string[];
  /** Added to QEMU's argv, such as an IOMMU and NICs behind root ports. */
  readonly devices?: readonly string[];
  /** Hears what is done before the host is up. */
  readonly say?: (text: string) => void;
  /** Environment of every command. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface NestedOutcome {
  readonly line: string;
  /** As a shell says it: 128 and the signal where one ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

interface NestedRunOptions {
  /** Default 600 s. After it the line's processes are killed and the call rejects. */
  readonly timeoutMs?: number;
  /** Hears what the line says while it runs. */
  readonly heard?: (text: string) => void;
}

export interface NestedHost extends AsyncDisposable {
  /** `uname -r`. */
  readonly release: string;
  /** A folder of this machine that is /share there. */
  readonly share: string;
  /** Runs a shell line; many can run at a time. */
  run(line: string, options?: NestedRunOptions): Promise<NestedOutcome>;
  /** The same, and throws with what it said unless its status is 0. */
  get(line: string, options?: NestedRunOptions): Promise<string>;
  /** Copies a file or folder of the host to a folder of this machine. */
  bringOut(path: string, to: string): Promise<void>;
  console(): Promise<string>;
}

/** Throws for what is missing on this machine by name; with the console's last lines where the host does not come up. */
export async function bootNested(options: NestedOptions): Promise<NestedHost> {
  const { signal } = options;
  const kernel = await genericKernel(options.kernel, { fetch: false, signal });
  const images = await buildImages(kernel, signal);
  options.say?.('the images are there');
  const scope = new Scope();
  try {
    const share = await mkdtemp(join(tmpdir(), 'hoplab-nested-'));
    scope.defer('remove the share', () => rm(share, { recursive: true, force: true }));
    await mkdir(join(share, 'commands'));
    await writeFile(join(share, 'environment'), environmentText({ HOPLAB_DEADLINES: 'x10', ...options.environment }));
    const consoleFile = join(share, 'console.log');
    const argv = [...TETHER, ...planArgv(images, options, share)];
    const service = scope.use(
      "the nested host's QEMU",
      await startService(argv, { name: 'the nested host', signal, logFile: null, extraPipes: 1 }),
    );
    const console = () => readFile(consoleFile, 'utf8').catch(() => '');
    const [pipe] = service.pipes;
    if (pipe === undefined) throw new Error('QEMU was given no channel');
    const channel = new CommandChannel(pipe, join(share, 'commands'));
    const release = await Promise.race([channel.ready(BOOT_MS, signal), diesFirst(service)]).catch(async (error) => {
      throw new Error(`${error}\n${service.lastLines(5).join('\n')}\n${lastLines(await console())}`);
    });
    const run = (line: string, { timeoutMs = COMMAND_MS, heard }: NestedRunOptions = {}) =>
      Promise.race([channel.run(line, { timeoutMs, heard, signal }), diesFirst(service)]).catch(async (error) => {
        throw new Error(`in the nested host: ${error}\nits console: ${lastLines(await console())}`, { cause: error });
      });
    const get = async (line: string, how: NestedRunOptions = {}) => {
      const { status, stdout, stderr } = await run(line, how);
      if (status !== 0)
        throw new Error(`in the nested host: \`${line}\` ended with ${status}: ${stderr}${stdout.slice(-2000)}`);
      return stdout;
    };
    return {
      release,
      share,
      run,
      get,
      console,
      bringOut: async (path, to) => {
        const place = join('/share/out', path);
        await get(`mkdir -p "$(dirname '${place}')" && cp -r '${path}' '${place}'`);
        await mkdir(to, { recursive: true });
        await cp(join(share, 'out', path), join(to, path.split('/').at(-1) ?? ''), { recursive: true });
      },
      [Symbol.asyncDispose]: () => scope.close(),
    };
  } catch (error) {
    await scope.close();
    throw error;
  }
}

function planArgv(images: NestedImages, options: NestedOptions, share: string): string[] {
  const parameters = [
    ...['console=ttyS0', 'quiet', 'panic=-1', 'mitigations=off', 'no_timer_check', 'cryptomgr.notests'],
    ...['tsc=reliable', 'net.ifnames=0', ...(options.parameters ?? [])],
  ];
  const disks = images.disks.flatMap((file, index) => [
    '-drive',
    `if=none,id=disk${index},file=${file},format=raw,readonly=on`,
    ...['-device', `virtio-blk-pci,drive=disk${index}`],
  ]);
  return [
    'qemu-system-x86_64',
    ...['-name', 'hoplab-nested,debug-threads=on', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-machine', 'q35,kernel-irqchip=off', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', 'max'],
    ...['-smp', String(options.cpus ?? 2), '-m', String(options.memoryMiB ?? 3072)],
    ...['-kernel', images.kernel.imagePath, '-initrd', images.initramfs, '-append', parameters.join(' ')],
    ...['-serial', `file:${join(share, 'console.log')}`],
    ...(options.devices ?? []),
    ...disks,
    ...['-chardev', 'socket,id=nested,fd=3', '-device', 'virtio-serial-pci'],
    ...['-device', 'virtserialport,chardev=nested,name=nested'],
    ...['-fsdev', `local,id=share,path=${share},security_model=none`],
    ...['-device', 'virtio-9p-pci,fsdev=share,mount_tag=share'],
  ];
}

async function diesFirst(service: Service): Promise<never> {
  const { code, signal } = await service.exited;
  throw new Error(`QEMU ended with ${signal ?? `status ${code}`}: ${service.lastLines(5).join(' | ')}`);
}

function environmentText(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join('');
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-CONSOLE_LINES).join('\n');
}
