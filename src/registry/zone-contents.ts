// What the registry puts into zones: delegations and host addresses in a TLD's zone, the apex of root and TLDs, and the root's
// delegations (RFC 1034 section 4.2). As RRsets; who serves them, and their serials, is not decided here.
//
// TTLs: NS, addresses of name servers and DS 172800 (two days); SOA and MINIMUM of root and TLDs 60, so that a new name is seen at once.

import { isIpv4, parseAddress } from "#engine";
import { encodeRdata, Name, type Result, RrType } from "#wire";
import type { Rrset } from "#zone";
import { isDelegated, type DomainObject, type DsData, type HostObject } from "./objects.ts";

/** Seconds that NS, glue and DS may be kept: two days. */
export const delegationTtl = 172_800;
/** TTL of the SOA of root and TLDs, and their MINIMUM: how long NXDOMAIN may be kept. */
export const registryNegativeTtl = 60;

/** The mailbox in the SOA of root and TLDs: hostmaster at the platform's own name. */
export const registryMailbox = "hostmaster.nic.test.";

/** A name server as configured: of the root, or of the TLDs. */
export interface NamedServer {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** The fields of a SOA. @see RFC 1035 section 3.3.13 */
export interface SoaFields {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** Reads a name that is known to be well formed: it was checked when it came in. */
export function knownName(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new RangeError(`Cannot read name "${text}": ${parsed.failure.code}`);
  return parsed.value;
}

/** RDATA of a SOA. */
export function soaRdata({ mname, rname, ...numbers }: SoaFields): Uint8Array {
  return knownRdata(
    encodeRdata(RrType.SOA, { mname: knownName(mname), rname: knownName(rname), ...numbers }),
    "SOA",
  );
}

/** RDATA whose values were checked when they came in. */
function knownRdata(encoded: Result<Uint8Array>, type: string): Uint8Array {
  if (!encoded.ok) throw new RangeError(`Cannot encode ${type}: ${encoded.failure.code}`);
  return encoded.value;
}

/** The A and AAAA RRsets of a list of addresses; none where there is no address of the family. */
export function addressRrsets(owner: string, ttl: number, addresses: readonly string[]): Rrset[] {
  const v4: Uint8Array[] = [];
  const v6: Uint8Array[] = [];
  for (const text of addresses) {
    const address = parseAddress(text);
    if (!address) throw new RangeError(`Cannot read address "${text}"`);
    if (isIpv4(address)) v4.push(address.slice(12));
    else v6.push(address);
  }
  const name = knownName(owner);
  const rrsets: Rrset[] = [];
  if (v4.length > 0) rrsets.push({ owner: name, type: RrType.A, ttl, rdata: v4 });
  if (v6.length > 0) rrsets.push({ owner: name, type: RrType.AAAA, ttl, rdata: v6 });
  return rrsets;
}

/** An NS RRset. */
export function nameServerRrset(owner: string, servers: readonly string[]): Rrset {
  return {
    owner: knownName(owner),
    type: RrType.NS,
    ttl: delegationTtl,
    rdata: servers.map((server) => knownName(server).octets),
  };
}

/** SOA and NS at the apex of the root or a TLD. */
export function registryApex(apex: string, servers: readonly NamedServer[], serial: number): Rrset[] {
  const soa: SoaFields = {
    mname: servers[0]?.name ?? ".",
    rname: registryMailbox,
    serial,
    refresh: 7200,
    retry: 900,
    expire: 1_209_600,
    minimum: registryNegativeTtl,
  };
  return [
    { owner: knownName(apex), type: RrType.SOA, ttl: registryNegativeTtl, rdata: [soaRdata(soa)] },
    nameServerRrset(
      apex,
      servers.map((server) => server.name),
    ),
  ];
}

/** A domain's NS and DS in its TLD's zone; nothing where it has no name servers or is on hold. */
export function domainDelegation(domain: DomainObject): Rrset[] {
  if (!isDelegated(domain)) return [];
  const rrsets = [nameServerRrset(domain.name, domain.nameServers)];
  if (domain.dsData.length > 0) {
    rrsets.push({
      owner: knownName(domain.name),
      type: RrType.DS,
      ttl: delegationTtl,
      rdata: domain.dsData.map(dsRdata),
    });
  }
  return rrsets;
}

/**
 * A host's addresses in its TLD's zone: glue where it is below a delegation, authoritative data elsewhere (such as below
 * `nic.test.`, which nobody can register).
 */
export function hostAddresses(host: HostObject): Rrset[] {
  return addressRrsets(host.name, delegationTtl, host.addresses);
}

/**
 * All of the root zone: its apex, a delegation for each TLD (`home.arpa.` directly, without `arpa.` between), and glue for the
 * servers of both, sibling domains' included.
 */
export function rootZone(
  rootServers: readonly NamedServer[],
  tlds: readonly string[],
  tldServers: readonly NamedServer[],
  serial: number,
): Rrset[] {
  const rrsets = registryApex(".", rootServers, serial);
  for (const tld of tlds) {
    rrsets.push(
      nameServerRrset(
        tld,
        tldServers.map((server) => server.name),
      ),
    );
  }
  for (const server of [...rootServers, ...tldServers]) {
    rrsets.push(...addressRrsets(server.name, delegationTtl, server.addresses));
  }
  return rrsets;
}

/** @see RFC 4034 section 5.1 */
function dsRdata({ keyTag, algorithm, digestType, digest }: DsData): Uint8Array {
  const octets = Uint8Array.from(digest.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return knownRdata(encodeRdata(RrType.DS, { keyTag, algorithm, digestType, digest: octets }), "DS");
}
