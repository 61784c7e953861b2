// The walk for one name down one tree: from the nearest known zone cut, server by server and cut by cut, to the servers
// of the name (RFC 1034 section 5.3.3). What one server's reply means is in reply.ts, which server is next in cut-work.ts.

import type { Now, Transport } from "#engine";
import { ExtendedError, Name, Rcode, RrType, rcodeName, type Message } from "#wire";
import type { Course, CourseHost } from "./course.ts";
import { CutWork, type Candidate } from "./cut-work.ts";
import type { Delegation } from "./delegations.ts";
import { describeServer } from "./describe.ts";
import {
  maxSubResolutionDepth,
  maxTriesBeforeParent,
  maxTriesPerServer,
  tcpTimeoutMs,
  unprimedMs,
} from "./limits.ts";
import { Minimisation } from "./minimisation.ts";
import { readReply, type Reply } from "./reply.ts";
import { rootFromHints, rootFromReply } from "./root.ts";
import { partitionOf, uncheckedPartitionOf, type Tree } from "./trees.ts";
import type { ExchangeResult, UpstreamQuery } from "./upstream.ts";

type Failing = Extract<ExchangeResult, { kind: "silent" | "failed" | "unreadable" | "mismatched" }>;

/** See the head of this file. */
export class Walk implements Course {
  readonly #host: CourseHost;
  readonly #name: Name;
  readonly #type: number;
  readonly #tree: Tree;
  #cut: CutWork | undefined;
  #hasGoneBack = false;

  constructor(host: CourseHost, name: Name, type: number, tree: Tree) {
    this.#host = host;
    this.#name = name;
    this.#type = type;
    this.#tree = tree;
  }

  step(now: Now): void {
    if (!this.#cut) {
      const cut = this.#findCut(now);
      if (!cut) return;
      this.#cut = cut;
    }
    this.#askCut(this.#cut, now);
  }

