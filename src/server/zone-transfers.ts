// All that a names process does with other name servers, in one place: its zones with their journal, who may have and change them, the engines that
// ask primaries and tell secondaries. Stand-alone servers and the names role make one each, in their main thread; the simulator too.

import { createHmac } from "node:crypto";
import type { AnswerEngine } from "#answer";
import type { Counters } from "#contract";
import type { Now, Random } from "#engine";
import {
  type ForwardedUpdate,
  type KeptVersion,
  KeyRing,
  Notifier,
  SecondaryEngine,
  type SecondaryEvent,
  TransactionServer,
  type TransactionEvent,
  TransferCounters,
  type TransferLimits,
  type TransferOutcome,
  type UpdateAnswer,
  type ZonePolicy,
} from "#transfer";
import { type Hmac, type Name, RrType } from "#wire";
import {
  applyVersion,
  changeBetween,
  condense,
  type DoneUpdate,
  findRrset,
  JournaledZones,
  type NewVersion,
  type LoadedZone,
  replaceZone,
  type Rrset,
  RrsetList,
  serialOf,
  withSnapshot,
  type ZoneChange,
  type ZoneSnapshot,
  type ZoneStore,
} from "#zone";
import { JournalFile } from "./journal-file.ts";
import { afterChanges } from "./zone-folder.ts";

/** HMAC by the system's library. */
export const systemHmac: Hmac = (hash, secret, data) =>
  new Uint8Array(createHmac(hash, secret).update(data).digest());

/** What is done with a zone besides answering. */
export interface ZoneService {
  readonly apex: Name;
  /** Ids of the listener groups that serve it. */
  readonly groups: readonly string[];
  readonly policy: ZonePolicy;
  /** For a secondary's: how much a transfer may bring. */
  readonly limits?: TransferLimits;
  /** For a secondary's: the version that is there from before. It is in force already. */
  readonly kept?: KeptVersion;
}

/** What the owner of the zones does. */
export interface ZoneTransfersOptions {
  readonly zones: ZoneStore;
  readonly random: Random;
  readonly now: () => Now;
  /** Answers questions of a group that come signed. */
  readonly engineOf: (group: string) => AnswerEngine | undefined;
  /** What is agreed on for zones that nothing is said of one by one. */
  readonly defaultPolicy?: (apex: Name) => ZonePolicy | undefined;
  /** Keeps a change where it outlives a crash, before anybody is told that it was made. What it throws keeps the change from being made. */
  readonly keep?: (apex: Name, change: ZoneChange, done?: DoneUpdate) => void;
  /** Signs what updates change, for zones that are signed here; absent: there are none. */
  readonly signer?: {
    has(apex: Name): boolean;
    change(apex: Name, change: ZoneChange): ZoneChange;
    forget(apex: Name): void;
  };
  /** Told of each new version that is in force. */
  readonly onVersion?: (version: NewVersion) => void;
  readonly onVouched?: (apex: Name, expiresAt: number) => void;
  /** Keeps a zone that comes whole, as `keep` does changes. */
  readonly keepWhole?: (apex: Name, zone: LoadedZone) => void;
  /** Says what is wrong with a version that a primary sends; undefined where it is as it should be. */
  readonly refuse?: (apex: Name, zone: LoadedZone) => string | undefined;
  /** The file that differences of versions are kept in; absent: they are forgotten with the process. */
  readonly journal?: { readonly path: string; readonly log: (text: string) => void };
  /** Decides updates of zones whose policy says that somebody else does. */
  readonly forwardUpdate?: (update: ForwardedUpdate) => Promise<UpdateAnswer>;
  readonly onTransaction?: (event: TransactionEvent) => void;
  readonly onSecondary?: (event: SecondaryEvent) => void;
}

/** See the head of this file. */
export class ZoneTransfers {
  readonly zones: JournaledZones;
  readonly keys: KeyRing = new KeyRing();
  readonly transactions: TransactionServer;
  readonly notifier: Notifier;
  readonly secondary: SecondaryEngine;
  readonly #options: ZoneTransfersOptions;
  #file: JournalFile | undefined;
  readonly #services = new Map<string, ZoneService>();
  readonly #counters = new TransferCounters();

