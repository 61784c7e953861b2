// Domain names (RFC 1035 sections 2.3 and 3.1, RFC 4343): wire octets with a cached key, immutable.
// Reading a name from a message is `Reader.name`, writing one is `Writer.name`; its text form is in name-text.ts.

import { type Result, succeed } from "./failure.ts";
import { maxLabelOctets, maxNameOctets } from "./limits.ts";
import { formatNameOctets, parseNameText } from "./name-text.ts";
import { lowerCase } from "./octets.ts";

/**
 * A domain name: 1 to 255 octets in uncompressed wire form, the root's zero octet included. Case is kept.
 *
 * Nobody may change the octets after the name was made.
 */
export class Name {
  /** The root. */
  static readonly root: Name = new Name(new Uint8Array(1), 0);

  /** Uncompressed wire form with the final zero octet. Read only. */
  readonly octets: Uint8Array;
  /** Labels without the root's: 0 for the root, 2 for `example.org.`. */
  readonly labelCount: number;
  #key: string | undefined;

  private constructor(octets: Uint8Array, labelCount: number) {
    this.octets = octets;
    this.labelCount = labelCount;
    this.#key = undefined;
  }

  /**
   * Reads a name in presentation format with the escapes of RFC 1035 section 5.1 (`\.`, `\065`).
   *
   * A name without a final dot is relative to `origin`; `@` is `origin` itself. Without `origin`, it is the root's.
   * Refused as `empty-name`, `empty-label`, `label-too-long`, `name-too-long`, `bad-escape` or `bad-character`
   * (what is no letter, digit or one of `- _ * /` must be escaped).
   * @see RFC 1035 section 5.1
   */
  static parse(text: string, origin?: Name): Result<Name> {
    if (text === "@") return succeed(origin ?? Name.root);
    const parsed = parseNameText(text, origin?.octets);
    return parsed.ok ? succeed(new Name(parsed.value.octets, parsed.value.labelCount)) : parsed;
  }

  /**
   * Takes a name in uncompressed wire form from the octets at `at`, copying it. Octets after the name are left alone.
   * @returns undefined where there is no whole, legal, uncompressed name
   */
  static fromOctets(octets: Uint8Array, at: number = 0): Name | undefined {
    let end = at;
    let labelCount = 0;
    for (;;) {
      const length = octets[end];
      if (length === undefined || length > maxLabelOctets) return undefined;
      end += 1 + length;
      if (end - at > maxNameOctets) return undefined;
      if (length === 0) break;
      labelCount++;
    }
    return labelCount === 0 ? Name.root : new Name(octets.slice(at, end), labelCount);
  }

  /**
   * Takes over octets that the caller has just checked and gives up. For decoders; elsewhere {@link Name.fromOctets}.
   * @param labelCount  the labels in `octets` without the root's
   */
  static fromChecked(octets: Uint8Array, labelCount: number): Name {
    return labelCount === 0 ? Name.root : new Name(octets, labelCount);
  }

