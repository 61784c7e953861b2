// One question on its way to an answer: chooses the tree, looks into the cache, walks from the nearest known zone cut
// down to the servers of the name, follows aliases, and remembers what it learned. A machine: `advance` goes on until
// there is something to wait for, and is called again when that has come.
//
// Iteration is RFC 1034 section 5.3.3 with the bounds of limits.ts. What one server's reply means is in reply.ts,
// which server is next in cut-work.ts. No validation of signatures.

import type { Endpoint, Now } from "#engine";
import { ExtendedError, Name, Rcode, RrType, rcodeName, type Message } from "#wire";
import type { Budget } from "./budget.ts";
import type { ResolverContext } from "./context.ts";
import { CutWork, type Candidate } from "./cut-work.ts";
import type { Delegation } from "./delegations.ts";
import { describeServer } from "./describe.ts";
import {
  maxAliasSteps,
  maxFailureSeconds,
  maxSubResolutionDepth,
  maxTriesBeforeParent,
  maxTriesPerServer,
  minFailureSeconds,
  tcpTimeoutMs,
  unprimedMs,
} from "./limits.ts";
import { Minimisation } from "./minimisation.ts";
import type { FailureNote, Outcome } from "./outcome.ts";
import { followDname, negativeTtl, readReply, targetOf, type Reply } from "./reply.ts";
import { rootFromHints, rootFromReply } from "./root.ts";
import { boundTtl, type RrSet } from "./rrset.ts";
import { forwardPartition, partitionOf, type Place, type Tree } from "./trees.ts";
import type { TraceWalk } from "./trace-walk.ts";
import type { ExchangeResult } from "./upstream.ts";

/** Told of the end, once. */
export type Waiter = (outcome: Outcome, now: Now) => void;

/** How a resolution came to be. */
export interface ResolutionOrigin {
  readonly budget: Budget;
  /** Sub-resolutions between this and the client's. */
  readonly depth: number;
  /** Where the client asked for a trace. */
  readonly trace?: TraceWalk;
  /** Set for the question for a root's own servers (RFC 9609): the tree that is primed. */
  readonly priming?: Tree;
}

type Failing = Extract<ExchangeResult, { kind: "silent" | "failed" | "unreadable" | "mismatched" }>;

/** Texts of failures told to a client: more than these help nobody. */
const maxNotes = 8;

/** See the head of this file. */
export class Resolution {
  readonly name: Name;
  readonly type: number;
  readonly origin: ResolutionOrigin;
  /** Resolutions that this one waits for: what {@link ResolverContext.lookUp} checks for circles. */
  readonly waitsFor: Set<Resolution> = new Set();
  readonly #context: ResolverContext;
  readonly #startedAt: number;
  readonly #waiters: Waiter[] = [];
  readonly #aliases: RrSet[] = [];
  readonly #visited = new Set<string>();
  readonly #notes: FailureNote[] = [];
  /** The name that is being resolved: the question's, or an alias's target. */
  #current: Name;
  #cut: CutWork | undefined;
  #forwarders: Candidate[] | undefined;
  #isStarted = false;
  #hasAsked = false;
  #isWaiting = false;
  #hasGoneBack = false;
  #isCircle = false;
  #deadlineTimer: number | undefined;
  #outcome: Outcome | undefined;

