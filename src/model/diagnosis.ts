/** What a diagnosis says: which protocol passes a path, what was seen at every hop, and what follows from it. */
import type { LabCommand } from './lab-spec.ts';
import type { MachineFacts, PathPlan } from './plan.ts';
import type { Direction } from './probe-spec.ts';
import type { CellSummary, Comparison, UnavailablePath } from './result.ts';

/** The rungs of the protocol ladder, the simplest first: the first that fails is the smallest case that fails. */
export const RUNGS = [
  'link',
  'arp',
  'icmp',
  'udp-small',
  'udp-large',
  'tcp-connect',
  'tcp-small',
  'tcp-bulk',
  'mtu',
  'vlan',
  'nd',
  'ipv6',
  'ipv6-udp',
  'ipv6-tcp',
  'broadcast',
  'multicast',
] as const;
export type Rung = (typeof RUNGS)[number];

/** A machine of the lab that can be asked. */
export type Place = 'guest' | 'host1' | 'host2';

export interface RungResult {
  readonly rung: Rung;
  /** not-applicable: the path does not promise it (no VLAN through a NAT); not-tried: a simpler one already failed. */
  readonly outcome: 'pass' | 'fail' | 'not-applicable' | 'not-tried';
  /** What was sent and what came back, or why it was not tried: "5 of 5 answered", "SYN unanswered for 1500 ms". */
  readonly detail: string;
  readonly sent: number;
  readonly answered: number;
  /** The kernel's word where a call failed: "ECONNREFUSED"; null otherwise. */
  readonly errno: string | null;
  readonly ms: number;
  /**
   * What rules read, by name; absent = nothing. arp and nd: mac (mac2, ... of a duplicate), neighbourMac (the kernel's own
   * entry), ownAddressAt. mtu: mtu, largest. vlan: vlan, tag (where it was lost). vlan, broadcast, multicast: bareFrame
   * ("passes", "lost"). udp-large, tcp-bulk: bytes, bytesOut, bytesBack. All: icmpError, icmpFrom, icmpMtu, refusedBy ("reset").
   */
  readonly data?: Readonly<Record<string, string | number>>;
}

/** What the answering side saw of a rung's requests. */
export interface SeenRequests {
  /** Given to who answers: an application, or the kernel's own answer to ARP, ND and echo. */
  readonly requests: number;
  /** Heard on the device, before the stack there judged them: more than `requests` = the stack dropped them. */
  readonly frames: number;
}

/** One path climbed in one direction. */
export interface Ladder {
  readonly path: string;
  readonly direction: Direction;
  readonly rungs: readonly RungResult[];
}

/** A ladder with what its far side saw. */
export interface ClimbedLadder extends Ladder {
  /** The server's place: where `seen` was counted. */
  readonly far: Place;
  /** Rungs of which nothing was seen are left out. */
  readonly seen: Readonly<Partial<Record<Rung, SeenRequests>>>;
}

/** virtio_net_hdr of a captured frame: what the kernel knows of it that is not in its bytes. */
export interface FrameOffload {
  /** The checksum is the pseudo-header's sum, and is to be completed by whoever takes the mark off. */
  readonly needsChecksum: boolean;
  /** The kernel has validated the checksum, or trusts it. */
  readonly dataValid: boolean;
  /** Size of the segments that the frame is to be cut into; 0 = it is a frame as it is. */
  readonly gsoBytes: number;
}

/** What a TCP or UDP checksum field holds: the right sum, the pseudo-header's alone, another value, or 0 in UDP. */
export type ChecksumState = 'complete' | 'partial' | 'wrong' | 'absent';

/** A frame as it was seen at one hop. */
export interface CapturedFrame {
  /** Nanoseconds of CLOCK_REALTIME of the machine that captured it. */
  readonly timeNs: bigint;
  /** Seen on its way out of the device, or into it. */
  readonly outgoing: boolean;
  /** Length on the wire; `bytes` may be cut. */
  readonly length: number;
  readonly bytes: Uint8Array;
  /** null where the source of the frame has no such header: a frame under native XDP. */
  readonly offload: FrameOffload | null;
}

/** Frames of one hop, in order; the hops of a path in order make its evidence. */
export interface HopCapture {
  readonly hop: string;
  readonly place: Place;
  readonly device: string;
  readonly frames: readonly CapturedFrame[];
  /** Frames that the reader lost or did not keep. */
  readonly lost: number;
}

