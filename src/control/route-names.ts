// Names and where each of them leads: assigned names, aliases, and names with addresses or a CNAME of their own. Found anew for each
// revision of the state and kept for it: who looks at the picture of routes looks often.

import { addressOf, formatAddress, parseAddress } from "#engine";
import { RrType } from "#wire";
import { followAlias, type AliasEnd } from "./alias-chain.ts";
import type { RrsetFact } from "./facts.ts";
import { nameIn, shown } from "./names.ts";
import { octetsOf } from "./octets.ts";
import { resourceKinds, resourceZone } from "./resources.ts";
import type { State } from "./state.ts";

/** RRsets that are looked at for names with records of their own: more take longer than a page that is redrawn should. */
const maxScanned = 200_000;
/** Names that are kept for a revision. */
const maxNames = 50_000;

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

/** See the head of this file. */
export class RouteNames {
  readonly #state: State;
  readonly #sharedAddresses: ReadonlySet<string>;
  #revision = -1;
  #names: readonly LedName[] = [];
  #isCut = false;
  #byAddress: { readonly revision: number; readonly map: ReadonlyMap<string, string> } | undefined;

  /** @param sharedAddresses  of the edge: there it looks at the host name only */
  constructor(state: State, sharedAddresses: readonly string[]) {
    this.#state = state;
    this.#sharedAddresses = new Set(sharedAddresses.map(normal));
  }

  /** All names of the state as it is. */
  read(): { readonly names: readonly LedName[]; readonly isCut: boolean } {
    if (this.#state.revision !== this.#revision) this.#find();
    return { names: this.#names, isCut: this.#isCut };
  }

  #find(): void {
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
    const isWhole = this.#findRrsets(names);
    this.#isCut = !isWhole || names.length > maxNames;
    this.#names = names.slice(0, maxNames);
    this.#revision = state.revision;
  }

  /** Adds names with records of their own. @returns whether all were looked at */
  #findRrsets(names: LedName[]): boolean {
    const state = this.#state;
    const nodes = new Map<string, { readonly zone: string; readonly owner: string; addresses: string[] }>();
    let scanned = 0;
    for (const { value } of state.all("rrset").values()) {
      if (++scanned > maxScanned) break;
      const { zone, owner, type } = value;
      if (zone === resourceZone) continue;
      if (type === RrType.CNAME) {
        const target = nameIn(value.entries[0]?.rdata ?? "");
        const { end } = followAlias(state, { zone, owner, target: { name: target }, createdAt: 0 });
        names.push({ zone, owner, record: "cname", detail: shown(target), leads: this.#leadsOf(end) });
      } else if (type === RrType.A || type === RrType.AAAA) {
        const node = nodes.get(`${zone} ${owner}`) ?? { zone, owner, addresses: [] };
        node.addresses.push(...addressesIn(value));
        nodes.set(`${zone} ${owner}`, node);
      }
    }
    const resources = this.#resourcesByAddress();
    for (const { zone, owner, addresses } of nodes.values()) {
      const leads = this.#leadsOfAddresses(addresses, resources);
      names.push({ zone, owner, record: "addresses", detail: addresses.join(", "), leads });
    }
    return scanned <= maxScanned;
  }

  #leadsOf(end: AliasEnd): Lead[] {
    switch (end.kind) {
      case "resource":
        return [{ resource: end.name }];
      case "outside":
        return [{ outside: shown(end.name) }];
      case "node": {
        const found = this.#state
          .rrsetsAt(end.zone, end.owner)
          .filter(({ type }) => type === RrType.A || type === RrType.AAAA);
        return this.#leadsOfAddresses(found.flatMap(addressesIn), this.#resourcesByAddress());
      }
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
