// The chain of trust (RFC 4035 section 5): whether what a server said of a name is secure, insecure or bogus, from trust anchors down. A
// machine without a network: each step that needs a DS or DNSKEY RRset yields the question and is given what was found.

import { decodeRdata, type Name, RrType, typeName } from "#wire";
import { DenialProof } from "./denial-proof.ts";
import type { PublicKey } from "./key.ts";
import type { SignedRrset } from "./sign-zone.ts";
import { keysByDs, readKeys, type RrsetVerdict, verifyRrset, type VerifyWork } from "./verify.ts";

/** A question on the way down. */
export interface TrustQuestion {
  readonly name: Name;
  readonly type: typeof RrType.DS | typeof RrType.DNSKEY;
  /** Whether servers must be asked, because what was known before did not fit. */
  readonly isFresh: boolean;
}

/** What was found for a question, as it came. */
export type TrustFound =
  | { readonly kind: "answer"; readonly rrset: SignedRrset }
  /** An alias stands at the name. */
  | { readonly kind: "alias"; readonly rrset: SignedRrset }
  | { readonly kind: "negative"; readonly authority: readonly SignedRrset[] }
  | { readonly kind: "failed" };

/** Why something is bogus, or is insecure though its zone is signed. */
export interface TrustReason {
  readonly code:
    | Extract<RrsetVerdict, { isSecure: false }>["reason"]
    | "no-dnskey"
    | "no-denial"
    | "no-answer"
    | "opt-out"
    | "negative-anchor"
    | "too-many-rounds"
    | "unknown-algorithm"
    | "unknown-digest";
  /** In words, with the name that it is about. */
  readonly text: string;
}

/** What is known of the zone that a name is in. */
export type ZoneTrust =
  | { readonly kind: "secure"; readonly zone: Name; readonly keys: readonly PublicKey[] }
  | { readonly kind: "insecure"; readonly reason?: TrustReason }
  | { readonly kind: "bogus"; readonly reason: TrustReason };

/** What came of validating. The TTL in seconds is the most that what was validated may be kept for. */
export type Judgement =
  | { readonly kind: "secure"; readonly ttl: number }
  | { readonly kind: "insecure"; readonly reason?: TrustReason }
  | { readonly kind: "bogus"; readonly reason: TrustReason };

/** A zone whose keys are trusted from the start. */
export interface TrustAnchor {
  readonly zone: Name;
  /** RDATA of DS records. */
  readonly ds: readonly Uint8Array[];
}

/** What validating needs besides. */
export interface TrustContext {
  readonly anchors: readonly TrustAnchor[];
  /** Names at and below which nothing is validated, but below an anchor that lies deeper (RFC 7646 section 2). */
  readonly negativeAnchors?: readonly Name[];
  /** Seconds since 1970. */
  readonly now: number;
  /** What is left of the checks for the whole query. */
  readonly work: VerifyWork;
  /** What was found before, by name of the zone cut or of a name that is none. */
  get(name: Name): ZoneTrust | undefined;
  /** Keeps it, for no longer than this many seconds. */
  put(name: Name, trust: ZoneTrust, ttl: number): void;
  /** Forgets what was found of a zone, unless that was a moment ago; @returns whether it did. */
  forget(zone: Name): boolean;
}

/** A part of the work: yields questions, is given what was found, ends with `T`. */
export type TrustSteps<T> = Generator<TrustQuestion, T, TrustFound>;

/** Most signature checks for all that one query needs: an answer of eight aliases, each in zones of their own five cuts deep, takes 120. */
export const maxChecksPerQuery = 200;

/** Seconds that a bogus zone is remembered: a repair is noticed soon, and until then nobody is asked for each name in it. */
const bogusSeconds = 5;
/** Tries of one step down: what was known, what one server says, and what another one says. */
const maxTries = 3;
/** Seconds that an anchor is good for: until somebody configures another one. */
const anchorSeconds = 86_400;

/**
 * Validates an RRset of an answer.
 * @param proof  NSEC and NSEC3 RRsets that came along, for an RRset that a wildcard gave
 */
export function* judgeRrset(
  rrset: SignedRrset,
  proof: readonly SignedRrset[],
  context: TrustContext,
): TrustSteps<Judgement> {
  return yield* withFreshKeys(signerOf(rrset), context, () => judgeRrsetOnce(rrset, proof, context));
}

