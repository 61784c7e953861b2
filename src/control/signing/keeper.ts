// Carries signed zones on: does the next step of each (steps.ts) once DNS shows what it needs, gives keys to zones that lack them, and has
// signatures made anew before they end. What is to be done follows from the log, so a control that starts anew goes on.

import { decodeRdata, formatBase64, Rcode, RrType } from "#wire";
import type { ZoneSigningStatus } from "#contract";
import { delegationTtl } from "#registry";
import type { Entry } from "#store";
import { nextSerial } from "#zone";
import { hostsOf, type ControlConfig } from "../config.ts";
import type { NamesChecks } from "../names-check.ts";
import type { PlanContext } from "../plan-context.ts";
import type { NameServerQueries, Clock, Log, Resolver, HostTimers } from "../ports.ts";
import type { State } from "../state.ts";
import type { ZoneSigningFact } from "./facts.ts";
import type { ZoneKeys } from "./keys.ts";
import { vouchingParent } from "./parent.ts";
import { keyTtlOf, vouchedKeys, dsRdataOf } from "./publish-signing.ts";
import { newSigning, wishOf } from "./stage-signing.ts";
import { nextStep, type DsElsewhere, type SigningStep, type StepNeed } from "./steps.ts";
import { viewSigning } from "./view-signing.ts";
import type { ZoneSigner } from "./zone-signer.ts";

/** What the keeper works with. */
export interface SigningSources {
  readonly state: State;
  readonly config: ControlConfig;
  readonly clock: Clock;
  readonly timers: HostTimers;
  readonly log: Log;
  readonly authority: NameServerQueries;
  readonly resolver: Resolver;
  readonly checks: NamesChecks;
  readonly keys: ZoneKeys;
  readonly signer: ZoneSigner;
  /** Commits facts of the platform's own. */
  readonly write: (draw: (context: PlanContext) => void) => Promise<void>;
}

/** The longest sleep, which is also how often ends of signatures are looked at. */
const maxSleepMs = 3_600_000;
/** After how long a zone is looked at again whose servers do not say yet what they should. */
const againMs = 2_000;
/** After how long what failed is tried again. */
const retryMs = 60_000;
/** Zones that are numbered anew in one commit, to have their signatures made anew. */
const maxRenewed = 50;

/** See the head of this file. */
export class SigningKeeper {
  readonly #from: SigningSources;
  /** Zones to be looked at, and when: wall time. */
  readonly #due: Map<string, number> = new Map();
  /** Zones whose step waits for what name servers say, and the zones that these are to answer for: looked at with each of their words. */
  readonly #awaiting: Map<string, readonly string[]> = new Map();
  /** Serials that all servers of a zone were heard to answer with: what the watch has seen, it forgets where nobody waits. */
  readonly #heard: Map<string, number> = new Map();
  /** What parents elsewhere were last seen to have of zones that wait for it. */
  readonly #elsewhere: Map<string, DsElsewhere> = new Map();
  #cancel: (() => void) | undefined;
  #isRunning = false;
  #isStarted = false;
  #isClosed = false;

  constructor(from: SigningSources) {
    this.#from = from;
  }

