/**
 * A network namespace for the commands of one test file. The lock of measuring runs is an abstract socket, which only
 * those in the same namespace see: here nobody else on the machine holds it, and nobody else waits for it.
 */
import { execFileSync } from 'node:child_process';

export interface OwnNetwork extends Disposable {
  /** What goes before a command that is to run in it. */
  readonly through: readonly string[];
}

export function openOwnNetwork(): OwnNetwork {
  const name = `hoplab-test-${process.pid}`;
  execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  return {
    through: ['ip', 'netns', 'exec', name],
    [Symbol.dispose]: () => void execFileSync('ip', ['netns', 'delete', name]),
  };
}
