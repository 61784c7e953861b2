// Names and where each of them leads: assigned names, aliases, and names with addresses or a CNAME of their own. Found anew for each
// revision of the state and kept for it: who looks at the picture of routes looks often. A zone can have a hundred thousand names that lead
// away from here: of those no more is made than a picture shows, so that a look at all of them takes milliseconds.

import { addressOf, formatAddress, parseAddress } from "#engine";
import { formatBase64, RrType } from "#wire";
import { followAlias, type AliasEnd } from "./alias-chain.ts";
import type { RrsetFact } from "./facts.ts";
import { nameIn, shown } from "./names.ts";
import { octetsOf } from "./octets.ts";
import { rrsetAt } from "./policies/policy-sets.ts";
import { resourceKinds, resourceZone } from "./resources.ts";
import type { State } from "./state.ts";

/** RRsets that are looked at for names with records of their own. */
const maxScanned = 500_000;
/** Names of each kind that are followed: CNAMEs take a walk through the zones each. */
const [maxNames, maxCnames] = [20_000, 2000];

/** Where a name leads to in the end. */
export type Lead =
  | { readonly resource: string }
  /** An address that is no resource's. */
  | { readonly address: string; readonly isShared: boolean }
  /** A name that others serve. */
  | { readonly outside: string }
  | { readonly nothing: string };

/** A name that visitors may come by. */
export interface LedName {
  /** Absolute. */
  readonly zone: string;
  readonly owner: string;
  readonly record: "assignment" | "alias" | "addresses" | "cname";
  /** What the record says: addresses, the target of a CNAME or alias. */
  readonly detail: string;
  readonly leads: readonly Lead[];
}

/** A node of a zone with addresses that are no resource's. */
type Foreign = Pick<RrsetFact, "zone" | "owner">;

/** What was found for a revision. */
interface Found {
  readonly revision: number;
  readonly names: readonly LedName[];
  readonly foreign: readonly Foreign[];
  readonly isCut: boolean;
}

/** See the head of this file. */
export class RouteNames {
  readonly #state: State;
  readonly #sharedAddresses: ReadonlySet<string>;
  #found: Found | undefined;
  #byAddress: { readonly revision: number; readonly map: ReadonlyMap<string, string> } | undefined;

  /** @param sharedAddresses  of the edge: there it looks at the host name only */
  constructor(state: State, sharedAddresses: readonly string[]) {
    this.#state = state;
    this.#sharedAddresses = new Set(sharedAddresses.map(normal));
  }

