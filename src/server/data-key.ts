// The data key: the 32 octets that secrets in the data folder are sealed with, and where it is found. In this order:
//
//  1. `fairlead-master-key` in $CREDENTIALS_DIRECTORY (systemd credentials)
//  2. the file that FAIRLEAD_MASTER_KEY_FILE names
//  3. FAIRLEAD_PASSPHRASE, through scrypt (RFC 7914), with a salt of the data folder's
//  4. a file of mode 0600 outside the data folder, `keys/ID` in $XDG_CONFIG_HOME/fairlead, made where there is none
//
// The data folder holds which platform it is (ID) and a check value sealed with the key: with another key, or where the key is gone,
// nothing starts, and no new key is made. The supervisor prepares all that; each role loads the key by itself.

import { randomBytes, scryptSync } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "#contract/plain";
import { replaceFile } from "#runtime";
import { createSealer, dataKeyOctets, type Sealer } from "#store";
import { dataVersion, raiseVersion, versionOf, type Layout } from "./layout.ts";

/** Names of the environment that lead to the data key; programs that do not need it are started without them. */
export const keyVariables: readonly string[] = [
  "CREDENTIALS_DIRECTORY",
  "FAIRLEAD_MASTER_KEY_FILE",
  "FAIRLEAD_PASSPHRASE",
];

/** The name of the systemd credential. */
const credentialName = "fairlead-master-key";

/** Cost of scrypt: 32 MiB and some 0.3 s a start of a role (OWASP's choice for N = 2^15). */
const scryptCost = { cost: 32_768, blockSize: 8, parallelization: 3 };
/** Memory that scrypt may take in octets: 128 · N · r, twice. */
const scryptMaxOctets = 128 * 1024 * 1024;

/** What the data folder says of the key it wants. */
interface DataKeyRecord {
  /** Which platform this is: 32 hexadecimal digits. */
  readonly id: string;
  /** Salt for a passphrase, in base64url. */
  readonly salt: string;
  /** A known text, sealed: whether a key is the right one. Absent until there is one. */
  readonly check?: string;
}

/** The text that the check value holds; sealed under the platform's id. */
const checkText = "fairlead";
const checkPurpose = "data-key-check";

type Environment = Readonly<Record<string, string | undefined>>;

/** Files of a platform that lie outside its data folder, so that a copy of that gives nothing away. */
export interface KeyFiles {
  /** The folder of all platforms' keys of this user. */
  readonly folder: string;
  /** The data key, where it comes from no other place. */
  readonly dataKey: string;
  /** The first API key. */
  readonly firstKey: string;
}

/** Where the key files of a data folder are. Throws `data-damaged` where the folder does not say which platform it is. */
export function keyFilesOf(layout: Layout, environment: Environment = process.env): KeyFiles {
  return filesOf(readRecord(layout).id, environment);
}

function filesOf(id: string, environment: Environment): KeyFiles {
  const folder = join(environment["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "fairlead", "keys");
  return { folder, dataKey: join(folder, id), firstKey: join(folder, `${id}.api-key`) };
}

/**
 * Has everything there that roles will look for: the data folder's record, the data key, and the first API key. Call it with the
 * folder's lock held.
 *
 * Throws `data-key-missing`, `data-key-wrong`, `data-damaged`, and what the file system reports.
 */
export function prepareKeys(layout: Layout, environment: Environment = process.env): KeyFiles {
  const found = lstatSync(layout.dataKey, { throwIfNoEntry: false });
  let record: DataKeyRecord;
  if (found) record = readRecord(layout);
  else if (versionOf(layout) === dataVersion && isThere(layout.store)) {
    // There were secrets, most likely: a new key would make them unreadable for good.
    throw new PlatformError("data-damaged", `Cannot read "${layout.dataKey}": it is gone`);
  } else {
    record = { id: randomBytes(16).toString("hex"), salt: randomBytes(16).toString("base64url") };
    replaceFile(layout.dataKey, `${JSON.stringify(record)}\n`);
  }
  const files = filesOf(record.id, environment);
  mkdirSync(files.folder, { recursive: true, mode: 0o700 });
  const given = givenKey(record, environment);
  // Without a check value nothing was sealed yet: only then may a key be new.
  if (!given && record.check === undefined && !isThere(files.dataKey))
    replaceFile(files.dataKey, `${randomBytes(dataKeyOctets).toString("base64url")}\n`);
  const { sealer, from } = given
    ? { sealer: createSealer(given.key), from: given.from }
    : { sealer: createSealer(readOwnKey(files.dataKey)), from: files.dataKey };
  if (record.check === undefined) {
    const check = sealer.seal(checkPurpose, record.id, new TextEncoder().encode(checkText));
    replaceFile(layout.dataKey, `${JSON.stringify({ ...record, check })}\n`);
  } else {
    checkKey(sealer, record, from);
  }
  prepareFirstKey(layout, files.firstKey);
  raiseVersion(layout);
  return files;
}

/**
 * Loads the data key of a data folder that was prepared.
 *
 * Throws `data-key-missing` where it is not where it is to be, `data-key-wrong` where it is another one, `data-damaged`.
 */
export function loadSealer(layout: Layout, environment: Environment = process.env): Sealer {
  const record = readRecord(layout);
  const { dataKey } = filesOf(record.id, environment);
  const given = givenKey(record, environment) ?? { key: readOwnKey(dataKey), from: dataKey };
  const sealer = createSealer(given.key);
  checkKey(sealer, record, given.from);
  return sealer;
}

/** Which platform a data folder is of: 32 hexadecimal digits. Throws `data-damaged` where it does not say. */
export function platformIdOf(layout: Layout): string {
  return readRecord(layout).id;
}

/** An environment without what leads to the data key. */
export function withoutKeys(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !keyVariables.includes(name)));
}

