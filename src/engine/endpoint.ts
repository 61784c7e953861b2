// Where a packet or a connection comes from or goes to: an IP address and a port, in octets.
// IPv4 addresses are held as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2), so that there is one form.

/**
 * An address and a port.
 *
 * What a driver hands to an engine is reused for the next packet: copy it with {@link copyEndpoint} to keep it.
 */
export interface Endpoint {
  /** 16 octets; IPv4 as ::ffff:a.b.c.d. */
  readonly address: Uint8Array;
  /** 0 to 65535. */
  readonly port: number;
}

/** Copies an endpoint, so that it outlives the event that brought it. */
export function copyEndpoint(endpoint: Endpoint): Endpoint {
  return { address: endpoint.address.slice(), port: endpoint.port };
}

/** Tells whether two endpoints have the same address and port. */
export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && isSameAddress(a.address, b.address);
}

/** Tells whether two 16-octet addresses are the same. */
export function isSameAddress(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < 16; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Tells whether a 16-octet address is an IPv4-mapped one. */
export function isIpv4(address: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return false;
  return address[10] === 0xff && address[11] === 0xff;
}

/**
 * Reads an IPv4 or IPv6 address from its text.
 *
 * IPv4 is four decimal numbers without leading zeros; IPv6 as RFC 4291 section 2.2, without a zone index.
 * @returns 16 octets, or undefined where the text is no address
 */
export function parseAddress(text: string): Uint8Array | undefined {
  if (!text.includes(":")) {
    const v4 = parseIpv4(text);
    return v4 && addressOf(v4);
  }
  return parseIpv6(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const octets = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i] ?? "";
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    octets[i] = Number(part);
  }
  return octets;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  // "::" stands for at least one group of zeros (RFC 5952 section 4.2.2 writes it so; one group is accepted).
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const address = new Uint8Array(16);
  address.set(head, 0);
  address.set(tail, 16 - tail.length);
  return address;
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const octets: number[] = [];
  for (const [i, group] of groups.entries()) {
    if (mayEndInIpv4 && i === groups.length - 1 && group.includes(".")) {
      const v4 = parseIpv4(group);
      if (!v4) return undefined;
      octets.push(...v4);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      octets.push(value >> 8, value & 0xff);
    }
  }
  return octets.length > 16 ? undefined : octets;
}

/** Writes a 16-octet address as text: dotted IPv4 where mapped, else IPv6 as RFC 5952 section 4. */
export function formatAddress(address: Uint8Array): string {
  if (isIpv4(address)) return `${address[12]}.${address[13]}.${address[14]}.${address[15]}`;
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((address[i] ?? 0) << 8) | (address[i + 1] ?? 0));
  let best = -1;
  let bestLength = 1; // a single zero group is not shortened (RFC 5952 section 4.2.2)
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === 0) end++;
    if (end - i > bestLength) {
      best = i;
      bestLength = end - i;
    }
  }
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  return best < 0 ? hex(0, 8) : `${hex(0, best)}::${hex(best + bestLength, 8)}`;
}

/** Makes an endpoint from an address in text. Throws a RangeError where the text is no address. */
export function endpoint(address: string, port: number): Endpoint {
  const octets = parseAddress(address);
  if (!octets) throw new RangeError(`Cannot read address "${address}": expected IPv4 or IPv6`);
  return { address: octets, port };
}

/** Makes the 16 octets of an address of 4 (IPv4) or 16 (IPv6) octets, as A and AAAA records have it; undefined for others. */
export function addressOf(octets: Uint8Array): Uint8Array | undefined {
  if (octets.length === 16) return octets;
  if (octets.length !== 4) return undefined;
  const address = new Uint8Array(16);
  address[10] = address[11] = 0xff;
  address.set(octets, 12);
  return address;
}

/** Writes an endpoint as `127.0.0.1:53` or `[::1]:53`. */
export function formatEndpoint(at: Endpoint): string {
  const text = formatAddress(at.address);
  return text.includes(":") ? `[${text}]:${at.port}` : `${text}:${at.port}`;
}

/** Tells whether an address is loopback: 127.0.0.0/8 or ::1. */
export function isLoopback(address: Uint8Array): boolean {
  if (isIpv4(address)) return address[12] === 127;
  for (let i = 0; i < 15; i++) if (address[i] !== 0) return false;
  return address[15] === 1;
}

/**
 * Tells whether an address is private: RFC 1918, shared (RFC 6598), link-local, or unique local (RFC 4193).
 * Loopback is not counted here.
 */
export function isPrivate(address: Uint8Array): boolean {
  const [a, b] = isIpv4(address) ? [address[12] ?? 0, address[13] ?? 0] : [address[0] ?? 0, address[1] ?? 0];
  if (isIpv4(address)) {
    return (
      a === 10 ||
      (a === 172 && b >= 16 && b < 32) ||
      (a === 192 && b === 168) ||
      (a === 169 && b === 254) ||
      (a === 100 && b >= 64 && b < 128)
    );
  }
  return (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80);
}

/**
 * Tells whether an address may be that of another machine, to whom others are led: not loopback, unspecified, link-local (where clouds
 * keep secrets), multicast or reserved. Private networks count. @see RFC 6890
 */
export function isElsewhere(address: Uint8Array): boolean {
  if (isLoopback(address)) return false;
  const [a = 0, b = 0] = isIpv4(address) ? address.subarray(12) : address;
  if (isIpv4(address)) return a > 0 && a < 224 && !(a === 169 && b === 254);
  // Of IPv6, global unicast and unique local addresses: what is left out holds the forms that carry an IPv4 address.
  return (a >= 0x20 && a < 0x40 && !(a === 0x20 && b === 0x02)) || (a & 0xfe) === 0xfc;
}

/** Tells whether an address is of this machine or of a network of its owner's: loopback or private. */
export function isNearby(address: Uint8Array): boolean {
  return isLoopback(address) || isPrivate(address);
}
