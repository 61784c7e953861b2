// HTTP dates (RFC 9110 section 5.6.7): written in the one form in which they are sent, IMF-fixdate, and read in all three, from and to a
// number: pure folders have no Date.

const days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]; // 1970-01-01 was a Thursday
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const dayMs = 86_400_000;

/**
 * Writes a time such as `Sun, 06 Nov 1994 08:49:37 GMT`.
 * @param wall  milliseconds since 1970, 0 up to the end of the year 9999
 */
export function formatHttpDate(wall: number): string {
  const day = Math.floor(wall / dayMs);
  const seconds = Math.floor((wall - day * dayMs) / 1000);
  // Civil date from days, in eras of 400 years that begin on 1 March, so that a leap day is the last day of its year.
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 2 : marchMonth - 10;
  const year = yearOfEra + era * 400 + (month < 2 ? 1 : 0);
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `${days[day % 7]}, ${two(dayOfMonth)} ${months[month]} ${year.toString().padStart(4, "0")} ${clock} GMT`;
}

function two(value: number): string {
  return value.toString().padStart(2, "0");
}

/** A day, a month or a year's number, or NaN. */
function numberOf(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

const imf = /^[A-Za-z]{3}, (\d{2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const rfc850 = /^[A-Za-z]{6,9}, (\d{2})-([A-Za-z]{3})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const asctime = /^[A-Za-z]{3} ([A-Za-z]{3}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

/**
 * Reads a date in any of the three forms, case-sensitive, without a look at the day of the week.
 * @param wall  the current time: a year of two digits that would be more than 50 years ahead is in the past
 * @returns milliseconds since 1970, below zero before; NaN where it is none
 * @see RFC 9110 section 5.6.7
 */
export function parseHttpDate(text: string, wall: number): number {
  if (text.length > 40) return Number.NaN;
  let match = imf.exec(text);
  if (match) return timeOf(numberOf(match[3]), match[2], numberOf(match[1]), match, 4);
  match = asctime.exec(text);
  if (match) return timeOf(numberOf(match[6]), match[1], numberOf(match[2]?.trim()), match, 3);
  match = rfc850.exec(text);
  if (!match) return Number.NaN;
  const latest = yearOf(wall) + 50;
  let year = Math.floor(latest / 100) * 100 + numberOf(match[3]);
  if (year > latest) year -= 100;
  return timeOf(year, match[2], numberOf(match[1]), match, 4);
}

function timeOf(
  year: number,
  monthName: string | undefined,
  day: number,
  match: RegExpExecArray,
  clock: number,
): number {
  const month = months.indexOf(monthName ?? "");
  const hours = numberOf(match[clock]);
  const minutes = numberOf(match[clock + 1]);
  const seconds = numberOf(match[clock + 2]);
  // A leap second is read as the second before.
  if (month < 0 || hours > 23 || minutes > 59 || seconds > 60) return Number.NaN;
  if (day < 1 || day > daysIn(year, month)) return Number.NaN;
  return (
    daysBefore(year, month, day) * dayMs + hours * 3_600_000 + minutes * 60_000 + Math.min(seconds, 59) * 1000
  );
}

function daysIn(year: number, month: number): number {
  if (month === 1) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [3, 5, 8, 10].includes(month) ? 30 : 31;
}

/** Days from 1970-01-01 to a day, in years that begin in March. */
function daysBefore(year: number, month: number, day: number): number {
  const shiftedYear = month < 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 10) % 12) + 2) / 5) + day - 1;
  return (
    era * 146_097 +
    yearOfEra * 365 +
    Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) +
    dayOfYear -
    719_468
  );
}

function yearOf(wall: number): number {
  return Number(formatHttpDate(Math.max(0, wall)).slice(12, 16));
}