  constructor(options: ZoneTransfersOptions) {
    this.#options = options;
    this.zones = new JournaledZones(options.zones);
    // Before the zones: what is known of their versions is held against those that come.
    if (options.journal)
      this.#file = new JournalFile(options.journal.path, this.zones.journal, options.journal.log);
    this.zones.onVersion = (version) => this.#onVersion(version);
    const { random } = options;
    const counters = this.#counters;
    this.notifier = new Notifier({ random, hmac: systemHmac, counters });
    this.secondary = new SecondaryEngine({
      random,
      hmac: systemHmac,
      counters,
      install: (apex, outcome) => this.#install(apex, outcome),
      expire: (apex) => this.zones.apply(replaceZone(apex, this.#services.get(apex.key)?.groups ?? [], [])),
      ...(options.onSecondary ? { onEvent: options.onSecondary } : {}),
      ...(options.onVouched ? { onVouched: options.onVouched } : {}),
    });
    this.transactions = new TransactionServer({
      zones: this.zones,
      journal: this.zones.journal,
      keys: this.keys,
      hmac: systemHmac,
      policyOf: (apex) => this.#policyOf(apex),
      engineOf: options.engineOf,
      expiryOf: (apex, now) => this.secondary.expiryOf(apex, now),
      onNotify: (apex, serial, from, now) => this.secondary.notified(apex, serial, from, now),
      now: options.now,
      ...(options.forwardUpdate ? { forwardUpdate: options.forwardUpdate } : {}),
      update: (apex, change, done) => this.#update(apex, change, done),
      isSignedHere: (apex) => options.signer?.has(apex) ?? false,
      ...(options.onTransaction ? { onEvent: options.onTransaction } : {}),
    });
  }

  /** Keeps nothing more. */
  close(): void {
    this.#file?.close();
  }

  /** The time as it is taken here. */
  readonly now = (): Now => this.#options.now();

  /** What has been done so far, by name. */
  counters(): Counters {
    return { ...this.#counters.read(), ...this.transactions.counters.read() };
  }

  /** The zones that something is agreed on for. */
  services(): readonly ZoneService[] {
    return [...this.#services.values()];
  }

  /** What is agreed on for a zone. */
  service(apex: Name): ZoneService | undefined {
    return this.#services.get(apex.key);
  }

  /** Takes up what is agreed on for a zone. A secondary's is asked for at once; it is in force with its first version. */
  serve(service: ZoneService): void {
    const { apex, groups, policy, limits, kept } = service;
    const before = this.#services.get(apex.key);
    this.#services.set(apex.key, service);
    if (policy.primaries === undefined || policy.primaries.length === 0) {
      if (before?.policy.primaries) this.secondary.remove(apex);
      return;
    }
    if (!withSnapshot(this.zones, (snapshot) => snapshot.has(apex)))
      this.zones.apply(replaceZone(apex, groups, []));
    else this.zones.apply({ put: [{ kind: "zone", apex, groups }], remove: [] });
    const { primaries } = policy;
    this.secondary.add(
      { apex, primaries, ...(limits ? { limits } : {}), ...(kept ? { kept } : {}) },
      this.#options.now(),
    );
  }

  /** Puts a change in force that somebody has asked for, signed where its zone is signed here. */
  #update(apex: Name, change: ZoneChange, done: DoneUpdate | undefined): void {
    const { signer } = this.#options;
    if (signer?.has(apex) !== true) {
      this.#options.keep?.(apex, change, done);
      this.zones.apply(change);
      return;
    }
    this.applySigned(apex, signer.change(apex, change), done);
  }

  /** Puts a change in force that is signed already. */
  applySigned(apex: Name, change: ZoneChange, done?: DoneUpdate): void {
    try {
      this.#options.keep?.(apex, change, done);
      this.zones.apply(change);
    } catch (error) {
      this.#options.signer?.forget(apex);
      throw error;
    }
  }

  /** Lets go of a zone, and takes it out of service. */
  withdraw(apex: Name): void {
    this.#services.delete(apex.key);
    this.secondary.remove(apex);
    this.zones.apply({ put: [], remove: [{ kind: "zone", apex }] });
  }

  /** Puts another version of a zone in force, as little of it as differs. */
  replace(apex: Name, groups: readonly string[], rrsets: readonly Rrset[]): void {
    this.zones.apply(this.#changeTo(apex, groups, rrsets));
  }

  #changeTo(apex: Name, groups: readonly string[], rrsets: readonly Rrset[]): ZoneChange {
    const before = withSnapshot(this.zones, (snapshot) => {
      const own = snapshot.rrsets(apex);
      return own && [...own];
    });
    if (before === undefined || before.length === 0) return replaceZone(apex, groups, rrsets);
    const { put, remove } = changeBetween(apex, before, rrsets);
    return { put: [{ kind: "zone", apex, groups }, ...put], remove };
  }

  #install(apex: Name, outcome: Extract<TransferOutcome, { kind: "zone" | "differences" }>): boolean {
    const { groups = [] } = this.#services.get(apex.key) ?? {};
    if (outcome.kind === "zone") {
      const check = (zone: LoadedZone): void => {
        this.#refuse(apex, zone);
        this.#options.keepWhole?.(apex, zone);
      };
      this.zones.load([{ apex, groups, feed: outcome.feed, check }]);
      return true;
    }
    const change = withSnapshot(this.zones, (snapshot): ZoneChange | undefined => {
      const diff = condense(outcome.diffs);
      const own = serialOf(findRrset(snapshot, apex, apex, RrType.SOA));
      if (!diff || own === undefined || serialOf(diff.from) !== own) return undefined;
      const made = applyVersion(apex, diff, (owner, type) => findRrset(snapshot, apex, owner, type));
      if (typeof made === "string") return undefined;
      this.#refuse(apex, zoneAfter(snapshot, apex, made));
      return made;
    });
    if (change === undefined) return false;
    this.#options.keep?.(apex, change);
    this.zones.apply(change);
    return true;
  }

  #refuse(apex: Name, zone: LoadedZone): void {
    const reason = this.#options.refuse?.(apex, zone);
    if (reason !== undefined) throw new RangeError(reason);
  }

  #policyOf(apex: Name): ZonePolicy | undefined {
    return this.#services.get(apex.key)?.policy ?? this.#options.defaultPolicy?.(apex);
  }

