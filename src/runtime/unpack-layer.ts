// Unpacks a layer of an image into a folder that becomes a container's root, and nothing outside of it: names that climb are refused, links on the
// way are followed as the container would see them, the last name is never followed. Whiteouts take away what layers below put there.
// Devices and pipes are left out, and so are the bits that lend a program its owner's rights: nothing in a root of ours gains any.
//
// Only this process may write in the folder meanwhile; nothing of the image runs before all of it is there.
//
// @see OCI image specification, "Image Layer Filesystem Changeset"

import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeSync,
  type Stats,
} from "node:fs";
import { dirname, join } from "node:path";
import { ownersRights, removeTree } from "./remove-tree.ts";
import { ArchiveFailure, readTar, type TarBounds, type TarEntry } from "./tar-reader.ts";

const whiteoutPrefix = ".wh.";
/** Takes away all that layers below have in its folder. */
const opaqueName = ".wh..wh..opq";
/** Links that are followed on the way to one name; the system's own limit. */
const maxLinks = 40;
/** Folders on the way to one name: a path of 4096 octets has no more than 2048, and no honest one a tenth. */
const maxDepth = 256;
/** The system's longest name of a file, in octets. */
const maxNameOctets = 255;
const permissionBits = 0o1777;

/** What unpacking did. */
export interface Unpacked {
  readonly entries: number;
  /** Octets of files. */
  readonly octets: number;
}

/**
 * Unpacks one layer over those below it.
 *
 * Throws `ArchiveFailure` where the layer is none or leads outside, and what the file system reports.
 * @param keepsOwners  gives files to the users that the layer names; that takes root
 */
export async function unpackLayer(
  layer: AsyncIterable<Uint8Array>,
  root: string,
  bounds: TarBounds,
  keepsOwners: boolean,
): Promise<Unpacked> {
  const unpacking = new Unpacking(root, keepsOwners);
  for await (const entry of readTar(layer, bounds)) await unpacking.take(entry);
  return unpacking.finish();
}

/** Checks a layer's names without unpacking it. Throws `ArchiveFailure`. */
export async function checkLayer(layer: AsyncIterable<Uint8Array>, bounds: TarBounds): Promise<Unpacked> {
  let [entries, octets] = [0, 0];
  for await (const { name, type, linkName, size } of readTar(layer, bounds)) {
    segmentsOf(name);
    if (type === "1") segmentsOf(linkName);
    entries++;
    octets += size;
  }
  return { entries, octets };
}

class Unpacking {
  readonly #root: string;
  readonly #keepsOwners: boolean;
  /** What this layer has put there, and the folders on the way to it: whiteouts of its own do not touch them. */
  readonly #own = new Set<string>();
  /** Folders get their modes last: one that may not be written in still has to be filled. */
  readonly #modes = new Map<string, number>();
  #entries = 0;
  #octets = 0;

  constructor(root: string, keepsOwners: boolean) {
    this.#root = root;
    this.#keepsOwners = keepsOwners;
  }

  async take(entry: TarEntry): Promise<void> {
    this.#entries++;
    const segments = segmentsOf(entry.name);
    const last = segments.pop();
    if (last === undefined) return; // the root itself
    const folder = this.#folderAt(segments);
    if (last.startsWith(whiteoutPrefix)) {
      this.#takeAway(folder, last);
      return;
    }
    const path = join(folder, last);
    this.#claim(path);
    switch (entry.type) {
      case "0":
        await this.#file(path, entry);
        return;
      case "1":
        this.#hardLink(path, entry.linkName);
        return;
      case "2":
        this.#makeRoom(path);
        if (entry.linkName === "" || entry.linkName.includes("\0"))
          throw new ArchiveFailure("a link in it leads nowhere");
        symlinkSync(entry.linkName, path);
        this.#giveAway(path, entry);
        return;
      case "5":
        this.#folder(path, entry);
    }
    // Devices, pipes and what is unknown are left out.
  }

