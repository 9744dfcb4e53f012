// SPDX-License-Identifier: GPL-2.0-only
/** The headers of IPv4 (RFC 791) and IPv6 (RFC 8200) in a frame. */

/** What both versions of IP have. Offsets are within the frame's bytes. */
export interface Internet {
  readonly kind: 'ipv4' | 'ipv6';
  readonly source: string;
  readonly destination: string;
  /** Of the transport, behind IPv6's extension headers. */
  readonly protocol: number;
  /** Time to live, or hop limit. */
  readonly ttl: number;
  /** IPv4's identification, or that of an IPv6 fragment; null where there is none. */
  readonly id: number | null;
  readonly headerAt: number;
  /** Where the transport begins. */
  readonly dataAt: number;
  /** Its length by the header, which may be more than was captured. */
  readonly dataBytes: number;
  /** A fragment, first or later. */
  readonly fragment: boolean;
  /** A fragment that does not hold the transport's header. */
  readonly laterFragment: boolean;
  /** A routing header with segments left: the addresses are not those of the checksum's pseudo-header. */
  readonly rerouted: boolean;
}

const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const MORE_FRAGMENTS = 0x2000;
const OFFSET = 0x1fff;

/** IPv6 extension headers. The length of all but fragment and authentication headers counts 8 bytes beyond the first 8. */
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION = 60;
const MOBILITY = 135;

export function readIpv4(view: DataView, at: number, length: number): Internet | null {
  if (at + IPV4_BYTES > view.byteLength || view.getUint8(at) >> 4 !== 4) return null;
  const headerBytes = (view.getUint8(at) & 0xf) * 4;
  const total = view.getUint16(at + 2);
  const fragmenting = view.getUint16(at + 6);
  // 0: larger than the field can say (BIG TCP), and the frame's own length tells.
  const end = total === 0 ? length - at : total;
  if (headerBytes < IPV4_BYTES || end < headerBytes || at + end > length) return null;
  const offset = fragmenting & OFFSET;
  return {
    kind: 'ipv4',
    source: address4(view, at + 12),
    destination: address4(view, at + 16),
    protocol: view.getUint8(at + 9),
    ttl: view.getUint8(at + 8),
    id: view.getUint16(at + 4),
    headerAt: at,
    dataAt: at + headerBytes,
    dataBytes: end - headerBytes,
    fragment: offset > 0 || (fragmenting & MORE_FRAGMENTS) !== 0,
    laterFragment: offset > 0,
    rerouted: false,
  };
}

export function readIpv6(view: DataView, at: number, length: number): Internet | null {
  if (at + IPV6_BYTES > view.byteLength || view.getUint8(at) >> 4 !== 6) return null;
  const payload = view.getUint16(at + 4);
  const end = payload === 0 ? length : at + IPV6_BYTES + payload;
  if (end > length) return null;
  const found = skipExtensions(view, { at: at + IPV6_BYTES, end, next: view.getUint8(at + 6) });
  if (found === null) return null;
  const { dataAt, ...rest } = found;
  return {
    kind: 'ipv6',
    source: address6(view, at + 8),
    destination: address6(view, at + 24),
    ttl: view.getUint8(at + 7),
    headerAt: at,
    dataAt,
    dataBytes: end - dataAt,
    ...rest,
  };
}

type Extensions = Pick<Internet, 'protocol' | 'dataAt' | 'id' | 'fragment' | 'laterFragment' | 'rerouted'>;

/** null: cut within an extension header. */
function skipExtensions(
  view: DataView,
  { at, end, next }: { readonly at: number; readonly end: number; readonly next: number },
): Extensions | null {
  let found: Extensions = {
    protocol: next,
    dataAt: at,
    id: null,
    fragment: false,
    laterFragment: false,
    rerouted: false,
  };
  for (;;) {
    const { protocol, dataAt } = found;
    if (![HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION, MOBILITY].includes(protocol)) return found;
    if (found.laterFragment) return found;
    if (dataAt + 8 > view.byteLength || dataAt + 8 > end) return null;
    const units = view.getUint8(dataAt + 1);
    const bytes = protocol === FRAGMENT ? 8 : protocol === AUTHENTICATION ? (units + 2) * 4 : (units + 1) * 8;
    if (dataAt + bytes > end) return null;
    found = { ...found, protocol: view.getUint8(dataAt), dataAt: dataAt + bytes };
    if (protocol === ROUTING && view.getUint8(dataAt + 3) > 0) found = { ...found, rerouted: true };
    if (protocol === FRAGMENT) {
      const field = view.getUint16(dataAt + 2);
      const laterFragment = field >> 3 > 0;
      // A fragment header without fragments is a whole packet (RFC 6946).
      const fragment = laterFragment || (field & 1) !== 0;
      found = { ...found, id: view.getUint32(dataAt + 4), fragment, laterFragment };
    }
  }
}

function address4(view: DataView, at: number): string {
  return [0, 1, 2, 3].map((i) => view.getUint8(at + i)).join('.');
}

/** The text of RFC 5952: the longest run of two zero words or more is left out, the first of equals. */
function address6(view: DataView, at: number): string {
  const words = Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i).toString(16));
  let best = { from: 0, length: 1 };
  for (let from = 0; from < 8; from++) {
    let length = 0;
    while (words[from + length] === '0') length++;
    if (length > best.length) best = { from, length };
  }
  if (best.length < 2) return words.join(':');
  return `${words.slice(0, best.from).join(':')}::${words.slice(best.from + best.length).join(':')}`;
}
