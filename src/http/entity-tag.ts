// Entity tags and the fields that list them (RFC 9110 sections 8.8.3 and 13.1). A tag is compared as the text it stands as: where it is
// written wrong it is equal only to what is written just so, which is what servers that send such tags count on.

/** Tells whether a tag is weak. */
export function isWeak(tag: string): boolean {
  return tag.startsWith("W/");
}

/** Weak comparison: whether both stand for the same in some way. @see RFC 9110 section 8.8.3.2 */
export function matchesWeakly(a: string, b: string): boolean {
  return opaque(a) === opaque(b);
}

/** Strong comparison: whether both stand for the same octets. @see RFC 9110 section 8.8.3.2 */
export function matchesStrongly(a: string, b: string): boolean {
  return a === b && !isWeak(a);
}

function opaque(tag: string): string {
  return isWeak(tag) ? tag.slice(2) : tag;
}

/** Tags of one list that are compared; more are passed over. */
const maxTags = 256;

/**
 * Tells whether a value of If-None-Match or If-Match lists a tag, or is `*`.
 * @param tag  what is stored; undefined: nothing but `*` matches
 */
export function listsTag(value: string, tag: string | undefined, isStrong: boolean): boolean {
  if (value === "*") return true;
  if (tag === undefined) return false;
  let at = 0;
  for (let count = 0; at < value.length && count < maxTags; count++) {
    while (at < value.length && /[ \t,]/.test(value.charAt(at))) at++;
    const from = at;
    if (value.startsWith("W/", at)) at += 2;
    if (value.charAt(at) === '"') {
      const close = value.indexOf('"', at + 1);
      at = close < 0 ? value.length : close + 1;
    }
    while (at < value.length && value.charAt(at) !== ",") at++;
    const listed = value.slice(from, at).trimEnd();
    if (listed !== "" && (isStrong ? matchesStrongly(listed, tag) : matchesWeakly(listed, tag))) return true;
  }
  return false;
}
