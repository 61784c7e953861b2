// The chain that says what is not there: NSEC (RFC 4034 section 4) or NSEC3 (RFC 5155), over the names that a zone is authoritative for.

import { createHash } from "node:crypto";
import { compareOctets, encodeRdata, lowerCase, Name, nsec3OptOut, nsec3Sha1, RrType } from "#wire";
import type { Rrset } from "#zone";
import { deniedTypesOf, emptyNonTerminals, type ZoneNode } from "./authority.ts";

/** How a zone says what is not there. */
export type Denial =
  | { readonly kind: "nsec" }
  /** There is no chain: what is not there is said and signed while answering (RFC 9824; online-signer.ts). */
  | { readonly kind: "compact" }
  | {
      readonly kind: "nsec3";
      /** Extra rounds of the hash; RFC 9276 section 3.1 wants 0. At most `maxNsec3Iterations`. */
      readonly iterations: number;
      /** 0 to 255 octets; RFC 9276 section 3.1 wants none. */
      readonly salt: Uint8Array;
      /** Whether zone cuts without DS are left out of the chain (RFC 5155 section 6). */
      readonly hasOptOut: boolean;
    };

/**
 * The hash of a name for NSEC3: 20 octets.
 * @see RFC 5155 section 5
 */
export function hashName(name: Name, iterations: number, salt: Uint8Array): Uint8Array {
  return hashOctets(name.toLowerCase().octets, iterations, salt);
}

/** The hash of a name as a label, with its length octet. @param name  uncompressed wire form in lower case */
export function hashedLabel(name: Uint8Array, iterations: number, salt: Uint8Array): Uint8Array {
  const label = hashLabel(hashOctets(name, iterations, salt));
  return Uint8Array.of(label.length, ...label);
}

function hashOctets(name: Uint8Array, iterations: number, salt: Uint8Array): Uint8Array {
  let hash = createHash("sha1").update(name).update(salt).digest();
  for (let i = 0; i < iterations; i++) hash = createHash("sha1").update(hash).update(salt).digest();
  return new Uint8Array(hash);
}

const base32 = "0123456789abcdefghijklmnopqrstuv";

/** The label of a hash: base 32 with extended hex alphabet, without padding, in lower case. @see RFC 5155 section 1.3 */
export function hashLabel(hash: Uint8Array): Uint8Array {
  const label: number[] = [];
  let bits = 0;
  let value = 0;
  for (const octet of hash) {
    value = ((value << 8) | octet) & 0xffff;
    for (bits += 8; bits >= 5; bits -= 5) label.push(base32.charCodeAt((value >>> (bits - 5)) & 31));
  }
  if (bits > 0) label.push(base32.charCodeAt((value << (5 - bits)) & 31));
  return Uint8Array.from(label);
}

/** The hash that a label stands for: the reverse of {@link hashLabel}, in either case. */
export function hashOfLabel(label: Uint8Array): Uint8Array {
  const hash = new Uint8Array((label.length * 5) >>> 3);
  let [bits, value, at] = [0, 0, 0];
  for (const octet of label) {
    value = ((value << 5) | base32.indexOf(String.fromCharCode(lowerCase[octet]!))) & 0xfff;
    bits += 5;
    if (bits >= 8) hash[at++] = value >>> (bits -= 8);
  }
  return hash;
}

/** The chain of names, each link the RRset of its record. */
export function nsecChain(nodes: readonly ZoneNode[], ttl: number): Rrset[] {
  const links = nodes.filter(({ kind }) => kind !== "below");
  return links.map((node, i) => nsecLink(node, (links[i + 1] ?? links[0] ?? node).owner, ttl));
}

/** The NSEC of a name. @param next  the name behind it in the chain */
export function nsecLink(node: ZoneNode, { octets: next }: Name, ttl: number): Rrset {
  const types = bitMapsOf(deniedTypesOf(node));
  const rdata = new Uint8Array(next.length + types.length);
  rdata.set(next);
  rdata.set(types, next.length);
  return { owner: node.owner, type: RrType.NSEC, ttl, rdata: [rdata] };
}

/** Types as the last NSEC had them, and how they are written: most names of a zone have the same ones. */
let lastTypes: readonly number[] = [];
let lastBitMaps: Uint8Array | undefined;

