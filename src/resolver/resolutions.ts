// Resolutions under way: equal questions are one (coalesced), how many there are is bounded, and none waits for itself.

import type { Now } from "#engine";
import { Name, RrType } from "#wire";
import { Budget } from "./budget.ts";
import { questionKey } from "./cache.ts";
import type { ResolverContext } from "./context.ts";
import { clientDeadlineMs, maxResolutions } from "./limits.ts";
import { Resolution } from "./resolution.ts";
import type { ResolutionOrigin } from "./resolution-origin.ts";
import { partitionOf, type Tree, uncheckedPartitionOf } from "./trees.ts";

/**
 * A look-up joins one of another client query only while that has this many queries left: an attacker's spent budget
 * must not be what another client's look-up ends with.
 */
const minQueriesToJoin = 16;

/** See the head of this file. */
export class Resolutions {
  /** By the question they are of, in its tree. */
  readonly #byKey = new Map<string, Resolution>();
  /** The keys that resolutions stand under, for taking them out. */
  readonly #keys = new Map<Resolution, string>();
  /** All under way, the ones that nobody may join included. */
  readonly #underWay = new Set<Resolution>();

  /** How many are under way, sub-resolutions included. */
  get size(): number {
    return this.#underWay.size;
  }

  /** Whether there is no room for another one. */
  get isFull(): boolean {
    return this.#underWay.size >= maxResolutions;
  }

  /** The one of a question, where it is under way and may be joined. */
  find(key: string): Resolution | undefined {
    return this.#byKey.get(key);
  }

  /**
   * Makes a resolution, to be started by the caller.
   * @param key  the question it is found by; absent: nobody joins it
   */
  begin(
    context: ResolverContext,
    name: Name,
    type: number,
    origin: ResolutionOrigin,
    now: Now,
    key?: string,
  ): Resolution {
    const resolution = new Resolution(context, name, type, origin, now);
    this.#underWay.add(resolution);
    if (key !== undefined) {
      this.#byKey.set(key, resolution);
      this.#keys.set(resolution, key);
    }
    return resolution;
  }

  /** See {@link ResolverContext.lookUp}. */
  lookUp(
    context: ResolverContext,
    name: Name,
    type: number,
    origin: ResolutionOrigin,
    by: Resolution,
    now: Now,
  ): Resolution | undefined {
    const place = context.trees.placeOf(name);
    const partition = origin.isUnchecked === true ? uncheckedPartitionOf(place) : partitionOf(place);
    return this.#join(context, questionKey(partition, name, type), name, type, origin, by, now);
  }

  /** See {@link ResolverContext.lookUpTrust}. */
  lookUpTrust(
    context: ResolverContext,
    name: Name,
    type: number,
    tree: Tree,
    { budget, depth }: ResolutionOrigin,
    by: Resolution,
    now: Now,
  ): Resolution | undefined {
    // Not a key of any client's question, which an alias is followed for.
    const key = questionKey(`#trust/${tree.id}`, name, type);
    return this.#join(context, key, name, type, { budget, depth: depth + 1, trust: tree }, by, now);
  }

  /** See {@link ResolverContext.prime}. */
  prime(context: ResolverContext, tree: Tree, now: Now): Resolution {
    // Not a key of any client's question: "#" is in no id of control's.
    const key = questionKey(`#priming/${tree.id}`, Name.root, RrType.NS);
    const running = this.#byKey.get(key);
    if (running) return running;
    const budget = new Budget(now.monotonic + clientDeadlineMs / 2);
    return this.begin(context, Name.root, RrType.NS, { budget, depth: 0, priming: tree }, now, key);
  }

  /** Lets go of one that has ended. */
  ended(resolution: Resolution): void {
    this.#underWay.delete(resolution);
    const key = this.#keys.get(resolution);
    this.#keys.delete(resolution);
    if (key !== undefined && this.#byKey.get(key) === resolution) this.#byKey.delete(key);
  }

  /** A resolution that is under way, or a new one. */
  #join(
    context: ResolverContext,
    key: string,
    name: Name,
    type: number,
    origin: ResolutionOrigin,
    by: Resolution,
    now: Now,
  ): Resolution | undefined {
    const running = this.#byKey.get(key);
    if (running) {
      if (reaches(running, by)) return undefined;
      if (running.origin.budget === origin.budget || running.origin.budget.queriesLeft >= minQueriesToJoin)
        return running;
    }
    if (this.isFull) return undefined;
    return this.begin(context, name, type, origin, now, running ? undefined : key);
  }
}

/** Whether `from` waits for `to`, directly or through others. */
function reaches(from: Resolution, to: Resolution): boolean {
  const seen = new Set<Resolution>();
  const stack = [from];
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    stack.push(...next.waitsFor);
  }
  return false;
}
