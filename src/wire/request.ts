// Requests as values and as octets: what nearly all of them have in common (RFC 1035 section 4.1.1), so that whoever sends one says only what
// is different. Responses are made by those who answer, of a message that is empty.

import { Opcode, RrClass } from "./constants.ts";
import { encodeMessage } from "./message-encode.ts";
import type { Message, MessageFlags } from "./message.ts";
import type { Name } from "./name.ts";

/** The flags of a plain query: opcode QUERY, and none set. */
export const noFlags: MessageFlags = {
  qr: false,
  opcode: Opcode.QUERY,
  aa: false,
  tc: false,
  rd: false,
  ra: false,
  ad: false,
  cd: false,
};

/** A message that says nothing: id and rcode are 0, no flag is set, all sections are empty, and there is no OPT record. */
export const emptyMessage: Message = {
  id: 0,
  flags: noFlags,
  rcode: 0,
  question: [],
  answer: [],
  authority: [],
  additional: [],
};

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
    ...emptyMessage,
    flags: { ...noFlags, ...flags },
    question: [{ name, type, class: rrClass }],
    ...parts,
  };
}

/** Makes a request and encodes it. Throws a RangeError where it fits into no message: what it holds is the caller's own. */
export function encodeRequest(name: Name, type: number, parts?: RequestParts): Uint8Array {
  const encoded = encodeMessage(makeRequest(name, type, parts));
  if (!encoded.ok) throw new RangeError(`Cannot ask for "${name.toString()}": ${encoded.failure.code}`);
  return encoded.value.octets;
}