function* judgeRrsetOnce(
  rrset: SignedRrset,
  proof: readonly SignedRrset[],
  context: TrustContext,
): TrustSteps<Judgement> {
  const off = unvalidated(rrset.owner, context);
  if (off) return off;
  const signer = signerOf(rrset);
  const trust = yield* trustOf(rrset, signer, context);
  if (trust.kind !== "secure") return trust;
  const verdict = verify(rrset, trust, context);
  if (!verdict.isSecure) return bogus(verdict.reason, describe(rrset));
  if (!verdict.wildcard) return { kind: "secure", ttl: verdict.ttl };
  const encloser = verdict.wildcard.slice(1);
  const { links, ttl } = verifyLinks(proof, trust, context);
  const said = new DenialProof(trust.zone, links).wildcard(rrset.owner, encloser);
  return judge(said, Math.min(ttl, verdict.ttl), `no proof that the wildcard is for ${text(rrset.owner)}`);
}

/**
 * Validates a negative answer.
 * @param authority  its SOA, NSEC and NSEC3 RRsets
 */
export function* judgeNegative(
  name: Name,
  type: number,
  isNxdomain: boolean,
  authority: readonly SignedRrset[],
  context: TrustContext,
): TrustSteps<Judgement> {
  const soa = authority.find((rrset) => rrset.type === RrType.SOA);
  const lead = authority.find((rrset) => isLink(rrset) && signerOf(rrset)) ?? soa;
  const signer = lead && signerOf(lead);
  // A zone says nothing of the DS at its own apex: its parent does (RFC 6840 section 4.1).
  const isOwnDs = type === RrType.DS && !name.isRoot && signer?.equals(name) === true;
  return yield* withFreshKeys(signer, context, () =>
    judgeNegativeOnce({ name, type, isNxdomain, authority }, isOwnDs ? undefined : signer, context),
  );
}

interface Denied {
  readonly name: Name;
  readonly type: number;
  readonly isNxdomain: boolean;
  readonly authority: readonly SignedRrset[];
}

function* judgeNegativeOnce(
  { name, type, isNxdomain, authority }: Denied,
  signer: Name | undefined,
  context: TrustContext,
): TrustSteps<Judgement> {
  const off = unvalidated(name, context);
  if (off) return off;
  const trust = yield* trustOf({ owner: name, type }, signer, context);
  if (trust.kind !== "secure") return trust;
  if (!signer) return bogus("no-denial", `${text(name)} is denied without proof`);
  const soa = authority.find((rrset) => rrset.type === RrType.SOA);
  const soaVerdict = soa && verify(soa, trust, context);
  if (soaVerdict && !soaVerdict.isSecure) return bogus(soaVerdict.reason, describe(soa));
  const { links, ttl, problem } = verifyLinks(authority, trust, context);
  const proof = new DenialProof(trust.zone, links);
  const said = isNxdomain ? proof.nxdomain(name) : proof.nodata(name, type);
  if (said === "unproven" && problem) return problem;
  return judge(said, Math.min(ttl, soaVerdict?.ttl ?? ttl), `no proof that ${text(name)} is not there`);
}

/** What does not fit keys that were known may fit those that the zone has by now. */
function* withFreshKeys(
  signer: Name | undefined,
  context: TrustContext,
  once: () => TrustSteps<Judgement>,
): TrustSteps<Judgement> {
  const first = yield* once();
  return first.kind === "bogus" && signer && context.forget(signer) ? yield* once() : first;
}

/** The trust that an RRset is under: that of its signer, or where nobody signed it, of the zone that it must be in. */
function* trustOf(
  rrset: Pick<SignedRrset, "owner" | "type">,
  signer: Name | undefined,
  context: TrustContext,
): TrustSteps<ZoneTrust> {
  if (signer) {
    const trust = yield* zoneTrust(signer, context);
    if (trust.kind !== "secure" || trust.zone.equals(signer)) return trust;
    return bogus("no-dnskey", `${text(rrset.owner)} is signed by ${text(signer)}, which is no zone`);
  }
  const at = rrset.type === RrType.DS ? (rrset.owner.parent() ?? rrset.owner) : rrset.owner;
  const trust = yield* walkDown(at, context);
  return trust.kind === "secure" ? bogus("no-signature", describe(rrset)) : trust;
}

