// SPDX-License-Identifier: GPL-2.0-only
/** What QEMU was told of a guest, as a run folder keeps it, in words for people. */
const CHOOSES_MACHINE: readonly string[] = ['-machine', '-cpu'];

export function machineWords(argv: readonly string[]): readonly string[] {
  return CHOOSES_MACHINE.flatMap((option) => {
    const value = argv[argv.indexOf(option) + 1];
    return argv.includes(option) && value !== undefined ? [`${option} ${value}`] : [];
  });
}

export function netdevWords({ type, vhost }: Readonly<Record<string, unknown>>): readonly string[] {
  const kind = typeof type === 'string' ? type : (JSON.stringify(type) ?? 'unknown');
  return [`QEMU netdev ${kind}`, ...(typeof vhost === 'boolean' ? [`vhost ${vhost ? 'on' : 'off'}`] : [])];
}
