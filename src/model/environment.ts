/** The machine as it was when a run was recorded: everything that can make two runs unlike. */

/** Offload switches of one device, as ethtool -k names them: "tx-checksumming" -> true. */
export type OffloadStates = Readonly<Record<string, boolean>>;

export interface DeviceState {
  /** host1, host2 or guest. */
  readonly where: string;
  readonly device: string;
  readonly path: string;
  readonly mtu: number | null;
  readonly driver: string | null;
  readonly offloads: OffloadStates;
}

export interface LoadState {
  readonly load1: number;
  /** Cumulative share of CPU time since boot taken by others, in clock ticks: [steal, total]. */
  readonly stealTicks: number;
  readonly totalTicks: number;
}

export interface Environment {
  readonly hostname: string;
  readonly bootId: string;
  readonly kernel: { readonly release: string; readonly version: string; readonly commandLine: string };
  readonly os: string;
  readonly cpu: {
    readonly model: string;
    readonly online: readonly number[];
    readonly isolated: readonly number[];
    readonly governor: string | null;
    readonly smt: string | null;
  };
  readonly clocksource: string | null;
  /** What the machine itself runs on: "kvm", "none", ... from /sys/hypervisor, cpuid flags or DMI. */
  readonly hypervisor: string | null;
  readonly memoryMiB: number;
  readonly vhostNet: boolean;
  /** Kernel modules that matter here and their versions where they state one. */
  readonly modules: Readonly<Record<string, string | null>>;
  readonly node: string;
  readonly tools: Readonly<Record<string, string | null>>;
  /** The VMM, whichever it is: the key is that of older runs. */
  readonly qemu: { readonly version: string; readonly argv: readonly string[] } | null;
  readonly guest: {
    readonly kernel: string;
    readonly commandLine: string;
    readonly accel: 'kvm' | 'tcg';
    /** Why not KVM; null when it is KVM. */
    readonly accelReason: string | null;
    readonly cpus: number;
    readonly memoryMiB: number;
    readonly clocksource: string | null;
    readonly bootMs: number;
  } | null;
  readonly devices: readonly DeviceState[];
  readonly before: LoadState;
  readonly after: LoadState | null;
}
