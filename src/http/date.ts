// IMF-fixdate, the one form in which dates are sent (RFC 9110 section 5.6.7), from a number: pure folders have no Date.

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
