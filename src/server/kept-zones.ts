// The zones that a name server keeps in its folder, where it has one: which of them have a file there that is added to.

import type { Name } from "#wire";
import { type DoneUpdate, type Rrset, withSnapshot, type ZoneChange, type ZoneStore } from "#zone";
import { type KeptZone, ZoneFolder } from "./zone-folder.ts";

/** See the head of this file. */
export class KeptZones {
  readonly #zones: ZoneStore;
  readonly #folder: ZoneFolder | undefined;
  /** Zones whose file is of what is served. */
  readonly #kept = new Set<string>();

  readonly #recall: (updates: KeptZone["updates"]) => void;

  /**
   * @param zones  what is served
   * @param folder  absent: nothing is kept
   * @param recall  given the updates that a zone which is loaded was changed by: they are known again
   */
  constructor(zones: ZoneStore, folder: string | undefined, recall: (updates: KeptZone["updates"]) => void) {
    this.#zones = zones;
    this.#recall = recall;
    this.#folder = folder === undefined ? undefined : new ZoneFolder(folder);
  }

  /** What is kept of a zone; undefined where nothing is. */
  load(apex: Name): KeptZone | undefined {
    const kept = this.#folder?.load(apex);
    if (kept) this.#recall(kept.updates);
    return kept;
  }

  /** What was loaded of a zone is served, and its file is added to. */
  take(apex: Name): void {
    this.#kept.add(apex.key);
  }

  /** Keeps a zone as it is to be served. */
  save(apex: Name, rrsets: Iterable<Rrset>): void {
    if (!this.#folder) return;
    this.#folder.save(apex, rrsets);
    this.#kept.add(apex.key);
  }

  /** Keeps a change that is about to be in force. @param update  what it was made by; absent: by none */
  append(apex: Name, change: ZoneChange, update?: DoneUpdate): void {
    if (!this.#folder) return;
    if (!this.#kept.has(apex.key)) this.#saveServed(apex);
    this.#folder.append(apex, change, update);
  }

  /** Puts changes into the file of a zone where there are many. */
  condense(apex: Name): void {
    if (this.#kept.has(apex.key) && this.#folder?.isDue(apex) === true) this.#saveServed(apex);
  }

  /** A primary has vouched for a zone. @param expiresAt  in milliseconds of wall time */
  vouch(apex: Name, expiresAt: number): void {
    this.#folder?.vouch(apex, expiresAt);
  }

  /** Removes what is kept of a zone. */
  remove(apex: Name): void {
    this.#folder?.remove(apex);
    this.#kept.delete(apex.key);
  }

  #saveServed(apex: Name): void {
    withSnapshot(this.#zones, (snapshot) => this.save(apex, snapshot.rrsets(apex) ?? []));
  }
}
