// The way down from a trust anchor to the zone that a name is in (RFC 4035 section 5.2): DS and DNSKEY at each cut, or the proof that there is none.
// A machine without a network: each step that needs a DS or DNSKEY RRset yields the question and is given what was found.

import { type Name, RrType } from "#wire";
import { nearestAnchor } from "./anchors.ts";
import { DenialProof } from "./denial-proof.ts";
import {
  bogus,
  describe,
  text,
  tooManyRounds,
  type TrustAnchor,
  type TrustContext,
  type TrustReason,
  type TrustSteps,
  type ZoneTrust,
} from "./trust.ts";
import { signerOf, verify, verifyLinks } from "./trusted-rrsets.ts";
import { keysByDs, readKeys, verifyRrset } from "./verify.ts";

/** Seconds that a bogus zone is remembered: a repair is noticed soon, and until then nobody is asked for each name in it. */
const bogusSeconds = 5;
/** Tries of one step down: what was known, what one server says, and what another one says. */
const maxTries = 3;
/** Seconds that an anchor is good for: until somebody configures another one. */
const anchorSeconds = 86_400;

/** The trust in the zone of an apex that something is signed by. */
export function* zoneTrust(apex: Name, context: TrustContext): TrustSteps<ZoneTrust> {
  const known = context.get(apex);
  const anchor = nearestAnchor(apex, context);
  if (known || !anchor || anchor.zone.equals(apex)) return known ?? (yield* walkDown(apex, context));
  // Names between two cuts need not be asked for where the DS says itself who signed it.
  const found = yield { name: apex, type: RrType.DS, isFresh: false };
  const parent = found.kind === "answer" ? signerOf(found.rrset) : undefined;
  if (!parent || !parent.isSubdomainOf(anchor.zone)) return yield* walkDown(apex, context);
  const above = yield* zoneTrust(parent, context);
  if (above.kind !== "secure" || !above.zone.equals(parent)) return yield* walkDown(apex, context);
  return yield* stepDown(above, apex, context);
}

/** The trust in the zone that a name is in, from the nearest anchor down, label by label. */
export function* walkDown(name: Name, context: TrustContext): TrustSteps<ZoneTrust> {
  const anchor = nearestAnchor(name, context);
  if (!anchor) return { kind: "insecure" };
  let at = name;
  let trust: ZoneTrust | undefined;
  for (; at.labelCount >= anchor.zone.labelCount; at = at.parent() ?? at) {
    trust = context.get(at);
    if (trust || at.labelCount === anchor.zone.labelCount) break;
  }
  trust ??= yield* fromAnchor(anchor, context);
  for (let labels = at.labelCount + 1; trust.kind === "secure" && labels <= name.labelCount; labels++)
    trust = yield* stepDown(trust, name.slice(name.labelCount - labels), context);
  return trust;
}

/** The keys of a zone that an anchor vouches for. */
function* fromAnchor({ zone, ds }: TrustAnchor, context: TrustContext): TrustSteps<ZoneTrust> {
  return yield* severalTimes(zone, context, (isFresh) => keysOf(zone, ds, anchorSeconds, isFresh, context));
}

/** One label down from a zone: to a zone below it, to one that is not signed, or to a name that is in the same zone still. */
function* stepDown(
  above: Extract<ZoneTrust, { kind: "secure" }>,
  name: Name,
  context: TrustContext,
): TrustSteps<ZoneTrust> {
  const known = context.get(name);
  if (known) return known;
  return yield* severalTimes(name, context, (isFresh) => delegation(above, name, isFresh, context));
}

interface Found {
  readonly trust: ZoneTrust;
  readonly ttl: number;
}

/** What does not fit may be of before a change, or of one bad server: it is asked for again. What comes of it is kept. */
function* severalTimes(
  name: Name,
  context: TrustContext,
  once: (isFresh: boolean) => TrustSteps<Found>,
): TrustSteps<ZoneTrust> {
  let found = yield* once(false);
  for (let tries = 1; tries < maxTries && found.trust.kind === "bogus"; tries++) found = yield* once(true);
  const { trust, ttl } = found;
  context.put(name, trust, trust.kind === "bogus" ? bogusSeconds : ttl);
  return trust;
}

function* delegation(
  above: Extract<ZoneTrust, { kind: "secure" }>,
  name: Name,
  isFresh: boolean,
  context: TrustContext,
): TrustSteps<Found> {
  const found = yield { name, type: RrType.DS, isFresh };
  switch (found.kind) {
    case "failed":
      return failed("no-answer", `nobody answers for the DS of ${text(name)}`);
    case "alias": {
      // An alias is no apex: the name is in the zone above.
      const verdict = verify(found.rrset, above, context);
      return verdict.isSecure
        ? { trust: above, ttl: verdict.ttl }
        : failed(verdict.reason, describe(found.rrset));
    }
    case "answer": {
      const verdict = verify(found.rrset, above, context);
      if (!verdict.isSecure) return failed(verdict.reason, describe(found.rrset));
      if (verdict.wildcard) return failed("wrong", `the DS of ${text(name)} is a wildcard's`);
      return yield* keysOf(name, found.rrset.rdata, verdict.ttl, isFresh, context);
    }
    case "negative": {
      const { links, ttl, problem } = verifyLinks(found.authority, above, context);
      const said = new DenialProof(above.zone, links).cut(name);
      switch (said) {
        case "no-cut":
          return { trust: above, ttl };
        case "insecure":
          return { trust: { kind: "insecure" }, ttl };
        case "too-many-rounds":
          return { trust: { kind: "insecure", reason: tooManyRounds(above.zone) }, ttl };
        case "unproven":
          return problem
            ? { trust: problem, ttl: bogusSeconds }
            : failed("no-denial", `no proof that ${text(name)} has no DS`);
      }
    }
  }
}

/** The keys of a zone that DS records vouch for. */
function* keysOf(
  zone: Name,
  ds: readonly Uint8Array[],
  dsTtl: number,
  isFresh: boolean,
  context: TrustContext,
): TrustSteps<Found> {
  const { believesSha1 = false } = context.work;
  if (keysByDs(zone, ds, [], believesSha1).hasUnknownOnly) {
    // RFC 4035 section 5.2: what nobody can look at is as if it were not signed.
    const reason: TrustReason = {
      code: "unknown-algorithm",
      text: `${text(zone)} is signed with nothing that is known here`,
    };
    return { trust: { kind: "insecure", reason }, ttl: dsTtl };
  }
  const found = yield { name: zone, type: RrType.DNSKEY, isFresh };
  if (found.kind !== "answer") return failed("no-dnskey", `${text(zone)} gives no DNSKEY`);
  const { rrset } = found;
  const vouched = keysByDs(zone, ds, rrset.rdata, believesSha1).keys;
  if (vouched.length === 0) return failed("no-dnskey", `no DNSKEY of ${text(zone)} has the parent's DS`);
  const verdict = verifyRrset(rrset, rrset.signatures, zone, vouched, context.now, context.work);
  if (!verdict.isSecure) return failed(verdict.reason, describe(rrset));
  if (verdict.wildcard || !rrset.owner.equals(zone)) return failed("wrong", describe(rrset));
  const keys = readKeys(rrset.rdata, believesSha1);
  return { trust: { kind: "secure", zone, keys }, ttl: Math.min(dsTtl, verdict.ttl) };
}

function failed(code: TrustReason["code"], words: string): Found {
  return { trust: bogus(code, words), ttl: bogusSeconds };
}
