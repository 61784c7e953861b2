// Times and spans as people read them.

/** An ISO 8601 time in UTC to the second, with a space: 2026-11-23 01:50:49. */
export function formatTime(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}

/** Writes a number of seconds in the largest two units: 1 d 3 h, 4 min 2 s. */
export function formatSeconds(seconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  let left = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [size, unit] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 2).join(" ") || "0 s";
}

/** A count with its noun: 1 zone, 2 zones. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
