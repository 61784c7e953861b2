// One target of a resource: what is known of its health and what is under way there. It outlives the tables of routes: while a
// resource has a target of the same id at the same place, this is the same object. Hot path (bench/relay.ts): a request makes a few
// calls here and allocates nothing.

import type { HealthCheck, TargetState } from "#contract";
import type { Now } from "#engine";
import type { Destination } from "./destination.ts";
import { TargetCheckLog } from "./check-history.ts";
import { Ejection } from "./ejection.ts";
import { Health, SuccessCodes } from "./health.ts";
import type { CountedTarget, ForwardDecision } from "./policy.ts";
import type { ResourceCounters, TargetTraffic } from "./resource-counters.ts";
import { stickyLines, stickyValue } from "./stickiness.ts";

/** What a target tells its balancer. */
export interface TargetOwner {
  readonly resourceId: string;
  readonly counters: ResourceCounters;
  /** `resource "web"` */
  readonly label: string;
  /** True where targets have a health to speak of. */
  readonly isBalanced: boolean;
  /** Failed requests in a row that put a target aside; 0: none do. */
  readonly ejectAfterFailures: number;
  /** A target has failed so often that it should be put aside. */
  eject(target: BalancedTarget, now: Now): void;
  /** The trial of a target went well, badly, or came to nothing. */
  endTrial(target: BalancedTarget, isGood: boolean | undefined, now: Now | undefined): void;
  /** The last request of a target that is leaving is over. */
  emptied(target: BalancedTarget): void;
  /** Another target for a request. */
  nextAfter(tried: readonly CountedTarget[], now: Now): BalancedTarget | undefined;
  spendRetry(now: Now): boolean;
}

/** How good a target is; of those with the lowest number one is chosen. */
export const TargetRank = {
  /** Healthy, or not probed at all. */
  ready: 0,
  /** Healthy by its probes, and put aside for failed requests. */
  aside: 1,
  /** Not yet probed well. */
  initial: 2,
  unhealthy: 3,
  /** No new request goes there, whatever comes: it leaves, or is a candidate. */
  leaving: 4,
} as const;

/** A target of a resource. */
export class BalancedTarget implements CountedTarget {
  readonly id: string;
  name: string;
  destination: Destination;
  drains = false;
  /** Probed like the others and given no request yet. */
  isCandidate = false;
  /** How it is probed, and which codes are good, where that is not as the others of its resource are. */
  ownCheck: HealthCheck | undefined = undefined;
  ownCodes: SuccessCodes | undefined = undefined;
  /** True once the resource has it no more. */
  isGone = false;
  /** While it leaves: monotonic time at which what is under way is ended; undefined until that is worked out. */
  leavesAt: number | undefined = undefined;
  underWay = 0;
  health: Health = new Health();
  readonly checks: TargetCheckLog = new TargetCheckLog();
  readonly ejection: Ejection = new Ejection();
  /** Shared with the same target of other resources. */
  readonly traffic: TargetTraffic;
  /** True while requests may be balanced to it. */
  isReady = false;
  /** Its value of the cookie. */
  readonly cookieValue: string;
  /** What a policy decides that chose this target, without and with the cookie. */
  decision: ForwardDecision;
  decisionWithCookie: ForwardDecision;
  readonly #owner: TargetOwner;
  #httpCookie = "";
  #httpsCookie = "";

  constructor(
    owner: TargetOwner,
    id: string,
    name: string,
    destination: Destination,
    traffic: TargetTraffic,
  ) {
    this.#owner = owner;
    this.traffic = traffic;
    this.id = id;
    this.name = name;
    this.destination = destination;
    this.cookieValue = stickyValue(owner.resourceId, id);
    const { label, counters } = owner;
    const base = { kind: "forward", destinations: [], first: 0, label, counters, target: this } as const;
    this.decision = { ...base, setsCookie: false };
    this.decisionWithCookie = { ...base, setsCookie: true };
  }

