// Zones as ordinary objects behind the reader port. Lookups are a hot path (bench/answer.ts): names are found by
// hashes of their octets, so that no key is built. Changes are applied in place within one synchronous call, which is
// all the atomicity that one thread needs: handles do not outlive a call (see reader.ts).

import { Name, type ResourceRecord, RrClass, RrType } from "#wire";
import { replaceZone, type RrsetPut, type ZoneChange, type ZoneTable } from "./change.ts";
import { checkChange } from "./check-change.ts";
import { diffZones } from "./diff.ts";
import { Handles } from "./handles.ts";
import { isHashed } from "./hashed.ts";
import { RrsetList, type ZoneLoad } from "./load.ts";
import { policiesType } from "./policies/choices.ts";
import { policyChange } from "./policies/policy-change.ts";
import { isSameName, NameWalk } from "./name-walk.ts";
import { markTypes, type Node, PlainTree, type StoredRrset } from "./plain-tree.ts";
import { none, type ZoneSearch } from "./reader.ts";
import { compareRrsets, groupRecords, type Rrset } from "./rrset.ts";
import type { NameRow, ZoneSnapshot, ZoneStore } from "./snapshot.ts";

interface Zone {
  readonly handle: number;
  readonly tree: PlainTree;
  /** Of its NSEC3 records. */
  readonly hashed: PlainTree;
  /** Its names with NSEC, and those with NSEC3, in canonical order; undefined until they are asked for. */
  links: { readonly nsec: readonly Link[]; readonly nsec3: readonly Link[] } | undefined;
  groups: readonly number[];
}

/** A name of a chain that says what is not there. */
interface Link {
  readonly owner: Name;
  readonly node: Node;
}

/** The plain implementation of the zone port: for tests, tools and small sets of zones. */
export class PlainZones implements ZoneTable, ZoneStore {
  #revision = 0;
  readonly #groupIds = new Map<string, number>();
  /** For each group its zones by the hash of their apex. */
  readonly #groups: Map<number, Zone[]>[] = [];
  readonly #zonesByApex = new Map<string, Zone>();
  readonly #zones = new Handles<Zone>();
  readonly #nodes = new Handles<Node>();
  readonly #rrsets = new Handles<StoredRrset>();
  readonly #walk = new NameWalk();

  open(): number {
    return this.#revision;
  }

  group(id: string): number {
    let handle = this.#groupIds.get(id);
    if (handle === undefined) {
      handle = this.#groups.length;
      this.#groupIds.set(id, handle);
      this.#groups.push(new Map());
    }
    return handle;
  }

  findZone(group: number, name: Uint8Array, at: number, isAbove: boolean): number {
    const zones = this.#groups[group];
    if (zones === undefined || zones.size === 0) return none;
    const walk = this.#walk;
    walk.read(name, at);
    for (let i = isAbove ? 1 : 0; i <= walk.labelCount; i++) {
      const candidates = zones.get(walk.hashes[i]!);
      if (candidates === undefined) continue;
      for (let j = 0; j < candidates.length; j++) {
        const zone = candidates[j]!;
        if (isSameName(name, walk.labelAt[i]!, zone.tree.apex.octets, 0)) return zone.handle;
      }
    }
    return none;
  }

  search(zoneHandle: number, name: Uint8Array, at: number, found: ZoneSearch): void {
    const { tree } = this.#zones.get(zoneHandle);
    const walk = this.#walk;
    walk.read(name, at);
    let i = walk.labelCount - tree.apex.labelCount;
    let node = tree.root;
    found.apexAt = walk.labelAt[i]!;
    found.node = found.wildcard = found.cut = found.dname = none;
    for (;;) {
      if (i === 0) found.node = node.handle;
      if (node.isCut) {
        found.cut = node.handle;
        found.cutAt = walk.labelAt[i]!;
        break;
      }
      if (i === 0) break;
      if (node.hasDname) {
        found.dname = node.handle;
        found.dnameAt = walk.labelAt[i]!;
        break;
      }
      const child = tree.findChild(node, walk.hashes[i - 1]!, name, walk.labelAt[i - 1]!);
      if (child === undefined) {
        if (node.wildcard !== undefined) found.wildcard = node.wildcard.handle;
        break;
      }
      node = child;
      i--;
    }
    found.encloser = node.handle;
    found.encloserAt = walk.labelAt[i]!;
  }