/** Frames that a kernel dropped, by its own reason (skb:kfree_skb). */
export interface DropCount {
  readonly place: Place;
  /** The kernel's word without its prefix: "TCP_CSUM". */
  readonly reason: string;
  /** The device of the frame when it was dropped; "" where it had none. */
  readonly device: string;
  /** "TCP", "UDP", "ICMP", "ARP", "IPv6/TCP", ... */
  readonly protocol: string;
  /** Destination port of TCP and UDP; absent or 0 = none. */
  readonly port?: number;
  readonly frames: number;
  /** The first of them in a line, as far as its first 128 bytes tell; absent or "" = not kept. */
  readonly example?: string;
}

/** A frame that XDP meant to send and did not, or a verdict that ended it (xdp:* tracepoints). */
export interface XdpLoss {
  readonly place: Place;
  readonly device: string;
  /** xdp_exception, xdp_redirect_err, xdp_redirect_map_err, xdp_devmap_xmit, xdp_bulk_tx. */
  readonly tracepoint: string;
  /** "ENXIO", "ABORTED", ...: the error or the verdict. */
  readonly reason: string;
  readonly frames: number;
}

/** Whether a source of evidence could be used. */
export interface EvidenceSource {
  /** "drop reasons (skb:kfree_skb) of the guest". */
  readonly name: string;
  readonly used: boolean;
  /** Why not; "" where it was used. */
  readonly why: string;
}

/** What a device says of itself, from `ip -d -s -j link` and ethtool, or from the guest's agent. */
export interface DeviceView {
  readonly place: Place;
  readonly name: string;
  readonly kind: string;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  readonly carrier: boolean;
  readonly master: string | null;
  /** State of a bridge port: "forwarding", "disabled", ...; null where it is none. */
  readonly portState: string | null;
  readonly promiscuous: boolean;
  readonly allMulticast: boolean;
  /** XDP program attached: "native", "generic", null. */
  readonly xdp: 'native' | 'generic' | null;
  /** "tx-checksumming" -> true; empty where they cannot be read. */
  readonly offloads: Readonly<Record<string, boolean>>;
}

export interface Neighbour {
  readonly place: Place;
  readonly device: string;
  readonly address: string;
  /** "" while it is not resolved. */
  readonly mac: string;
  /** REACHABLE, PERMANENT, FAILED, ... */
  readonly state: string;
}

export interface FdbEntry {
  readonly place: Place;
  /** The bridge: a Linux bridge, an Open vSwitch bridge, or an eBPF bridge. */
  readonly bridge: string;
  readonly port: string;
  readonly mac: string;
  readonly vlan: number;
  readonly fixed: boolean;
}

/** A forwarding database with a bound. */
export interface FdbFill {
  readonly bridge: string;
  readonly entries: number;
  /** 0 = no bound. */
  readonly size: number;
  readonly evicted: number;
}

export interface PortVlan {
  readonly place: Place;
  readonly port: string;
  readonly vlan: number;
}

/** How the lab's network stands at one moment, as far as the path goes. */
export interface NetworkState {
  readonly devices: readonly DeviceView[];
  readonly neighbours: readonly Neighbour[];
  readonly fdb: readonly FdbEntry[];
  /** How full the forwarding databases are that have a size. */
  readonly fdbFill: readonly FdbFill[];
  /** VLANs of the ports of bridges that filter by them. */
  readonly vlans: readonly PortVlan[];
  /** "host1 net.ipv4.ip_forward" -> "0". */
  readonly sysctls: Readonly<Record<string, string>>;
  /** "host1 default via 10.0.0.1 dev w1": lines of `ip route`, with their place. */
  readonly routes: readonly string[];
  /** "host1 ip filter INPUT: tcp dport 9100 drop": rules of nft and iptables that can end a packet, with their place. */
  readonly firewall: readonly string[];
  /** "host1 10.99.0.1 on w-tap": every address. */
  readonly addresses: readonly string[];
}

/** Counters that moved while the failing rungs were climbed again: "host1 TcpInCsumErrors" -> 5. */
export type CounterDeltas = Readonly<Record<string, number>>;

/** All that was gathered about one path in one direction. */
export interface Evidence {
  readonly plan: PathPlan;
  readonly facts: MachineFacts;
  readonly direction: Direction;
  readonly ladder: readonly RungResult[];
  /** What the far side saw of the requests. */
  readonly seen: ClimbedLadder['seen'];
  /** In the order of the way of a request. */
  readonly captures: readonly HopCapture[];
  readonly drops: readonly DropCount[];
  readonly xdp: readonly XdpLoss[];
  readonly deltas: CounterDeltas;
  readonly state: NetworkState;
  readonly sources: readonly EvidenceSource[];
}

