// What name servers had counted at the end of a minute, as it lies in the store: their process, and counters by name. A row that is another
// version's, damaged or made by somebody else is no row: what is lost by it is told as a gap.

import { z } from "zod";
import { counters as countersSchema, type Counters } from "#contract";

const version = 1;

/** Characters of a row, at most: those of a thousand busy zones have a quarter of it. */
const maxLength = 1_000_000;

const content = z.strictObject({
  version: z.literal(version),
  pid: z.int().optional(),
  told: countersSchema,
});

/** Counters, and the process that told them. */
export interface ToldCounters {
  readonly pid: number | undefined;
  readonly told: Counters;
}

/**
 * Makes a row of the counters that are kept and are not zero.
 *
 * Where there are so many zones that it would be too long, it has what all servers counted alone.
 */
export function formatQueryRow({ pid, told }: ToldCounters, isKept: (name: string) => boolean): string {
  const counted = Object.entries(told).filter(([name, value]) => value > 0 && isKept(name));
  const format = (own: typeof counted): string =>
    JSON.stringify({ version, ...(pid === undefined ? {} : { pid }), told: Object.fromEntries(own) });
  const text = format(counted);
  return text.length <= maxLength ? text : format(counted.filter(([name]) => !name.startsWith("zone-")));
}

/** Reads a row; undefined where it is none. */
export function parseQueryRow(text: string): ToldCounters | undefined {
  if (text.length > maxLength) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // torn: worth less than a start
  }
  const read = content.safeParse(value);
  return read.success ? { pid: read.data.pid, told: read.data.told } : undefined;
}
