// The addresses and ports of a profile, as data: what listens where, and under which name. The one place where they
// are written down; supervisor, roles, control and tests all take them from here.
//
// `local` is for one machine: loopback only, no privileges, nothing of the host is touched. Where the machine has no
// IPv6, its listeners are left out (see `withoutIpv6`).

import type { ErrorCode } from "#contract";
import { PlatformError } from "#contract/plain";

/** An address in text and a port. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

/** A name server: its host name, absolute, and its addresses. */
export interface NameServerHost {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** A group of listeners of the names role: it answers for its own zones only. */
export interface ListenerGroup {
  /** "root", "tlds", or the id of a name-server set. */
  readonly group: string;
  readonly hosts: readonly NameServerHost[];
}

/** Everything that depends on where a platform runs. */
export interface Profile {
  readonly name: "local";
  /** What the 127.53 part of the addresses is, such as "127.53". */
  readonly network: string;
  /** Added to every port already. */
  readonly portOffset: number;
  /** Top-level domains of the private root, absolute. */
  readonly tlds: readonly string[];
  /** The port that all groups listen on. */
  readonly authorityPort: number;
  /** The ports that all groups listen on, at the same addresses, for DNS over TLS (RFC 7858) and DNS over HTTPS (RFC 8484). */
  readonly authorityTlsPort: number;
  readonly authorityHttpsPort: number;
  readonly groups: readonly ListenerGroup[];
  /** Where the resolver is asked over TLS and HTTPS, at the addresses that it is asked at over UDP. */
  readonly resolverTlsPort: number;
  readonly resolverHttpsPort: number;
  readonly resolver: readonly SocketAddress[];
  readonly edge: {
    readonly httpPort: number;
    readonly httpsPort: number;
    /** Public addresses, one for each resource, all opened ahead. */
    readonly addresses: readonly string[];
    /** Addresses that all resources share; requests there are routed by host name alone. */
    readonly sharedAddresses: readonly string[];
  };
  readonly instances: {
    /** Private addresses, one for each instance. */
    readonly addresses: readonly string[];
    readonly port: number;
  };
  readonly proxy: readonly SocketAddress[];
  readonly control: SocketAddress;
}

/** What a platform is started with to find its profile. */
export interface ProfileOptions {
  /** Default "local". */
  readonly profile?: string;
  /** `127.N`, N from 1 to 255. Default 127.53. */
  readonly network?: string;
  /** Default 0. */
  readonly portOffset?: number;
  /** The port of all name servers, whatever the offset: with 53 other resolvers can begin at this root. Default 5301 with the offset. */
  readonly authorityPort?: number;
}

/**
 * How many public addresses the edge listens on from the start: as many instances, static IPs and load balancers can have one of their own.
 * Two sockets each: with all of them a process stays well below the 1024 descriptors that many systems give, and starts no later.
 */
const publicAddressCount = 100;
/** How many instances can have a private address. */
const privateAddressCount = 250;
/** DNS over TLS and over HTTPS have the same ports everywhere: each address is of one resolver or of one group of name servers. */
const dotPort = 8853;
const dohPort = 7443;
/** The highest port of the table below: with it the offset ends. */
const highestPort: number = dotPort;

/**
 * The profile of some options.
 *
 * Throws `profile-unsupported` for a profile that this version has not, `usage` for a network or offset that is none.
 */
export function makeProfile(options: ProfileOptions = {}): Profile {
  const { profile = "local", network = "127.53", portOffset = 0 } = options;
  if (profile !== "local") {
    const code: ErrorCode = profile === "host" || profile === "lab" ? "profile-unsupported" : "usage";
    throw new PlatformError(code, `Cannot use profile "${profile}": this version has "local" only`);
  }
  const second = /^127\.([1-9]\d{0,2})$/.exec(network)?.[1];
  if (second === undefined || Number(second) > 255) {
    throw new PlatformError("usage", `Cannot use network "${network}": expected 127.1 to 127.255`);
  }
  const limit = 65535 - highestPort;
  if (!Number.isInteger(portOffset) || portOffset < 0 || portOffset > limit) {
    throw new PlatformError("usage", `Cannot use port offset "${portOffset}": expected 0 to ${limit}`);
  }
  const { authorityPort = 5301 + portOffset } = options;
  if (!Number.isInteger(authorityPort) || authorityPort < 1 || authorityPort > 65_535)
    throw new PlatformError(
      "usage",
      `Cannot use port "${authorityPort}" for name servers: expected 1 to 65535`,
    );
  const at = (third: number, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${network}.${third}.${i + 1}`);
  const both = (port: number): SocketAddress[] =>
    ["127.0.0.1", "::1"].map((address) => ({ address, port: port + portOffset }));
  return {
    name: "local",
    network,
    portOffset,
    tlds: ["test.", "internal.", "lab.", "home.arpa."],
    authorityPort,
    authorityTlsPort: dotPort + portOffset,
    authorityHttpsPort: dohPort + portOffset,
    resolverTlsPort: dotPort + portOffset,
    resolverHttpsPort: dohPort + portOffset,
    groups: [
      { group: "root", hosts: hosts(["a.root.internal.", "b.root.internal."], at(0, 2)) },
      { group: "tlds", hosts: hosts(["a.nic.test.", "b.nic.test."], at(1, 2)) },
      {
        group: "s1",
        hosts: hosts(
          [1, 2, 3, 4].map((i) => `ns${i}.s1.nic.test.`),
          at(2, 4),
        ),
      },
    ],
    resolver: both(5300),
    edge: {
      httpPort: 8080 + portOffset,
      httpsPort: 8443 + portOffset,
      addresses: at(8, publicAddressCount),
      sharedAddresses: ["::1"],
    },
    instances: { addresses: at(9, privateAddressCount), port: 8080 + portOffset },
    proxy: both(7780),
    control: { address: "127.0.0.1", port: 7700 + portOffset },
  };
}

function hosts(names: readonly string[], addresses: readonly string[]): NameServerHost[] {
  return names.map((name, i) => ({ name, addresses: addresses.slice(i, i + 1) }));
}

/** The profile for a machine without IPv6. */
export function withoutIpv6(profile: Profile): Profile {
  const only = (list: readonly SocketAddress[]): SocketAddress[] =>
    list.filter(({ address }) => isV4(address));
  return {
    ...profile,
    resolver: only(profile.resolver),
    proxy: only(profile.proxy),
    edge: { ...profile.edge, sharedAddresses: profile.edge.sharedAddresses.filter(isV4) },
  };
}

function isV4(address: string): boolean {
  return !address.includes(":");
}

/** A socket that a role listens on. */
export interface PlannedListener extends SocketAddress {
  readonly transport: "udp" | "tcp";
  /**
   * What it is for: a listener group, "resolver", "edge", "edge-https", "proxy" or "api"; of a group or the resolver with `tlsSuffix` or
   * `httpsSuffix` behind it where it is asked that way.
   */
  readonly label: string;
}

/** The name that the resolver's certificate has; it lies in the platform's own zone, where nobody can register one. */
export const resolverName = "resolver.fairlead.internal";

/** What stands behind the label of a listener for DNS over TLS, and for DNS over HTTPS. */
export const tlsSuffix = "/tls";
export const httpsSuffix = "/https";

/** The roles that listen on the network, with every socket of each. */
export function plannedListeners(
  profile: Profile,
): Record<"control" | "names" | "resolver" | "edge", PlannedListener[]> {
  const { edge, authorityPort, authorityTlsPort, authorityHttpsPort } = profile;
  return {
    control: [tcp("api", profile.control)],
    names: profile.groups.flatMap(({ group, hosts }) =>
      hosts
        .flatMap(({ addresses }) => addresses)
        .flatMap((address) => [
          ...dns(group, { address, port: authorityPort }),
          tcp(`${group}${tlsSuffix}`, { address, port: authorityTlsPort }),
          tcp(`${group}${httpsSuffix}`, { address, port: authorityHttpsPort }),
        ]),
    ),
    resolver: profile.resolver.flatMap((at) => [
      ...dns("resolver", at),
      tcp(`resolver${tlsSuffix}`, { address: at.address, port: profile.resolverTlsPort }),
      tcp(`resolver${httpsSuffix}`, { address: at.address, port: profile.resolverHttpsPort }),
    ]),
    edge: [
      ...[...edge.addresses, ...edge.sharedAddresses].map((address) =>
        tcp("edge", { address, port: edge.httpPort }),
      ),
      ...[...edge.addresses, ...edge.sharedAddresses].map((address) =>
        tcp("edge-https", { address, port: edge.httpsPort }),
      ),
      ...profile.proxy.map((at) => tcp("proxy", at)),
    ],
  };
}

function tcp(label: string, at: SocketAddress): PlannedListener {
  return { ...at, transport: "tcp", label };
}

function dns(label: string, at: SocketAddress): PlannedListener[] {
  return [{ ...at, transport: "udp", label }, tcp(label, at)];
}
