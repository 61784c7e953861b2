// Requests as values and as octets: what nearly all of them have in common (RFC 1035 section 4.1.1), so that whoever sends one says only what
// is different. Responses are made by those who answer.

import { RrClass } from "./constants.ts";
import { encodeMessage } from "./message-encode.ts";
import type { Message, MessageFlags } from "./message.ts";
import type { Name } from "./name.ts";

/** What a request has beside its question. What is absent is as in a plain query. */
export interface RequestParts extends Partial<Omit<Message, "flags" | "question">> {
  /** Those that differ from a query's: opcode QUERY, and no flag set. */
  readonly flags?: Partial<MessageFlags>;
  /** Class of the question. Absent: IN. */
  readonly class?: number;
}

/** Makes a request with one question. Absent parts: id and rcode are 0, the other sections are empty, and there is no OPT record. */
export function makeRequest(
  name: Name,
  type: number,
  { flags, class: rrClass = RrClass.IN, ...parts }: RequestParts = {},
): Message {
  return {
    id: 0,
    flags: {
      qr: false,
      opcode: 0,
      aa: false,
      tc: false,
      rd: false,
      ra: false,
      ad: false,
      cd: false,
      ...flags,
    },
    rcode: 0,
    question: [{ name, type, class: rrClass }],
    answer: [],
    authority: [],
    additional: [],
    ...parts,
  };
}

/** Makes a request and encodes it. Throws a RangeError where it fits into no message: what it holds is the caller's own. */
export function encodeRequest(name: Name, type: number, parts?: RequestParts): Uint8Array {
  const encoded = encodeMessage(makeRequest(name, type, parts));
  if (!encoded.ok) throw new RangeError(`Cannot ask for "${name.toString()}": ${encoded.failure.code}`);
  return encoded.value.octets;
}
