// Hot path: the header and the question of a message, read in place without objects. Guarded by bench/wire.ts.
// For servers that find the answer from the question's octets, and for matching responses to queries.

import { headerOctets, maxLabelOctets, maxNameOctets } from "./limits.ts";

/** The header and the first question of a message. Made once and filled for each packet. */
export interface QuestionView {
  id: number;
  /** The header's second 16 bits; `FlagBit` names them, the operation code is bits 11 to 14. */
  flags: number;
  questionCount: number;
  answerCount: number;
  authorityCount: number;
  additionalCount: number;
  /** Octets of the question's name, which begins right after the header; 1 to 255. */
  nameOctets: number;
  /** Labels of the question's name without the root's. */
  labelCount: number;
  type: number;
  class: number;
  /** Where the question ends and the records begin. */
  end: number;
}

/** Makes a view to be filled by {@link readHeader} and {@link readQuestion}. */
export function questionView(): QuestionView {
  return {
    id: 0,
    flags: 0,
    questionCount: 0,
    answerCount: 0,
    authorityCount: 0,
    additionalCount: 0,
    nameOctets: 0,
    labelCount: 0,
    type: 0,
    class: 0,
    end: 0,
  };
}

/**
 * Reads the header into the view; the question's fields are set to 0 and `end` to the end of the header.
 * @returns false where the message is shorter than a header
 * @see RFC 1035 section 4.1.1
 */
export function readHeader(octets: Uint8Array, length: number, view: QuestionView): boolean {
  if (length < headerOctets || octets.length < headerOctets) return false;
  view.id = u16(octets, 0);
  view.flags = u16(octets, 2);
  view.questionCount = u16(octets, 4);
  view.answerCount = u16(octets, 6);
  view.authorityCount = u16(octets, 8);
  view.additionalCount = u16(octets, 10);
  view.nameOctets = 0;
  view.labelCount = 0;
  view.type = 0;
  view.class = 0;
  view.end = headerOctets;
  return true;
}

/**
 * Reads the header and the first question into the view.
 *
 * @param octets  the message is its first `length` octets
 * @returns false where there is no whole header (the view is as before), or no whole question with an uncompressed
 *   name (the header's fields are set): the first name of a message has nothing before it that a pointer could aim at
 * @see RFC 1035 section 4.1.2
 */
export function readQuestion(octets: Uint8Array, length: number, view: QuestionView): boolean {
  if (!readHeader(octets, length, view) || view.questionCount === 0) return false;
  const last = Math.min(length, octets.length) - 4; // where type and class begin at the latest
  let at = headerOctets;
  let labelCount = 0;
  for (;;) {
    if (at >= last) return false;
    const labelOctets = octets[at] ?? 0;
    if (labelOctets > maxLabelOctets) return false;
    at += 1 + labelOctets;
    if (labelOctets === 0) break;
    labelCount++;
  }
  if (at > last || at - headerOctets > maxNameOctets) return false;
  view.nameOctets = at - headerOctets;
  view.labelCount = labelCount;
  view.type = u16(octets, at);
  view.class = u16(octets, at + 2);
  view.end = at + 4;
  return true;
}

function u16(octets: Uint8Array, at: number): number {
  return ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
}
