// Text that came from elsewhere (records, log lines, header fields, names) as text that shows what it is: what has no form of its own, or
// turns the order of its neighbours round, stands there as its code point.

/** Control characters, line and paragraph separators, marks of direction, what has no width, tags, and halves of pairs. */
const unseen =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;

/** Makes every character of a text visible. @param keep  characters that stay as they are: `\n` where lines are shown as lines */
export function visible(text: string, keep = ""): string {
  return text.replace(unseen, (character) =>
    keep.includes(character)
      ? character
      : `\u27e8U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`,
  );
}

/** Shortens a text in its middle, where a long value says least. @param most  characters, at least 5 */
export function middle(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}
