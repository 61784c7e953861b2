// Validity periods: calendar years added to a time in milliseconds, and the day that a time falls on, in UTC (RFC 5731 section 2.5).
// Without `Date`, which pure layers do not have.

import { civilFromDays, daysFromCivil } from "#wire";

const dayMs = 86_400_000;

/** The same moment so many years later; 29 February becomes 1 March in a year that has none. */
export function addYears(time: number, years: number): number {
  const days = Math.floor(time / dayMs);
  const [year, month, day] = civilFromDays(days);
  return daysFromCivil(year + years, month, day) * dayMs + (time - days * dayMs);
}

/** The day of a moment: `2026-11-23`. */
export function formatDay(time: number): string {
  const [year, month, day] = civilFromDays(Math.floor(time / dayMs));
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}
