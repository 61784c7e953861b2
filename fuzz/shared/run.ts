// What every fuzzer begins with: for how long it runs and from which seed, its source of chance, and the seeds that lie beside it.
// The same seed makes the same inputs; each input has a seed of its own, which makes it alone.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import type { Random } from "#engine";
import { SeededRandom } from "#reactor";

const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } } });

/** For how long the fuzzer runs. */
export const seconds: number = Number(values.seconds ?? 30);

/** The seed of this run, to be printed first. */
export const firstSeed: number = Number(values.seed ?? Date.now() % 2 ** 31);

let source = new SeededRandom(firstSeed);

/** All chance of this run. */
export const random: Random = { integer: (below) => source.integer(below) };

/** From here on chance follows from another seed. */
export function beginChance(seed: number): void {
  source = new SeededRandom(seed);
}

/** Milliseconds of processor time that this process has used: what bounds on time go by, since a machine may be busy with other things. */
export function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A whole number from 0 up to `below`. */
export function chance(below: number): number {
  return random.integer(below);
}

/** One of a list. Throws a RangeError for an empty one. */
export function pick<T>(list: readonly T[]): T {
  if (list.length === 0) throw new RangeError("Cannot pick from an empty list");
  return list[random.integer(list.length)] as T;
}

/** The files of a fuzzer's seed folder whose names end so. @param folder  such as `zone-file.in` */
export function seedFiles(folder: string, ending: string): Uint8Array[] {
  const path = join(dirname(import.meta.dirname), folder);
  return readdirSync(path)
    .filter((file) => file.endsWith(ending))
    .map((file) => new Uint8Array(readFileSync(join(path, file))));
}

/** The same for seeds in hexadecimal, as octets. */
export function hexSeeds(folder: string): Uint8Array[] {
  return seedFiles(folder, ".hex").map(
    (text) => new Uint8Array(Buffer.from(Buffer.from(text).toString("utf8").replaceAll(/\s/g, ""), "hex")),
  );
}