  /**
   * The names of the state as it is.
   * @param text  only names that have this in them
   * @param maxForeign  how many are made of those that lead to addresses elsewhere; `more` says how many there are beside them
   */
  read(
    text: string | undefined,
    maxForeign: number,
  ): { readonly names: readonly LedName[]; readonly more: number; readonly isCut: boolean } {
    const { names, foreign, isCut } = this.#look();
    const isWanted = ({ owner }: Foreign): boolean => text === undefined || shown(owner).includes(text);
    const made = names.filter(isWanted);
    let more = 0;
    let left = maxForeign;
    for (const node of foreign) {
      if (!isWanted(node)) continue;
      if (left > 0) made.push(this.#addressesAt(node));
      else more++;
      left--;
    }
    return { names: made, more, isCut };
  }

  #look(): Found {
    if (this.#found?.revision !== this.#state.revision) this.#found = this.#find();
    return this.#found;
  }

  #find(): Found {
    const state = this.#state;
    const names: LedName[] = [];
    for (const { value } of state.all("assignment").values()) {
      const { zone, owner, resource } = value;
      if (zone !== resourceZone)
        names.push({ zone, owner, record: "assignment", detail: resource, leads: [{ resource }] });
    }
    for (const [key, { value }] of state.all("alias")) {
      const { zone, owner, target } = value;
      const end = state.aliases.chainOf(key)?.end;
      const detail = "resource" in target ? target.resource : shown(target.name);
      names.push({ zone, owner, record: "alias", detail, leads: end ? this.#leadsOf(end) : [] });
    }
    const { foreign, isWhole } = this.#findRrsets(names);
    const isCut = !isWhole || names.length > maxNames;
    return { revision: state.revision, names: names.slice(0, maxNames), foreign, isCut };
  }

  /** Adds names whose records lead to something of this platform, or on; and tells which lead to addresses elsewhere. */
  #findRrsets(names: LedName[]): { readonly foreign: readonly Foreign[]; readonly isWhole: boolean } {
    const state = this.#state;
    const own = this.#ownRdata();
    const foreign: Foreign[] = [];
    const nodes = new Set<string>();
    let scanned = 0;
    let cnames = 0;
    for (const { value } of state.all("rrset").values()) {
      if (++scanned > maxScanned) break;
      const { zone, owner, type, entries } = value;
      if (zone === resourceZone) continue;
      if (type === RrType.CNAME) {
        if (++cnames <= maxCnames) names.push(this.#followCname(value));
      } else if (type === RrType.A || type === RrType.AAAA) {
        if (entries.some(({ rdata }) => own.has(rdata))) nodes.add(`${zone} ${owner}`);
        else if (type === RrType.A || !this.#hasA(value)) foreign.push(value);
      }
    }
    for (const node of nodes) {
      const [zone = "", owner = ""] = node.split(" ");
      names.push(this.#addressesAt({ zone, owner }));
    }
    const isOwn = ({ zone, owner }: Foreign): boolean => nodes.has(`${zone} ${owner}`);
    return {
      foreign: nodes.size === 0 ? foreign : foreign.filter((node) => !isOwn(node)),
      isWhole: scanned <= maxScanned && cnames <= maxCnames,
    };
  }

  #hasA({ zone, owner }: Foreign): boolean {
    return rrsetAt(this.#state, zone, owner, RrType.A) !== undefined;
  }

  #followCname({ zone, owner, entries }: RrsetFact): LedName {
    const target = nameIn(entries[0]?.rdata ?? "");
    const { end } = followAlias(this.#state, { zone, owner, target: { name: target }, createdAt: 0 });
    return { zone, owner, record: "cname", detail: shown(target), leads: this.#leadsOf(end) };
  }

  #addressesAt({ zone, owner }: Foreign): LedName {
    const addresses = this.#state
      .rrsetsAt(zone, owner)
      .filter(({ type }) => type === RrType.A || type === RrType.AAAA)
      .flatMap(addressesIn);
    const leads = this.#leadsOfAddresses(addresses, this.#resourcesByAddress());
    return { zone, owner, record: "addresses", detail: addresses.join(", "), leads };
  }

  /** Addresses at which the edge answers, as facts have them: compared with a hundred thousand others without reading those. */
  #ownRdata(): ReadonlySet<string> {
    const texts = [...this.#resourcesByAddress().keys(), ...this.#sharedAddresses];
    return new Set(
      texts.flatMap((text) => {
        const address = parseAddress(text);
        return address ? [formatBase64(text.includes(":") ? address : address.subarray(12))] : [];
      }),
    );
  }

  #leadsOf(end: AliasEnd): Lead[] {
    switch (end.kind) {
      case "resource":
        return [{ resource: end.name }];
      case "outside":
        return [{ outside: shown(end.name) }];
      case "node":
        return [...this.#addressesAt(end).leads];
      case "nothing":
      case "endless":
        return [{ nothing: end.reason }];
    }
  }

  /** Resources by the addresses that are theirs alone. */
  #resourcesByAddress(): ReadonlyMap<string, string> {
    const state = this.#state;
    if (this.#byAddress?.revision === state.revision) return this.#byAddress.map;
    const map = new Map<string, string>();
    const take = (name: string, key: string): void => {
      for (const address of state.value("address", key)?.own ?? []) map.set(normal(address), name);
    };
    for (const kind of Object.values(resourceKinds)) {
      for (const [name, { value }] of state.all(kind))
        take(name, "publicAddress" in value ? value.publicAddress : value.address);
    }
    this.#byAddress = { revision: state.revision, map };
    return map;
  }

  #leadsOfAddresses(addresses: readonly string[], resources: ReadonlyMap<string, string>): Lead[] {
    const leads = new Map<string, Lead>();
    for (const address of addresses) {
      const resource = resources.get(address);
      if (resource !== undefined) leads.set(`resource ${resource}`, { resource });
      else leads.set(address, { address, isShared: this.#sharedAddresses.has(address) });
    }
    return [...leads.values()];
  }
}

function addressesIn({ entries }: RrsetFact): string[] {
  return entries.flatMap(({ rdata }) => {
    const address = addressOf(octetsOf(rdata));
    return address ? [formatAddress(address)] : [];
  });
}

/** An address in the one form that it is compared in. */
function normal(text: string): string {
  const address = parseAddress(text);
  return address ? formatAddress(address) : text;
}
