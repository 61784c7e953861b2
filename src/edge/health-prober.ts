// Probes the targets of load balancers, and what routing policies follow: GET on one path by HTTP/1.1, with the target's address as Host where
// no other is given, over TLS where that is asked for, on a connection of its own that is closed after it; or nothing but the connection. An
// engine beside the edge's, one a process; what it finds is kept with the targets (health.ts). TLS is the driver's.
//
// The first probe follows right after a target is there. Then each has a time of its own within the interval, so that the probes of many
// targets do not come at once. A target is told by the status of its response: content is read and dropped until its end, up to a
// bound of octets and within the probe's time, so that a target is not left with a broken pipe.

import {
  formatEndpoint,
  type Effects,
  type Engine,
  type IoFailure,
  type Now,
  type Random,
  type TlsClient,
} from "#engine";
import { HeadStatus, MessageHead, octetsOf, textOf } from "#http";
import type { Counters, TargetCheck } from "#contract";
import type { BalancedTarget } from "./balanced-target.ts";
import type { Balancer } from "./balancer.ts";
import { describeOutcome, type ProbeOutcome } from "./health.ts";
import { OctetQueue } from "./octet-queue.ts";
import type { TargetBook } from "./target-book.ts";

/** Probes under way at once. With the default time-out of 5 s, 1,500 targets that do not answer are still probed every 30 s. */
const maxProbes = 256;

/** Octets of content that are read to let a target end its response: a page of its own, not a download. */
const maxContentOctets = 65_536;

/** Interim responses before the final one. */
const maxInterimResponses = 8;

/** Characters of a reason phrase that are repeated in words. */
const maxPhraseLength = 60;

/** The part of an interval that probes move by, so that those that fell together part. */
const jitter = 0.05;

/** What a probe is made over. */
type Protocol = NonNullable<TargetCheck["protocol"]> | "http";
/** What is wrong with a target's TLS where no request could be made over it. */
const tlsFailures = ["untrusted", "expired", "misnamed", "no-tls"] as const satisfies readonly IoFailure[];
type TlsFailure = (typeof tlsFailures)[number];

/** A target that is probed again and again. */
interface Watch {
  readonly target: BalancedTarget;
  readonly balancer: Balancer;
  /** The check that its times are of. */
  check: TargetCheck;
  /** Stands for the next probe; -1 where one is under way or waits for its turn. */
  timer: number;
  probe: Probe | undefined;
  /** True once its second probe has its own place in the interval. */
  isSpread: boolean;
}

/** One probe. */
interface Probe {
  readonly watch: Watch;
  readonly slot: number;
  /** That of the check that it was made for. */
  readonly protocol: Protocol;
  readonly head: MessageHead;
  /** What is there of the head. */
  readonly octets: OctetQueue;
  readonly beganAt: number;
  readonly timeoutMs: number;
  timer: number;
  isConnected: boolean;
  /** True once what came of it was told: what follows is the content. */
  isTold: boolean;
  interim: number;
  contentOctets: number;
}

/** The prober as an engine. It needs no listeners. */
export class HealthProber implements Engine {
  readonly #book: TargetBook;
  readonly #random: Random;
  readonly #watches = new Map<BalancedTarget, Watch>();
  readonly #probes = new Map<number, Probe>();
  /** By timer: the watch whose probe is due, or the probe that is out of time. */
  readonly #due = new Map<number, Watch | Probe>();
  readonly #waiting = new Set<Watch>();
  #effects: Effects | undefined = undefined;
  #settleTimer = -1;
  readonly #made: Record<Protocol, number> = { http: 0, https: 0, tcp: 0 };
  readonly #bad: Record<Protocol, number> = { http: 0, https: 0, tcp: 0 };
  readonly #withoutTls: Record<TlsFailure, number> = { untrusted: 0, expired: 0, misnamed: 0, "no-tls": 0 };

