// Zones that are kept on disk beside their primary or in the place of a file: those of secondaries, and those that are changed by UPDATE. Each has a
// zone file, and a journal of the changes since, one line of JSON each, which is put into the file when it grows. What was told to be
// done is on the disk: a crash loses at most the line that was being written.

import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { PlatformError } from "#contract/plain";
import { Name, parseZoneFileOctets, type RecordOctetSink } from "#wire";
import { type DoneUpdate, type Rrset, rrsetKey, type ZoneChange, type ZoneFeed } from "#zone";
import { readInputFile } from "./input-file.ts";
import { withZoneFile, writeZoneFile } from "./zone-file-source.ts";

/** Octets of a journal from which on it is put into the zone's file, unless that is larger. */
const minJournalOctets = 1 << 20;

/** Octets of a journal that are read, at most: a text may not have more. */
const maxKeptOctets = 500 << 20;

/** A zone as it was kept. */
export interface KeptZone {
  /** Gives its records. Throws `zone-file-malformed` and `path-unusable` where they cannot be read. */
  readonly feed: ZoneFeed;
  /** What was changed since, in order. */
  readonly changes: readonly ZoneChange[];
  /** Updates that its changes were made of, as far back as these go. */
  readonly updates: readonly DoneUpdate[];
  /** Milliseconds of wall time at which it expires; absent where no primary has vouched for it. */
  readonly expiresAt?: number;
}

interface JournalLine {
  readonly put: readonly (readonly [owner: string, type: number, ttl: number, rdata: readonly string[]])[];
  readonly remove: readonly (readonly [owner: string, type: number])[];
  /** The update that it was made of, or those that are still known of changes that the file has by now. */
  readonly updates?: readonly DoneUpdate[];
}

/** Updates that are known of a zone over a restart, at most: as many as of a key while a server runs. */
const maxUpdates = 32_768;

/** A folder of zones. */
export class ZoneFolder {
  readonly #folder: string;
  /** Updates of each zone whose signatures are good yet: they are known again over a restart. */
  readonly #updates = new Map<string, DoneUpdate[]>();

  /** Makes the folder where it is not there. Throws `path-unusable`. */
  constructor(folder: string) {
    this.#folder = folder;
    attempt(`Cannot keep zones in "${folder}"`, () => mkdirSync(folder, { recursive: true, mode: 0o700 }));
  }

  /** Tells what is kept of a zone; undefined where nothing is. */
  load(apex: Name): KeptZone | undefined {
    const path = this.#path(apex, "zone");
    if (!existsSync(path)) return undefined;
    const expiresAt = this.#expiry(apex);
    const { changes, updates } = this.#journal(apex);
    this.#updates.set(apex.key, updates);
    return {
      feed: (put) => feedFile(path, put),
      changes,
      updates: [...updates],
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
  }

  #journal(apex: Name): { changes: ZoneChange[]; updates: DoneUpdate[] } {
    const path = this.#path(apex, "journal");
    if (!existsSync(path)) return { changes: [], updates: [] };
    const lines = readKept(path).split("\n");
    lines.pop(); // empty, or one that was not written whole
    const changes: ZoneChange[] = [];
    const updates: DoneUpdate[] = [];
    for (const line of lines) {
      const decoded = decodeLine(apex, line);
      // Behind one that cannot be read nothing is of the version that it was made for.
      if (!decoded) break;
      if (decoded.change.put.length + decoded.change.remove.length > 0) changes.push(decoded.change);
      for (const update of decoded.updates) updates.push(update);
    }
    return { changes, updates: stillGood(updates) };
  }

