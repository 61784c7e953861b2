// What the names role does with secondaries outside of the platform: gives them zones, and tells them of new versions. Who they are is said
// when the platform is started; the zones are control's alone, and nobody else changes them.

import { PlatformError } from "#contract/plain";
import type { ZoneUpdateRule } from "#control";
import type { OnlineSigner } from "#dnssec";
import { endpoint, isIpv4, isLoopback, parseAddress } from "#engine";
import { NodeDriver, systemRandom } from "#reactor";
import {
  type AccessRule,
  type ForwardedUpdate,
  KeyRing,
  parseTsigKeys,
  type Peer,
  type UpdateAnswer,
  type ZonePolicy,
} from "#transfer";
import { Name } from "#wire";
import { type PolicyBoard, withSnapshot, type ZoneImage } from "#zone";
import { RefusalRate } from "./refusal-rate.ts";
import { readInputFile } from "./input-file.ts";
import { makeGroupEngines } from "./make-names-engines.ts";
import type { ListenerGroup } from "./profile.ts";
import { ZoneTransfers } from "./zone-transfers.ts";

/** Who may have zones. All that is said must match. */
export interface TransferAccess {
  /** The zone it is about; absent: all. */
  readonly zone?: string;
  readonly address?: string;
  /** Bits of the address that count; absent: all. */
  readonly bits?: number;
  readonly key?: string;
  /** Over TLS only (RFC 9103). */
  readonly isPrivate?: boolean;
}

/** A server that is told of new versions. */
export interface TransferPeer {
  /** The zone it is about; absent: all. */
  readonly zone?: string;
  readonly address: string;
  readonly port: number;
  readonly key?: string;
}

/** What a platform does with secondaries that are not its own. */
export interface PlatformTransfers {
  /** The file that keys stand in, absolute. Each process that needs them reads it by itself. */
  readonly keyFile?: string;
  readonly allow: readonly TransferAccess[];
  readonly notify: readonly TransferPeer[];
  /** Who may change zones by DNS UPDATE. Control makes changes of what they send. Absent: nobody. */
  readonly update?: readonly ZoneUpdateRule[];
}

/** The zones that other servers are given, in the form that control has names in; undefined stands for all. */
export function zonesGivenTo({ allow, notify }: PlatformTransfers): (string | undefined)[] {
  return [...allow, ...notify].map(({ zone }) => (zone === undefined ? undefined : zone.toLowerCase()));
}

/** Makes what transfers the zones of an image. Throws where keys cannot be read, or one that is named is not there. */
export function makePlatformTransfers(
  { keyFile, allow, notify, update = [] }: PlatformTransfers,
  groups: readonly ListenerGroup[],
  zones: ZoneImage,
  signing: OnlineSigner,
  board: PolicyBoard,
  log: (details: object, text: string) => void,
  forwardUpdate: (update: ForwardedUpdate) => Promise<UpdateAnswer>,
  journalPath: string,
): ZoneTransfers {
  const keys = keyFile === undefined ? [] : parseTsigKeys(readKeys(keyFile), keyFile);
  const ring = new KeyRing(keys);
  const clock = new NodeDriver();
  const refusals = new RefusalRate(() => clock.now().monotonic);
  const keyOf = (text: string): NonNullable<Peer["key"]> => {
    const key = ring.find(nameOf(text));
    if (!key)
      throw new PlatformError("tsig-key-malformed", `Cannot transfer zones: there is no key "${text}"`);
    return key;
  };
  const rules = allow.map(({ zone, address, bits, key, isPrivate }) => ({
    zone: zone === undefined ? undefined : nameOf(zone),
    rule: {
      ...(address === undefined ? {} : { network: networkOf(address, bits) }),
      ...(key === undefined ? {} : { key: keyOf(key).name }),
      ...(isPrivate === true ? { isPrivate } : {}),
    } satisfies AccessRule,
  }));
  const peers = notify.map(({ zone, address, port, key }) => ({
    zone: zone === undefined ? undefined : nameOf(zone),
    peer: { at: endpoint(address, port), ...(key === undefined ? {} : { key: keyOf(key) }) } satisfies Peer,
  }));
  const engines = makeGroupEngines(zones, groups, {
    report: () => {},
    signing,
    policies: { board, random: systemRandom },
  });
  const transfers = new ZoneTransfers({
    zones,
    random: systemRandom,
    now: () => clock.now(),
    engineOf: (group) => engines.find((one) => one.group === group)?.datagram,
    defaultPolicy: (apex): ZonePolicy => {
      const isOf = ({ zone }: { readonly zone: Name | undefined }): boolean =>
        zone === undefined || zone.equals(apex);
      // Who was given it without the keys could not answer for it (RFC 9824).
      if (signing.find(apex.octets, 0) >= 0) return { transfer: [], notify: [], update: [] };
      const from = sourceOf(apex, groups, zones);
      return {
        transfer: rules.filter(isOf).map(({ rule }) => rule),
        notify: peers.filter(isOf).map(({ peer }) => withSource(peer, from)),
        update: [],
        forwardsUpdates: update.length > 0,
      };
    },
    forwardUpdate,
    journal: { path: journalPath, log: (text) => log({}, text) },
    onTransaction: ({ what, zone, key, rcode }) => {
      const leftOut = refusals.count(rcode);
      if (leftOut === undefined) return;
      const more = leftOut > 0 ? { leftOut } : {};
      log({ what, zone, key, rcode, ...more }, "a message of another server");
    },
  });
  transfers.keys.replace(keys);
  return transfers;
}

/** The address that the first of a zone's name servers has: others know it by that. */
function sourceOf(apex: Name, groups: readonly ListenerGroup[], zones: ZoneImage): Uint8Array | undefined {
  const own = withSnapshot(zones, (snapshot) => groups.find(({ group }) => snapshot.has(apex, group)));
  const address = own?.hosts[0]?.addresses[0];
  return address === undefined ? undefined : parseAddress(address);
}

/** From a loopback address nobody else is reached. */
function withSource(peer: Peer, from: Uint8Array | undefined): Peer {
  const to = peer.at.address;
  return from && isIpv4(from) === isIpv4(to) && isLoopback(from) === isLoopback(to)
    ? { ...peer, from }
    : peer;
}

function networkOf(text: string, bits: number | undefined): NonNullable<AccessRule["network"]> {
  const { address } = endpoint(text, 0);
  return { address, bits: bits ?? (isIpv4(address) ? 32 : 128) };
}

/** Octets of a file of keys, at most. */
const maxKeyFileOctets = 1 << 20;

function readKeys(path: string): string {
  try {
    return readInputFile(path, maxKeyFileOctets).toString("utf8");
  } catch (cause) {
    const { code = "it cannot be read" } = cause as NodeJS.ErrnoException;
    throw new PlatformError("path-unusable", `Cannot read keys of "${path}": ${code}`, { cause });
  }
}

function nameOf(text: string): Name {
  const parsed = Name.parse(text, Name.root);
  if (parsed.ok) return parsed.value;
  throw new PlatformError("name-malformed", `Cannot transfer zones: "${text}" is no domain name`);
}