  /**
   * The name's octets in lower case, one character each (U+0000 to U+00FF): equal for names that are equal.
   * For Map keys; made at first use.
   */
  get key(): string {
    return (this.#key ??= String.fromCharCode.apply(null, lowered(this.octets) as unknown as number[]));
  }

  /** Tells whether this is the root. */
  get isRoot(): boolean {
    return this.labelCount === 0;
  }

  /** Tells whether the first label is a single asterisk (RFC 4592 section 2.1.1). */
  get isWildcard(): boolean {
    return this.octets[0] === 1 && this.octets[1] === 0x2a;
  }

  /** Writes the name in presentation format, with its final dot and with escapes (RFC 1035 section 5.1). */
  toString(): string {
    return formatNameOctets(this.octets);
  }

  /** Tells whether two names are the same, ASCII letters compared without case (RFC 4343). */
  equals(other: Name): boolean {
    return this === other || (this.octets.length === other.octets.length && this.#endsWith(other.octets, 0));
  }

  /** Tells whether this name is `ancestor` or lies below it. */
  isSubdomainOf(ancestor: Name): boolean {
    const drop = this.labelCount - ancestor.labelCount;
    if (drop < 0) return false;
    const at = this.#offsetOf(drop);
    return this.octets.length - at === ancestor.octets.length && this.#endsWith(ancestor.octets, at);
  }

  /** The name without its first label; undefined for the root. */
  parent(): Name | undefined {
    return this.labelCount === 0 ? undefined : this.slice(1);
  }

  /** All labels from the left, without the root's: views of this name's octets, without length octets. */
  labels(): Uint8Array[] {
    const labels: Uint8Array[] = [];
    let at = 0;
    for (let i = 0; i < this.labelCount; i++) {
      const end = at + 1 + (this.octets[at] ?? 0);
      labels.push(this.octets.subarray(at + 1, end));
      at = end;
    }
    return labels;
  }

  /**
   * One label, counted from the left: a view of this name's octets, without its length octet.
   * Throws a RangeError where there is none.
   */
  label(index: number): Uint8Array {
    if (!(index >= 0 && index < this.labelCount)) {
      throw new RangeError(`Cannot take label ${index} of "${this.toString()}": it has ${this.labelCount}`);
    }
    const at = this.#offsetOf(index);
    return this.octets.subarray(at + 1, at + 1 + (this.octets[at] ?? 0));
  }

  /**
   * The ancestor that is left after dropping the first `fromLabel` labels; 0 gives this name, `labelCount` the root.
   * Throws a RangeError outside of that.
   */
  slice(fromLabel: number): Name {
    if (fromLabel === 0) return this;
    if (fromLabel === this.labelCount) return Name.root;
    if (!(fromLabel > 0 && fromLabel < this.labelCount)) {
      throw new RangeError(
        `Cannot drop ${fromLabel} labels of "${this.toString()}": it has ${this.labelCount}`,
      );
    }
    // A view, not a copy: the octets of a name never change.
    return new Name(this.octets.subarray(this.#offsetOf(fromLabel)), this.labelCount - fromLabel);
  }

  /**
   * Puts a label before this name.
   * @param label  the label's 1 to 63 octets, without length octet
   * @returns undefined where the label is empty or too long, or the name would be
   */
  prepend(label: Uint8Array): Name | undefined {
    const length = 1 + label.length + this.octets.length;
    if (label.length === 0 || label.length > maxLabelOctets || length > maxNameOctets) return undefined;
    const octets = new Uint8Array(length);
    octets[0] = label.length;
    octets.set(label, 1);
    octets.set(this.octets, 1 + label.length);
    return new Name(octets, this.labelCount + 1);
  }

  /**
   * Puts `to` in the place of the suffix `from`, as a DNAME does. Case of the labels before is kept.
   * @returns undefined where this name is not at or below `from`, or the new name would be over 255 octets
   * @see RFC 6672 section 2.2
   */
  replaceSuffix(from: Name, to: Name): Name | undefined {
    if (!this.isSubdomainOf(from)) return undefined;
    const kept = this.octets.length - from.octets.length;
    if (kept === 0) return to;
    if (kept + to.octets.length > maxNameOctets) return undefined;
    const octets = new Uint8Array(kept + to.octets.length);
    octets.set(this.octets.subarray(0, kept), 0);
    octets.set(to.octets, kept);
    return new Name(octets, this.labelCount - from.labelCount + to.labelCount);
  }

  /** This name with its ASCII letters in lower case (RFC 4034 section 6.2). */
  toLowerCase(): Name {
    return this.labelCount === 0 ? this : new Name(lowered(this.octets), this.labelCount);
  }

  /** How many labels two names have in common from the right, the root's not counted. */
  countCommonLabels(other: Name): number {
    const mine = labelOffsets(this.octets, offsetsOfA);
    const theirs = labelOffsets(other.octets, offsetsOfB);
    const shorter = Math.min(mine, theirs);
    let common = 0;
    while (
      common < shorter &&
      compareLabels(
        this.octets,
        offsetsOfA[mine - 1 - common] ?? 0,
        other.octets,
        offsetsOfB[theirs - 1 - common] ?? 0,
      ) === 0
    ) {
      common++;
    }
    return common;
  }

  /**
   * Compares two names in canonical order: label by label from the right, as lower-case octets.
   * @returns negative, zero or positive
   * @see RFC 4034 section 6.1
   */
  static compare(this: void, a: Name, b: Name): number {
    let i = labelOffsets(a.octets, offsetsOfA);
    let j = labelOffsets(b.octets, offsetsOfB);
    while (i > 0 && j > 0) {
      i--;
      j--;
      const order = compareLabels(a.octets, offsetsOfA[i] ?? 0, b.octets, offsetsOfB[j] ?? 0);
      if (order !== 0) return order;
    }
    return i - j;
  }

  /** The offset of a label's length octet. */
  #offsetOf(label: number): number {
    let at = 0;
    for (let i = 0; i < label; i++) at += 1 + (this.octets[at] ?? 0);
    return at;
  }

  /** Whether the octets from `at` on are `suffix` without regard to case. The lengths are known to agree. */
  #endsWith(suffix: Uint8Array, at: number): boolean {
    for (let i = 0; i < suffix.length; i++) {
      if (lowerCase[this.octets[at + i] ?? 0] !== lowerCase[suffix[i] ?? 0]) return false;
    }
    return true;
  }
}

// Where the labels of the two names of a comparison begin; used within one call only.
const offsetsOfA = new Uint8Array(128);
const offsetsOfB = new Uint8Array(128);

function labelOffsets(octets: Uint8Array, offsets: Uint8Array): number {
  let count = 0;
  let at = 0;
  for (let length = octets[at] ?? 0; length !== 0; length = octets[at] ?? 0) {
    offsets[count++] = at;
    at += 1 + length;
  }
  return count;
}

/** Compares the labels whose length octets are at `i` and `j`, as left-justified lower-case octets. */
function compareLabels(a: Uint8Array, i: number, b: Uint8Array, j: number): number {
  const lengthA = a[i] ?? 0;
  const lengthB = b[j] ?? 0;
  const shorter = Math.min(lengthA, lengthB);
  for (let k = 1; k <= shorter; k++) {
    const difference = (lowerCase[a[i + k] ?? 0] ?? 0) - (lowerCase[b[j + k] ?? 0] ?? 0);
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}

function lowered(octets: Uint8Array): Uint8Array {
  const result = new Uint8Array(octets.length);
  for (let i = 0; i < octets.length; i++) result[i] = lowerCase[octets[i] ?? 0] ?? 0;
  return result;
}
