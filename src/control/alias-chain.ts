// Where an alias leads: from its target over other aliases, CNAMEs (RFC 1034 section 3.6.2), DNAMEs (RFC 6672) and wildcards
// (RFC 4592) of the zones served here, to a resource, a name with addresses, or a name that only a resolver can find. Read from state
// alone; nothing is asked over the network.

import { Name, RrType } from "#wire";
import type { AliasFact, RrsetFact } from "./facts.ts";
import { nameIn, shown, suffixesOf } from "./names.ts";
import { rrsetAt } from "./policies/policy-sets.ts";
import { resourceKinds, resourceZone } from "./resources.ts";
import type { State } from "./state.ts";

/** Steps that are followed, CNAMEs and aliases counted alike: as many as resolvers follow. */
const maxSteps = 16;

/** Where it ends. */
export type AliasEnd =
  | { readonly kind: "resource"; readonly name: string }
  /** A and AAAA stand at this name of a zone of ours. */
  | { readonly kind: "node"; readonly zone: string; readonly owner: string }
  /** Nothing of ours: the resolver knows. */
  | { readonly kind: "outside"; readonly name: string }
  /** There is nothing there; `reason` says of what. */
  | { readonly kind: "nothing"; readonly reason: string }
  /** It comes back to itself, or does not end; `reason` spells it out. */
  | { readonly kind: "endless"; readonly reason: string };

/** The way of an alias. */
export interface AliasChain {
  /** Every domain name on the way, the alias' own left out: a change at one of them can be a change of the alias. */
  readonly names: readonly string[];
  readonly end: AliasEnd;
  /** The least TTL of the CNAMEs on the way, in seconds; Infinity where there is none. */
  readonly ttl: number;
}

/** Follows an alias through the state as it is. */
export function followAlias(state: State, alias: AliasFact): AliasChain {
  return new Walk(state, alias).run();
}

class Walk {
  readonly #state: State;
  readonly #names: string[] = [];
  readonly #nodes: Set<string> = new Set();
  readonly #start: AliasFact;
  #ttl = Infinity;

  constructor(state: State, alias: AliasFact) {
    this.#state = state;
    this.#start = alias;
    this.#nodes.add(`${alias.zone} ${alias.owner}`);
  }

  run(): AliasChain {
    let next: string | AliasEnd = this.#targetOf(this.#start);
    while (typeof next === "string") {
      if (this.#names.length >= maxSteps) next = this.#endless(`it does not end within ${maxSteps} steps`);
      else {
        this.#names.push(next);
        next = this.#step(next);
      }
    }
    return { names: this.#names, end: next, ttl: this.#ttl };
  }

  /** One name: where it leads on to, or the end. */
  #step(name: string): string | AliasEnd {
    const resource = this.#state.resourceOfDnsName(name);
    if (resource !== undefined) return { kind: "resource", name: resource };
    if (name === resourceZone || name.endsWith(`.${resourceZone}`))
      return { kind: "nothing", reason: `no resource is called ${shown(name)}` };
    const zone = this.#state.zoneOf(name);
    if (!zone) return { kind: "outside", name };
    const { apex } = zone;
    const above = [...suffixesOf(name)].filter((one) => one === apex || one.endsWith(`.${apex}`)).reverse();
    for (const owner of above) {
      if (owner !== apex && this.#rrset(apex, owner, RrType.NS)) return { kind: "outside", name };
      const dname = owner === name ? undefined : this.#rrset(apex, owner, RrType.DNAME);
      if (dname) {
        this.#ttl = Math.min(this.#ttl, dname.ttl);
        const put = `${name.slice(0, -owner.length)}${nameIn(dname.entries[0]?.rdata ?? "")}`;
        return Name.parse(put).ok
          ? put
          : { kind: "nothing", reason: `the DNAME at ${shown(owner)} makes too long a name of it` };
      }
    }
    const node = this.#nodeFor(apex, name, above);
    return node === undefined
      ? { kind: "nothing", reason: `${shown(name)} does not exist` }
      : this.#leave(apex, node, name);
  }

  /** The owner that answers for a name: itself, or the wildcard below its closest encloser. @see RFC 4592 section 3.3.1 */
  #nodeFor(apex: string, name: string, above: readonly string[]): string | undefined {
    if (this.#state.isNode(apex, name)) return name;
    const encloser = above.findLast((owner) => owner !== name && this.#state.isNode(apex, owner)) ?? apex;
    const wildcard = `*.${encloser}`;
    return this.#state.isNode(apex, wildcard) ? wildcard : undefined;
  }

  /** What stands at a node. */
  #leave(apex: string, owner: string, name: string): string | AliasEnd {
    const node = `${apex} ${owner}`;
    if (this.#nodes.has(node)) {
      const way = [this.#start.owner, ...this.#names].map(shown).join(" → ");
      return this.#endless(`it goes round in a circle: ${way}`);
    }
    this.#nodes.add(node);
    const alias = this.#state.value("alias", node);
    if (alias) return this.#targetOf(alias);
    const assignment = this.#state.value("assignment", owner);
    if (assignment?.zone === apex) return { kind: "resource", name: assignment.resource };
    const cname = this.#rrset(apex, owner, RrType.CNAME);
    if (cname) {
      this.#ttl = Math.min(this.#ttl, cname.ttl);
      return nameIn(cname.entries[0]?.rdata ?? "");
    }
    if (this.#rrset(apex, owner, RrType.A) ?? this.#rrset(apex, owner, RrType.AAAA))
      return { kind: "node", zone: apex, owner };
    return { kind: "nothing", reason: `${shown(name)} has no addresses` };
  }

  #targetOf({ target }: AliasFact): string | AliasEnd {
    if ("name" in target) return target.name;
    return this.#hasResource(target.resource)
      ? { kind: "resource", name: target.resource }
      : { kind: "nothing", reason: `there is no resource ${target.resource}` };
  }

  /** By the facts alone: one that is about to go still is one. */
  #hasResource(name: string): boolean {
    return Object.values(resourceKinds).some((kind) => this.#state.get(kind, name) !== undefined);
  }

  #endless(reason: string): AliasEnd {
    return { kind: "endless", reason };
  }

  #rrset(zone: string, owner: string, type: number): RrsetFact | undefined {
    return rrsetAt(this.#state, zone, owner, type);
  }
}
