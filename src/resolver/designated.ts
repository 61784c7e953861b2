// What the resolver says of itself: where it is asked in private, to clients that know its address alone (RFC 9462, Discovery of Designated Resolvers). The
// name for that is nobody's but its own, so that no question at or below resolver.arpa is asked of others (section 6.4; RFC 6303).

import { isIpv4 } from "#engine";
import { encodeRdata, Name, Rcode, RrType, SvcParamKey, type RdataOf, type SvcParam } from "#wire";
import type { Outcome } from "./outcome.ts";
import { Rank, type CachedRrset } from "./rrset.ts";

/** Where a resolver is asked in private. */
export interface DesignatedResolver {
  /** Its name, which is that of its certificate; the addresses stand there too (section 4.2). */
  readonly name: Name;
  /** 16 octets each. */
  readonly addresses: readonly Uint8Array[];
  /** Ports of DNS over TLS and over HTTPS; absent: it is not asked so. */
  readonly tlsPort?: number;
  readonly httpsPort?: number;
  /** A URI template of RFC 6570: `/dns-query{?dns}`. */
  readonly dohPath: string;
}

/** Seconds that clients keep it: a restart with other ports is seen soon. */
const designatedTtl = 300;
/** Of the zone, as RFC 6303 section 3 has it. */
const zoneTtl = 10_800;

const zone = nameOf("resolver.arpa.");
const discovery = nameOf("_dns.resolver.arpa.");

/** The answer of the resolver's own; undefined where the question is about something else. @param designated  absent: it is asked in the clear only */
export function answerDesignated(
  name: Name,
  type: number,
  designated: DesignatedResolver | undefined,
  monotonic: number,
): Outcome | undefined {
  const rrset = (of: Name, rrType: number, ttl: number, rdata: readonly Uint8Array[]): CachedRrset => ({
    name: of,
    type: rrType,
    ttl,
    expiresAt: monotonic + ttl * 1000,
    rdata,
    signatures: [],
    rank: Rank.authoritativeAnswer,
  });
  const outcome = (
    answer: readonly CachedRrset[],
    more: Pick<Outcome, "authority"> & Pick<Outcome, "additional">,
  ): Outcome => ({
    rcode: Rcode.NOERROR,
    answer,
    errors: [],
    isFromCache: true,
    isExhausted: false,
    ...more,
  });
  const hostsOf = ({ name: host, addresses }: DesignatedResolver, wanted: readonly number[]): CachedRrset[] =>
    wanted.flatMap((rrType) => {
      const rdata = ofFamily(addresses, rrType === RrType.A);
      return rdata.length > 0 ? [rrset(host, rrType, designatedTtl, rdata)] : [];
    });
  if (designated && name.equals(designated.name) && (type === RrType.A || type === RrType.AAAA)) {
    const own = hostsOf(designated, [type]);
    return own.length > 0 ? outcome(own, { authority: [] }) : undefined;
  }
  if (!name.isSubdomainOf(zone)) return undefined;
  const soa = rrset(zone, RrType.SOA, zoneTtl, [zoneSoa]);
  if (name.equals(zone) && type === RrType.SOA) return outcome([soa], { authority: [] });
  const services = designated && name.equals(discovery) && type === RrType.SVCB ? servicesOf(designated) : [];
  if (!designated || services.length === 0) return outcome([], { authority: [soa] });
  return outcome([rrset(name, RrType.SVCB, designatedTtl, services)], {
    authority: [],
    // Section 4: it saves the client a question.
    additional: hostsOf(designated, [RrType.A, RrType.AAAA]),
  });
}

/** RDATA of SVCB for each way in which it is asked (RFC 9461), TLS before HTTPS. */
function servicesOf({ name, addresses, tlsPort, httpsPort, dohPath }: DesignatedResolver): Uint8Array[] {
  const hints = (
    [
      [SvcParamKey.ipv4hint, true],
      [SvcParamKey.ipv6hint, false],
    ] as const
  ).flatMap(([key, isV4]): SvcParam[] => {
    const own = ofFamily(addresses, isV4);
    return own.length > 0 ? [{ key, value: concatenate(own) }] : [];
  });
  const ways = [
    { port: tlsPort, protocol: "dot", path: [] },
    { port: httpsPort, protocol: "h2", path: [{ key: SvcParamKey.dohpath, value: textOctets(dohPath) }] },
  ];
  return ways
    .filter((way): way is typeof way & { readonly port: number } => way.port !== undefined)
    .map(({ port, protocol, path }, i) =>
      rdataOf(RrType.SVCB, {
        svcPriority: i + 1,
        targetName: name,
        svcParams: [
          { key: SvcParamKey.alpn, value: Uint8Array.of(protocol.length, ...textOctets(protocol)) },
          { key: SvcParamKey.port, value: Uint8Array.of(port >> 8, port & 0xff) },
          ...hints,
          ...path,
        ],
      }),
    );
}

/** RDATA of A or AAAA. */
function ofFamily(addresses: readonly Uint8Array[], isV4: boolean): Uint8Array[] {
  return addresses
    .filter((address) => isIpv4(address) === isV4)
    .map((address) => (isV4 ? address.slice(12) : address));
}

const zoneSoa = rdataOf(RrType.SOA, {
  mname: zone,
  rname: nameOf("nobody.invalid."),
  serial: 1,
  refresh: 3600,
  retry: 1200,
  expire: 604_800,
  minimum: zoneTtl,
});

function rdataOf<Type extends number>(type: Type, fields: RdataOf<Type>): Uint8Array {
  const rdata = encodeRdata(type, fields);
  if (!rdata.ok) throw new RangeError(`Cannot encode a record: ${rdata.failure.code}`);
  return rdata.value;
}

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new RangeError(`Cannot read name "${text}"`);
  return parsed.value;
}

function textOctets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
