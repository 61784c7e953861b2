// What a name server that stands alone is given: zones, catalogs, keys, where it listens; and what it is while it runs.

import type { Counters, RoleDriver } from "#contract";
import { formatAddress, isIpv4, isLoopback, parseAddress } from "#engine";
import type { Peer, ZonePolicy } from "#transfer";
import type { Name, TsigKey } from "#wire";
import type { LoadedZone, ZoneFeed } from "#zone";
import type { DriverName } from "./driver-choice.ts";
import type { SignedZonePlan } from "./signed-zones.ts";
import type { PrivateListen, ServedTls } from "./standalone-tls.ts";
import type { WatchPlan } from "./watch-plan.ts";

/** Id of the one listener group of a name server that stands alone. */
export const onlyGroup = "all";
/** The groups of every zone: one list for all, of which there may be a hundred thousand. */
export const inOnlyGroup: readonly string[] = [onlyGroup];

/** A zone to be served. */
export interface ServedZone {
  readonly apex: Name;
  /** Gives its records; absent: it comes from the primaries that its policy names. */
  readonly feed?: ZoneFeed;
  /** Looks at what was given, before it is in force. What it throws is thrown on. */
  readonly check?: (zone: LoadedZone) => void;
  readonly policy: ZonePolicy;
  /** How it is signed here; absent: it is served as it comes. */
  readonly signing?: SignedZonePlan;
}

/** A catalog zone (RFC 9432). */
export type ServedCatalog =
  /** Made here: all zones that are served are its members, but for catalogs. */
  | { readonly role: "made"; readonly apex: Name; readonly policy: ZonePolicy }
  /** Comes from primaries, and so do its members. */
  | {
      readonly role: "followed";
      readonly apex: Name;
      readonly policy: ZonePolicy;
      /** What is agreed on for a member, its primaries those of the catalog. */
      readonly memberPolicy: (zone: Name) => ZonePolicy;
    };

/** All that is to be served, as it was read just now. */
export interface ServedZones {
  readonly zones: readonly ServedZone[];
  readonly catalogs?: readonly ServedCatalog[];
  readonly keys: readonly TsigKey[];
  /** For listeners over TLS and HTTPS; absent: there are none. */
  readonly tls?: ServedTls;
}

/** How a name server is started. */
export interface NameServerOptions extends PrivateListen {
  readonly listen: readonly { readonly address: string; readonly port: number }[];
  /** Reads what is to be served; called again by `reload`. What it throws keeps what was served before. */
  readonly load: () => ServedZones;
  readonly driver?: DriverName;
  /** Threads that answer, on the linux driver; 1 where absent. */
  readonly workers?: number;
  /** Folder that zones of primaries, and what UPDATE changes, are kept in; absent: they are not kept. */
  readonly folder?: string;
  /** Folder that compiled code is kept in. */
  readonly cache: string;
  /** What is watched of queries; absent: nothing. */
  readonly watch?: WatchPlan;
  /** Told what happens, in a sentence. */
  readonly log: (text: string) => void;
  /** A worker has ended: nobody is served any more by it. */
  readonly failed: (error: Error) => void;
}

/** A name server that runs. */
export interface RunningNameServer {
  readonly driver: RoleDriver;
  /** Where it listens. */
  readonly listeners: readonly {
    readonly transport: "udp" | "tcp";
    readonly address: string;
    readonly port: number;
  }[];
  /** Reads all again. Throws what `load` throws; what was served before is served on then. */
  reload(): void;
  /** Opens files anew that somebody has moved away. */
  reopen(): void;
  counters(): Promise<Counters>;
  /** Takes nothing new, finishes what is under way, and ends. */
  stop(): Promise<void>;
}

/** The policy with peers that are spoken to from where this server answers: they know it by that address. */
export function withSource(policy: ZonePolicy, listen: NameServerOptions["listen"]): ZonePolicy {
  if (policy.notify.length === 0 && !policy.primaries) return policy;
  const own = listen
    .flatMap(({ address }) => parseAddress(address) ?? [])
    .filter((address) => !isUnspecified(address));
  const spokenTo = (peer: Peer): Peer => {
    const to = peer.at.address;
    // From a loopback address nobody else is reached.
    const from = own.find(
      (address) => isIpv4(address) === isIpv4(to) && isLoopback(address) === isLoopback(to),
    );
    return from && peer.from === undefined ? { ...peer, from } : peer;
  };
  return {
    ...policy,
    notify: policy.notify.map(spokenTo),
    ...(policy.primaries ? { primaries: policy.primaries.map(spokenTo) } : {}),
  };
}

/** Tells whether an address stands for all of its family. */
function isUnspecified(address: Uint8Array): boolean {
  return ["0.0.0.0", "::"].includes(formatAddress(address));
}
