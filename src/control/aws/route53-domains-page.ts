// Pages of a list in Route 53's way: a marker says behind which item the next page begins, so that items which come or go meanwhile move no
// other; where that very item is gone, its place counts.

import { AwsError } from "./aws-error.ts";

/** A page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Marker of the next page; absent on the last one. */
  readonly next?: string;
}

/**
 * Takes a page out of a list. Throws `InvalidInput` for a marker that this list has not given.
 * @param keyOf  what an item is known by
 * @param most  the highest number of items that may be asked for
 */
export function domainsPageOf<T>(
  list: readonly T[],
  keyOf: (item: T) => string,
  marker: string | undefined,
  count: number,
  most: number,
): Page<T> {
  if (count < 1 || count > most) throw new AwsError("InvalidInput", `MaxItems: expected 1 to ${most}`);
  const from = marker === undefined || marker === "" ? 0 : placeOf(list, keyOf, marker);
  const items = list.slice(from, from + count);
  const last = items.at(-1);
  const next = from + count;
  if (last === undefined || next >= list.length) return { items };
  return { items, next: Buffer.from(`${next} ${keyOf(last)}`).toString("base64url") };
}

/** Where the page behind a marker begins. */
function placeOf<T>(list: readonly T[], keyOf: (item: T) => string, marker: string): number {
  const [, place, key] = /^(\d{1,9}) (.*)$/s.exec(Buffer.from(marker, "base64url").toString()) ?? [];
  if (place === undefined)
    throw new AwsError("InvalidInput", "Marker: it is not the marker of a page of this list");
  const at = list.findIndex((item) => keyOf(item) === key);
  return at < 0 ? Number(place) : at + 1;
}