/** What would cure a path. */
export type CureAction =
  /** The path with other options ({"nic": {"csum": false}}, merged into its own), or with commands once it is attached. */
  | {
      readonly kind: 'path';
      readonly options?: Readonly<Record<string, unknown>>;
      readonly commands?: readonly LabCommand[];
    }
  /** Something that only the user can do: a module to load, a server to start. */
  | { readonly kind: 'advice' };

export interface Cure {
  /** "let the bridge complete the checksum": what is done, in a few words. */
  readonly what: string;
  /** What it costs or breaks beside: "the guest computes every checksum"; "" where nothing is known. */
  readonly cost: string;
  readonly action: CureAction;
}

/** What a rule concludes. */
export interface Verdict {
  /** The rule's name: "partial-checksum-lost". */
  readonly rule: string;
  /** One sentence: what is wrong, at which hop. */
  readonly text: string;
  /** certain: the kernel or the frames say so themselves; likely: all that was seen agrees, and nothing says so itself; possible. */
  readonly confidence: 'certain' | 'likely' | 'possible';
  /** broken: packets do not arrive; slow: they do, and could be faster. */
  readonly severity: 'broken' | 'slow';
  /** The hop or device where it happens; null where it is none. */
  readonly at: string | null;
  /** What supports it, a line each. */
  readonly evidence: readonly string[];
  /** Cheapest first. */
  readonly cures: readonly Cure[];
}

/** What came of one path. */
export interface PathDiagnosis {
  readonly path: string;
  readonly backend: string;
  readonly ladders: readonly Ladder[];
  /** Those of all directions, the most certain first; the same conclusion in two directions stands once. */
  readonly verdicts: readonly (Verdict & { readonly directions: readonly Direction[] })[];
  /** What the verdicts rest on, without the frames: those are in the pcapng files. */
  readonly evidence: readonly EvidenceSummary[];
  /** Why it could not be looked at: it was not attached, or not plugged; null otherwise. */
  readonly failed: Failure | null;
}

/** Why a part of a diagnosis is missing. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface EvidenceSummary extends Omit<Evidence, 'plan' | 'facts' | 'captures' | 'ladder'> {
  /** "guest NIC, guest" -> frames kept there. */
  readonly frames: Readonly<Record<string, number>>;
  /** Where packets ended or changed on their way, the most first; behind a NAT packets cannot be followed. */
  readonly traced: readonly string[];
  /** The pcapng file beside the report; null where nothing was captured. */
  readonly capture: string | null;
}

/** What a cure costs: the cured path against what it can be compared with, from a run of its own. */
export interface Price {
  readonly path: string;
  /** uncured: against the path as it was; cures: against the first cure, because the path as it was carries no probe. */
  readonly against: 'uncured' | 'cures';
  /** The paths of the run -> what they stand for. */
  readonly names: Readonly<Record<string, string>>;
  /** The run's id: `hoplab report ID` shows all of it; null where there is none. */
  readonly run: string | null;
  /** What was sent, at what pace, how it was compared: "TCP_RR 1 B / 1 B, back to back, ... · emulated guest". */
  readonly heading: string;
  readonly cells: readonly CellSummary[];
  /** Empty where there is one cure alone, and nothing that it could be compared with. */
  readonly comparisons: readonly Comparison[];
  /** Why nothing was measured; null otherwise. */
  readonly failed: Failure | null;
}

export interface AppliedCure {
  readonly path: string;
  /** As it stands in the list of its verdict, from 1. */
  readonly number: number;
  readonly rule: string;
  readonly cure: Cure;
  /** The ladders of the cured path. */
  readonly ladders: readonly Ladder[];
  readonly healed: boolean;
  /** Why it could not be applied; null otherwise. */
  readonly failed: Failure | null;
}

/** Everything that the renderers show; written as diagnosis.json. */
export interface Diagnosis {
  readonly schema: 1;
  readonly tool: { readonly name: 'hoplab'; readonly version: string };
  readonly id: string;
  readonly startedAt: string;
  readonly argv: readonly string[];
  readonly lab: string;
  readonly kernel: string;
  readonly guest: string | null;
  readonly paths: readonly PathDiagnosis[];
  readonly unavailable: readonly UnavailablePath[];
  /** One line a source, over all paths. */
  readonly sources: readonly EvidenceSource[];
  readonly applied: readonly AppliedCure[];
  readonly prices: readonly Price[];
}