  finish(): Unpacked {
    // What lies deeper first: nothing can be looked for below a folder that is shut.
    for (const [path, mode] of [...this.#modes].sort(([a], [b]) => b.length - a.length)) {
      if (find(path)?.isDirectory()) chmodSync(path, mode);
    }
    return { entries: this.#entries, octets: this.#octets };
  }

  async #file(path: string, entry: TarEntry): Promise<void> {
    this.#makeRoom(path);
    const file = openSync(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      for await (const part of entry.content) {
        for (let at = 0; at < part.length;) at += writeSync(file, part, at);
        this.#octets += part.length;
      }
      if (this.#keepsOwners) fchownSync(file, idOf(entry.owner), idOf(entry.group));
      fchmodSync(file, entry.mode & permissionBits);
      futimesSync(file, entry.changed, entry.changed);
    } finally {
      closeSync(file);
    }
  }

  #folder(path: string, entry: TarEntry): void {
    const found = find(path);
    if (found?.isDirectory()) this.#open(path, found);
    else {
      this.#makeRoom(path);
      mkdirSync(path, { mode: 0o700 });
    }
    this.#giveAway(path, entry);
    this.#modes.set(path, entry.mode & permissionBits);
  }

  #hardLink(path: string, target: string): void {
    const segments = segmentsOf(target);
    const last = segments.pop();
    const from = last === undefined ? undefined : join(this.#folderAt(segments, false), last);
    if (from === undefined || !find(from)?.isFile())
      throw new ArchiveFailure(`a hard link in it leads to no file: "${shown(target)}"`);
    if (from === path) return;
    this.#makeRoom(path);
    linkSync(from, path);
  }

  #giveAway(path: string, { owner, group }: TarEntry): void {
    if (this.#keepsOwners) lchownSync(path, idOf(owner), idOf(group));
  }

  /** A whiteout's name without its prefix is what is gone; a special one empties its folder. */
  #takeAway(folder: string, name: string): void {
    if (name === opaqueName) {
      for (const child of readdirSync(folder)) this.#removeLower(join(folder, child));
      return;
    }
    const [gone = ""] = segmentsOf(name.slice(whiteoutPrefix.length));
    if (gone === "") throw new ArchiveFailure("a whiteout in it names nothing");
    this.#removeLower(join(folder, gone));
  }

  /** Removes what layers below put there; of a folder that this layer has something in, only the rest. */
  #removeLower(path: string): void {
    const found = find(path);
    if (!found) return;
    if (!this.#own.has(path)) removeTree(path);
    else if (found.isDirectory()) for (const child of readdirSync(path)) this.#removeLower(join(path, child));
  }

  /** Opens a folder that a layer below has shut, until the end; root passes it as it is. */
  #open(path: string, { mode }: Stats): void {
    if (this.#keepsOwners || (mode & ownersRights) === ownersRights) return;
    chmodSync(path, mode | ownersRights);
    if (!this.#modes.has(path)) this.#modes.set(path, mode & permissionBits);
  }

  #claim(path: string): void {
    for (let at = path; at.length > this.#root.length && !this.#own.has(at); at = dirname(at))
      this.#own.add(at);
  }

  /** Makes sure that nothing is in the place of what comes; a folder goes with all that is in it. */
  #makeRoom(path: string): void {
    if (find(path)) removeTree(path);
  }

  /** The real folder that names mean inside the root, following links as a process in there would. Missing ones are made. */
  #folderAt(segments: readonly string[], makes: boolean = true): string {
    const left = [...segments];
    let at: string[] = [];
    let links = 0;
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        at = at.slice(0, -1); // the root's parent is the root
        continue;
      }
      const path = join(this.#root, ...at, name);
      const found = find(path);
      if (found?.isSymbolicLink()) {
        if (++links > maxLinks) throw new ArchiveFailure("links in it lead round in circles");
        const target = readlinkSync(path);
        if (target.startsWith("/")) at = [];
        left.unshift(...target.split("/"));
        if (left.length > maxDepth) throw new ArchiveFailure("links in it lead too far");
        continue;
      }
      if (found && !found.isDirectory()) {
        if (!makes) throw new ArchiveFailure("a name in it leads through a file");
        removeTree(path); // a layer may put a folder where one below had a file
      }
      if (found?.isDirectory()) this.#open(path, found);
      else {
        if (!makes) throw new ArchiveFailure("a link in it leads through a folder that is not there");
        mkdirSync(path, { mode: 0o755 });
      }
      at = [...at, name];
    }
    return join(this.#root, ...at);
  }
}

/** The names in a path. Throws where it climbs, or could be no path of this system. */
function segmentsOf(path: string): string[] {
  const segments = path.split("/").filter((name) => name !== "" && name !== ".");
  if (segments.includes("..")) throw new ArchiveFailure(`a name in it leads outside: "${shown(path)}"`);
  if (
    path.includes("\0") ||
    segments.length > maxDepth ||
    segments.some((name) => Buffer.byteLength(name) > maxNameOctets)
  )
    throw new ArchiveFailure(`a name in it is none: "${shown(path)}"`);
  return segments;
}

function shown(path: string): string {
  return path.slice(0, 100).replaceAll("\0", "\\0");
}

/** What is there, links not followed. */
function find(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** Ids are 32 bits wide, and the last one means none. */
function idOf(id: number): number {
  return id < 0xffffffff ? id : 0;
}