/** The types of a name as an NSEC has them. Two come with the chain itself: every name of it has an NSEC, and that is signed. */
function bitMapsOf(types: readonly number[]): Uint8Array {
  if (lastBitMaps && types.length === lastTypes.length && types.every((type, i) => type === lastTypes[i]))
    return lastBitMaps;
  const all = ascending([...types, RrType.RRSIG, RrType.NSEC]);
  const encoded = encodeRdata(RrType.NSEC, { nextDomainName: Name.root, types: all });
  if (!encoded.ok) throw new TypeError(`Cannot encode a link of a chain: ${encoded.failure.code}`);
  lastTypes = types;
  return (lastBitMaps = encoded.value.subarray(Name.root.octets.length));
}

/** The chain of hashed names, with the NSEC3PARAM that stands for it at the apex. */
export function nsec3Chain(
  apex: Name,
  nodes: readonly ZoneNode[],
  ttl: number,
  { iterations, salt, hasOptOut }: Extract<Denial, { kind: "nsec3" }>,
): Rrset[] {
  const known = new Set(nodes.map(({ owner }) => owner.key));
  const links: { hash: Uint8Array; types: number[] }[] = [];
  const add = (name: Name, types: number[]): void => {
    links.push({ hash: hashName(name, iterations, salt), types: ascending(types) });
  };
  for (const node of nodes) {
    if (node.kind === "below") continue;
    const isInsecureCut = node.kind === "cut" && !node.rrsets.some(({ type }) => type === RrType.DS);
    // Empty non-terminals have one in any case: servers find their way by them, and RFC 5155 section 7.1 lets us.
    for (const name of emptyNonTerminals(apex, node.owner, known)) add(name, []);
    if (isInsecureCut && hasOptOut) continue;
    const types = deniedTypesOf(node);
    // A cut without DS has nothing that is signed, and no signature in its own name (RFC 5155 section 7.1).
    if (node.kind === "apex") types.push(RrType.NSEC3PARAM);
    add(node.owner, isInsecureCut ? types : [...types, RrType.RRSIG]);
  }
  links.sort((a, b) => compareOctets(a.hash, b.hash));
  const denial: Nsec3Denial = { kind: "nsec3", iterations, salt, hasOptOut };
  const chain = links.map(({ hash, types }, i) => {
    const owner = apex.prepend(hashLabel(hash));
    if (!owner)
      throw new RangeError(`Cannot sign ${apex.toString()} with NSEC3: a hashed name would be too long`);
    return nsec3Link(owner, ttl, denial, { next: links[i + 1]?.hash ?? links[0]?.hash ?? hash, types });
  });
  return [nsec3Parameters(apex, denial), ...chain];
}

/** A chain of hashed names. */
export type Nsec3Denial = Extract<Denial, { kind: "nsec3" }>;

/** One link of a chain of hashed names. @param next  the hash behind it; `types` ascending, each once */
export function nsec3Link(
  owner: Name,
  ttl: number,
  { iterations, salt, hasOptOut }: Nsec3Denial,
  { next, types }: { readonly next: Uint8Array; readonly types: readonly number[] },
): Rrset {
  const rdata = {
    hashAlgorithm: nsec3Sha1,
    flags: hasOptOut ? nsec3OptOut : 0,
    iterations,
    salt,
    nextHashedOwnerName: next,
    types,
  };
  return linkOf(RrType.NSEC3, owner, ttl, encodeRdata(RrType.NSEC3, rdata));
}

/** The NSEC3PARAM that says at the apex how names are hashed. */
export function nsec3Parameters(apex: Name, { iterations, salt }: Nsec3Denial): Rrset {
  const rdata = { hashAlgorithm: nsec3Sha1, flags: 0, iterations, salt };
  return linkOf(RrType.NSEC3PARAM, apex, 0, encodeRdata(RrType.NSEC3PARAM, rdata));
}

function linkOf(type: number, owner: Name, ttl: number, encoded: ReturnType<typeof encodeRdata>): Rrset {
  if (!encoded.ok) throw new TypeError(`Cannot encode a link of a chain: ${encoded.failure.code}`);
  return { owner, type, ttl, rdata: [encoded.value] };
}

function ascending(types: readonly number[]): number[] {
  return [...new Set(types)].sort((a, b) => a - b);
}
