// One question on its way to an answer: chooses the tree, looks into the cache, sends a course on its way for what is
// not there (walk.ts, forwarding.ts), follows aliases, and remembers what it learned. A machine: it goes on until there
// is something to wait for, and goes on again when that has come. What servers say of a tree with trust anchors is
// validated before it is kept (validation.ts). What is kept of it is in kept-replies.ts.

import type { Judgement } from "#dnssec";
import type { Now } from "#engine";
import { ExtendedError, Rcode, RrType, type Name } from "#wire";
import type { ResolverContext } from "./context.ts";
import type { Course, CourseHost } from "./course.ts";
import { Forwarding } from "./forwarding.ts";
import { cachedDname, keepAnswer, keepNegative } from "./kept-replies.ts";
import { maxAliasSteps, maxBogusReplies } from "./limits.ts";
import { addFirstNote, addNote } from "./failure-notes.ts";
import type { FailureNote, ResolutionOutcome, Source } from "./outcome.ts";
import { followDname, targetOf, type Reply } from "./reply.ts";
import type { ResolutionOrigin, Waiter } from "./resolution-origin.ts";
import type { CachedRrset } from "./rrset.ts";
import { isAuthentic, secured } from "./secure-records.ts";
import { isValidated, partitionOf, uncheckedPartitionOf, type Place } from "./trees.ts";
import { extendedErrorOf, fullTrustWork, Validation, type TrustWork } from "./validation.ts";
import type { ExchangeResult, UpstreamQuery } from "./upstream.ts";
import { Walk } from "./walk.ts";

/** See the head of this file. */
export class Resolution implements CourseHost {
  readonly name: Name;
  readonly type: number;
  readonly origin: ResolutionOrigin;
  /** Resolutions that this one waits for: what {@link ResolverContext.lookUp} checks for circles. */
  readonly waitsFor: Set<Resolution> = new Set();
  readonly context: ResolverContext;
  readonly startedAt: number;
  readonly #waiters: Waiter[] = [];
  readonly #aliases: CachedRrset[] = [];
  readonly #visited = new Set<string>();
  readonly #notes: FailureNote[] = [];
  /** The name that is being resolved: the question's, or an alias's target. */
  #current: Name;
  /** Absent while the cache is looked at. */
  #course: Course | undefined;
  #isStarted = false;
  #hasAsked = false;
  #isWaiting = false;
  #isCircle = false;
  #deadlineTimer: number | undefined;
  #outcome: ResolutionOutcome | undefined;
  readonly #work: TrustWork;
  #source: Source | undefined;
  #bogusLeft = maxBogusReplies;
  /** What is told with an answer that is not authentic though its zone is signed. */
  readonly #hints: FailureNote[] = [];

  constructor(context: ResolverContext, name: Name, type: number, origin: ResolutionOrigin, now: Now) {
    this.context = context;
    this.name = name;
    this.type = type;
    this.origin = origin;
    this.#current = name;
    this.#work = fullTrustWork(context.settings.believesSha1);
    this.startedAt = now.monotonic;
    this.#visited.add(name.key);
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#outcome !== undefined;
  }

  /** How many wait for the end. */
  get waiterCount(): number {
    return this.#waiters.length;
  }

  /** Asks to be told of the end. Only before it. */
  addWaiter(waiter: Waiter): void {
    this.#waiters.push(waiter);
  }