  /** @param book  the targets to probe: those of its resources that are load balancers */
  constructor(book: TargetBook, random: Random) {
    this.#book = book;
    this.#random = random;
    book.watch(() => this.#settleSoon());
  }

  start(effects: Effects): void {
    this.#effects = effects;
    this.#settleSoon();
  }

  /** The counters by name. */
  readCounters(): Counters {
    const counted: Counters = { probes: 0, "probes-failed": 0 };
    const count = (name: string, of: Readonly<Record<Protocol, number>>): void => {
      for (const [protocol, value] of Object.entries(of)) {
        counted[name] = (counted[name] ?? 0) + value;
        counted[`${name}{protocol=${protocol}}`] = value;
      }
    };
    count("probes", this.#made);
    count("probes-failed", this.#bad);
    for (const cause of tlsFailures) counted[`probes-without-tls{cause=${cause}}`] = this.#withoutTls[cause];
    return counted;
  }

  /** Probes no more, for good. */
  stop(): void {
    for (const watch of this.#watches.values()) this.#forget(watch);
    this.#watches.clear();
    this.#waiting.clear();
    this.#take(this.#settleTimer);
    this.#effects = undefined;
  }

  connected(slot: number, now: Now): void {
    const probe = this.#probes.get(slot);
    if (!probe) return;
    probe.isConnected = true;
    if (probe.watch.check.protocol === "tcp") {
      this.#tell(probe, { kind: "connected", tookMs: now.monotonic - probe.beganAt }, now);
      // Nothing was said: nothing is broken off.
      this.#run().end(slot);
      return;
    }
    const { target, check } = probe.watch;
    this.#run().write(
      slot,
      octetsOf(
        `GET ${check.path} HTTP/1.1\r\nHost: ${formatHost(target, check)}\r\nUser-Agent: Fairlead-HealthChecker\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
      ),
    );
  }

  received(slot: number, input: Uint8Array, length: number, now: Now): void {
    const probe = this.#probes.get(slot);
    if (!probe) return;
    if (probe.isTold) {
      this.#drop(probe, length);
      return;
    }
    probe.octets.append(input, 0, length);
    this.#read(probe, now);
  }

  ended(slot: number, now: Now): void {
    const probe = this.#probes.get(slot);
    if (!probe) return;
    if (!probe.isTold) this.#tell(probe, failed("it closed the connection without a whole response"), now);
    this.#run().end(slot);
  }

  closed(slot: number, failure: IoFailure | undefined, now: Now): void {
    const probe = this.#probes.get(slot);
    if (!probe) return;
    this.#probes.delete(slot);
    this.#take(probe.timer);
    // Where this side has no connection left, that says nothing of the target.
    if (!probe.isTold && failure !== "no-resources") {
      const what = failure === undefined ? "connection closed" : failureWords[failure];
      const cause = tlsFailures.find((one) => one === failure);
      if (cause) this.#withoutTls[cause]++;
      this.#tell(probe, failure === "timeout" ? timeout(probe) : failed(what), now);
    }
    if (probe.watch.probe === probe) probe.watch.probe = undefined;
    this.#plan(probe.watch, probe.beganAt, now);
    this.#beginWaiting(now);
  }

  timer(id: number, now: Now): void {
    if (id === this.#settleTimer) {
      this.#settleTimer = -1;
      this.#settle(now);
      return;
    }
    const due = this.#due.get(id);
    if (!due) return;
    this.#due.delete(id);
    if ("slot" in due) {
      due.timer = -1;
      if (!due.isTold) this.#tell(due, timeout(due), now);
      this.#run().destroy(due.slot);
      return;
    }
    due.timer = -1;
    this.#begin(due, now);
  }

  /** Looks at the book at the next turn: a change of many resources is one look. */
  #settleSoon(): void {
    if (this.#effects && this.#settleTimer < 0) this.#settleTimer = this.#effects.setTimer(0);
  }

  #settle(now: Now): void {
    const wanted = new Set<BalancedTarget>();
    for (const balancer of this.#book.balancers()) {
      const usual: TargetCheck | undefined = balancer.balancing?.healthCheck;
      if (!usual) continue;
      for (const target of balancer.targets) {
        if (target.isLeaving) continue;
        const check: TargetCheck = target.ownCheck ?? usual;
        wanted.add(target);
        const watch = this.#watches.get(target);
        if (!watch) {
          const added: Watch = { target, balancer, check, timer: -1, probe: undefined, isSpread: false };
          this.#watches.set(target, added);
          this.#begin(added, now);
        } else if (watch.check !== check || target.health.reason === "Lb.RegistrationInProgress") {
          const isSame = JSON.stringify(watch.check) === JSON.stringify(check);
          watch.check = check;
          // Another check, or another place of the same target: what is under way says nothing of it.
          if (!isSame || target.health.reason === "Lb.RegistrationInProgress") this.#again(watch, now);
        }
      }
    }
    for (const [target, watch] of this.#watches) {
      if (wanted.has(target)) continue;
      this.#watches.delete(target);
      this.#forget(watch);
    }
    this.#beginWaiting(now);
  }

  #again(watch: Watch, now: Now): void {
    this.#forget(watch);
    this.#begin(watch, now);
  }

  #forget(watch: Watch): void {
    this.#take(watch.timer);
    watch.timer = -1;
    this.#waiting.delete(watch);
    const { probe } = watch;
    watch.probe = undefined;
    if (!probe) return;
    this.#take(probe.timer);
    this.#probes.delete(probe.slot);
    this.#run().destroy(probe.slot);
  }

  #begin(watch: Watch, now: Now): void {
    if (this.#probes.size >= maxProbes) {
      this.#waiting.add(watch);
      return;
    }
    const { target, check } = watch;
    if (target.health.begin()) watch.balancer.changed();
    const slot = this.#run().connect(target.destination.endpoint, undefined, tlsOf(check));
    const probe: Probe = {
      watch,
      slot,
      protocol: check.protocol ?? "http",
      head: new MessageHead("response"),
      octets: new OctetQueue(),
      beganAt: now.monotonic,
      timeoutMs: check.timeoutMs,
      timer: this.#run().setTimer(now.monotonic + check.timeoutMs),
      isConnected: false,
      isTold: false,
      interim: 0,
      contentOctets: 0,
    };
    this.#made[probe.protocol]++;
    this.#due.set(probe.timer, probe);
    this.#probes.set(slot, probe);
    watch.probe = probe;
  }

  #beginWaiting(now: Now): void {
    for (const watch of this.#waiting) {
      if (this.#probes.size >= maxProbes) return;
      this.#waiting.delete(watch);
      this.#begin(watch, now);
    }
  }

  #read(probe: Probe, now: Now): void {
    const { head, octets } = probe;
    for (;;) {
      const status = head.parse(octets.octets, octets.start, octets.end);
      if (status === HeadStatus.More) return;
      if (status === HeadStatus.Failed) {
        this.#tell(probe, failed(`its response is malformed (${head.failure?.code})`), now);
        this.#run().destroy(probe.slot);
        return;
      }
      const { start } = octets;
      if (head.status >= 200) {
        const phrase = plain(textOf(octets.octets, start + head.reasonStart, start + head.reasonEnd));
        const tookMs = now.monotonic - probe.beganAt;
        this.#tell(probe, { kind: "answered", status: head.status, phrase, tookMs }, now);
        this.#drop(probe, octets.length - head.length);
        return;
      }
      octets.take(start + head.length);
      if (head.status === 101 || ++probe.interim > maxInterimResponses) {
        const what =
          head.status === 101 ? "it switched protocols unasked" : "it sent too many interim responses";
        this.#tell(probe, failed(what), now);
        this.#run().destroy(probe.slot);
        return;
      }
      head.reset();
      if (octets.length === 0) return;
    }
  }

  /** Drops octets of content, up to what is let pass. */
  #drop(probe: Probe, length: number): void {
    probe.contentOctets += length;
    if (probe.contentOctets > maxContentOctets) this.#run().destroy(probe.slot);
  }

  #tell(probe: Probe, outcome: ProbeOutcome, now: Now): void {
    probe.isTold = true;
    const { watch } = probe;
    const { target, balancer } = watch;
    const isOk =
      outcome.kind === "connected" ||
      (outcome.kind === "answered" && (target.ownCodes ?? balancer.codes).has(outcome.status));
    if (!isOk) this.#bad[probe.protocol]++;
    const tookMs = now.monotonic - probe.beganAt;
    target.checks.add({ at: now.wall, isOk, tookMs, said: describeOutcome(outcome) });
    balancer.probed(target, outcome, now.monotonic);
  }

  /** Sets the time of the next probe, once one is over. */
  #plan(watch: Watch, beganAt: number, now: Now): void {
    if (this.#watches.get(watch.target) !== watch || watch.probe || watch.timer >= 0 || !this.#effects)
      return;
    const { check, target } = watch;
    const repeatMs = target.health.repeatMs(check);
    let at = now.monotonic + (repeatMs ?? 0);
    if (repeatMs === undefined) {
      const part = this.#random.integer(1024) / 1024;
      const times = watch.isSpread ? 1 + jitter * (2 * part - 1) : (1 + part) / 2;
      at = Math.max(now.monotonic, beganAt + times * check.intervalMs);
      watch.isSpread = true;
    }
    watch.timer = this.#effects.setTimer(at);
    this.#due.set(watch.timer, watch);
  }

  #take(timer: number): void {
    if (timer < 0) return;
    this.#due.delete(timer);
    this.#effects?.clearTimer(timer);
  }

  #run(): Effects {
    if (!this.#effects) throw new RangeError("Cannot handle an event: the prober was not started");
    return this.#effects;
  }
}

const failureWords: Readonly<Record<Exclude<IoFailure, "no-resources">, string>> = {
  refused: "connection refused",
  reset: "connection broken off",
  unreachable: "no way to its address",
  timeout: "no connection in time",
  untrusted: "certificate not trusted",
  expired: "certificate out of its time",
  misnamed: "certificate of other names",
  "no-tls": "no TLS to be had",
};

function failed(what: string): ProbeOutcome {
  return { kind: "failed", what };
}

function timeout(probe: Probe): ProbeOutcome {
  const { timeoutMs: afterMs, isConnected } = probe;
  const isSecure = probe.watch.check.protocol === "https";
  return { kind: "timeout", afterMs, isConnected, ...(isSecure ? { isSecure } : {}) };
}

/** What TLS a probe is made over; undefined: none. What it says and hears is no secret, so anybody may answer unless it is told otherwise. */
function tlsOf({ protocol, serverName, trusted }: TargetCheck): TlsClient | undefined {
  if (protocol !== "https") return undefined;
  return {
    oldest: "TLSv1.2",
    protocols: ["http/1.1"],
    ...(serverName === undefined ? {} : { serverName }),
    ...(trusted === undefined
      ? { canBeAnyone: true }
      : { hasUsualAuthorities: true, ...(trusted === "" ? {} : { authorities: trusted }) }),
  };
}

/** The host that is asked for or else the target's address, without the standard port. @see RFC 9110 section 4.2.3 */
function formatHost({ destination }: BalancedTarget, { host, protocol }: TargetCheck): string {
  const { port } = destination.endpoint;
  const isUsual = port === (protocol === "https" ? 443 : 80);
  if (host !== undefined) return isUsual ? host : `${host}:${port}`;
  const text = formatEndpoint(destination.endpoint);
  return isUsual ? text.slice(0, -`:${port}`.length) : text;
}

/** A reason phrase that can be shown: a target writes what it likes there. */
function plain(phrase: string): string {
  return phrase.replaceAll(/[^ -~]/g, "?").slice(0, maxPhraseLength);
}