  findNode(zoneHandle: number, name: Uint8Array, at: number): number {
    const node = this.#zones.get(zoneHandle).tree.find(name, at);
    return node === undefined ? none : node.handle;
  }

  apex(zone: number): number {
    return this.#zones.get(zone).tree.root.handle;
  }

  rrset(node: number, type: number): number {
    const rrsets = this.#nodes.get(node).rrsets;
    for (let i = 0; i < rrsets.length; i++) {
      const rrset = rrsets[i]!;
      if (rrset.value.type === type) return rrset.handle;
    }
    return none;
  }

  policies(node: number): number {
    const last = this.#nodes.get(node).rrsets.at(-1);
    return last?.value.type === policiesType ? last.handle : none;
  }

  rrsetCount(node: number): number {
    const { length } = this.#nodes.get(node).rrsets;
    return this.policies(node) === none ? length : length - 1;
  }

  rrsetAt(node: number, index: number): number {
    return this.#nodes.get(node).rrsets[index]!.handle;
  }

  type(rrset: number): number {
    return this.#rrsets.get(rrset).value.type;
  }

  ttl(rrset: number): number {
    return this.#rrsets.get(rrset).value.ttl;
  }

  count(rrset: number): number {
    return this.#rrsets.get(rrset).value.rdata.length;
  }

  rdataLength(rrset: number, index: number): number {
    return this.#rrsets.get(rrset).value.rdata[index]!.length;
  }

  copyRdata(rrset: number, index: number, output: Uint8Array, at: number): number {
    return copyOctets(this.#rrsets.get(rrset).value.rdata[index]!, output, at);
  }

  rdataU16(rrset: number, index: number, offset: number): number {
    const rdata = this.#rrsets.get(rrset).value.rdata[index]!;
    return (rdata[offset]! << 8) + rdata[offset + 1]!;
  }

  nsecNode(zone: number, name: Uint8Array, at: number): number {
    const wanted = Name.fromOctets(name, at)!;
    return (
      this.#links(zone).nsec.findLast(({ owner }) => Name.compare(owner, wanted) <= 0)?.node.handle ?? none
    );
  }

  hashedNode(zone: number, label: Uint8Array): number {
    const links = this.#links(zone).nsec3;
    const wanted = this.#zones.get(zone).tree.apex.prepend(label.subarray(1));
    const link = wanted && links.findLast(({ owner }) => Name.compare(owner, wanted) <= 0);
    return (link ?? links.at(-1))?.node.handle ?? none;
  }

  #links(handle: number): NonNullable<Zone["links"]> {
    const zone = this.#zones.get(handle);
    const linksOf = (tree: PlainTree, type: number): Link[] =>
      [...tree.nodes()]
        .filter((node) => node.rrsets.some(({ value }) => value.type === type))
        .map((node) => ({ owner: Name.fromOctets(node.owner)!, node }))
        .sort((a, b) => Name.compare(a.owner, b.owner));
    return (zone.links ??= {
      nsec: linksOf(zone.tree, RrType.NSEC),
      nsec3: linksOf(zone.hashed, RrType.NSEC3),
    });
  }

