// Looks from time to time whether the names validate again that negative trust anchors are for, and takes those anchors away (RFC 7646 section 2): the
// resolver is asked past them. What is found is kept here alone, not in the log: a control that starts anew looks anew. One that is forced stays for its
// time, and each ends by itself whatever is found.

import { validationFinding, type ValidationFinding } from "#contract";
import type { Clock, HostTimers } from "./ports.ts";
import type { RoleHub } from "./role-hub.ts";
import type { State } from "./state.ts";

/** The pause between two looks, in milliseconds: five minutes, as BIND's. */
const pauseMs = 300_000;
/** Looks in a row that have to find it valid: of several servers one may be mended before the others. */
const goodLooks = 2;
/** Names that are looked at side by side: a hundred whose servers never answer are done within the pause all the same. */
const looksAtOnce = 10;
/** How long the resolver may take for one name, in milliseconds: three questions of ten seconds at most. */
const answerMs = 35_000;

/** What was seen of a name. */
export interface AnchorLook extends ValidationFinding {
  /** Wall time. */
  readonly at: number;
}

interface Watched {
  /** Of the anchor that was looked past: one that is set anew is another one. */
  readonly revision: number;
  look: AnchorLook;
  good: number;
}

/** What the keeper works with. */
export interface NegativeAnchorSources {
  readonly state: State;
  readonly hub: Pick<RoleHub, "ask" | "isConnected">;
  readonly clock: Clock;
  readonly timers: HostTimers;
  /** Takes an anchor away, where it is still the one. Does not throw. */
  readonly remove: (name: string, revision: number, found: string) => Promise<void>;
}

/** See the head of this file. */
export class NegativeAnchorKeeper {
  readonly #from: NegativeAnchorSources;
  readonly #watched: Map<string, Watched> = new Map();
  #cancel: (() => void) | undefined;
  #isLooking = false;
  #isClosed = false;

  constructor(from: NegativeAnchorSources) {
    this.#from = from;
  }

  /** Begins to look where there is an anchor to look past, after each commit and at start. */
  review(): void {
    if (this.#isClosed || this.#isLooking || this.#cancel || this.#due().length === 0) return;
    this.#cancel = this.#from.timers.after(pauseMs, () => void this.#run());
  }

  /** What was found last of an anchor's name; undefined where nobody has looked yet. */
  lookAt(name: string): AnchorLook | undefined {
    const watched = this.#watched.get(name);
    return watched?.revision === this.#revisionOf(name) ? watched?.look : undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  #due(): string[] {
    const now = this.#from.clock.wall();
    const facts = [...this.#from.state.all("negative-anchor").values()].map(({ value }) => value);
    return facts.filter(({ until, isForced }) => until > now && isForced !== true).map(({ name }) => name);
  }

  #revisionOf(name: string): number | undefined {
    return this.#from.state.get("negative-anchor", name)?.revision;
  }

  async #run(): Promise<void> {
    this.#cancel = undefined;
    this.#isLooking = true;
    const due = this.#due();
    for (const name of this.#watched.keys()) if (!due.includes(name)) this.#watched.delete(name);
    const names = due.values();
    const lookOn = async (): Promise<void> => {
      for (const name of names) if (!this.#isClosed) await this.#look(name);
    };
    await Promise.all(Array.from({ length: looksAtOnce }, lookOn));
    this.#isLooking = false;
    this.review();
  }

  async #look(name: string): Promise<void> {
    const revision = this.#revisionOf(name);
    const found = await this.#ask(name);
    // One that was taken away or set anew meanwhile was not looked past.
    if (!found || this.#isClosed || revision === undefined || this.#revisionOf(name) !== revision) return;
    const before = this.#watched.get(name);
    const good = !found.isValid ? 0 : before?.revision === revision ? before.good + 1 : 1;
    this.#watched.set(name, { revision, good, look: { ...found, at: this.#from.clock.wall() } });
    if (good >= goodLooks) await this.#from.remove(name, revision, found.text);
  }

  /** Undefined where the resolver is away or says nothing that can be read: the next look has it. */
  async #ask(name: string): Promise<ValidationFinding | undefined> {
    const { hub } = this.#from;
    if (!hub.isConnected("resolver")) return undefined;
    try {
      const answer = validationFinding.safeParse(
        await hub.ask("resolver", { ask: "validates", name }, answerMs),
      );
      return answer.success ? answer.data : undefined;
    } catch {
      return undefined; // it left, or is busy
    }
  }
}
