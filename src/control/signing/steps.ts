// What is next for a signed zone, as a function of its fact and the time (RFC 7583): when its keys change their places, when its parent vouches
// for which of them, when it is signed no more. Nothing is remembered, so a control that was away goes on where it stood.

import { formatBase64 } from "#wire";
import type { SignedDenial, ZoneKey, ZoneSigningFact } from "./facts.ts";
import type { ZoneKeys } from "./keys.ts";
import { dsRdataOf, vouchedKeys } from "./publish-signing.ts";

/** Days that keys sign before they are rolled by themselves. */
const lifetimeDays: Readonly<Record<ZoneKey["role"], number>> = { ksk: 365, zsk: 90 };
/** Milliseconds that are waited beside what follows from TTLs: for clocks, and for servers and caches that are late. */
const marginMs = 300_000;
/** The root's next key is shown this long before it signs alone, for resolvers elsewhere that follow it (RFC 5011 section 2.2). */
const rootHoldMs: number = 30 * 86_400_000;
const dayMs = 86_400_000;
/** How often it is looked what a parent elsewhere has, while something waits for it. */
const lookAgainMs = 900_000;

/** What a step must be able to count on: that the zone's servers answer with its serial, that its parent's do, or that they give its CDS. */
export type StepNeed = "zone" | "parent" | "cds";

/** What is next. */
export type SigningStep =
  | {
      readonly kind: "act";
      /** Undefined: the zone is signed no more. */
      readonly fact: ZoneSigningFact | undefined;
      readonly needs: readonly StepNeed[];
      readonly why: string;
    }
  /** Nothing before a time, or until something else is changed. */
  | { readonly kind: "wait"; readonly until?: number; readonly why: string };

/** The DS RRset of a zone whose parent is elsewhere, as it is seen from here. */
export interface DsElsewhere {
  /** RDATA of each, base64; absent: it cannot be seen. */
  readonly ds?: readonly string[];
  /** Since when it is seen to be just these, or cannot be seen. */
  readonly since: number;
}

/** What a step follows from, beside the fact. */
export interface StepContext {
  readonly keys: Pick<ZoneKeys, "make">;
  /** How the zone is to be signed; undefined: not at all. */
  readonly wish: SignedDenial | undefined;
  /** Whether its parent is on this platform, and has its delegation to the zone's servers. */
  readonly hasParent: boolean;
  /** What the parent has where that is elsewhere; absent: nobody has looked. */
  readonly elsewhere?: DsElsewhere;
  readonly now: number;
  readonly keyTtlMs: number;
  /** The highest TTL of the zone. */
  readonly zoneTtlMs: number;
  readonly dsTtlMs: number;
}

/** The next step of a zone that has a fact. */
export function nextStep(fact: ZoneSigningFact, context: StepContext): SigningStep {
  const { wish, hasParent, now } = context;
  const isElsewhere = !hasParent && fact.apex !== ".";
  if (!wish) return leave(fact, context);
  // Name servers that are to sign by themselves have the keys by the serial that they answer with.
  if (fact.denial !== wish)
    return act({ ...fact, denial: wish }, wish === "compact" ? ["zone"] : [], "another chain");
  const wanted = vouchedKeys(fact).map((key) => formatBase64(dsRdataOf(fact.apex, key)));
  const isVouched = isSame(fact.ds, hasParent ? wanted : []);
  if (!isVouched) {
    const ds = hasParent ? wanted : [];
    return act({ ...fact, ds, dsSince: now }, hasParent ? ["zone", "cds"] : [], "the parent's DS");
  }
  const waits: { readonly at: number; readonly why: string }[] = [];
  for (const role of ["zsk", "ksk"] as const) {
    const own = fact.keys.filter((key) => key.role === role);
    const next = own.find(({ stage }) => stage === "published");
    const old = own.find(({ stage }) => stage === "retired");
    const active = own.find(({ stage }) => stage === "active");
    if (next) {
      const hold = role === "ksk" && fact.apex === "." ? rootHoldMs : 0;
      const at = next.since + Math.max(context.keyTtlMs, hold) + marginMs;
      if (now >= at) return act(promote(fact, next, now), ["zone"], `${role} ${next.tag} signs`);
      waits.push({ at, why: `${role} ${next.tag} signs once every resolver can have it` });
    } else if (old) {
      const at = goneAt(fact, old, hasParent, context);
      const held = role === "ksk" && isElsewhere ? heldElsewhere(fact, old, context) : undefined;
      if (now >= at && held !== undefined) {
        waits.push({ at: now + lookAgainMs, why: held });
        continue;
      }
      if (now >= at) {
        const keys = fact.keys.filter((key) => key !== old);
        return act({ ...fact, keys }, ["zone", ...parentNeed(hasParent)], `${role} ${old.tag} is taken away`);
      }
      waits.push({ at, why: `${role} ${old.tag} is taken away once no cache needs it` });
    } else if (active) {
      const isAsked = fact.rollsAsked.includes(role);
      // Who has the DS entered where the name is registered says when: without that, a roll ends in a zone that nobody believes.
      if (role === "ksk" && isElsewhere && !isAsked) continue;
      const at = isAsked ? 0 : active.since + lifetimeDays[role] * dayMs;
      if (now >= at) {
        const made = context.keys.make(role, "published", now, fact.keys);
        const rollsAsked = fact.rollsAsked.filter((asked) => asked !== role);
        return act({ ...fact, keys: [...fact.keys, made], rollsAsked }, [], `the next ${role}`);
      }
      waits.push({ at, why: `${role} ${active.tag} is rolled` });
    }
  }
  const [first] = waits.sort((a, b) => a.at - b.at);
  return first ? { kind: "wait", until: first.at, why: first.why } : { kind: "wait", why: "nothing is due" };
}

