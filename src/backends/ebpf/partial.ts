/** Whether a frame's TCP or UDP checksum field holds the pseudo-header's sum alone: that of an unfinished checksum. */

const ETHERNET_BYTES = 14;
const VLAN_BYTES = 4;
const VLAN_TAGS = [0x8100, 0x88a8];
/** Offset of the checksum in the header, by IP protocol: TCP and UDP. */
const CHECKSUM_AT: Readonly<Record<number, number>> = { 6: 16, 17: 6 };

export function isPartial(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number) => (at + 2 <= view.byteLength ? view.getUint16(at) : 0);
  let at = ETHERNET_BYTES;
  while (VLAN_TAGS.includes(word(at - 2))) at += VLAN_BYTES;
  const ip = ipOf(word(at - 2), { at, word });
  const field = ip === null ? undefined : CHECKSUM_AT[ip.protocol];
  if (ip === null || field === undefined || ip.payloadAt + field + 2 > view.byteLength) return false;
  const addresses = Array.from({ length: ip.addressBytes / 2 }, (_, i) => word(ip.addressesAt + 2 * i));
  let sum = addresses.reduce((total, each) => total + each, ip.protocol + ip.payloadBytes);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return word(ip.payloadAt + field) === sum;
}

interface IpHeader {
  readonly protocol: number;
  readonly addressesAt: number;
  readonly addressBytes: number;
  readonly payloadAt: number;
  readonly payloadBytes: number;
}

/** IPv6 with extension headers is not looked into: what this is asked about is the lab's own traffic. */
function ipOf(
  ethertype: number,
  { at, word }: { readonly at: number; readonly word: (at: number) => number },
): IpHeader | null {
  if (ethertype === 0x0800) {
    const headerBytes = ((word(at) >>> 8) & 0xf) * 4;
    return {
      protocol: word(at + 8) & 0xff,
      addressesAt: at + 12,
      addressBytes: 8,
      payloadAt: at + headerBytes,
      payloadBytes: word(at + 2) - headerBytes,
    };
  }
  if (ethertype !== 0x86dd) return null;
  return {
    protocol: word(at + 6) >>> 8,
    addressesAt: at + 8,
    addressBytes: 32,
    payloadAt: at + 40,
    payloadBytes: word(at + 4),
  };
}
