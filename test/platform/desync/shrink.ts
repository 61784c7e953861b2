// Makes a failing text smaller while it still fails: runs of octets are left out, long ones first (delta debugging).

/**
 * Shrinks a text.
 * @param fails  tells whether a text still fails
 * @param maxTries  the most calls of `fails`
 */
export async function shrinkText(
  text: string,
  fails: (text: string) => Promise<boolean>,
  maxTries: number,
): Promise<string> {
  let smallest = text;
  let tries = 0;
  for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length && tries < maxTries;) {
      const shorter = smallest.slice(0, at) + smallest.slice(at + size);
      tries++;
      if (shorter !== "" && (await fails(shorter))) smallest = shorter;
      else at += size;
    }
  }
  return smallest;
}
