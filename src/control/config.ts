// What control is configured with: the profile's names and addresses, keys, and who may reach the API.

import type { OutsideObject, ZoneSigning } from "#contract";
import type { DnsServices } from "#wire";

/** The part of a profile that control derives zones, addresses and routes from. */
export interface ControlProfile {
  readonly name: string;
  /** TLDs of the private root, absolute: `test.`, `home.arpa.`. */
  readonly tlds: readonly string[];
  /** The port that all name servers listen on. */
  readonly authorityPort: number;
  /** "root", "tlds", and the name-server sets, each with its hosts (absolute names). The first set serves new zones. */
  readonly groups: readonly {
    readonly group: string;
    readonly hosts: readonly { readonly name: string; readonly addresses: readonly string[] }[];
  }[];
  /** Added to every port already. */
  readonly portOffset: number;
  readonly edge: {
    /** Where the ports 80 and 443 of resources are served. */
    readonly httpPort: number;
    readonly httpsPort: number;
    /** Public addresses, one for each resource. */
    readonly addresses: readonly string[];
    /** Addresses that all resources share. */
    readonly sharedAddresses: readonly string[];
  };
  readonly instances: {
    /** Private addresses, one for each instance. */
    readonly addresses: readonly string[];
    readonly port: number;
  };
}

/** A service of the platform's own that is asked over TLS too. */
export interface NameService {
  readonly role: "names" | "resolver";
  /** The id of the listener group, or "resolver". */
  readonly service: string;
  /** Host names, lower case, without the final dot. */
  readonly names: readonly string[];
  /** Addresses in text. */
  readonly addresses: readonly string[];
  /** In which ways it is asked, for who looks it up (RFC 9461); absent: nothing is published of that. */
  readonly ways?: Pick<DnsServices, "tlsPort" | "httpsPort" | "dohPath">;
}

/** Lets the bearer of a key change some of a zone by DNS UPDATE. */
export interface ZoneUpdateRule {
  /** The zone and the key's name: absolute, in lower case. */
  readonly zone: string;
  readonly key: string;
  /** Names at or below which records may be changed; absent: all of the zone. */
  readonly below?: readonly string[];
  /** Numbers of types that may be changed; absent: all but those that are the platform's. */
  readonly types?: readonly number[];
}

/** Everything that control is configured with. */
export interface ControlConfig {
  readonly profile: ControlProfile;
  /** The program's version, for `status`. */
  readonly version: string;
  /** Keys of the API by the name of their bearer. */
  readonly keys: readonly { readonly actor: string; readonly key: string }[];
  /** Values of the Host field that are served: `127.0.0.1:7700`, `localhost:7700`. */
  readonly allowedHosts: readonly string[];
  /** Values of the Origin field that are served; a request without the field is served too. */
  readonly allowedOrigins: readonly string[];
  /** What the resolver does with names outside the private tree. */
  readonly outside: Pick<OutsideObject, "policy" | "forwarders">;
  /** Where to look, for `status`. */
  readonly places: readonly { readonly title: string; readonly at: string }[];
  /** Region of resources that have one. */
  readonly region: string;
  /** How zones are signed for which nobody has said it, and whether root and top-level domains are; absent: nothing is signed. */
  readonly signing?: ZoneSigning;
  /** Who may change zones by DNS UPDATE; absent: nobody. */
  readonly updates?: readonly ZoneUpdateRule[];
  /** What certificates for DNS over TLS and HTTPS are issued for; absent: nothing. */
  readonly nameServices?: readonly NameService[];
  /** The zones that name servers of others are given (undefined: all), which cannot have compact denial; absent: none. */
  readonly secondaries?: readonly (string | undefined)[];
  /** False where metrics are not collected each minute, but when they are asked for. */
  readonly collectsMetrics?: boolean;
}

/** The hosts of a group of listeners. Throws a RangeError where the profile has no such group. */
export function hostsOf(profile: ControlProfile, group: string): ControlProfile["groups"][number]["hosts"] {
  const found = profile.groups.find((candidate) => candidate.group === group);
  if (!found) throw new RangeError(`Cannot find group "${group}": the profile has none`);
  return found.hosts;
}

/** The name-server set that new zones get. */
export function defaultSet(profile: ControlProfile): string {
  const set = profile.groups.find(({ group }) => group !== "root" && group !== "tlds");
  if (!set) throw new RangeError("Cannot find a name-server set: the profile has none");
  return set.group;
}
