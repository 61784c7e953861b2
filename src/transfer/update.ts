// DNS UPDATE (RFC 2136) of a zone that is held here: who may change it, by address and key. What a message then comes to is decided in
// src/zone/update.ts.

import type { MessageTransport } from "#engine";
import { type Message, type Name, Rcode, RrType, type TsigKey } from "#wire";
import {
  decideUpdateOf,
  findRrset,
  type UpdateOutcome,
  type UpdateScope,
  type ZoneChange,
  type ZoneSnapshot,
  keyTypes,
  madeTypes,
} from "#zone";
import { type AccessRule, isAllowed } from "./access.ts";

/** Lets some change some of a zone. */
export interface UpdateRule extends UpdateScope {
  readonly who: AccessRule;
}

/** What an update is decided by. */
export interface UpdateContext {
  readonly apex: Name;
  readonly snapshot: ZoneSnapshot;
  readonly rules: readonly UpdateRule[];
  readonly from: Uint8Array;
  readonly key: TsigKey | undefined;
  readonly transport: MessageTransport;
  /** Since 1970, for the serial. */
  readonly seconds: number;
  /** Whether what changes is signed here (RFC 3007 section 4.3); absent: a signed zone is changed by nobody. */
  readonly isSignedHere?: boolean;
}

/** What comes of an update, and in words why it is refused, where the code does not say it. */
export type UpdateDecision = UpdateOutcome & { readonly reason?: string };

/** Decides an update. */
export function decideUpdate(message: Message, context: UpdateContext): UpdateDecision {
  const { rules, from, key, transport, apex, snapshot, seconds, isSignedHere = false } = context;
  const own = rules.filter(({ who }) => isAllowed([who], from, key, transport));
  if (own.length === 0) return { rcode: Rcode.REFUSED };
  const isMade = (owner: Name, type: number): boolean =>
    isSignedHere && (madeTypes.has(type) || (keyTypes.has(type) && owner.equals(apex)));
  const view = {
    apex,
    at: (owner: Name) => snapshot.at(apex, owner).filter(({ type }) => !isMade(owner, type)),
  };
  const outcome = decideUpdateOf(message, view, own, seconds);
  if (outcome.rcode !== Rcode.NOERROR) return outcome;
  if (message.authority.some(({ name, type }) => isMade(name, type)))
    return { rcode: Rcode.REFUSED, reason: "the zone's keys and signatures are made here" };
  // RFC 3007 section 4.3: who changes a signed zone signs it.
  if (!isSignedHere && findRrset(snapshot, apex, apex, RrType.DNSKEY))
    return { rcode: Rcode.REFUSED, reason: "the zone is signed, and its keys are not here" };
  return withoutStaleDigest(outcome, context);
}

/**
 * A change with the zone's digest taken away (ZONEMD, RFC 8976), unless it brings one: of another version it says that the zone is not what its owner
 * published, and a secondary that looks takes over none that follows.
 */
function withoutStaleDigest(outcome: UpdateOutcome, { apex, snapshot }: UpdateContext): UpdateOutcome {
  const { change } = outcome;
  const isDigest = (it: ZoneChange["put"][number] | ZoneChange["remove"][number]): boolean =>
    it.kind === "rrset" && it.type === RrType.ZONEMD && it.owner.equals(apex);
  if (!change || !findRrset(snapshot, apex, apex, RrType.ZONEMD)) return outcome;
  if (change.put.some(isDigest) || change.remove.some(isDigest)) return outcome;
  const digest = { kind: "rrset", apex, owner: apex, type: RrType.ZONEMD } as const;
  return { rcode: Rcode.NOERROR, change: { ...change, remove: [...change.remove, digest] } };
}
