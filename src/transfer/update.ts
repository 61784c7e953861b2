// DNS UPDATE (RFC 2136) of a zone that is held here: who may change it, by address and key. What a message then comes to is decided in
// src/zone/update.ts.

import type { MessageTransport } from "#engine";
import { type Message, type Name, Rcode, RrType, type TsigKey } from "#wire";
import { decideUpdateOf, findRrset, type UpdateOutcome, type UpdateScope, type ZoneSnapshot } from "#zone";
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
}

/** Decides an update. */
export function decideUpdate(message: Message, context: UpdateContext): UpdateOutcome {
  const { rules, from, key, transport, apex, snapshot, seconds } = context;
  const own = rules.filter(({ who }) => isAllowed([who], from, key, transport));
  if (own.length === 0) return { rcode: Rcode.REFUSED };
  const outcome = decideUpdateOf(message, { apex, at: (owner) => snapshot.at(apex, owner) }, own, seconds);
  // RFC 3007 section 4.3: who changes a signed zone signs it. That is not done here.
  if (outcome.rcode === Rcode.NOERROR && findRrset(snapshot, apex, apex, RrType.DNSKEY))
    return { rcode: Rcode.REFUSED };
  return outcome;
}