  copyOwner(node: number, output: Uint8Array, at: number): number {
    return copyOctets(this.#nodes.get(node).owner, output, at);
  }

  apply(given: ZoneChange): void {
    checkChange(given, (apex) => this.#zonesByApex.has(apex.key));
    const change = policyChange(given);
    for (const removal of change.remove) {
      const zone = this.#zonesByApex.get(removal.apex.key);
      if (zone === undefined) continue;
      if (removal.kind === "zone") this.#removeZone(zone);
      else this.#removeRrset(zone, removal.owner, removal.type);
    }
    for (const put of change.put) {
      if (put.kind !== "zone") continue;
      const zone = this.#zonesByApex.get(put.apex.key) ?? this.#addZone(put.apex);
      this.#assignGroups(zone, put.groups);
    }
    for (const put of change.put) {
      if (put.kind !== "rrset") continue;
      const zone = this.#zonesByApex.get(put.apex.key);
      if (zone !== undefined) this.#putRrset(zone, put);
    }
    this.#revision++;
  }

  /** The apexes of all zones, in canonical order. */
  apexes(): Name[] {
    return [...this.#zonesByApex.values()].map((zone) => zone.tree.apex).sort((a, b) => Name.compare(a, b));
  }

  /** All RRsets of a zone in canonical order; undefined where there is no such zone. */
  rrsets(apex: Name): Rrset[] | undefined {
    const zone = this.#zonesByApex.get(apex.key);
    if (zone === undefined) return undefined;
    const rrsets: Rrset[] = [];
    for (const node of [...zone.tree.nodes(), ...zone.hashed.nodes()]) {
      for (const rrset of node.rrsets) if (rrset.value.type !== policiesType) rrsets.push(rrset.value);
    }
    return rrsets.sort(compareRrsets);
  }

  /** A copy of all there is: for tests, as these zones are. */
  snapshot(): ZoneSnapshot {
    const zones = new Map(
      [...this.#zonesByApex].map(([key, { groups }]) => {
        const ids = groups.map((group) => [...this.#groupIds].find(([, handle]) => handle === group)?.[0]);
        return [
          key,
          { ids, rrsets: this.rrsets(Name.fromOctets(Uint8Array.from(key, (c) => c.charCodeAt(0)))!) ?? [] },
        ];
      }),
    );
    const rowOf = (apex: Name, row?: NameRow): readonly Rrset[] =>
      (zones.get(apex.key)?.rrsets ?? []).filter(
        (rrset) => row === undefined || isHashed(rrset) === (row === "hashed"),
      );
    const at = (apex: Name, owner: Name, row?: NameRow): readonly Rrset[] =>
      rowOf(apex, row).filter((rrset) => rrset.owner.equals(owner));
    return {
      has: (apex, group) =>
        zones.has(apex.key) && (group === undefined || zones.get(apex.key)!.ids.includes(group)),
      rrsets: (apex) => zones.get(apex.key)?.rrsets,
      at,
      rrset: (apex, owner, type) => at(apex, owner).find((rrset) => rrset.type === type),
      onward: (apex, from, row) =>
        byOwner(rowOf(apex, row).filter(({ owner }) => Name.compare(owner, from) >= 0)),
      lastBefore: (apex, name, row) =>
        byOwner(rowOf(apex, row).filter(({ owner }) => !name || Name.compare(owner, name) < 0)).at(-1) ?? [],
      hasBelow: (apex, owner) =>
        (zones.get(apex.key)?.rrsets ?? []).some(
          (rrset) => rrset.owner.isSubdomainOf(owner) && !rrset.owner.equals(owner) && !isHashed(rrset),
        ),
      diff: (before, apex, most) => {
        const [old, young] = [[...(before.rrsets(apex) ?? [])], [...(zones.get(apex.key)?.rrsets ?? [])]];
        return old.length + young.length > most ? undefined : diffZones(old, young);
      },
      release: () => {},
    };
  }

  load(loads: readonly ZoneLoad[]): void {
    const changes = loads.map(({ apex, groups, feed, check }) => {
      const records: ResourceRecord[] = [];
      feed((owner, ownerOctets, type, ttl, rdata, rdataOctets) => {
        const name = Name.fromOctets(owner.slice(0, ownerOctets)) ?? Name.root;
        records.push({ name, type, class: RrClass.IN, ttl, rdata: rdata.slice(0, rdataOctets) });
      });
      const rrsets = groupRecords(records);
      check?.(new RrsetList(rrsets));
      return replaceZone(apex, groups, rrsets);
    });
    this.apply({
      put: changes.flatMap(({ put }) => put),
      remove: changes.flatMap(({ remove }) => remove),
    });
  }

  #addZone(apex: Name): Zone {
    const tree = new PlainTree(apex, this.#nodes, this.#walk);
    const hashed = new PlainTree(apex, this.#nodes, this.#walk);
    const zone = this.#zones.add((handle) => ({ handle, tree, hashed, links: undefined, groups: [] }));
    this.#zonesByApex.set(apex.key, zone);
    return zone;
  }

  #assignGroups(zone: Zone, ids: readonly string[]): void {
    const { hash } = zone.tree.root;
    for (const group of zone.groups) {
      const zones = this.#groups[group]!;
      const rest = (zones.get(hash) ?? []).filter((other) => other !== zone);
      if (rest.length > 0) zones.set(hash, rest);
      else zones.delete(hash);
    }
    zone.groups = [...new Set(ids)].map((id) => this.group(id));
    for (const group of zone.groups) {
      const zones = this.#groups[group]!;
      zones.set(hash, [...(zones.get(hash) ?? []), zone]);
    }
  }

  #removeZone(zone: Zone): void {
    this.#assignGroups(zone, []);
    for (const node of [...zone.tree.nodes(), ...zone.hashed.nodes()]) {
      for (const rrset of node.rrsets) this.#rrsets.remove(rrset.handle);
      this.#nodes.remove(node.handle);
    }
    this.#zones.remove(zone.handle);
    this.#zonesByApex.delete(zone.tree.apex.key);
  }

  #putRrset(zone: Zone, put: RrsetPut): void {
    const value: Rrset = { owner: put.owner, type: put.type, ttl: put.ttl, rdata: put.rdata };
    zone.links = undefined;
    const node = (isHashed(put) ? zone.hashed : zone.tree).make(put.owner);
    const standing = node.rrsets.find((rrset) => rrset.value.type === put.type);
    if (standing !== undefined) {
      standing.value = value;
      return;
    }
    const place = node.rrsets.findIndex((rrset) => rrset.value.type > put.type);
    const rrset = this.#rrsets.add((handle) => ({ handle, value }));
    node.rrsets.splice(place < 0 ? node.rrsets.length : place, 0, rrset);
    markTypes(node);
  }

  #removeRrset(zone: Zone, owner: Name, type: number): void {
    zone.links = undefined;
    for (const tree of [zone.tree, zone.hashed]) this.#removeFrom(tree, owner, type);
  }

  #removeFrom(tree: PlainTree, owner: Name, type: number): void {
    const node = tree.find(owner.octets, 0);
    if (node === undefined) return;
    const place = node.rrsets.findIndex((rrset) => rrset.value.type === type);
    if (place < 0) return;
    for (const rrset of node.rrsets.splice(place, 1)) this.#rrsets.remove(rrset.handle);
    markTypes(node);
    tree.prune(node);
  }
}

function copyOctets(from: Uint8Array, output: Uint8Array, at: number): number {
  // RDATA and names are short: a loop is cheaper than the call behind `set`, but not for keys and long texts.
  const length = from.length;
  if (length > 64) output.set(from, at);
  else for (let i = 0; i < length; i++) output[at + i] = from[i]!;
  return at + length;
}

/** RRsets in canonical order, those of a name together. */
function byOwner(rrsets: readonly Rrset[]): Rrset[][] {
  const names: Rrset[][] = [];
  for (const rrset of rrsets) {
    const last = names.at(-1);
    if (last?.[0]?.owner.equals(rrset.owner)) last.push(rrset);
    else names.push([rrset]);
  }
  return names;
}