/** The trust in the zone of an apex that something is signed by. */
function* zoneTrust(apex: Name, context: TrustContext): TrustSteps<ZoneTrust> {
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
function* walkDown(name: Name, context: TrustContext): TrustSteps<ZoneTrust> {
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

function verify(
  rrset: SignedRrset,
  { zone, keys }: Extract<ZoneTrust, { kind: "secure" }>,
  { now, work }: TrustContext,
): RrsetVerdict {
  return verifyRrset(rrset, rrset.signatures, zone, keys, now, work);
}

/** The links of a chain among RRsets whose signatures hold. `problem` is why the first that does not hold is left out. */
function verifyLinks(
  rrsets: readonly SignedRrset[],
  trust: Extract<ZoneTrust, { kind: "secure" }>,
  context: TrustContext,
): {
  readonly links: readonly SignedRrset[];
  readonly ttl: number;
  readonly problem?: Extract<Judgement, { kind: "bogus" }>;
} {
  const links: SignedRrset[] = [];
  let ttl = Number.POSITIVE_INFINITY;
  let problem: Extract<Judgement, { kind: "bogus" }> | undefined;
  for (const rrset of rrsets) {
    if (!isLink(rrset)) continue;
    const verdict = verify(rrset, trust, context);
    // A link that a wildcard gave says nothing of the names about it.
    if (!verdict.isSecure) problem ??= bogus(verdict.reason, describe(rrset));
    else if (!verdict.wildcard) {
      links.push(rrset);
      ttl = Math.min(ttl, verdict.ttl);
    }
  }
  return { links, ttl: Number.isFinite(ttl) ? ttl : 0, ...(problem ? { problem } : {}) };
}

function judge(said: ReturnType<DenialProof["nodata"]>, ttl: number, unproven: string): Judgement {
  switch (said) {
    case "proven":
      return { kind: "secure", ttl };
    case "opt-out":
      return { kind: "insecure", reason: { code: "opt-out", text: "the proof leaves unsigned zones out" } };
    case "too-many-rounds":
      return { kind: "insecure", reason: tooManyRounds() };
    case "unproven":
      return bogus("no-denial", unproven);
  }
}

function tooManyRounds(zone?: Name): TrustReason {
  const where = zone ? ` in ${text(zone)}` : "";
  return { code: "too-many-rounds", text: `names are hashed more often than is believed${where}` };
}

/** Who signed an RRset: one that can have, at or above its owner, and for DS above. */
function signerOf({ owner, type, signatures }: SignedRrset): Name | undefined {
  let best: Name | undefined;
  for (const rdata of signatures) {
    const decoded = decodeRdata(RrType.RRSIG, rdata);
    if (!decoded.ok) continue;
    const { signersName } = decoded.value;
    if (!owner.isSubdomainOf(signersName)) continue;
    if (type === RrType.DS && !owner.isRoot && signersName.equals(owner)) continue;
    // The lowest of them: where a cut has been put between, signatures of above are of before.
    if (!best || signersName.labelCount > best.labelCount) best = signersName;
  }
  return best;
}

function nearestAnchor(name: Name, { anchors }: TrustContext): TrustAnchor | undefined {
  let nearest: TrustAnchor | undefined;
  for (const anchor of anchors) {
    if (!name.isSubdomainOf(anchor.zone)) continue;
    if (!nearest || anchor.zone.labelCount > nearest.zone.labelCount) nearest = anchor;
  }
  return nearest;
}

/**
 * The judgement of what is said of a name that is not to be validated. It goes by the name and not by who signed: a signature that does not
 * hold is what nobody is to look at.
 */
function unvalidated(name: Name, context: TrustContext): Judgement | undefined {
  let nearest: Name | undefined;
  for (const anchor of context.negativeAnchors ?? []) {
    if (!name.isSubdomainOf(anchor)) continue;
    if (!nearest || anchor.labelCount > nearest.labelCount) nearest = anchor;
  }
  if (!nearest) return undefined;
  const above = nearestAnchor(name, context);
  if (above && above.zone.labelCount > nearest.labelCount) return undefined;
  const reason: TrustReason = {
    code: "negative-anchor",
    text: `nothing at or below ${text(nearest)} is validated: a negative trust anchor is there`,
  };
  return { kind: "insecure", reason };
}

function isLink({ type }: SignedRrset): boolean {
  return type === RrType.NSEC || type === RrType.NSEC3;
}

function bogus(code: TrustReason["code"], words: string): Extract<Judgement, { kind: "bogus" }> {
  return { kind: "bogus", reason: { code, text: words } };
}

function failed(code: TrustReason["code"], words: string): Found {
  return { trust: bogus(code, words), ttl: bogusSeconds };
}

function describe({ owner, type }: Pick<SignedRrset, "owner" | "type">): string {
  return `${text(owner)} ${typeName(type)}`;
}

function text(name: Name): string {
  return `"${name.toString()}"`;
}
