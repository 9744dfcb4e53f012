// SPDX-License-Identifier: GPL-2.0-only
/** A stay on another machine: a temporary folder with our tools, checked by their hashes, and an agent that serves orders. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Duplex } from 'node:stream';
import { type Agent, connectAgent } from '../../guest/agent.ts';
import { HoplabError } from '../../model/errors.ts';
import { expiresAfter } from '../../system/deadline.ts';
import { GUEST_BPF_TOOLS, GUEST_TOOLS, type NativeTool, nativeBinary } from '../../system/paths.ts';
import { Scope } from '../../system/scope.ts';
import type { Service } from '../../system/service.ts';
import { admit } from './admission.ts';
import type { SshConnection } from './connection.ts';

/** 3 MB over a slow line. */
const COPY_MS = 120_000;
const LONG_MS = 60_000;
const END_MS = 5000;

/** What a host of a lab runs, beside the agent; those with a BPF part may not be built here. */
const TOOLS: readonly NativeTool[] = ['launch', ...GUEST_TOOLS, ...GUEST_BPF_TOOLS];

export interface Visit extends AsyncDisposable {
  readonly agent: Agent;
  readonly folder: string;
  tool(tool: NativeTool): string;
}

/** Copies, checks and starts. Whatever fails, nothing is left there. Throws MACHINE_REFUSED. */
export async function visit(connection: SshConnection, signal: AbortSignal): Promise<Visit> {
  const { host, scratch } = connection.target;
  const { asRoot } = await admit(connection, signal);
  const scope = new Scope();
  try {
    const template = `${scratch.replace(/\/$/, '')}/hoplab-XXXXXXXX`;
    const what = `make a folder on ${host}`;
    const folder = (await connection.run(['mktemp', '-d', template], { what, signal })).stdout.trim();
    const tool = (name: NativeTool) => `${folder}/hoplab-${name}`;
    let inReach = true;
    // From a machine that is out of reach it goes by itself: see `keepFolder`.
    scope.defer('remove the folder there', async () => {
      if (!inReach) return;
      const what = `remove ${folder} on ${host}`;
      const options = { what, allowFailure: true, signal: expiresAfter(END_MS) };
      await connection.run([...asRoot, 'rm', '-rf', folder], options).catch(() => undefined);
    });
    await copyAgent(connection, tool('agent'), signal);
    const service = await connection.start([...asRoot, tool('agent'), 'serve', folder], {
      ...{ name: `the agent on ${host}`, signal: NEVER },
    });
    scope.defer('end the agent there', async () => {
      inReach = await end(service);
    });
    const agent = connectAgent(channelOf(service), {
      ...{ name: host, gone: 'MACHINE_GONE', endsBySilence: true },
      hint: `ssh ${host} true must work; what was finished is kept`,
    });
    await agent.hello({ signal, timeoutMs: LONG_MS }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw doesNotStart(host, folder, service, error);
    });
    const tools = TOOLS.filter((name) => existsSync(nativeBinary(name)));
    for (const name of tools) await put(agent, { name, path: tool(name), host, signal });
    await checkHashes(connection, new Map(tools.map((name) => [name, tool(name)])), signal);
    return { agent, folder, tool, [Symbol.asyncDispose]: () => scope.close() };
  } catch (error) {
    await scope.close().catch(() => undefined);
    throw error;
  }
}

const NEVER = new AbortController().signal;

/** The agent cannot be put by itself: dd takes the bytes from stdin, whatever that is over there. */
async function copyAgent(connection: SshConnection, path: string, signal: AbortSignal): Promise<void> {
  const { host } = connection.target;
  const input = await readFile(nativeBinary('agent'));
  const what = `copy our tools to ${host}`;
  await connection.run(['dd', `of=${path}`, 'status=none'], { what, input, timeoutMs: COPY_MS, signal });
  await connection.run(['chmod', '700', path], { what, signal });
  await checkHashes(connection, new Map([['agent', path]]), signal);
}

interface Put {
  readonly name: NativeTool;
  readonly path: string;
  readonly host: string;
  readonly signal: AbortSignal;
}

async function put(agent: Agent, { name, path, host, signal }: Put): Promise<void> {
  const bytes = await readFile(nativeBinary(name));
  await agent.writeFile(path, 0o700, bytes, { signal, timeoutMs: COPY_MS }).catch((cause: unknown) => {
    if (!(cause instanceof HoplabError && cause.code === 'AGENT_REFUSED')) throw cause;
    throw new HoplabError({
      code: 'MACHINE_REFUSED',
      message: `copy our tools to ${host}: ${cause.message.replace(/^.*?: write: /, '')}`,
      hint: "the lab file's `scratch` names another place for them",
      cause,
    });
  });
}

async function checkHashes(
  connection: SshConnection,
  copies: ReadonlyMap<NativeTool, string>,
  signal: AbortSignal,
): Promise<void> {
  const { host } = connection.target;
  const { stdout } = await connection.run(['sha256sum', '--', ...copies.values()], {
    ...{ what: `check the copies of our tools on ${host}`, signal },
  });
  const found = stdout.trim().split('\n');
  const names = [...copies.keys()];
  for (const [index, name] of names.entries()) {
    const wanted = createHash('sha256')
      .update(await readFile(nativeBinary(name)))
      .digest('hex');
    if (found[index]?.startsWith(wanted)) continue;
    throw new HoplabError({
      code: 'MACHINE_REFUSED',
      message: `check the copies of our tools on ${host}: hoplab-${name} came out as ${found[index]?.slice(0, 64)}, and it is ${wanted}`,
      hint: 'run again; if it comes again, look at the disk there',
    });
  }
}

/** Both streams of the service as one: the agent's line. */
function channelOf({ stdin, stdout }: Service): Duplex {
  const channel = new Duplex({
    read: () => void stdout.resume(),
    write: (chunk: Buffer, _encoding, done) => stdin.write(chunk, done),
  });
  stdout.on('data', (chunk: Buffer) => {
    if (!channel.push(chunk)) stdout.pause();
  });
  stdout.on('end', () => channel.push(null));
  return channel;
}

/** The end of its stdin ends it, and what was borrowed is given back before it has ended; false: it had to be stopped. */
async function end(service: Service): Promise<boolean> {
  let inTime = true;
  service.stdin.end();
  const late = setTimeout(() => {
    inTime = false;
    void service.stop();
  }, END_MS);
  await service.exited;
  clearTimeout(late);
  return inTime;
}

function doesNotStart(host: string, folder: string, service: Service, cause: unknown): HoplabError {
  const said = service.lastLines(3).join(' | ');
  return new HoplabError({
    code: 'MACHINE_REFUSED',
    message: `start our agent on ${host} in ${folder}: ${said === '' ? String(cause) : said}`,
    hint: "a folder that is mounted noexec will not do: the lab file's `scratch` names another",
    cause,
  });
}
