// Serial numbers of zones: arithmetic modulo 2^32 (RFC 1982) and the choice of the next one.

const modulus = 2 ** 32;

/** The most that may be added to a serial at once. @see RFC 1982 section 3.1 */
export const maxSerialStep: number = 2 ** 31 - 1;

/**
 * Adds to a serial, modulo 2^32. Throws a RangeError where `step` is not 0 to 2^31 - 1: such a sum is undefined.
 * @see RFC 1982 section 3.1
 */
export function addToSerial(serial: number, step: number): number {
  if (!Number.isInteger(step) || step < 0 || step > maxSerialStep) {
    throw new RangeError(`Cannot add ${step} to a serial: expected 0 to ${maxSerialStep}`);
  }
  return (serial + step) % modulus;
}

/**
 * Compares two serials.
 *
 * @returns below 0 where `a` is older, above 0 where it is newer, 0 where they are equal, undefined where they
 *   are exactly 2^31 apart: neither is newer then
 * @see RFC 1982 section 3.2
 */
export function compareSerials(a: number, b: number): number | undefined {
  if (a === b) return 0;
  const ahead = (a - b + modulus) % modulus;
  if (ahead === 2 ** 31) return undefined;
  return ahead < 2 ** 31 ? 1 : -1;
}

/**
 * The serial of a zone's next version: the newer of the previous one plus 1 and the time.
 *
 * "Newer" is RFC 1982's: a previous serial that runs far ahead of the clock (a date, say) is counted up from, and
 * every secondary server takes the result for newer.
 * @param previous  absent for a zone's first version
 * @param unixSeconds  whole seconds since 1970; taken modulo 2^32
 */
export function nextSerial(previous: number | undefined, unixSeconds: number): number {
  const clock = Math.floor(unixSeconds) % modulus;
  if (previous === undefined) return clock;
  return compareSerials(clock, previous) === 1 ? clock : addToSerial(previous, 1);
}
