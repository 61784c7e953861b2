// Which certificate a connection is served with: by the local address it came to, where one resource owns it, else by server name. A
// table is compiled whole and never changed. Names are matched as clients do it (RFC 9525 section 6.3): in any case, a wildcard
// standing for exactly one label.

import type { HostRouteObject, ResourceObject, TlsPolicy } from "#contract";
import { findTlsPolicy, tlsPolicies } from "#contract/plain";
import { formatAddress, parseAddress, type Endpoint } from "#engine";

/** What a table needs to know of a certificate. */
export interface CertificateNames {
  readonly id: string;
  /** Host names; `*.shop.test` stands for one label. */
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

/** What is found for a connection. */
export interface FoundCertificate<T extends CertificateNames> {
  readonly certificate: T;
  readonly policy: TlsPolicy;
  /** The resource that it is served for: sessions are resumed within it. */
  readonly resourceId: string;
}

/** The certificates of one resource. */
interface Served<T extends CertificateNames> {
  readonly resourceId: string;
  readonly policy: TlsPolicy;
  readonly isOpen: boolean;
  /** In the resource's order. */
  readonly certificates: readonly T[];
  readonly byName: ReadonlyMap<string, T>;
}

/** The certificates of one revision. */
export class CertificateTable<T extends CertificateNames> {
  readonly #byAddress = new Map<string, Served<T>>();
  readonly #byHost = new Map<string, Served<T>>();
  /** For names on shared addresses that no host route says more of. */
  readonly #byName = new Map<string, { readonly served: Served<T>; readonly certificate: T }>();

  /** @param certificates  those that can be used, by id; ids that resources name besides are left out */
  constructor(
    resources: Iterable<ResourceObject>,
    hosts: Iterable<HostRouteObject>,
    certificates: ReadonlyMap<string, T>,
  ) {
    const byId = new Map<string, Served<T>>();
    for (const resource of resources) {
      const served = serve(resource, certificates);
      byId.set(resource.id, served);
      for (const address of resource.addresses) {
        const octets = parseAddress(address);
        if (octets) this.#byAddress.set(formatAddress(octets), served);
      }
      if (!served.isOpen) continue;
      for (const [name, certificate] of served.byName) {
        const known = this.#byName.get(name);
        if (!known || known.certificate.notAfter < certificate.notAfter)
          this.#byName.set(name, { served, certificate });
      }
    }
    for (const { host, resourceId } of hosts) {
      const served = byId.get(resourceId);
      if (served) this.#byHost.set(plainName(host), served);
    }
  }

  /** The resource that owns an address alone. */
  ownerOf(local: Endpoint): string | undefined {
    return this.#byAddress.get(formatAddress(local.address))?.resourceId;
  }

  /**
   * Finds what a connection is served with. At an address of a resource's own a name that no certificate has, and no name at all, get
   * the resource's default; on a shared address they get nothing.
   *
   * @param serverName  as the client sent it; absent where it sent none
   * @param wall  the time, in milliseconds since 1970
   */
  find(local: Endpoint, serverName: string | undefined, wall: number): FoundCertificate<T> | undefined {
    const name = serverName === undefined ? undefined : plainName(serverName);
    const own = this.#byAddress.get(formatAddress(local.address));
    if (own) {
      if (!own.isOpen) return undefined;
      return found(own, (name === undefined ? undefined : match(own.byName, name)) ?? defaultOf(own, wall));
    }
    if (name === undefined) return undefined;
    const assigned = this.#byHost.get(name);
    const certificate = assigned?.isOpen ? match(assigned.byName, name) : undefined;
    if (assigned && certificate) return found(assigned, certificate);
    const other = match(this.#byName, name);
    return other && found(other.served, other.certificate);
  }
}

function serve<T extends CertificateNames>(
  { id, tlsPolicy, ports, certificates: ids }: ResourceObject,
  usable: ReadonlyMap<string, T>,
): Served<T> {
  const certificates = ids.flatMap((certificate) => usable.get(certificate) ?? []);
  const byName = new Map<string, T>();
  for (const certificate of certificates) {
    for (const name of certificate.names.map(plainName)) {
      // Of two that have the name, the one that lives longer: so it is valid, if one is.
      const known = byName.get(name);
      if (!known || known.notAfter < certificate.notAfter) byName.set(name, certificate);
    }
  }
  const policy = findTlsPolicy(tlsPolicy) ?? tlsPolicies[0];
  return { resourceId: id, policy, isOpen: ports.https, certificates, byName };
}

/** The first that has not expired; where all have, the first: the client says what is wrong with it. */
function defaultOf<T extends CertificateNames>({ certificates }: Served<T>, wall: number): T | undefined {
  return certificates.find(({ notAfter }) => notAfter > wall) ?? certificates[0];
}

/** The name itself first, then the wildcard for its first label. */
function match<V>(byName: ReadonlyMap<string, V>, name: string): V | undefined {
  const dot = name.indexOf(".");
  // A name that begins with a wildcard is none that a client may ask for.
  if (name.startsWith("*")) return undefined;
  return byName.get(name) ?? (dot > 0 ? byName.get(`*${name.slice(dot)}`) : undefined);
}

function found<T extends CertificateNames>(
  { policy, resourceId }: Served<T>,
  certificate: T | undefined,
): FoundCertificate<T> | undefined {
  return certificate && { certificate, policy, resourceId };
}

/** In lower case, without the final dot. */
function plainName(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower.slice(0, -1) : lower;
}
