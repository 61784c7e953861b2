// Text that came from elsewhere (records, log lines, header fields, names) as text that shows what it is: what has no form of its own, or
// turns the order of its neighbours round, stands there as its code point.

/** Control and format characters, what is unassigned or half a pair, separators of lines, and what fonts draw nothing for. */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

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