  /** The nearest cut to start from; undefined where the root must be primed first, which is then waited for. */
  #findCut(now: Now): CutWork | undefined {
    const tree = this.#tree;
    const { delegations } = this.#host.context;
    if (this.#host.origin.priming) return this.#enter(rootFromHints(tree, now, 0), tree, 0, false, now);
    const isFresh = this.#host.origin.trace?.isFresh === true;
    const known = delegations.closest(tree.id, this.#name, this.#type, now.monotonic, this.#host.since);
    if (known) {
      const isFromCache = known.storedAt < this.#host.startedAt;
      if (isFromCache) this.#host.origin.trace?.cachedPath(this.#host.context, tree.id, known, now);
      return this.#enter(known, tree, 0, isFromCache, now);
    }
    if (isFresh) return this.#enter(rootFromHints(tree, now, 0), tree, 0, false, now);
    this.#host.waitFor(this.#host.context.prime(tree, now), now, (outcome, at) => {
      const known = delegations.get(tree.id, Name.root, at.monotonic, 0);
      if (known) return;
      for (const note of outcome.errors) this.#host.note(note.code, note.text);
      // RFC 9609: the hints will do for now, and priming is tried again later.
      const hints = rootFromHints(tree, at, unprimedMs);
      delegations.put(tree.id, hints);
      this.#cut = this.#enter(hints, tree, 0, false, at);
    });
    return undefined;
  }

  #enter(delegation: Delegation, tree: Tree, steps: number, isFromCache: boolean, now: Now): CutWork {
    const { settings, cache, trees } = this.#host.context;
    const minimisation = new Minimisation(
      this.#name,
      this.#type,
      delegation.zone.labelCount,
      steps,
      settings.minimisesQueries && this.#host.origin.priming === undefined,
    );
    const maxTries = isFromCache && !this.#hasGoneBack ? maxTriesBeforeParent : maxTriesPerServer;
    const terms = { isFromCache, maxTries, families: settings };
    return new CutWork(delegation, tree, minimisation, terms, (name, type) => {
      const place = trees.placeOf(name);
      return (
        cache.findRrset(partitionOf(place), name, type, now.monotonic, 0) ??
        cache.findRrset(uncheckedPartitionOf(place), name, type, now.monotonic, 0)
      );
    });
  }

  #askCut(cut: CutWork, now: Now): void {
    const step = cut.next(this.#host.context.book, now.monotonic);
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
    const { budget, depth } = this.#host.origin;
    if (depth >= maxSubResolutionDepth || !budget.takeSubResolution()) {
      this.#host.note(
        ExtendedError.NO_REACHABLE_AUTHORITY,
        `no work left to look up the server ${name.toString()}`,
      );
      return;
    }
    // Where a server is asked matters less than what it says, which is validated.
    const origin = { budget, depth: depth + 1, isUnchecked: true };
    const lookUp = this.#host.context.lookUp(name, type, origin, this.#host.self, now);
    if (!lookUp) {
      this.#host.note(
        ExtendedError.NO_REACHABLE_AUTHORITY,
        `the server ${name.toString()} depends on the zone it serves`,
      );
      return;
    }
    this.#host.waitFor(lookUp, now, (outcome) => {
      // A server's name must not be an alias (RFC 2181 section 10.3); where it is one all the same, its target will do.
      const rrset = outcome.answer.at(-1);
      if (rrset?.type === type && cut.addAddresses(name, rrset)) {
        cut.skipLookUps(name);
        return;
      }
      this.#host.note(ExtendedError.NO_REACHABLE_AUTHORITY, `no address for the server ${name.toString()}`);
      for (const { code, text } of outcome.errors.slice(0, 2)) this.#host.note(code, text);
    });
  }

  /** All servers of a cut have failed: what may still help, in order. */
  #giveUp(cut: CutWork, now: Now): void {
    const { doubtful } = cut;
    const { delegations, trees } = this.#host.context;
    const findGlue = (name: Name): readonly Uint8Array[] =>
      delegations.findGlue(partitionOf(trees.placeOf(name)), name, now.monotonic);
    if (!doubtful && cut.addSpareAddresses(findGlue)) return;
    if (doubtful) {
      cut.doubtful = undefined;
      this.#take(cut, doubtful.candidate, doubtful.reply, undefined, now);
      return;
    }
    const zone = cut.delegation.zone;
    if (cut.isFromCache && !cut.hasFailed && !this.#hasGoneBack && !zone.isRoot) {
      // The parent may name other servers by now. Once for each question.
      this.#hasGoneBack = true;
      this.#cut = undefined;
      const parent = zone.parent() ?? Name.root;
      const above = delegations.closest(cut.tree.id, parent, RrType.NS, now.monotonic, this.#host.since);
      if (above) this.#cut = this.#enter(above, cut.tree, 0, false, now);
      return;
    }
    this.#host.note(ExtendedError.NO_REACHABLE_AUTHORITY, `no server of "${zone.toString()}" gave an answer`);
    this.#host.fail(now, false);
  }

  // Asking, and what comes back.

  #ask(cut: CutWork, candidate: Candidate, now: Now, transport: Transport = "udp", hasEdns?: boolean): void {
    const { book, counters } = this.#host.context;
    const { endpoint } = candidate;
    const { depth } = cut.delegation;
    const { priming, trace } = this.#host.origin;
    const withEdns = hasEdns ?? !book.isWithoutEdns(endpoint, now.monotonic);
    const { name, type } = cut.minimisation;
    const timeoutMs = transport === "tcp" ? tcpTimeoutMs : book.timeoutMs(endpoint, candidate.tries);
    candidate.tries++;
    const hop = priming ? "priming" : depth === 0 ? "root" : depth === 1 ? "tld" : "other";
    counters.add(`upstream-queries{hop=${hop}}`);
    const options = cut.tree.isPrivate && trace ? [trace.option] : [];
    const query: UpstreamQuery = {
      server: endpoint,
      name,
      type,
      isRecursive: false,
      hasEdns: withEdns,
      options,
      transport,
      timeoutMs,
      ...(trace && !priming ? { trace: trace.asked(depth, candidate, name, type, transport) } : {}),
    };
    this.#host.ask(query, now, (result, at) => {
      if (result.kind === "reply") {
        book.heard(endpoint, result.tookMs);
        this.#replied(cut, candidate, result.message, transport, withEdns, at);
      } else {
        this.#unanswered(cut, candidate, result, transport, at);
      }
    });
  }

  #unanswered(cut: CutWork, candidate: Candidate, result: Failing, transport: Transport, now: Now): void {
    if (result.kind === "mismatched" && transport === "udp") {
      this.#ask(cut, candidate, now, "tcp");
      return;
    }
    // Silence may be a lost packet; anything else will not change by asking again.
    if (result.kind === "silent" && transport === "udp")
      this.#host.context.book.silent(candidate.endpoint, now.monotonic);
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
    transport: Transport,
    hadEdns: boolean,
    now: Now,
  ): void {
    const { book } = this.#host.context;
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
      this.#host.context.settings,
    );
    const isDoubtful =
      !message.flags.aa && message.flags.ra && reply.kind !== "referral" && reply.kind !== "lame";
    // What a probe is answered only says what to ask next.
    if (isDoubtful && reply.kind !== "error" && !this.#host.origin.priming && !cut.minimisation.isProbe) {
      // It says that it resolves for others and does not say that it serves the zone: only if nobody else answers.
      candidate.isOut = true;
      cut.doubtful ??= { reply, candidate };
      return;
    }
    this.#take(cut, candidate, reply, message, now);
  }

  #isInTree(name: Name, tree: Tree): boolean {
    const place = this.#host.context.trees.placeOf(name);
    return place.kind === "tree" && place.tree.id === tree.id;
  }

  /** Acts on a reply. `message` is absent for one that was laid aside before. */
  #take(cut: CutWork, candidate: Candidate, reply: Reply, message: Message | undefined, now: Now): void {
    const { book, delegations } = this.#host.context;
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
          // Some servers answer only for names they know as such.
          cut.nextQuestion(true);
          return;
        }
        candidate.isOut = true;
        if (reply.rcode === Rcode.SERVFAIL) cut.hasFailed = true;
        if (reply.rcode === Rcode.REFUSED || reply.rcode === Rcode.NOTAUTH) {
          book.markLame(candidate.endpoint, zone, now.monotonic);
        }
        return;
      case "lame":
        this.#noteServer(cut, candidate, ExtendedError.NO_REACHABLE_AUTHORITY, reply.reason);
        this.#host.context.counters.add("upstream-lame");
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
          ...(reply.security.length > 0 && tree.anchors.length > 0 ? { security: reply.security } : {}),
        };
        delegations.put(tree.id, delegation);
        this.#cut = this.#enter(delegation, tree, minimisation.steps, false, now);
        return;
      }
      case "answer":
      case "alias":
      case "overlong-alias":
        if (isProbe) {
          this.#host.keep(uncheckedPartitionOf({ kind: "tree", tree }), reply, now);
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
        if (isProbe && (!reply.isAuthoritative || reply.authority[0]?.type !== RrType.SOA))
          cut.nextQuestion(true);
        else this.#finish(cut, candidate, reply, message, now);
    }
  }

  /** Takes a reply that is about the name itself. */
  #finish(cut: CutWork, candidate: Candidate, reply: Reply, message: Message | undefined, now: Now): void {
    const { tree } = cut;
    const { priming, trace } = this.#host.origin;
    if (priming) {
      const root = message ? rootFromReply(message, priming, now, this.#host.context.settings) : undefined;
      if (root) this.#host.context.delegations.put(priming.id, root);
    }
    if (cut.isFromCache) trace?.knownServers(cut.delegation, candidate, now);
    const source = { server: candidate.endpoint, zone: cut.delegation.zone };
    this.#host.conclude(tree.id, cut.minimisation.name, reply, now, source, (reason) => {
      candidate.isOut = true;
      this.#noteServer(cut, candidate, ExtendedError.DNSSEC_BOGUS, `gave ${reason}`);
    });
  }

  #noteServer(cut: CutWork, candidate: Candidate, code: number, words: string): void {
    this.#host.note(code, `${describeServer(candidate)} for "${cut.delegation.zone.toString()}" ${words}`);
  }
}
