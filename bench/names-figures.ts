// How the name servers' benchmark tells its figures.

/** The middle one of some values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The median of one row's values over those of another one, taken round by round. */
export function ratio(own: readonly number[], other: readonly number[] | undefined): string {
  if (!other) return "-";
  return median(own.map((value, round) => value / (other[round] ?? Number.NaN))).toFixed(2);
}

/** Writes a line. */
export function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
