// Asks name servers over DNS what they answer, again and again with growing pauses while somebody waits for another answer.
//
// What is asked for is a subject: a zone (its SOA, at every server of its set) or a cut (the NS RRset of a domain, at every server of
// its parent). All that wait for one subject share its rounds. What an answer is good for is decided by who waits.

import { decodeRdataFields, formatRdata, Rcode, rcodeName, RrType, type Message } from "#wire";
import { hostsOf, type ControlProfile } from "./config.ts";
import type { NameServerQueries, HostTimers } from "./ports.ts";

/** Pauses before each further round, in milliseconds; the last one is kept. A server that does not answer is asked twice a minute. */
const pausesMs: readonly number[] = [0, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 30_000];

/** Subjects that are asked for at once. */
const maxRounds = 8;

/** What is asked, and whom: the zone's set, or the group of listeners that serves the parent. */
export interface Subject {
  readonly what: "zone" | "cut";
  /** The zone's apex, or the name below the cut: absolute. */
  readonly name: string;
  readonly group: string;
}

/** What one server said last. */
export interface Observation {
  /** Host name, and address where the host has several. */
  readonly server: string;
  /** `zone`: the serial of an authoritative answer. */
  readonly serial?: number;
  /** `cut`: the name servers of the referral, sorted; empty where the parent knows no delegation. */
  readonly nameServers?: readonly string[];
  /** False where it said that it does not serve the zone, or gave no answer at all. */
  readonly isServed: boolean;
  /** True where it gave an answer. */
  readonly isAnswered: boolean;
  /** What it said, in words: `serial 7`, `REFUSED`, `no answer`. */
  readonly text: string;
}

/** Whether all servers of a subject say what they should, and those that do not. */
export interface Look {
  readonly isDone: boolean;
  /** Absent while nobody has been asked. */
  readonly seen?: readonly Observation[];
  readonly missing: readonly Observation[];
}

interface Watched {
  readonly subject: Subject;
  /** What all servers said in the last round. */
  seen: readonly Observation[] | undefined;
  rounds: number;
  /** True between the wish for a round and its end. */
  isBusy: boolean;
}

/** Rounds of asking, one subject each, shared by all that wait. */
export class AuthorityWatch {
  readonly #authority: NameServerQueries;
  readonly #timers: HostTimers;
  readonly #profile: ControlProfile;
  readonly #changed: () => void;
  readonly #watched: Map<string, Watched> = new Map();
  readonly #waiting: Watched[] = [];
  readonly #cancels: Set<() => void> = new Set();
  #rounds = 0;
  #isClosed = false;

  /** @param changed  called after each round */
  constructor(
    authority: NameServerQueries,
    timers: HostTimers,
    profile: ControlProfile,
    changed: () => void,
  ) {
    this.#authority = authority;
    this.#timers = timers;
    this.#profile = profile;
    this.#changed = changed;
  }

  /** Tells whether every server says what is waited for; where not, they are asked (again), and `changed` is called afterwards. */
  look(subject: Subject, isEnough: (observation: Observation) => boolean): Look {
    const key = keyOf(subject);
    let watched = this.#watched.get(key);
    if (!watched) {
      watched = { subject, seen: undefined, rounds: 0, isBusy: false };
      this.#watched.set(key, watched);
    }
    const { seen } = watched;
    const missing = seen?.filter((observation) => !isEnough(observation)) ?? [];
    if (seen && missing.length === 0) return { isDone: true, seen, missing };
    this.#schedule(watched);
    return { isDone: false, missing, ...(seen ? { seen } : {}) };
  }

  /** Forgets what was seen of a subject: it has changed. */
  renew(subject: Subject): void {
    this.#watched.delete(keyOf(subject));
  }

  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#cancels) cancel();
  }

  #schedule(watched: Watched): void {
    if (watched.isBusy || this.#isClosed) return;
    watched.isBusy = true;
    const pause = pausesMs[Math.min(watched.rounds++, pausesMs.length - 1)] ?? 0;
    if (pause === 0) {
      this.#begin(watched);
      return;
    }
    const cancel = this.#timers.after(pause, () => {
      this.#cancels.delete(cancel);
      this.#begin(watched);
    });
    this.#cancels.add(cancel);
  }

  #begin(watched: Watched): void {
    if (this.#rounds >= maxRounds) this.#waiting.push(watched);
    else void this.#round(watched);
  }

  async #round(watched: Watched): Promise<void> {
    this.#rounds++;
    const { subject } = watched;
    const key = keyOf(subject);
    const servers = hostsOf(this.#profile, subject.group).flatMap(({ name, addresses }) =>
      addresses.map((address) => ({
        address,
        server: addresses.length > 1 ? `${name.slice(0, -1)} (${address})` : name.slice(0, -1),
      })),
    );
    // Not asked any more: nobody waits for what it was.
    const isWanted = (): boolean => !this.#isClosed && this.#watched.get(key) === watched;
    if (isWanted()) {
      watched.seen = await Promise.all(
        servers.map(({ address, server }) => this.#ask(subject, address, server)),
      );
    }
    watched.isBusy = false;
    this.#rounds--;
    const next = this.#waiting.shift();
    if (next) void this.#round(next);
    if (!isWanted()) return;
    this.#changed();
    // Who still waits has asked for another round by now.
    if (!watched.isBusy) this.#watched.delete(key);
  }

  async #ask(subject: Subject, address: string, server: string): Promise<Observation> {
    const at = { address, port: this.#profile.authorityPort };
    const type = subject.what === "zone" ? RrType.SOA : RrType.NS;
    const answer = await this.#authority.ask(at, subject.name, type);
    if (typeof answer === "string") return { server, isServed: false, isAnswered: false, text: answer };
    return subject.what === "zone" ? readZone(server, answer) : readCut(server, answer, subject.name);
  }
}

function keyOf({ what, name }: Subject): string {
  return `${what} ${name}`;
}

function readZone(server: string, { rcode, flags, answer }: Message): Observation {
  const soa = answer.find(({ type }) => type === RrType.SOA);
  const fields = soa && flags.aa ? decodeRdataFields(RrType.SOA, soa.rdata) : undefined;
  const serial = fields?.ok ? fields.value["serial"] : undefined;
  if (typeof serial === "number")
    return { server, serial, isServed: true, isAnswered: true, text: `serial ${serial}` };
  const text = rcode === Rcode.NOERROR ? "no SOA record" : rcodeName(rcode);
  return { server, isServed: false, isAnswered: true, text };
}

/** A referral carries the NS RRset in the authority section (RFC 1034 section 4.3.2); its absence shows as NXDOMAIN or NODATA. */
function readCut(server: string, { rcode, authority }: Message, name: string): Observation {
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN)
    return { server, isServed: false, isAnswered: true, text: rcodeName(rcode) };
  const nameServers = authority
    .filter((record) => record.type === RrType.NS && record.name.toLowerCase().toString() === name)
    .map(({ rdata }) => formatRdata(RrType.NS, rdata).toLowerCase())
    .sort();
  const text = nameServers.length === 0 ? "no delegation" : `delegation to ${nameServers.join(", ")}`;
  return { server, nameServers, isServed: true, isAnswered: true, text };
}
