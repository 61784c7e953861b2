// Validates one reply before anything of it is believed (RFC 4035 section 5): carries out the steps of src/dnssec, which asks for the DS and
// DNSKEY RRsets on the way down from the tree's anchor. What those look-ups find is not validated by themselves.

import {
  judgeNegative,
  judgeRrset,
  maxChecksPerQuery,
  type Judgement,
  type SignedRrset,
  type TrustContext,
  type TrustFound,
  type TrustQuestion,
  type TrustReason,
  type TrustSteps,
} from "#dnssec";
import type { Now } from "#engine";
import { ExtendedError, Rcode, RrType, type Name } from "#wire";
import { questionKey } from "./cache.ts";
import type { Course, CourseHost } from "./course.ts";
import { maxTrustQuestions } from "./limits.ts";
import type { ResolutionOutcome, Source } from "./outcome.ts";
import type { Reply } from "./reply.ts";
import type { CachedRrset } from "./rrset.ts";
import { uncheckedPartitionOf, type Tree } from "./trees.ts";

/** What is to be validated. */
export interface Statement {
  /** The name that the reply is about: an ancestor of what was asked for where that is not there. */
  readonly about: Name;
  readonly type: number;
  readonly reply: Reply;
}

/** The work that validating may cause, for all of one client query. */
export interface TrustWork {
  checksLeft: number;
  questionsLeft: number;
  readonly believesSha1: boolean;
}

/** A whole client query's. */
export function fullTrustWork(believesSha1: boolean): TrustWork {
  return { checksLeft: maxChecksPerQuery, questionsLeft: maxTrustQuestions, believesSha1 };
}

/** See the head of this file. */
export class Validation implements Course {
  readonly #host: CourseHost;
  readonly #tree: Tree;
  readonly #work: TrustWork;
  readonly #statement: Statement;
  readonly #done: (judgement: Judgement, now: Now) => void;
  #steps: TrustSteps<Judgement> | undefined;
  #found: TrustFound | undefined;
  readonly #sources = new Map<string, Source>();

  /** @param done  told of the end, once */
  constructor(
    host: CourseHost,
    tree: Tree,
    work: TrustWork,
    statement: Statement,
    done: (judgement: Judgement, now: Now) => void,
  ) {
    this.#host = host;
    this.#tree = tree;
    this.#work = work;
    this.#statement = statement;
    this.#done = done;
  }

