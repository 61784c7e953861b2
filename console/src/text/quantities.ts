// Times, spans, octets and counts as people read them. Times of the platform are UTC; the console alone shows local time.

const dateAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const counting = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** A moment in local time: `25 Nov 2026, 18:04`. */
export function localTime(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : dateAndTime.format(time);
}

/** How far a moment is away: `3 minutes ago`, `in 2 days`. */
export function away(iso: string, now: number): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  if (Number.isNaN(seconds)) return iso;
  const [unit, size] = steps.find(([, least]) => Math.abs(seconds) >= least) ?? (["second", 1] as const);
  return relative.format(Math.trunc(seconds / size), unit);
}

/** A span: `45 s`, `4 min 12 s`, `2 days`. */
export function span(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const parts: string[] = [];
  let left = Math.round(seconds);
  for (const [unit, size] of [
    ["days", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ] as const) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit === "days" && count === 1 ? "day" : unit}`);
  }
  return parts.slice(0, 2).join(" ");
}

/** Milliseconds as a trace shows them: `0.4 ms`, `12 ms`, `1.2 s`. */
export function milliseconds(value: number): string {
  if (value >= 1000) return `${(value / 1000).toFixed(1)} s`;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

/** Octets: `812 B`, `1.4 KiB`, `3.0 MiB`. */
export function octets(count: number): string {
  let value = count;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (value < 1024) return `${unit === "B" ? value : value.toFixed(1)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TiB`;
}

/** A whole number with its groups: `12,345`. */
export function count(value: number): string {
  return counting.format(value);
}

/** A number in little room: `12.3K`. */
export function compact(value: number): string {
  return short.format(value);
}

/** A number with its noun: `1 record`, `3 records`. */
export function counted(value: number, one: string, several = `${one}s`): string {
  return `${counting.format(value)} ${value === 1 ? one : several}`;
}
