// The data folder: everything that a platform keeps, in one folder of mode 0700. Files in it have mode 0600.
//
//     version            which version of this layout it has, in JSON
//     data-key.json      which platform this is, and what its data key is told by (data-key.ts); no key lies in this folder
//     store.sqlite       the change log, its tables and the sealed secrets (role control)
//     identity.sqlite    accounts, sessions and one-time links of people (role control)
//     state/ROLE         what each role was last told (state-file.ts)
//     instances/ID/      record and log of each instance (role runtime)
//     launched/ID/       the folder that a launched instance runs in: its script and its pages (role runtime)
//     nodes/ID/          record and logs of each node of a container service (role runtime)
//     images/            images of containers, as they were pushed (control writes, the runtime reads)
//     log/NAME.log       what supervisor and roles have to say, a JSON document a line; NAME.log.1 is the part before,
//                        and NAME.err what a process wrote as it died
//     traces.json        the last good trace of each URL (role control); may be removed at any time
//     cache/             compiled code, so that roles start sooner, and differences of zones for IXFR; may be removed at any time
//     run/lock           who runs the platform (lock.ts)
//     run/platform.json  where the API and the first API key of the platform are that was started last
//     run/ROLE.json      the process that was started last for a role
//     run/ROLE.failure   why a role could not start, while it cannot
//     run/control.sock   the stream between control and the other roles
//     run/ROLE.role      a role's own socket, for the supervisor and `status`
//
// A UNIX socket's path has at most 107 octets. Where the data folder's name is too long for that, the sockets lie in
// a folder of mode 0700 below the system's temporary folder, whose name follows from the data folder's.

import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ErrorCode, RoleName } from "#contract";
import { PlatformError } from "#contract/plain";
import { replaceFile } from "#runtime";

/** The layout that this code reads and writes. Version 1 held the first API key in the folder itself. */
export const dataVersion = 2;

/** sun_path has 108 octets on Linux, one for the end; other systems have 104. */
const maxSocketPathOctets = 103;

/** Paths in a data folder. */
export interface Layout {
  readonly folder: string;
  readonly version: string;
  /** What is said there of the data key. */
  readonly dataKey: string;
  readonly store: string;
  readonly identity: string;
  readonly state: string;
  readonly instances: string;
  readonly launched: string;
  readonly nodes: string;
  readonly images: string;
  readonly traces: string;
  readonly log: string;
  readonly cache: string;
  readonly run: string;
  readonly lock: string;
  readonly platform: string;
  /** Where the sockets lie: `run`, or a folder with a shorter name. */
  readonly sockets: string;
  /** The socket of the stream between control and the other roles. */
  readonly streamSocket: string;
}

/** A role's own socket. */
export function roleSocket(layout: Layout, role: RoleName): string {
  return join(layout.sockets, `${role}.role`);
}

/** The log of a role or of the supervisor. */
export function logFile(layout: Layout, name: string): string {
  return join(layout.log, `${name}.log`);
}

/** The paths of a data folder that exists, or is about to. Nothing is made. */
export function layoutOf(folder: string): Layout {
  const run = join(folder, "run");
  const sockets = shortFolder(run);
  return {
    folder,
    version: join(folder, "version"),
    dataKey: join(folder, "data-key.json"),
    store: join(folder, "store.sqlite"),
    identity: join(folder, "identity.sqlite"),
    state: join(folder, "state"),
    instances: join(folder, "instances"),
    launched: join(folder, "launched"),
    nodes: join(folder, "nodes"),
    images: join(folder, "images"),
    traces: join(folder, "traces.json"),
    log: join(folder, "log"),
    cache: join(folder, "cache"),
    run,
    lock: join(run, "lock"),
    platform: join(run, "platform.json"),
    sockets,
    streamSocket: join(sockets, "control.sock"),
  };
}

/**
 * Makes a data folder ready: makes it where absent, checks its version, and makes the folders in it.
 *
 * Throws `data-newer` where a newer version wrote it, `data-damaged` where its version cannot be read or what should be
 * a folder in it is none, `usage` where it is a folder of something else (nothing is changed then), `disk-full`, and
 * `path-unusable` where it cannot be read or written.
 */