  step(now: Now): void {
    const isFirst = this.#steps === undefined;
    const steps = (this.#steps ??= judgeReply(this.#statement, this.#context(now), now));
    // A generator takes nothing with its first step.
    const step = isFirst || !this.#found ? steps.next({ kind: "failed" }) : steps.next(this.#found);
    if (step.done === true) this.#done(step.value, now);
    else this.#ask(step.value, now);
  }

  #ask(question: TrustQuestion, now: Now): void {
    const { context, origin, self } = this.#host;
    this.#found = { kind: "failed" };
    if (this.#work.questionsLeft-- <= 0) return;
    const { name, type } = question;
    const key = questionKey(this.#tree.id, name, type);
    if (question.isFresh) {
      context.cache.remove(this.#partition, name, type);
      // Who gave what did not fit is asked last.
      const source = this.#sources.get(key);
      if (source) context.book.markLame(source.server, source.zone, now.monotonic);
    }
    if (!question.isFresh && type === RrType.DS) {
      this.#found = this.#referredDs(name, now);
      if (this.#found) return;
    }
    this.#found = { kind: "failed" };
    const lookUp = context.lookUpTrust(name, type, this.#tree, origin, self, now);
    if (!lookUp) return;
    this.#host.waitFor(lookUp, now, (outcome, at) => {
      this.#found = foundIn(outcome, question, at);
      if (outcome.source) this.#sources.set(key, outcome.source);
    });
  }

  /** What the parent's referral said of a zone's DS, if there was one lately. */
  #referredDs(name: Name, { monotonic }: Now): TrustFound | undefined {
    const { security } = this.#host.context.delegations.get(this.#tree.id, name, monotonic, 0) ?? {};
    if (!security || security.some(({ expiresAt }) => expiresAt <= monotonic)) return undefined;
    const ds = security.find(({ type }) => type === RrType.DS);
    return ds
      ? { kind: "answer", rrset: asSigned(ds, monotonic) }
      : { kind: "negative", authority: security.map((rrset) => asSigned(rrset, monotonic)) };
  }

  get #partition(): string {
    return uncheckedPartitionOf({ kind: "tree", tree: this.#tree });
  }

  #context(now: Now): TrustContext {
    const { trusts, cache, trees } = this.#host.context;
    const { id, anchors } = this.#tree;
    return {
      anchors,
      negativeAnchors:
        this.#host.origin.isPastAnchors === true
          ? []
          : trees.negativeAnchors.filter(({ until }) => until > now.wall).map(({ name }) => name),
      now: Math.floor(now.wall / 1000),
      work: this.#work,
      get: (name) => trusts.get(id, name, now.monotonic),
      put: (name, trust, ttl) => trusts.put(id, name, trust, ttl, now.monotonic),
      forget: (zone) => {
        if (!trusts.forget(id, zone, now.monotonic)) return false;
        cache.remove(this.#partition, zone, RrType.DNSKEY);
        cache.remove(this.#partition, zone, RrType.DS);
        return true;
      },
    };
  }
}

/** Judges all that a reply says; secure is what is so in all of its parts. */
function* judgeReply(
  { about, type, reply }: Statement,
  context: TrustContext,
  { monotonic }: Now,
): TrustSteps<Judgement> {
  const signed = (rrset: CachedRrset): SignedRrset => asSigned(rrset, monotonic);
  let whole: Judgement = { kind: "secure", ttl: Number.POSITIVE_INFINITY };
  for (const rrset of setsOf(reply)) {
    // Signatures by themselves have none (RFC 4035 section 2.2): nothing is said of them.
    const part: Judgement =
      rrset.type === RrType.RRSIG
        ? { kind: "insecure" }
        : yield* judgeRrset(signed(rrset), (rrset.proof ?? []).map(signed), context);
    whole = both(whole, part);
    if (whole.kind === "bogus") return whole;
  }
  if (reply.kind !== "nodata" && reply.kind !== "nxdomain") return whole;
  const authority = reply.authority.map(signed);
  return both(whole, yield* judgeNegative(about, type, reply.kind === "nxdomain", authority, context));
}

/** The RRsets of a reply that somebody must have signed: a CNAME that follows from a DNAME is made anew and not believed. */
function setsOf(reply: Reply): CachedRrset[] {
  const aliases = "aliases" in reply ? reply.aliases : [];
  const all = reply.kind === "answer" ? [...aliases, reply.rrset] : aliases;
  return all.filter((rrset, i) => !(rrset.type === RrType.CNAME && all[i - 1]?.type === RrType.DNAME));
}

function both(a: Judgement, b: Judgement): Judgement {
  if (a.kind === "secure" && b.kind === "secure") return { kind: "secure", ttl: Math.min(a.ttl, b.ttl) };
  if (a.kind === "bogus") return a;
  return b.kind === "bogus" || a.kind === "secure" ? b : a;
}

function foundIn(
  { rcode, answer, authority }: ResolutionOutcome,
  { name, type }: TrustQuestion,
  { monotonic }: Now,
): TrustFound {
  if (rcode === Rcode.SERVFAIL || rcode === Rcode.REFUSED) return { kind: "failed" };
  const [first] = answer;
  const signed = (rrset: CachedRrset): SignedRrset => asSigned(rrset, monotonic);
  if (!first) return { kind: "negative", authority: authority.map(signed) };
  const isAnswer = first.type === type && first.name.equals(name);
  return { kind: isAnswer ? "answer" : "alias", rrset: signed(first) };
}

/** With the TTL that is left, as what a trust was found by ends with it. */
function asSigned({ name, type, expiresAt, rdata, signatures }: CachedRrset, monotonic: number): SignedRrset {
  const ttl = Math.max(0, Math.ceil((expiresAt - monotonic) / 1000));
  return { owner: name, type, ttl, rdata, signatures };
}

/** The extended error for a reason (RFC 8914 section 4). */
export function extendedErrorOf(reason: TrustReason): number {
  switch (reason.code) {
    case "expired":
      return ExtendedError.SIGNATURE_EXPIRED;
    case "not-yet-valid":
      return ExtendedError.SIGNATURE_NOT_YET_VALID;
    case "no-dnskey":
    case "no-key":
      return ExtendedError.DNSKEY_MISSING;
    case "no-signature":
      return ExtendedError.RRSIGS_MISSING;
    case "no-denial":
      return ExtendedError.NSEC_MISSING;
    case "too-many-rounds":
      return ExtendedError.UNSUPPORTED_NSEC3_ITERATIONS;
    case "unknown-algorithm":
      return ExtendedError.UNSUPPORTED_DNSKEY_ALGORITHM;
    case "negative-anchor":
      // No code says that somebody here has decided so.
      return ExtendedError.OTHER;
    case "unknown-digest":
      return ExtendedError.UNSUPPORTED_DS_DIGEST_TYPE;
    case "wrong":
    case "too-many":
    case "no-answer":
    case "opt-out":
      return ExtendedError.DNSSEC_BOGUS;
  }
}
