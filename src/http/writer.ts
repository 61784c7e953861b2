// Writes heads of messages into one growing buffer (RFC 9112 sections 3 to 5): text, numbers and runs of another head's
// octets. What is written is the caller's word: nothing is checked here.

import type { BodyReader } from "./body.ts";
import { isForbiddenInTrailers } from "./field.ts";
import type { MessageHead } from "./head.ts";
import { SP } from "./octets.ts";

/** Octets of the smallest buffer. */
const leastOctets = 512;

/** A buffer that heads are written into, used again for one after another. */
export class HeadWriter {
  /** The octets written are the first `length`; the buffer is replaced when it grows. */
  octets: Uint8Array;
  length = 0;

  constructor(initialOctets: number = 0) {
    this.octets = new Uint8Array(initialOctets);
  }

  /** Forgets what was written. */
  clear(): void {
    this.length = 0;
  }

  /** Forgets what was written, and gives the buffer back where it is larger. */
  release(keepOctets: number): void {
    this.length = 0;
    if (this.octets.length > keepOctets) this.octets = new Uint8Array(0);
  }

  /** What was written, as a view that the next write may change. */
  view(): Uint8Array {
    return this.octets.subarray(0, this.length);
  }

  /** Writes a text whose characters are below 256. It must hold no CR or LF that is not meant to be one. */
  text(text: string): void {
    this.#reserve(text.length);
    // Held in locals: what is written to might be this object itself, for all that the compiler knows.
    const { octets, length } = this;
    for (let i = 0; i < text.length; i++) octets[length + i] = text.charCodeAt(i);
    this.length = length + text.length;
  }

  /** Copies a run of octets. */
  copy(octets: Uint8Array, from: number, to: number): void {
    if (to <= from) return;
    const count = to - from;
    this.#reserve(count);
    const { octets: own, length } = this;
    if (count < 48) {
      // Shorter than what making a view costs.
      for (let i = 0; i < count; i++) own[length + i] = octets[from + i]!;
    } else {
      own.set(octets.subarray(from, to), length);
    }
    this.length = length + count;
  }

  /** Ends a line. */
  line(): void {
    this.#reserve(2);
    this.octets[this.length++] = 13;
    this.octets[this.length++] = 10;
  }

  /**
   * Copies the lines of all fields that are not marked as removed, in as few runs as they allow. A line with other whitespace
   * around its value than one space before it is written anew: recipients do not agree on what of it belongs to the value.
   * @param octets  holds the head from `start`
   * @see RFC 9112 section 5.1
   */
  copyFields(head: MessageHead, octets: Uint8Array, start: number): void {
    let runStart = -1;
    for (let i = 0; i < head.fieldCount; i++) {
      const isPlain = hasPlainSpaces(head, octets, start, i);
      if (isPlain && !head.isRemoved(i)) {
        if (runStart < 0) runStart = head.lineStart(i);
        continue;
      }
      if (runStart >= 0) this.copy(octets, start + runStart, start + head.lineStart(i));
      runStart = -1;
      if (head.isRemoved(i)) continue;
      this.copy(octets, start + head.lineStart(i), start + head.nameEnd(i));
      this.text(": ");
      this.copy(octets, start + head.valueStart(i), start + head.valueEnd(i));
      this.line();
    }
    if (runStart >= 0) this.copy(octets, start + runStart, start + head.lineEnd(head.fieldCount - 1));
  }

  #reserve(octets: number): void {
    const needed = this.length + octets;
    if (needed <= this.octets.length) return;
    const larger = new Uint8Array(Math.max(needed, this.octets.length * 2, leastOctets));
    larger.set(this.octets.subarray(0, this.length));
    this.octets = larger;
  }
}

/** Whether at most one space stands before a field's value, and nothing after it. */
function hasPlainSpaces(head: MessageHead, octets: Uint8Array, start: number, index: number): boolean {
  const before = head.valueStart(index) - head.nameEnd(index);
  if (head.lineEnd(index) - head.valueEnd(index) !== 2) return false;
  return before === 1 || (before === 2 && octets[start + head.nameEnd(index) + 1] === SP);
}

/**
 * Writes the trailer section that a body ended with, and the empty line after it.
 * Fields that trailers must not have (framing, routing, connection) are left out.
 * @see RFC 9110 section 6.5.1
 */
export function writeTrailers(writer: HeadWriter, body: BodyReader): void {
  const trailers = body.trailers;
  if (trailers) {
    for (let i = 0; i < trailers.fieldCount; i++) {
      if (isForbiddenInTrailers(trailers.field(i))) trailers.remove(i);
    }
    writer.copyFields(trailers, body.trailerOctets, 0);
  }
  writer.line();
}
