// What the resolver says of itself: where it is asked in private, to clients that know its address alone (RFC 9462, Discovery of Designated Resolvers). The
// name for that is nobody's but its own, so that no question at or below resolver.arpa is asked of others (section 6.4; RFC 6303).

import { isIpv4 } from "#engine";
import { encodeDnsServices, encodeRdata, Name, Rcode, RrType, type RdataOf } from "#wire";
import type { ResolutionOutcome } from "./outcome.ts";
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
): ResolutionOutcome | undefined {
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
    more: Pick<ResolutionOutcome, "authority"> & Pick<ResolutionOutcome, "additional">,
  ): ResolutionOutcome => ({
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
  // Section 5: who knows its name asks there. Of other types nothing is there, and no zone says so.
  if (designated && isServiceNameOf(designated, name)) {
    const rdata = type === RrType.SVCB ? servicesOf(designated) : [];
    return outcome(rdata.length > 0 ? [rrset(name, RrType.SVCB, designatedTtl, rdata)] : [], {
      authority: [],
      additional: rdata.length > 0 ? hostsOf(designated, [RrType.A, RrType.AAAA]) : [],
    });
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

/** Whether a name is where service bindings of the resolver's own name are. @see RFC 9461 section 3 */
function isServiceNameOf({ name: host }: DesignatedResolver, name: Name): boolean {
  return name.labelCount === host.labelCount + 1 && host.prepend(discovery.label(0))?.equals(name) === true;
}

/** RDATA of SVCB for each way in which it is asked (RFC 9461), with its addresses. */
function servicesOf({ addresses, ...services }: DesignatedResolver): Uint8Array[] {
  return encodeDnsServices({
    ...services,
    ipv4: ofFamily(addresses, true),
    ipv6: ofFamily(addresses, false),
  });
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
