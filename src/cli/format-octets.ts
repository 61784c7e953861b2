// Amounts of octets as people read them.

import { formatNumber } from "./sparkline.ts";

/** Writes a number of octets in the largest unit that gives at least one: 512 B, 1.5 KiB, 2 GiB. */
export function formatOctets(octets: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let amount = octets;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${formatNumber(amount)} ${units[unit] ?? ""}`;
}