  /** Another place for the same target: its health is not known there. */
  move(destination: Destination): void {
    this.destination = destination;
    this.forgetHealth();
  }

  /** Takes how it is probed. @param check  undefined: as the others of its resource are */
  takeCheck(check: HealthCheck | undefined): void {
    if (check?.successCodes !== this.ownCheck?.successCodes)
      this.ownCodes = check && new SuccessCodes(check.successCodes);
    this.ownCheck = check;
  }

  /** Begins as a target that was just registered. */
  forgetHealth(): void {
    this.health = new Health();
    this.ejection.return("in", 0);
  }

  /** Takes the label and the cookie's life of its resource. @param durationSeconds  undefined: no cookie */
  describe(durationSeconds: number | undefined): void {
    const lines = durationSeconds === undefined ? undefined : stickyLines(this.cookieValue, durationSeconds);
    this.#httpCookie = lines?.http ?? "";
    this.#httpsCookie = lines?.https ?? "";
    const { label } = this.#owner;
    if (label === this.decision.label) return;
    this.decision = { ...this.decision, label };
    this.decisionWithCookie = { ...this.decisionWithCookie, label };
  }

  get counters(): ResourceCounters {
    return this.#owner.counters;
  }

  get isLeaving(): boolean {
    return this.drains || this.isGone;
  }

  get rank(): number {
    if (this.isLeaving || this.isCandidate) return TargetRank.leaving;
    if (!this.#owner.isBalanced) return TargetRank.ready;
    if (this.health.state === "unhealthy") return TargetRank.unhealthy;
    if (this.health.state === "initial") return TargetRank.initial;
    return this.ejection.state === "in" ? TargetRank.ready : TargetRank.aside;
  }

  /**
   * Its state in Lightsail's words. A target that is put aside counts as unhealthy, because no request goes there; once its trial may
   * begin, its probes say how it is.
   */
  state(): TargetState {
    const { id, underWay } = this;
    if (this.drains) return { id, state: "draining", reason: "Instance.DeregistrationInProgress", underWay };
    // Lightsail's word where there are no health checks.
    if (!this.#owner.isBalanced) return { id, state: "unavailable", underWay };
    const { state, reason, detail } = this.health;
    if (this.rank === TargetRank.aside && this.ejection.state === "aside") {
      const aside = `put aside for ${this.ejection.lastMs / 1000} s: requests failed in a row`;
      return { id, state: "unhealthy", reason: "Instance.FailedHealthChecks", detail: aside, underWay };
    }
    return {
      id,
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(detail === undefined ? {} : { detail }),
      underWay,
    };
  }

  begin(): void {
    this.underWay++;
  }

  answered(status: number, now: Now, tookMs?: number): void {
    this.#owner.counters.countTargetResponse(status, tookMs);
    if (status >= 502 && status <= 504) this.failed(now);
    else if (this.ejection.state === "tried") this.#owner.endTrial(this, true, now);
    else this.ejection.failuresInRow = 0;
  }

  failed(now: Now): void {
    const { ejection } = this;
    if (ejection.state === "tried") {
      this.#owner.endTrial(this, false, now);
      return;
    }
    const limit = this.#owner.ejectAfterFailures;
    if (limit === 0 || ejection.state !== "in") return;
    if (++ejection.failuresInRow >= limit) this.#owner.eject(this, now);
  }

  leave(): void {
    this.underWay--;
    // The visitor went away before the answer began: what was tried is not known yet.
    if (this.ejection.state === "tried") this.#owner.endTrial(this, undefined, undefined);
    if (this.underWay === 0 && this.isLeaving) this.#owner.emptied(this);
  }

  next(tried: readonly CountedTarget[], now: Now): CountedTarget | undefined {
    return this.#owner.nextAfter(tried, now);
  }

  spendRetry(now: Now): boolean {
    return this.#owner.spendRetry(now);
  }

  cookieLine(scheme: "http" | "https"): string {
    return scheme === "https" ? this.#httpsCookie : this.#httpCookie;
  }
}