  /** Looks at every zone, and goes on from there. */
  async start(): Promise<void> {
    const { state, config } = this.#from;
    const signed = [...state.all("zone-signing").keys()];
    // What was signed in an earlier time is led out, also where nothing is signed any more.
    if (config.signing === undefined && signed.length === 0) return;
    this.#isStarted = true;
    const now = this.#from.clock.wall();
    const all =
      config.signing === undefined ? signed : [".", ...config.profile.tlds, ...state.all("zone").keys()];
    for (const apex of all) this.#due.set(apex, now);
    await this.#run();
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  /** Takes note of committed entries. */
  noticed(entries: readonly Entry[]): void {
    if (!this.#isStarted) return;
    for (const { kind, key } of entries) {
      if (kind !== "zone" && kind !== "zone-signing" && kind !== "domain" && kind !== "pending") continue;
      this.#due.set(key, 0);
      // Whether those that lie in it have a parent follows from it.
      if (kind === "zone" && this.#from.state.get("zone", key)) {
        for (const below of this.#from.state.zonesBelow(key)) this.#due.set(below, 0);
      }
    }
    if (!this.#isRunning) this.#sleep();
  }

  /** Something was heard that steps may wait for. */
  review(): void {
    if (!this.#isStarted) return;
    // Asked here and now: the rounds of asking go on, with growing pauses, while somebody asks within them.
    for (const [apex, answering] of this.#awaiting)
      if (answering.map((each) => this.#answers(each)).every(Boolean)) this.#due.set(apex, 0);
    const now = this.#from.clock.wall();
    for (const at of this.#due.values()) {
      if (at > now) continue;
      void this.#run();
      return;
    }
  }

  /** What is next for a zone; undefined where it is not signed. */
  stepOf(apex: string): SigningStep | undefined {
    const fact = this.#from.state.value("zone-signing", apex);
    return fact && this.#stepOf(fact);
  }

  /** How a zone is signed. Throws `zone-not-found`. */
  status(zone: string): ZoneSigningStatus {
    return viewSigning(this.#from, this, zone);
  }

  async #run(): Promise<void> {
    if (this.#isRunning || this.#isClosed) return;
    this.#isRunning = true;
    try {
      for (let apex = this.#nextDue(); apex !== undefined; apex = this.#nextDue()) {
        this.#due.delete(apex);
        this.#awaiting.delete(apex);
        await this.#carryOn(apex);
        if (this.#isClosed) return;
      }
      await this.#renew();
    } finally {
      this.#isRunning = false;
    }
    this.#sleep();
  }

  #nextDue(): string | undefined {
    const now = this.#from.clock.wall();
    for (const [apex, at] of this.#due) if (at <= now) return apex;
    return undefined;
  }

  async #carryOn(apex: string): Promise<void> {
    const { state, config, clock, log, keys } = this.#from;
    const fact = state.value("zone-signing", apex);
    const zone = state.value("zone", apex);
    const isRegistry = apex === "." || config.profile.tlds.includes(apex);
    if (!fact && !zone && !isRegistry) return;
    // A zone on its way in or out is as its change has made it.
    if (state.value("pending", apex)) return;
    try {
      if (!fact) {
        const wish = wishOf(config, zone);
        if (!wish) return;
        await this.#put(apex, undefined, newSigning(keys, apex, wish, false, clock.wall()));
        return;
      }
      await this.#lookElsewhere(fact);
      const step = this.#stepOf(fact);
      if (step.kind === "wait") {
        if (step.until !== undefined) this.#due.set(apex, step.until);
        return;
      }
      const answering = step.needs.flatMap((need) => this.#zoneOf(need, apex) ?? []);
      if (!answering.map((each) => this.#answers(each)).every(Boolean)) {
        this.#awaiting.set(apex, answering);
        return;
      }
      if (step.needs.includes("cds") && !(await this.#givesCds(fact))) {
        this.#due.set(apex, clock.wall() + againMs);
        return;
      }
      await this.#put(apex, fact, step.fact);
    } catch (error) {
      log.error({ error, zone: apex }, "the signing of a zone could not be carried on");
      this.#due.set(apex, clock.wall() + retryMs);
    }
  }

  #stepOf(fact: ZoneSigningFact): SigningStep {
    const { state, config, clock, keys, signer } = this.#from;
    const { apex } = fact;
    const { tlds } = config.profile;
    const parent = vouchingParent(state, config, apex);
    const elsewhere = this.#elsewhere.get(apex);
    return nextStep(fact, {
      keys,
      wish: wishOf(config, state.value("zone", apex)),
      hasParent: parent !== undefined,
      ...(elsewhere ? { elsewhere } : {}),
      now: clock.wall(),
      keyTtlMs: keyTtlOf(tlds, apex) * 1000,
      zoneTtlMs: signer.highestTtl(apex) * 1000,
      dsTtlMs: (parent?.dsTtl ?? delegationTtl) * 1000,
    });
  }

  /** Asks what a parent elsewhere has, where a key or the end of signing waits for that. */
  async #lookElsewhere({ apex, keys }: ZoneSigningFact): Promise<void> {
    const { state, config, resolver, clock } = this.#from;
    const isWaiting =
      !wishOf(config, state.value("zone", apex)) ||
      keys.some(({ role, stage }) => role === "ksk" && stage === "retired");
    if (!isWaiting || apex === "." || vouchingParent(state, config, apex)) {
      this.#elsewhere.delete(apex);
      return;
    }
    const answer = await resolver.ask(apex, RrType.DS, true);
    const isKnown =
      typeof answer !== "string" && (answer.rcode === Rcode.NOERROR || answer.rcode === Rcode.NXDOMAIN);
    const known = this.#elsewhere.get(apex);
    if (!isKnown) {
      // Who cannot be heard for a while has what it had.
      if (!known) this.#elsewhere.set(apex, { since: clock.wall() });
      return;
    }
    const ds = answer.answer
      .filter(({ type }) => type === RrType.DS)
      .map(({ rdata }) => formatBase64(rdata))
      .sort();
    if (known?.ds?.join() !== ds.join()) this.#elsewhere.set(apex, { ds, since: clock.wall() });
  }

  /** Writes a fact in place of one, unless that has become another by then. */
  async #put(
    apex: string,
    before: ZoneSigningFact | undefined,
    after: ZoneSigningFact | undefined,
  ): Promise<void> {
    const { state } = this.#from;
    await this.#from.write(({ draft, now }) => {
      if (state.value("zone-signing", apex) !== before) return;
      if (after) draft.put("zone-signing", apex, after);
      else draft.remove("zone-signing", apex);
      // Stages of keys show in no record but the signatures.
      draft.put("serial", apex, {
        apex,
        serial: nextSerial(state.value("serial", apex)?.serial, now / 1000),
      });
    });
    this.#due.set(apex, 0);
  }

  /** The zone whose servers are to answer for a step. */
  #zoneOf(need: StepNeed, apex: string): string | undefined {
    if (need === "cds") return undefined;
    if (need === "zone") return apex;
    return vouchingParent(this.#from.state, this.#from.config, apex)?.apex;
  }

  /** Whether every server of a zone answers with today's serial. */
  #answers(apex: string): boolean {
    const held = this.#from.state.get("serial", apex);
    if (!held) return false;
    const { serial } = held.value;
    if (this.#heard.get(apex) === serial) return true;
    const { isDone } = this.#from.checks.evidence({ step: "zone", apex, serial }, "", held.revision);
    if (isDone) this.#heard.set(apex, serial);
    return isDone;
  }

  /**
   * As the parent: whether every server of the child gives the CDS of just the keys that it is to vouch for. The servers are the platform's
   * own, asked at their addresses; that they answer with the child's serial was looked at.
   * @see RFC 7344 section 6.1; RFC 8078
   */
  async #givesCds(fact: ZoneSigningFact): Promise<boolean> {
    const { config, authority, state } = this.#from;
    const { profile } = config;
    const { apex } = fact;
    const group = profile.tlds.includes(apex) ? "tlds" : state.value("zone", apex)?.nameServerSetId;
    if (group === undefined) return false;
    const wanted = vouchedKeys(fact)
      .map((key) => formatBase64(dsRdataOf(apex, key)))
      .sort()
      .join();
    const servers = hostsOf(profile, group).flatMap(({ addresses }) => addresses);
    const answers = await Promise.all(
      servers.map((address) => authority.ask({ address, port: profile.authorityPort }, apex, RrType.CDS)),
    );
    return answers.every((answer) => {
      if (typeof answer === "string") return false;
      const given = answer.answer.filter(
        ({ type, rdata }) => type === RrType.CDS && decodeRdata(RrType.CDS, rdata).ok,
      );
      return (
        given
          .map(({ rdata }) => formatBase64(rdata))
          .sort()
          .join() === wanted
      );
    });
  }

  /** Numbers zones anew whose signatures end soon: what is published of them is signed with that. */
  async #renew(): Promise<void> {
    const { signer, state, log } = this.#from;
    for (;;) {
      const apexes = [...signer.dueZones()].slice(0, maxRenewed);
      if (apexes.length === 0 || this.#isClosed) return;
      const made = signer.made;
      try {
        await this.#from.write(({ draft, now }) => {
          for (const apex of apexes) {
            const serial = nextSerial(state.value("serial", apex)?.serial, now / 1000);
            draft.put("serial", apex, { apex, serial });
          }
        });
      } catch (error) {
        log.error({ error }, "signatures could not be made anew");
        return;
      }
      // A zone that is still due has more signatures than are made at once, and goes on; where none is made, none ever will be.
      if (signer.made === made) return;
    }
  }

  #sleep(): void {
    this.#cancel?.();
    if (this.#isClosed) return;
    const now = this.#from.clock.wall();
    let next = now + maxSleepMs;
    for (const at of this.#due.values()) next = Math.min(next, at);
    this.#cancel = this.#from.timers.after(Math.max(0, next - now), () => void this.#run());
  }
}