function checkKey(sealer: Sealer, { id, check }: DataKeyRecord, from: string): void {
  try {
    if (check !== undefined) sealer.open(checkPurpose, id, check);
  } catch (cause) {
    throw new PlatformError(
      "data-key-wrong",
      `Cannot open the secrets of platform ${id}: the data key from ${from} is not the one that they are sealed with`,
      { cause },
    );
  }
}

/** The key from one of the places that the environment names, with that place in words. */
function givenKey(
  { salt }: DataKeyRecord,
  environment: Environment,
): { key: Uint8Array; from: string } | undefined {
  const credentials = environment["CREDENTIALS_DIRECTORY"];
  const named = environment["FAIRLEAD_MASTER_KEY_FILE"];
  const passphrase = environment["FAIRLEAD_PASSPHRASE"];
  if (credentials) {
    const file = join(credentials, credentialName);
    // The folder is there for any credential of the service; ours need not be among them.
    if (isThere(file)) return { key: readKeyFile(file), from: file };
  }
  if (named) return { key: readKeyFile(named), from: named };
  if (passphrase) {
    const options = { ...scryptCost, maxmem: scryptMaxOctets };
    const key = scryptSync(passphrase.normalize("NFC"), salt, dataKeyOctets, options);
    return { key, from: "FAIRLEAD_PASSPHRASE" };
  }
  return undefined;
}

/** The key file of the platform's own. Others of this machine are kept from reading it. */
function readOwnKey(file: string): Uint8Array {
  const key = readKeyFile(file);
  chmodSync(file, 0o600);
  return key;
}

/** A key file: 32 octets as they are, in hexadecimal digits, or in base64 of either alphabet. */
function readKeyFile(file: string): Uint8Array {
  let octets: Buffer;
  try {
    octets = readFileSync(file);
  } catch (cause) {
    const state =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "it is gone" : (cause as Error).message;
    throw new PlatformError("data-key-missing", `Cannot read data key "${file}": ${state}`, { cause });
  }
  if (octets.length === dataKeyOctets) return octets;
  const text = octets.toString("latin1").trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  if (/^[\w+/-]{43}=?$/.test(text)) return Buffer.from(text, "base64");
  throw new PlatformError(
    "data-key-wrong",
    `Cannot use data key "${file}": expected 32 octets, or those in hexadecimal digits or base64`,
  );
}

/** Makes the first API key where there is none. An empty one is none: the program may have been killed before it wrote it. */
function prepareFirstKey(layout: Layout, file: string): void {
  // Where it lay before there were keys outside the data folder.
  const earlier = join(layout.folder, "key");
  const moved = isThere(earlier) ? readFileSync(earlier, "utf8").trim() : "";
  const found = isThere(file) ? readFileSync(file, "utf8").trim() : "";
  if (found === "") replaceFile(file, `${moved || randomBytes(24).toString("base64url")}\n`);
  else chmodSync(file, 0o600);
  rmSync(earlier, { force: true });
}

/** Tells whether a file is there. Throws `data-damaged` for something else in its place. */
function isThere(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found && !found.isFile() && !found.isSymbolicLink())
    throw new PlatformError("data-damaged", `Cannot use "${path}": it is not a file`);
  return found !== undefined;
}

function readRecord({ dataKey }: Layout): DataKeyRecord {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(dataKey, "utf8"));
  } catch (cause) {
    throw new PlatformError("data-damaged", `Cannot read "${dataKey}": ${(cause as Error).message}`, {
      cause,
    });
  }
  const { id, salt, check } = (value ?? {}) as Partial<Record<keyof DataKeyRecord, unknown>>;
  const isSound =
    typeof id === "string" &&
    /^[0-9a-f]{32}$/.test(id) &&
    typeof salt === "string" &&
    (check === undefined || typeof check === "string");
  if (!isSound) throw new PlatformError("data-damaged", `Cannot read "${dataKey}": it names no platform`);
  return { id, salt, ...(check === undefined ? {} : { check }) };
}