export function prepareDataFolder(folder: string): Layout {
  return inDataFolder(folder, () => prepare(folder));
}

/** Does something in a data folder; what the system refuses there is thrown as `disk-full` or `path-unusable`. */
export function inDataFolder<T>(folder: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof PlatformError ? error : refusedFor(folder, error as NodeJS.ErrnoException);
  }
}

function prepare(folder: string): Layout {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Two names for one folder must not come to two sets of sockets.
  const layout = layoutOf(realpathSync(folder));
  checkVersion(layout);
  chmodSync(layout.folder, 0o700);
  const { state, instances, launched, nodes, images, log, cache, run, sockets } = layout;
  for (const inner of [state, instances, launched, nodes, images, log, cache, run, sockets]) {
    makeInner(inner);
    chmodSync(inner, 0o700);
  }
  return layout;
}

/** Makes one folder. A link in its place is refused: roles write and remove in these folders, wherever they are. */
function makeInner(folder: string): void {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found && !found.isDirectory())
    throw new PlatformError("data-damaged", `Cannot use "${folder}": it is not a folder`);
  if (found && process.getuid && found.uid !== process.getuid())
    throw new PlatformError("data-damaged", `Cannot use "${folder}": it belongs to another user`);
  if (!found) mkdirSync(folder, { mode: 0o700 });
}

function refusedFor(folder: string, cause: NodeJS.ErrnoException): PlatformError {
  const isFull = cause.code === "ENOSPC" || cause.code === "EDQUOT";
  const code: ErrorCode = isFull ? "disk-full" : "path-unusable";
  return new PlatformError(code, `Cannot use data folder "${folder}": ${cause.message}`, { cause });
}

function checkVersion(layout: Layout): void {
  let text: string;
  try {
    text = readFileSync(layout.version, "utf8");
  } catch {
    // No version: a new folder, or one of something else.
    if (readdirSync(layout.folder).length > 0) {
      const state = "it holds other files, and is no data folder";
      throw new PlatformError("usage", `Cannot use "${layout.folder}" for data: ${state}`);
    }
    replaceFile(layout.version, `${JSON.stringify({ data: dataVersion })}\n`);
    return;
  }
  const found = readVersion(text);
  if (found === undefined) {
    throw new PlatformError("data-damaged", `Cannot read "${layout.version}": it names no version`);
  }
  if (found > dataVersion) {
    const state = `it has version ${found}, and this program knows ${dataVersion}`;
    throw new PlatformError("data-newer", `Cannot use "${layout.folder}": ${state}`);
  }
}

/** The version of a data folder that is ready; 0 where it cannot be told. */
export function versionOf(layout: Layout): number {
  return readVersion(readFileSync(layout.version, "utf8")) ?? 0;
}

/** Makes an older data folder one of today's version, once all that belongs to it is there. */
export function raiseVersion(layout: Layout): void {
  if (versionOf(layout) < dataVersion)
    replaceFile(layout.version, `${JSON.stringify({ data: dataVersion })}\n`);
}

function readVersion(text: string): number | undefined {
  try {
    const { data } = JSON.parse(text) as { data?: unknown };
    return Number.isInteger(data) ? (data as number) : undefined;
  } catch {
    return undefined; // not JSON: no version of ours
  }
}

/** The folder itself where a socket's path in it is short enough, else one that is: a folder for temporary files may have a long name too. */
function shortFolder(run: string): string {
  const digest = createHash("sha256").update(run).digest("hex").slice(0, 16);
  const short = `fairlead-${process.getuid?.() ?? 0}-${digest}`;
  const folders = [run, join(tmpdir(), short)];
  const isShort = (folder: string): boolean =>
    Buffer.byteLength(join(folder, "resolver.role")) <= maxSocketPathOctets;
  return folders.find(isShort) ?? join("/tmp", short);
}
