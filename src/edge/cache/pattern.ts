// Patterns with `*` (any characters, none too) and `?` (one): of paths and names of cookies. Time is bounded by the product of both
// lengths, whatever is written in either: no backtracking beyond the last `*`.

/** Tells whether a text fits a pattern as a whole. Case matters. */
export function fitsPattern(text: string, pattern: string, hasOne: boolean): boolean {
  let at = 0;
  let index = 0;
  let star = -1;
  let mark = 0;
  while (at < text.length) {
    const wanted = pattern.charAt(index);
    if (wanted === "*") {
      star = index++;
      mark = at;
    } else if (index < pattern.length && (wanted === text.charAt(at) || (hasOne && wanted === "?"))) {
      index++;
      at++;
    } else if (star >= 0) {
      index = star + 1;
      at = ++mark;
    } else return false;
  }
  while (pattern.charAt(index) === "*") index++;
  return index === pattern.length;
}