/**
 * The way out: the parent stops first, and the signatures go when no resolver can have its DS any more. A parent elsewhere that cannot be seen is
 * taken to have stopped when that began: a resolver of ours that is away for a moment ends no zone's signatures, and nobody waits for ever.
 */
function leave(fact: ZoneSigningFact, { now, dsTtlMs, hasParent, elsewhere }: StepContext): SigningStep {
  const away = hasParent || fact.apex === "." ? undefined : elsewhere;
  if (away?.ds && away.ds.length > 0)
    return {
      kind: "wait",
      until: now + lookAgainMs,
      why: "its parent elsewhere vouches for it: take the DS out where the name is registered",
    };
  if (fact.ds.length > 0) return act({ ...fact, ds: [], dsSince: now }, [], "the parent stops vouching");
  const stoppedAt = Math.max(fact.dsSince, away?.since ?? 0);
  const until = stoppedAt === 0 ? 0 : stoppedAt + dsTtlMs + marginMs;
  if (now >= until) return act(undefined, fact.dsSince === 0 ? [] : ["parent"], "it is signed no more");
  const why = "it is signed until no resolver can miss the signatures";
  if (!away) return { kind: "wait", until, why };
  // What is there to be seen may come or go at any time.
  return {
    kind: "wait",
    until: Math.min(until, now + lookAgainMs),
    why: away.ds ? why : `the DS of a parent elsewhere cannot be seen from here: ${why}`,
  };
}

/** Why a KSK that another has taken the place of is needed yet by a parent elsewhere; undefined where it is not. */
function heldElsewhere(
  { apex }: ZoneSigningFact,
  old: ZoneKey,
  { elsewhere, now, dsTtlMs }: StepContext,
): string | undefined {
  if (!elsewhere?.ds) return `ksk ${old.tag} is kept: the DS of a parent elsewhere cannot be seen from here`;
  if (elsewhere.ds.includes(formatBase64(dsRdataOf(apex, old))))
    return `ksk ${old.tag} is kept until the parent elsewhere has the DS of the next in its place`;
  return now < elsewhere.since + dsTtlMs + marginMs
    ? `ksk ${old.tag} is kept until no cache has its DS`
    : undefined;
}

/** When a key that another has taken the place of is needed by nothing any more. @see RFC 7583 sections 3.2.1 and 3.3.1 */
function goneAt(
  { dsSince }: ZoneSigningFact,
  { role, since }: ZoneKey,
  hasParent: boolean,
  { keyTtlMs, zoneTtlMs, dsTtlMs }: StepContext,
): number {
  // Signatures by it may be in caches for as long as what they are over.
  if (role === "zsk") return since + zoneTtlMs + marginMs;
  const byDs = hasParent ? dsSince + dsTtlMs : 0;
  return Math.max(since + keyTtlMs, byDs) + marginMs;
}

function promote(fact: ZoneSigningFact, next: ZoneKey, now: number): ZoneSigningFact {
  const keys = fact.keys.map((key): ZoneKey => {
    if (key === next) return { ...key, stage: "active", since: now };
    return key.role === next.role && key.stage === "active" ? { ...key, stage: "retired", since: now } : key;
  });
  return { ...fact, keys };
}

function parentNeed(hasParent: boolean): StepNeed[] {
  return hasParent ? ["parent"] : [];
}

function act(fact: ZoneSigningFact | undefined, needs: readonly StepNeed[], why: string): SigningStep {
  return { kind: "act", fact, needs, why };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...a].sort().join() === [...b].sort().join();
}