  #expiry(apex: Name): number | undefined {
    const path = this.#path(apex, "expiry");
    const value = existsSync(path) ? Number(readKept(path)) : Number.NaN;
    return Number.isFinite(value) ? value : undefined;
  }

  /** Keeps a zone whole. */
  save(apex: Name, rrsets: Iterable<Rrset>): void {
    attempt(`Cannot keep zone "${apex.toString()}"`, () => {
      writeZoneFile(this.#path(apex, "zone"), rrsets);
      rmSync(this.#path(apex, "journal"), { force: true });
      const updates = stillGood(this.#updates.get(apex.key) ?? []);
      if (updates.length > 0) this.#write(apex, { put: [], remove: [], updates });
    });
  }

  /** Keeps a change of a zone that is kept, with the update that it is made of. It is on the disk when this returns. */
  append(apex: Name, change: ZoneChange, update?: DoneUpdate): void {
    const line: JournalLine = {
      put: change.put.flatMap((put) =>
        put.kind === "rrset"
          ? [
              [
                put.owner.toString(),
                put.type,
                put.ttl,
                put.rdata.map((octets) => Buffer.from(octets).toString("base64")),
              ],
            ]
          : [],
      ),
      remove: change.remove.flatMap((removal) =>
        removal.kind === "rrset" ? [[removal.owner.toString(), removal.type]] : [],
      ),
      ...(update ? { updates: [update] } : {}),
    };
    attempt(`Cannot keep zone "${apex.toString()}"`, () => this.#write(apex, line));
    if (!update) return;
    let updates = this.#updates.get(apex.key) ?? [];
    if (updates.length >= maxUpdates) updates = stillGood(updates).slice(-maxUpdates / 2);
    updates.push(update);
    this.#updates.set(apex.key, updates);
  }

  #write(apex: Name, line: JournalLine): void {
    const fd = openSync(this.#path(apex, "journal"), "a", 0o600);
    try {
      writeSync(fd, `${JSON.stringify(line)}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** Whether a zone's journal is large enough to be put into its file. */
  isDue(apex: Name): boolean {
    const size = (kind: string): number =>
      statSync(this.#path(apex, kind), { throwIfNoEntry: false })?.size ?? 0;
    const journal = size("journal");
    return journal > minJournalOctets && journal > size("zone");
  }

  /** Notes until when a zone is good. */
  vouch(apex: Name, expiresAt: number): void {
    attempt(`Cannot keep zone "${apex.toString()}"`, () => this.#replace(apex, "expiry", String(expiresAt)));
  }

  /** Forgets a zone. */
  remove(apex: Name): void {
    this.#updates.delete(apex.key);
    attempt(`Cannot forget zone "${apex.toString()}"`, () => {
      for (const kind of ["zone", "journal", "expiry"]) rmSync(this.#path(apex, kind), { force: true });
    });
  }

  #replace(apex: Name, kind: string, text: string): void {
    const path = this.#path(apex, kind);
    const fd = openSync(`${path}.new`, "w", 0o600);
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(`${path}.new`, path);
  }

  #path(apex: Name, kind: string): string {
    return join(this.#folder, `${fileNameOf(apex)}.${kind}`);
  }
}

/** A file name for any zone: what is not a letter, digit, `-`, `_` or `.` is written in hexadecimal, and a long name stands as its digest. */
function fileNameOf(apex: Name): string {
  if (apex.isRoot) return "%root";
  const text = apex.toLowerCase().toString().replace(/\.$/, "");
  const safe = text.replaceAll(/[^a-z0-9._-]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
  // A file's name has 255 octets at most, its ending counted.
  return safe.length <= 200 && !safe.startsWith(".")
    ? safe
    : `%${createHash("sha256").update(text).digest("hex")}`;
}

/** Updates whose signatures somebody may take yet. */
function stillGood(updates: readonly DoneUpdate[]): DoneUpdate[] {
  const now = Math.floor(Date.now() / 1000);
  return updates.filter(({ until }) => until >= now);
}

function decodeLine(
  apex: Name,
  line: string,
): { readonly change: ZoneChange; readonly updates: readonly DoneUpdate[] } | undefined {
  try {
    const { put, remove, updates = [] } = JSON.parse(line) as JournalLine;
    const change: ZoneChange = {
      put: put.map(([owner, type, ttl, rdata]) => ({
        kind: "rrset",
        apex,
        owner: nameOf(owner),
        type,
        ttl,
        rdata: rdata.map((text) => new Uint8Array(Buffer.from(text, "base64"))),
      })),
      remove: remove.map(([owner, type]) => ({ kind: "rrset", apex, owner: nameOf(owner), type })),
    };
    return { change, updates };
  } catch {
    return undefined; // not a line that was written whole
  }
}

function nameOf(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new RangeError(text);
  return parsed.value;
}

/** The RRsets of a zone after changes. */
export function afterChanges(rrsets: Iterable<Rrset>, changes: readonly ZoneChange[]): Rrset[] {
  const held = new Map<string, Rrset>();
  for (const rrset of rrsets) held.set(rrsetKey(rrset.owner, rrset.type), rrset);
  for (const { put, remove } of changes) {
    for (const each of remove) if (each.kind === "rrset") held.delete(rrsetKey(each.owner, each.type));
    for (const each of put) if (each.kind === "rrset") held.set(rrsetKey(each.owner, each.type), each);
  }
  return [...held.values()];
}

function feedFile(path: string, put: RecordOctetSink): void {
  let error: { readonly message: string } | undefined;
  attempt(`Cannot take up "${path}"`, () =>
    withZoneFile(path, (text) => {
      [error] = parseZoneFileOctets(text, { origin: Name.root, file: path, stopAtFirstError: true }, put);
    }),
  );
  if (error) throw new PlatformError("zone-file-malformed", `Cannot take up "${path}": ${error.message}`);
}

function readKept(path: string): string {
  let text = "";
  attempt(`Cannot take up "${path}"`, () => (text = readInputFile(path, maxKeptOctets).toString("utf8")));
  return text;
}

function attempt(action: string, act: () => void): void {
  try {
    act();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // What the system did not say is not about the file: who takes the records may end that by throwing.
    if (cause instanceof PlatformError || typeof code !== "string") throw cause;
    throw new PlatformError("path-unusable", `${action}: ${code}`, { cause });
  }
}