  /** Sets out, at the first call. The end may come during it. */
  start(now: Now): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#advance(now);
    // Most end at once, from the cache.
    if (this.isOver) return;
    this.#deadlineTimer = this.context.timers.set(this.origin.budget.deadline, (at) => {
      this.note(ExtendedError.NO_REACHABLE_AUTHORITY, "no answer within the time for one query");
      this.fail(at, true);
    });
  }

  /** Only what was stored since this time counts: everything, or for a fresh trace or a look past anchors what this walk has stored. */
  get since(): number {
    return this.origin.trace?.isFresh === true || this.origin.isPastAnchors === true ? this.startedAt : 0;
  }

  #advance(now: Now): void {
    try {
      while (this.#outcome === undefined && !this.#isWaiting) this.#step(now);
    } catch (error) {
      // A fault of ours must not leave clients without an answer; it is reported, never hidden.
      this.context.reportFault(error);
      this.note(ExtendedError.OTHER, "internal fault");
      this.fail(now, true);
    }
  }

  #step(now: Now): void {
    if (this.#course) {
      this.#course.step(now);
      return;
    }
    const { priming } = this.origin;
    const place = this.#placeOf(this.#current);
    if (!priming && this.#answerFromCache(this.#checkedPartition(place), now)) return;
    if (!priming && this.#isUnchecked && isValidated(place)) {
      if (this.#answerFromCache(uncheckedPartitionOf(place), now)) return;
    }
    switch (place.kind) {
      case "refuse":
        this.note(
          ExtendedError.OTHER,
          `"${this.#current.toString()}" is outside the trees this resolver serves`,
        );
        // At the end of a chain REFUSED would be read as refusing the name that was asked for.
        this.#end(this.#aliases.length > 0 ? Rcode.SERVFAIL : Rcode.REFUSED, [], [], undefined, now);
        return;
      case "forward":
        this.#course = new Forwarding(this, this.#current, this.type, place.forwarders);
        return;
      case "tree":
        this.#course = new Walk(this, this.#current, this.type, place.tree);
    }
  }

  get #isUnchecked(): boolean {
    return this.origin.isUnchecked === true || this.origin.trust !== undefined;
  }

  #placeOf(name: Name): Place {
    const tree = this.origin.priming ?? this.origin.trust;
    return tree ? { kind: "tree", tree } : this.context.trees.placeOf(name);
  }

  /** The part of the cache that what is found of a name goes into. */
  #partitionFor(place: Place): string {
    return this.#isUnchecked ? uncheckedPartitionOf(place) : this.#checkedPartition(place);
  }

  #checkedPartition(place: Place): string {
    const partition = partitionOf(place);
    return this.origin.isPastAnchors === true && isValidated(place) ? `${partition}#past-anchors` : partition;
  }

  // The cache.

  /** Goes one step with what the cache has: ends, follows an alias, or @returns false where servers must be asked. */
  #answerFromCache(partition: string, now: Now): boolean {
    const { cache } = this.context;
    const entry = cache.find(partition, this.#current, this.type, now.monotonic, this.since);
    if (entry?.kind === "rrset") {
      const { rrset } = entry;
      this.origin.trace?.cachedRecord(this.context, partition, this.#current, this.type, rrset, now);
      if (rrset.type === this.type) this.#end(Rcode.NOERROR, [rrset], [], undefined, now);
      else this.#follow([rrset], targetOf(rrset), now);
      return true;
    }
    // What failed because it was bogus may be had without validation.
    if (entry?.kind === "failure" && partition !== this.#partitionFor(this.#placeOf(this.#current)))
      return false;
    if (entry?.kind === "failure") {
      this.note(ExtendedError.CACHED_ERROR, "it failed a moment ago");
      this.#notes.push(...entry.errors);
      this.fail(now, true);
      return true;
    }
    const dname = entry
      ? undefined
      : cachedDname(this.context.cache, partition, this.#current, now, this.since);
    if (dname) {
      const next = followDname(dname, this.#current);
      if (next) {
        this.origin.trace?.cachedRecord(this.context, partition, this.#current, this.type, dname, now);
        const [, cname] = next.sets;
        if (this.type === RrType.CNAME && cname) {
          this.#addAliases([dname]);
          this.#end(Rcode.NOERROR, [cname], [], undefined, now);
        } else {
          this.#follow(next.sets, next.target, now);
        }
        return true;
      }
    }
    if (!entry) return false;
    this.origin.trace?.cachedNegative(this.context, partition, this.#current, this.type, entry, now);
    const rcode = entry.kind === "nxdomain" ? Rcode.NXDOMAIN : Rcode.NOERROR;
    this.#end(rcode, [], entry.authority, entry.expiresAt, now, { isSecure: entry.isSecure === true });
    return true;
  }

  // What courses call.

  conclude(
    partition: string,
    about: Name,
    reply: Reply,
    now: Now,
    source?: Source,
    refuse?: (reason: string) => void,
  ): void {
    this.#source = source;
    const place = this.#placeOf(this.#current);
    if (this.origin.priming || !isValidated(place)) this.#take(partition, about, reply, now);
    else if (this.#isUnchecked) this.#take(uncheckedPartitionOf(place), about, reply, now);
    else {
      const course = this.#course;
      const checked = this.#checkedPartition(place);
      const statement = { about, type: this.type, reply };
      this.#course = new Validation(this, place.tree, this.#work, statement, (judgement, at) => {
        this.#judged(checked, about, reply, judgement, at, () => {
          this.#course = course;
          refuse?.(judgement.kind === "bogus" ? judgement.reason.text : "");
        });
      });
    }
  }

  /** Goes on with a reply that was validated. @param retry  goes on with the course that it came of */
  #judged(
    partition: string,
    about: Name,
    reply: Reply,
    judgement: Judgement,
    now: Now,
    retry: () => void,
  ): void {
    if (judgement.kind === "bogus") {
      this.context.counters.add("bogus");
      addFirstNote(this.#notes, extendedErrorOf(judgement.reason), judgement.reason.text);
      if (this.#bogusLeft-- > 0) retry();
      else this.fail(now, false);
      return;
    }
    if (judgement.kind === "insecure") {
      const { reason } = judgement;
      if (reason && reason.code !== "opt-out")
        this.#hints.push({ code: extendedErrorOf(reason), text: reason.text });
      this.#take(partition, about, reply, now);
      return;
    }
    this.context.counters.add("validated");
    this.#take(partition, about, secured(reply, now.monotonic + judgement.ttl * 1000), now, true);
  }

  /** Stores what a reply says, and ends with it or follows its alias. */
  #take(partition: string, about: Name, reply: Reply, now: Now, isSecure: boolean = false): void {
    this.keep(partition, reply, now);
    this.#course = undefined;
    switch (reply.kind) {
      case "answer":
        this.#addAliases(reply.aliases);
        this.#end(Rcode.NOERROR, [reply.rrset], [], undefined, now);
        return;
      case "alias":
        this.#follow(reply.aliases, reply.target, now);
        return;
      case "overlong-alias":
        this.#follow(reply.aliases, undefined, now);
        return;
      case "nodata":
      case "nxdomain": {
        const expiresAt = keepNegative(this.context, partition, about, this.type, reply, isSecure, now);
        const rcode = reply.kind === "nxdomain" ? Rcode.NXDOMAIN : Rcode.NOERROR;
        this.#end(rcode, [], reply.authority, expiresAt, now, { isSecure });
        return;
      }
      case "referral":
      case "lame":
      case "error":
        this.fail(now, false);
    }
  }

  keep(partition: string, reply: Reply, now: Now): void {
    keepAnswer(this.context.cache, partition, reply, now);
  }

  /** Goes on at an alias's target; without a target the alias made a name over 255 octets (RFC 6672 section 2.2). */
  #follow(aliases: readonly CachedRrset[], target: Name | undefined, now: Now): void {
    this.#addAliases(aliases);
    if (!target) {
      this.#end(Rcode.YXDOMAIN, [], [], undefined, now);
      return;
    }
    const isCircle = this.#visited.has(target.key);
    this.#isCircle = isCircle;
    if (isCircle || this.#visited.size > maxAliasSteps) {
      const what = isCircle ? "come back to" : "are too many to follow to";
      this.note(ExtendedError.INVALID_DATA, `the aliases ${what} "${target.toString()}"`);
      this.fail(now, false);
      return;
    }
    if (this.origin.trust) {
      this.#end(Rcode.NOERROR, [], [], undefined, now);
      return;
    }
    this.#visited.add(target.key);
    this.#current = target;
    this.#course = undefined;
  }

  #addAliases(aliases: readonly CachedRrset[]): void {
    for (const rrset of aliases) {
      // One DNAME may be followed twice; it is shown once.
      const isShown = this.#aliases.some(({ type, name }) => type === rrset.type && name.equals(rrset.name));
      if (!isShown) this.#aliases.push(rrset);
    }
    for (const { name, type } of aliases) if (type === RrType.CNAME) this.#visited.add(name.key);
  }

  // Waiting and ending.

  get self(): Resolution {
    return this;
  }

  ask(query: UpstreamQuery, now: Now, take: (result: ExchangeResult, now: Now) => void): void {
    if (!this.origin.budget.takeQuery()) {
      this.note(ExtendedError.NO_REACHABLE_AUTHORITY, "no work left for this query");
      this.fail(now, true);
      return;
    }
    this.#hasAsked = true;
    this.#isWaiting = true;
    this.context.upstream.ask(query, now, (result, at) => {
      this.#isWaiting = false;
      if (this.isOver) return;
      take(result, at);
      this.#advance(at);
    });
  }

  waitFor(other: Resolution, now: Now, then: Waiter): void {
    this.#isWaiting = true;
    this.waitsFor.add(other);
    other.addWaiter((outcome, at) => {
      this.waitsFor.delete(other);
      this.#isWaiting = false;
      if (this.isOver) return;
      then(outcome, at);
      this.#advance(at);
    });
    other.start(now);
  }

  note(code: number, text: string): void {
    addNote(this.#notes, code, text);
  }

  fail(now: Now, isExhausted: boolean): void {
    if (this.isOver) return;
    const { cache, counters } = this.context;
    const isCached = this.#notes.some(({ code }) => code === ExtendedError.CACHED_ERROR);
    if (isExhausted && !isCached) counters.add("exhausted");
    // Somebody else's want of budget is not remembered against a name; a client's own is (RFC 9520 section 3.1).
    if (!isCached && !this.origin.priming && (!isExhausted || this.origin.depth === 0)) {
      const partition = this.#partitionFor(this.#placeOf(this.#current));
      cache.putFailure(partition, this.#current, this.type, this.#notes, now.monotonic);
    }
    this.#end(Rcode.SERVFAIL, [], [], undefined, now, { isExhausted });
  }

  #end(
    rcode: number,
    answer: readonly CachedRrset[],
    authority: readonly CachedRrset[],
    negativeExpiresAt: number | undefined,
    now: Now,
    // Of an answer, its records say whether they are secure; of a negative one, the entry.
    { isExhausted = false, isSecure = answer.length > 0 }: { isExhausted?: boolean; isSecure?: boolean } = {},
  ): void {
    if (this.isOver) return;
    this.context.timers.clear(this.#deadlineTimer);
    const shown = [...this.#aliases, ...answer];
    const isFailure = rcode === Rcode.SERVFAIL || rcode === Rcode.REFUSED;
    const outcome: ResolutionOutcome = {
      rcode,
      // A failed chain has no answer, as half of one could be taken for the whole; a circle is shown for what it is.
      answer: rcode === Rcode.SERVFAIL && !this.#isCircle ? [] : shown,
      authority,
      errors: isFailure ? this.#notes : this.#hints,
      ...(negativeExpiresAt === undefined ? {} : { negativeExpiresAt }),
      isFromCache: !this.#hasAsked,
      isExhausted,
      ...(this.#source ? { source: this.#source } : {}),
      isSecure: isSecure && !isFailure && shown.every((rrset) => isAuthentic(rrset, shown)),
    };
    this.#outcome = outcome;
    this.context.ended(this);
    for (const waiter of this.#waiters.splice(0)) waiter(outcome, now);
  }
}