  #onVersion(version: NewVersion): void {
    const { apex, serial } = version;
    if (serial !== undefined) this.notify(apex);
    this.#options.onVersion?.(version);
  }

  /** Tells a zone's secondaries of its version. */
  notify(apex: Name): void {
    const policy = this.#policyOf(apex);
    if (policy === undefined || policy.notify.length === 0) return;
    const soa = withSnapshot(this.zones, (snapshot) => findRrset(snapshot, apex, apex, RrType.SOA));
    if (soa) this.notifier.notify(soa, policy.notify, this.#options.now());
  }
}

/** A zone as a change will make it. Only who wants all of it reads all of it. */
function zoneAfter(snapshot: ZoneSnapshot, apex: Name, change: ZoneChange): LoadedZone {
  let whole: RrsetList | undefined;
  const all = (): RrsetList => (whole ??= new RrsetList(afterChanges(snapshot.rrsets(apex) ?? [], [change])));
  const at = (owner: Name): readonly Rrset[] =>
    afterChanges(snapshot.at(apex, owner), [
      {
        put: change.put.filter((put) => put.kind === "rrset" && put.owner.equals(owner)),
        remove: change.remove.filter((removal) => removal.kind === "rrset" && removal.owner.equals(owner)),
      },
    ]);
  return {
    at,
    has: (owner, type) => at(owner).some((rrset) => type === undefined || rrset.type === type),
    rrsets: () => all().rrsets(),
    suspects: () => all().suspects(),
  };
}
