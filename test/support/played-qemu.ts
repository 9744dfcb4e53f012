// SPDX-License-Identifier: GPL-2.0-only
/** The other end of QEMU's monitor, played by a test. */
import { type Duplex, duplexPair } from 'node:stream';
import { QmpClient } from '../../src/vmms/qemu/qmp.ts';

const signal = AbortSignal.timeout(30_000);
const GREETING = '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}\r\n';

interface Command {
  readonly execute: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly id: number;
}

interface PlayedQemu {
  readonly qmp: QmpClient;
  readonly peer: Duplex;
  readonly commands: Command[];
}

/** A QEMU that greets and answers each command with what `play` gives. */
export async function playQemu(play: (command: Command, peer: Duplex) => string | null): Promise<PlayedQemu> {
  const [ours, peer] = duplexPair();
  const commands: Command[] = [];
  peer.setEncoding('utf8');
  let rest = '';
  peer.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const command: Command = JSON.parse(line);
      commands.push(command);
      const answer = command.execute === 'qmp_capabilities' ? '"return": {}' : play(command, peer);
      if (answer !== null) peer.write(`{${answer}, "id": ${command.id}}\r\n`);
    }
  });
  peer.write(GREETING);
  return { qmp: await QmpClient.connect(ours, { signal }), peer, commands };
}
