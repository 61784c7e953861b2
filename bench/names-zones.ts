// Zones and questions of the name servers' benchmark: texts of zones in files, and lists of names for dnsperf. All of it follows from numbers, so
// that every run asks the same.

import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fairlead } from "./names-servers.ts";

/** The zone that is asked for, and the same one signed. */
export const plainApex = "example.test.";
export const signedApex = "signed.test.";
/** Names with an A record, and delegations with one name server and its glue. */
export const hosts = 10_000;
const delegations = 1_000;

/** Writes a zone with hosts and delegations. Returns the file's path. */
export function writePlainZone(folder: string, apex: string): string {
  const path = join(folder, `${apex}zone`);
  const lines = head(apex);
  for (let i = 0; i < hosts; i++) lines.push(`h${i} 300 IN A 10.0.${i >> 8}.${i & 255}`);
  for (let i = 0; i < delegations; i++)
    lines.push(`d${i} 300 IN NS ns.d${i}`, `ns.d${i} 300 IN A 192.0.2.${i & 255}`);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

/** Signs a zone file with NSEC. Returns the path of the signed one. */
export function signZoneFile(folder: string, path: string): string {
  const out = `${path}.signed`;
  const keys = join(folder, "keys");
  mkdirSync(keys, { recursive: true });
  execFileSync(fairlead, ["zone", "sign", path, "--keys", keys, "--out", out], { stdio: "ignore" });
  return out;
}

/** Writes a zone of so many A records; its names have about 20 octets on the wire. Returns the file's path. */
export function writeLargeZone(folder: string, apex: string, records: number): string {
  const path = join(folder, `${apex}${records}.zone`);
  const fd = openSync(path, "w");
  writeSync(fd, `${head(apex).join("\n")}\n`);
  for (let from = 0; from < records; from += 10_000) {
    let text = "";
    for (let i = from; i < Math.min(records, from + 10_000); i++)
      text += `${largeName(i)} 300 IN A 10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}\n`;
    writeSync(fd, text);
  }
  closeSync(fd);
  return path;
}

/** A name of a large zone, relative to it: `h0000042`, whose owner has 22 octets below `example.test.`. */
export function largeName(i: number): string {
  return `h${String(i).padStart(7, "0")}`;
}

/** Writes zones of ten records each. Returns their names and files. */
export function writeManyZones(folder: string, count: number): { apex: string; path: string }[] {
  const own = join(folder, "zones");
  mkdirSync(own);
  return Array.from({ length: count }, (_, i) => {
    const apex = `z${i}.test.`;
    const path = join(own, `z${i}.test.zone`);
    const lines = head(apex);
    for (let k = 0; k < 7; k++) lines.push(`h${k} 300 IN A 10.0.${i & 255}.${k}`);
    writeFileSync(path, `${lines.join("\n")}\n`);
    return { apex, path };
  });
}

function head(apex: string): string[] {
  return [
    `$ORIGIN ${apex}`,
    "@ 300 IN SOA ns1 hostmaster 1 3600 600 86400 60",
    "@ 300 IN NS ns1",
    "ns1 300 IN A 192.0.2.1",
  ];
}

/** Kinds of questions: names that are there, names that are not, names below a delegation. */
export type QuestionKind = "address" | "missing" | "delegated";

/** Writes questions for dnsperf, in an order that follows from a seed. Returns the file's path. */
export function writeQuestions(folder: string, apex: string, kind: QuestionKind): string {
  const path = join(folder, `${apex}${kind}`);
  const lines: string[] = [];
  let state = 1;
  for (let i = 0; i < 10 * hosts; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const number = state >>> 8;
    const label = {
      address: `h${number % hosts}`,
      missing: `x${number % 1_000_000}`,
      delegated: `www.d${number % delegations}`,
    }[kind];
    lines.push(`${label}.${apex} A`);
  }
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}