  constructor(context: ResolverContext, name: Name, type: number, origin: ResolutionOrigin, now: Now) {
    this.#context = context;
    this.name = name;
    this.type = type;
    this.origin = origin;
    this.#current = name;
    this.#startedAt = now.monotonic;
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
    this.#deadlineTimer = this.#context.timers.set(this.origin.budget.deadline, (at) => {
      this.#note(ExtendedError.NO_REACHABLE_AUTHORITY, `no answer within the time for one query`);
      this.#fail(at, true);
    });
    this.#advance(now);
  }

  /** Only what was stored since this time counts: everything, or for a fresh trace what this walk has stored. */
  get #since(): number {
    return this.origin.trace?.isFresh === true ? this.#startedAt : 0;
  }

  #advance(now: Now): void {
    try {
      while (this.#outcome === undefined && !this.#isWaiting) this.#step(now);
    } catch (error) {
      // A fault of ours must not leave clients without an answer; it is reported, never hidden.
      this.#context.reportFault(error);
      this.#note(ExtendedError.OTHER, "internal fault");
      this.#fail(now, true);
    }
  }

  #step(now: Now): void {
    const { priming } = this.origin;
    const place: Place = priming
      ? { kind: "tree", tree: priming }
      : this.#context.trees.placeOf(this.#current);
    const partition = partitionOf(place);
    if (!this.#cut && !this.#forwarders && !priming && this.#answerFromCache(partition, now)) return;
    switch (place.kind) {
      case "refuse":
        this.#note(
          ExtendedError.OTHER,
          `"${this.#current.toString()}" is outside the trees this resolver serves`,
        );
        // At the end of a chain REFUSED would be read as refusing the name that was asked for.
        this.#end(this.#aliases.length > 0 ? Rcode.SERVFAIL : Rcode.REFUSED, [], [], undefined, now);
        return;
      case "forward":
        this.#askForwarder(place.forwarders, now);
        return;
      case "tree":
        this.#cut ??= this.#findCut(place.tree, now);
        if (this.#cut) this.#askCut(this.#cut, now);
    }
  }

  // The cache.

  /** Goes one step with what the cache has: ends, follows an alias, or @returns false where servers must be asked. */
  #answerFromCache(partition: string, now: Now): boolean {
    const { cache } = this.#context;
    const entry = cache.find(partition, this.#current, this.type, now.monotonic, this.#since);
    if (entry?.kind === "rrset") {
      const { rrset } = entry;
      this.origin.trace?.cachedRecord(this.#context, partition, this.#current, this.type, rrset, now);
      if (rrset.type === this.type) this.#end(Rcode.NOERROR, [rrset], [], undefined, now);
      else this.#follow([rrset], targetOf(rrset), now);
      return true;
    }
    if (entry?.kind === "failure") {
      this.#note(ExtendedError.CACHED_ERROR, "it failed a moment ago");
      this.#notes.push(...entry.errors);
      this.#fail(now, true);
      return true;
    }
    const dname = entry ? undefined : this.#cachedDname(partition, now);
    if (dname) {
      const next = followDname(dname, this.#current);
      if (next) {
        this.origin.trace?.cachedRecord(this.#context, partition, this.#current, this.type, dname, now);
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
    this.origin.trace?.cachedNegative(this.#context, partition, this.#current, this.type, entry, now);
    const rcode = entry.kind === "nxdomain" ? Rcode.NXDOMAIN : Rcode.NOERROR;
    this.#end(rcode, [], entry.authority, entry.expiresAt, now);
    return true;
  }

  #cachedDname(partition: string, now: Now): RrSet | undefined {
    for (let drop = 1; drop < this.#current.labelCount; drop++) {
      const owner = this.#current.slice(drop);
      const rrset = this.#context.cache.findRrSet(partition, owner, RrType.DNAME, now.monotonic, this.#since);
      if (rrset) return rrset;
    }
    return undefined;
  }

  // Walking down a tree.

  /** The nearest cut to start from; undefined where the root must be primed first, which is then waited for. */
  #findCut(tree: Tree, now: Now): CutWork | undefined {
    const { delegations } = this.#context;
    if (this.origin.priming) return this.#enter(rootFromHints(tree, now, 0), tree, 0, false, now);
    const isFresh = this.origin.trace?.isFresh === true;
    const known = delegations.closest(tree.id, this.#current, this.type, now.monotonic, this.#since);
    if (known) {
      const isFromCache = known.storedAt < this.#startedAt;
      if (isFromCache) this.origin.trace?.cachedPath(this.#context, tree.id, known, now);
      return this.#enter(known, tree, 0, isFromCache, now);
    }
    if (isFresh) return this.#enter(rootFromHints(tree, now, 0), tree, 0, false, now);
    this.#wait(this.#context.prime(tree, now), now, (outcome, at) => {
      const known = delegations.get(tree.id, Name.root, at.monotonic, 0);
      if (known) return;
      for (const note of outcome.errors) this.#note(note.code, note.text);
      // RFC 9609 section 3.4: the hints will do for now, and priming is tried again later.
      const hints = rootFromHints(tree, at, unprimedMs);
      delegations.put(tree.id, hints);
      this.#cut = this.#enter(hints, tree, 0, false, at);
    });
    return undefined;
  }

  #enter(delegation: Delegation, tree: Tree, steps: number, isFromCache: boolean, now: Now): CutWork {
    const { settings, cache, trees } = this.#context;
    const minimisation = new Minimisation(
      this.#current,
      this.type,
      delegation.zone.labelCount,
      steps,
      settings.minimisesQueries && this.origin.priming === undefined,
    );
    const maxTries = isFromCache && !this.#hasGoneBack ? maxTriesBeforeParent : maxTriesPerServer;
    return new CutWork(delegation, tree, minimisation, isFromCache, maxTries, settings, (name, type) =>
      cache.findRrSet(partitionOf(trees.placeOf(name)), name, type, now.monotonic, 0),
    );
  }

  #askCut(cut: CutWork, now: Now): void {
    const step = cut.next(this.#context.book, now.monotonic);
    switch (step.kind) {
      case "ask":
        this.#ask(cut, step.candidate, now);
        return;
      case "look-up":
        this.#lookUpServer(cut, step.name, step.type, now);
        return;
      case "give-up":
        this.#giveUp(cut, now);
    }
  }

  #lookUpServer(cut: CutWork, name: Name, type: number, now: Now): void {
    const { budget, depth } = this.origin;
    if (depth >= maxSubResolutionDepth || !budget.takeSubResolution()) {
      this.#note(
        ExtendedError.NO_REACHABLE_AUTHORITY,
        `no work left to look up the server ${name.toString()}`,
      );
      return;
    }
    const lookUp = this.#context.lookUp(name, type, { budget, depth: depth + 1 }, this, now);
    if (!lookUp) {
      this.#note(
        ExtendedError.NO_REACHABLE_AUTHORITY,
        `the server ${name.toString()} depends on the zone it serves`,
      );
      return;
    }
    this.#wait(lookUp, now, (outcome) => {
      // A server's name must not be an alias (RFC 2181 section 10.3); where it is one all the same, its target will do.
      const rrset = outcome.answer.at(-1);
      if (rrset?.type === type && cut.addAddresses(name, rrset)) cut.skipLookUps(name);
      else this.#note(ExtendedError.NO_REACHABLE_AUTHORITY, `no address for the server ${name.toString()}`);
    });
  }

  /** All servers of a cut have failed: what may still help, in order. */
  #giveUp(cut: CutWork, now: Now): void {
    const { doubtful } = cut;
    const { delegations, trees } = this.#context;
    const findGlue = (name: Name): readonly Uint8Array[] =>
      delegations.findGlue(partitionOf(trees.placeOf(name)), name, now.monotonic);
    if (!doubtful && cut.addSpareAddresses(findGlue)) return;
    if (doubtful) {
      cut.doubtful = undefined;
      this.#take(cut, doubtful.candidate, doubtful.reply, undefined, now);
      return;
    }
    const zone = cut.delegation.zone;
    if (cut.isFromCache && !this.#hasGoneBack && !zone.isRoot) {
      // The parent may name other servers by now. Once for each question.
      this.#hasGoneBack = true;
      delegations.remove(cut.tree.id, zone);
      this.#cut = undefined;
      const parent = zone.parent() ?? Name.root;
      const above = delegations.closest(cut.tree.id, parent, RrType.NS, now.monotonic, this.#since);
      if (above) this.#cut = this.#enter(above, cut.tree, 0, false, now);
      return;
    }
    this.#note(ExtendedError.NO_REACHABLE_AUTHORITY, `no server of "${zone.toString()}" gave an answer`);
    this.#fail(now, false);
  }

  // Asking, and what comes back.

  #ask(
    cut: CutWork,
    candidate: Candidate,
    now: Now,
    transport: "udp" | "tcp" = "udp",
    hasEdns?: boolean,
  ): void {
    const { book, upstream, counters } = this.#context;
    const { endpoint } = candidate;
    if (!this.origin.budget.takeQuery()) {
      this.#note(ExtendedError.NO_REACHABLE_AUTHORITY, "no work left for this query");
      this.#fail(now, true);
      return;
    }
    const withEdns = hasEdns ?? !book.isWithoutEdns(endpoint, now.monotonic);
    const { minimisation } = cut;
    const { name, type } = minimisation;
    counters.add(
      this.origin.priming
        ? "upstream-queries{hop=priming}"
        : cut.delegation.depth === 0
          ? "upstream-queries{hop=root}"
          : cut.delegation.depth === 1
            ? "upstream-queries{hop=tld}"
            : "upstream-queries{hop=other}",
    );
    const timeoutMs = transport === "tcp" ? tcpTimeoutMs : book.timeoutMs(endpoint, candidate.tries);
    candidate.tries++;
    this.#hasAsked = true;
    this.#isWaiting = true;
    const options = cut.tree.isPrivate && this.origin.trace ? [this.origin.trace.option] : [];
    upstream.ask(
      { server: endpoint, name, type, isRecursive: false, hasEdns: withEdns, options, transport, timeoutMs },
      now,
      (result, at) => {
        this.#isWaiting = false;
        if (this.isOver) return;
        if (result.kind === "reply") {
          book.heard(endpoint, result.tookMs);
          this.#replied(cut, candidate, result.message, transport, withEdns, at);
        } else {
          this.#unanswered(cut, candidate, result, transport, at);
        }
        this.#advance(at);
      },
    );
  }

  #unanswered(cut: CutWork, candidate: Candidate, result: Failing, transport: "udp" | "tcp", now: Now): void {
    if (result.kind === "mismatched" && transport === "udp") {
      this.#ask(cut, candidate, now, "tcp");
      return;
    }
    // Silence may be a lost packet; anything else will not change by asking again.
    if (result.kind === "silent" && transport === "udp")
      this.#context.book.silent(candidate.endpoint, now.monotonic);
    else candidate.isOut = true;
    const words = {
      silent: "did not answer",
      failed: "cannot be reached",
      unreadable: "answered octets that are no message",
      mismatched: "answered something else than was asked",
    }[result.kind];
    const code = result.kind === "unreadable" ? ExtendedError.INVALID_DATA : ExtendedError.NETWORK_ERROR;
    this.#noteServer(cut, candidate, code, words);
  }

  #replied(
    cut: CutWork,
    candidate: Candidate,
    message: Message,
    transport: "udp" | "tcp",
    hadEdns: boolean,
    now: Now,
  ): void {
    const { book } = this.#context;
    if (message.flags.tc) {
      if (transport === "udp") {
        this.#ask(cut, candidate, now, "tcp", hadEdns);
        return;
      }
      candidate.isOut = true;
      this.#noteServer(cut, candidate, ExtendedError.INVALID_DATA, "truncates over TCP too");
      return;
    }
    const { rcode } = message;
    const dislikesEdns = rcode === Rcode.FORMERR || rcode === Rcode.NOTIMP || rcode === Rcode.BADVERS;
    if (hadEdns && dislikesEdns) {
      // RFC 6891 section 6.2.2. A reply with OPT understood EDNS, and dislikes something else in the query.
      if (!message.edns) book.markWithoutEdns(candidate.endpoint, now.monotonic);
      this.#ask(cut, candidate, now, transport, false);
      return;
    }
    const { name, type } = cut.minimisation;
    const reply = readReply(
      message,
      { name, type, zone: cut.delegation.zone, mayFollow: (target) => this.#isInTree(target, cut.tree) },
      now.monotonic,
      this.#context.settings,
    );
    const isDoubtful =
      !message.flags.aa && message.flags.ra && reply.kind !== "referral" && reply.kind !== "lame";
    // What a probe is answered only says what to ask next.
    if (isDoubtful && reply.kind !== "error" && !this.origin.priming && !cut.minimisation.isProbe) {
      // It says that it resolves for others and does not say that it serves the zone: only if nobody else answers.
      candidate.isOut = true;
      cut.doubtful ??= { reply, candidate };
      return;
    }
    this.#take(cut, candidate, reply, message, now);
  }

  #isInTree(name: Name, tree: Tree): boolean {
    const place = this.#context.trees.placeOf(name);
    return place.kind === "tree" && place.tree.id === tree.id;
  }

  /** Acts on a reply. `message` is absent for one that was laid aside before. */
  #take(cut: CutWork, candidate: Candidate, reply: Reply, message: Message | undefined, now: Now): void {
    const { book, delegations } = this.#context;
    const { minimisation, tree } = cut;
    const { zone } = cut.delegation;
    const isProbe = minimisation.isProbe;
    switch (reply.kind) {
      case "error":
        this.#noteServer(
          cut,
          candidate,
          ExtendedError.NO_REACHABLE_AUTHORITY,
          `answered ${rcodeName(reply.rcode)}`,
        );
        if (isProbe) {
          // RFC 9156 section 2.3: some servers answer only for names they know as such.
          cut.nextQuestion(true);
          return;
        }
        candidate.isOut = true;
        if (reply.rcode === Rcode.REFUSED || reply.rcode === Rcode.NOTAUTH) {
          book.markLame(candidate.endpoint, zone, now.monotonic);
        }
        return;
      case "lame":
        this.#noteServer(cut, candidate, ExtendedError.NO_REACHABLE_AUTHORITY, reply.reason);
        this.#context.counters.add("upstream-lame");
        if (isProbe) {
          cut.nextQuestion(true);
          return;
        }
        candidate.isOut = true;
        book.markLame(candidate.endpoint, zone, now.monotonic);
        return;
      case "referral": {
        const delegation: Delegation = {
          zone: reply.zone,
          depth: cut.delegation.depth + 1,
          servers: reply.servers,
          ttl: reply.ttl,
          storedAt: now.monotonic,
          expiresAt: now.monotonic + reply.ttl * 1000,
        };
        delegations.put(tree.id, delegation);
        this.#cut = this.#enter(delegation, tree, minimisation.steps, false, now);
        return;
      }
      case "answer":
      case "alias":
      case "overlong-alias":
        if (isProbe) {
          this.#keep(tree.id, reply, now);
          // At a cut whose both sides the server has, it answers; at an alias the whole name is the question.
          if (reply.kind === "answer" && reply.aliases.length === 0) cut.nextQuestion(false);
          else cut.nextQuestion(true);
          return;
        }
        this.#finish(cut, candidate, reply, message, now);
        return;
      case "nodata":
        if (isProbe) cut.nextQuestion(false);
        else this.#finish(cut, candidate, reply, message, now);
        return;
      case "nxdomain":
        // Servers exist that deny empty non-terminals: a probe's NXDOMAIN is believed (RFC 8020) from those that
        // answer as a zone's server should.
        if (isProbe && (!reply.isAuthoritative || reply.authority.length === 0)) cut.nextQuestion(true);
        else this.#finish(cut, candidate, reply, message, now);
    }
  }

  /** Takes a reply that is about the name itself. */
  #finish(cut: CutWork, candidate: Candidate, reply: Reply, message: Message | undefined, now: Now): void {
    const { tree } = cut;
    const { priming, trace } = this.origin;
    if (priming) {
      const root = message ? rootFromReply(message, priming, now, this.#context.settings) : undefined;
      if (root) this.#context.delegations.put(priming.id, root);
    }
    if (cut.isFromCache) trace?.knownServers(cut.delegation, candidate, now);
    this.#conclude(tree.id, cut.minimisation.name, reply, now);
  }

  /** Stores what a reply says, and ends with it or follows its alias. */
  #conclude(partition: string, about: Name, reply: Reply, now: Now): void {
    this.#keep(partition, reply, now);
    this.#cut = undefined;
    this.#forwarders = undefined;
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
        const expiresAt = this.#keepNegative(partition, about, reply, now);
        const rcode = reply.kind === "nxdomain" ? Rcode.NXDOMAIN : Rcode.NOERROR;
        this.#end(rcode, [], reply.authority, expiresAt, now);
        return;
      }
      case "referral":
      case "lame":
      case "error":
        this.#fail(now, false);
    }
  }

  #keep(partition: string, reply: Reply, now: Now): void {
    if (reply.kind !== "answer" && reply.kind !== "alias" && reply.kind !== "overlong-alias") return;
    const { cache } = this.#context;
    for (const [i, rrset] of reply.aliases.entries()) {
      // A CNAME made from a DNAME is made anew each time, so that the DNAME is always shown with it.
      const isSynthesised = rrset.type === RrType.CNAME && reply.aliases[i - 1]?.type === RrType.DNAME;
      if (!isSynthesised) cache.putRrSet(partition, rrset, now.monotonic);
    }
    if (reply.kind !== "answer") return;
    const isSynthesised = reply.rrset.type === RrType.CNAME && reply.aliases.at(-1)?.type === RrType.DNAME;
    if (!isSynthesised) cache.putRrSet(partition, reply.rrset, now.monotonic);
  }

  #keepNegative(
    partition: string,
    name: Name,
    reply: Extract<Reply, { kind: "nodata" | "nxdomain" }>,
    now: Now,
  ): number | undefined {
    const { cache, settings } = this.#context;
    const soa = reply.authority[0];
    // Without SOA nothing says how long: not kept (RFC 2308 section 5), unless the operator keeps everything a while.
    if (!soa && (reply.kind === "nxdomain" || settings.minTtlSeconds === 0)) return undefined;
    const ttl = Math.min(settings.maxNegativeTtlSeconds, boundTtl(soa ? negativeTtl(soa) : 0, settings));
    const expiresAt = now.monotonic + ttl * 1000;
    const entry = { kind: reply.kind, name, authority: reply.authority, expiresAt };
    cache.putNegative(partition, this.type, entry, now.monotonic);
    return expiresAt;
  }

  /** Goes on at an alias's target; without a target the alias made a name over 255 octets (RFC 6672 section 2.2). */
  #follow(aliases: readonly RrSet[], target: Name | undefined, now: Now): void {
    this.#addAliases(aliases);
    if (!target) {
      this.#end(Rcode.YXDOMAIN, [], [], undefined, now);
      return;
    }
    const isCircle = this.#visited.has(target.key);
    this.#isCircle = isCircle;
    if (isCircle || this.#visited.size > maxAliasSteps) {
      const what = isCircle ? "come back to" : "are too many to follow to";
      this.#note(ExtendedError.INVALID_DATA, `the aliases ${what} "${target.toString()}"`);
      this.#fail(now, false);
      return;
    }
    this.#visited.add(target.key);
    this.#current = target;
    this.#cut = undefined;
  }

  #addAliases(aliases: readonly RrSet[]): void {
    for (const rrset of aliases) {
      // One DNAME may be followed twice; it is shown once.
      const isShown = this.#aliases.some(({ type, name }) => type === rrset.type && name.equals(rrset.name));
      if (!isShown) this.#aliases.push(rrset);
    }
    for (const { name, type } of aliases) if (type === RrType.CNAME) this.#visited.add(name.key);
  }

  // Forwarding.

  #askForwarder(
    forwarders: readonly Endpoint[],
    now: Now,
    again?: Candidate,
    transport: "udp" | "tcp" = "udp",
  ): void {
    this.#forwarders ??= forwarders.map((endpoint) => ({
      endpoint,
      name: Name.root,
      tries: 0,
      isOut: false,
    }));
    const { book, upstream, counters, settings } = this.#context;
    const usable = this.#forwarders.filter((candidate) => !candidate.isOut && candidate.tries < 2);
    const fewest = Math.min(...usable.map(({ tries }) => tries));
    const candidate =
      again ??
      book.pick(
        usable.filter(({ tries }) => tries === fewest),
        now.monotonic,
      );
    if (!candidate || !this.origin.budget.takeQuery()) {
      this.#note(ExtendedError.NO_REACHABLE_AUTHORITY, "no forwarder gave an answer");
      this.#fail(now, false);
      return;
    }
    const { endpoint } = candidate;
    const name = this.#current;
    const hasEdns = !book.isWithoutEdns(endpoint, now.monotonic);
    // A forwarder resolves before it answers: it gets more time than a server that only looks up.
    const timeoutMs = transport === "tcp" ? tcpTimeoutMs : 2 * book.timeoutMs(endpoint, candidate.tries);
    counters.add("upstream-queries{hop=forward}");
    candidate.tries++;
    this.#hasAsked = true;
    this.#isWaiting = true;
    upstream.ask(
      {
        server: endpoint,
        name,
        type: this.type,
        isRecursive: true,
        hasEdns,
        options: [],
        transport,
        timeoutMs,
      },
      now,
      (result, at) => {
        this.#isWaiting = false;
        if (this.isOver) return;
        if (result.kind !== "reply") {
          if (result.kind === "silent" && transport === "udp") book.silent(endpoint, at.monotonic);
          else candidate.isOut = true;
          this.#note(
            ExtendedError.NETWORK_ERROR,
            `the forwarder ${describeServer(candidate)} did not answer`,
          );
        } else {
          book.heard(endpoint, result.tookMs);
          const { message } = result;
          if (message.flags.tc && transport === "udp") {
            this.#askForwarder(forwarders, at, candidate, "tcp");
          } else if (hasEdns && !message.edns && message.rcode === Rcode.FORMERR) {
            book.markWithoutEdns(endpoint, at.monotonic);
          } else {
            const mayFollow = (target: Name): boolean =>
              this.#context.trees.placeOf(target).kind === "forward";
            const asked = { name, type: this.type, zone: Name.root, mayFollow };
            const reply = readReply(message, asked, at.monotonic, settings);
            if (reply.kind === "error" || reply.kind === "lame" || reply.kind === "referral") {
              candidate.isOut = true;
              const words =
                reply.kind === "error" ? `answered ${rcodeName(reply.rcode)}` : "does not resolve";
              this.#note(
                ExtendedError.NO_REACHABLE_AUTHORITY,
                `the forwarder ${describeServer(candidate)} ${words}`,
              );
            } else {
              this.#conclude(forwardPartition, name, reply, at);
            }
          }
        }
        this.#advance(at);
      },
    );
  }

  // Waiting and ending.

  #wait(other: Resolution, now: Now, then: Waiter): void {
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

  #note(code: number, text: string): void {
    if (this.#notes.length >= maxNotes || this.#notes.some((note) => note.text === text)) return;
    this.#notes.push({ code, text });
  }

  #noteServer(cut: CutWork, candidate: Candidate, code: number, words: string): void {
    this.#note(code, `${describeServer(candidate)} for "${cut.delegation.zone.toString()}" ${words}`);
  }

  #fail(now: Now, isExhausted: boolean): void {
    if (this.isOver) return;
    const { cache, counters, trees } = this.#context;
    const isCached = this.#notes.some(({ code }) => code === ExtendedError.CACHED_ERROR);
    if (isExhausted && !isCached) counters.add("exhausted");
    // Somebody else's want of budget is not remembered against a name; a client's own is (RFC 9520 section 3.1).
    if (!isCached && !this.origin.priming && (!isExhausted || this.origin.depth === 0)) {
      const partition = partitionOf(trees.placeOf(this.#current));
      cache.putFailure(
        partition,
        this.#current,
        this.type,
        this.#notes,
        now.monotonic,
        minFailureSeconds,
        maxFailureSeconds,
      );
    }
    this.#end(Rcode.SERVFAIL, [], [], undefined, now, isExhausted);
  }

  #end(
    rcode: number,
    answer: readonly RrSet[],
    authority: readonly RrSet[],
    negativeExpiresAt: number | undefined,
    now: Now,
    isExhausted: boolean = false,
  ): void {
    if (this.isOver) return;
    this.#context.timers.clear(this.#deadlineTimer);
    const outcome: Outcome = {
      rcode,
      // A failed chain has no answer, as half of one could be taken for the whole; a circle is shown for what it is.
      answer: rcode === Rcode.SERVFAIL && !this.#isCircle ? [] : [...this.#aliases, ...answer],
      authority,
      errors: rcode === Rcode.SERVFAIL || rcode === Rcode.REFUSED ? this.#notes : [],
      ...(negativeExpiresAt === undefined ? {} : { negativeExpiresAt }),
      isFromCache: !this.#hasAsked,
      isExhausted,
    };
    this.#outcome = outcome;
    this.#context.ended(this);
    for (const waiter of this.#waiters.splice(0)) waiter(outcome, now);
  }
}
