// Reads what a client sent and decides whether it is a question to resolve. Everything that is a query and has a whole
// header gets an answer (RFC 8906): FORMERR, NOTIMP, BADVERS or REFUSED where it is not resolved.

import {
  ExtendedError,
  Opcode,
  Rcode,
  RrClass,
  RrType,
  decodeMessage,
  headerOctets,
  type Message,
  type Name,
} from "#wire";
import type { FailureNote } from "./outcome.ts";

/** A question that is to be resolved. */
export interface ClientQuestion {
  readonly kind: "question";
  readonly message: Message;
  readonly name: Name;
  readonly type: number;
}

/** A query that is answered at once. */
export interface Rejected {
  readonly kind: "rejected";
  readonly id: number;
  readonly opcode: number;
  readonly isRecursionDesired: boolean;
  readonly rcode: number;
  readonly note?: FailureNote;
  /** Absent where the packet could not be read. */
  readonly message?: Message;
}

/** What a packet is. `dropped`: a response, or too short to be answered. */
export type ClientPacket = ClientQuestion | Rejected | { readonly kind: "dropped" };

/** Types that no resolver can look up: they say something about a message or ask for a transfer. */
const refusedTypes: ReadonlySet<number> = new Set([RrType.AXFR, RrType.IXFR, RrType.MAILA, RrType.MAILB]);
const meaninglessTypes: ReadonlySet<number> = new Set([RrType.OPT, RrType.TSIG, RrType.TKEY, 0]);

/**
 * Reads a packet.
 * @param isPermitted  whether the client may have names resolved
 */
export function readClientPacket(octets: Uint8Array, length: number, isPermitted: boolean): ClientPacket {
  if (length < headerOctets) return { kind: "dropped" };
  const flags = octets[2] ?? 0;
  // An answer to an answer could go round for ever.
  if ((flags & 0x80) !== 0) return { kind: "dropped" };
  const reject = (rcode: number, message?: Message, note?: FailureNote): Rejected => ({
    kind: "rejected",
    id: ((octets[0] ?? 0) << 8) | (octets[1] ?? 0),
    opcode: (flags >> 3) & 0xf,
    isRecursionDesired: (flags & 1) !== 0,
    rcode,
    ...(note ? { note } : {}),
    ...(message ? { message } : {}),
  });
  const decoded = decodeMessage(octets, length);
  if (((flags >> 3) & 0xf) !== Opcode.QUERY) {
    // What is laid out as a query is has its OPT answered with one (RFC 6891 sections 6.1.1 and 6.1.3); its question need not be one.
    if (!decoded.ok || !decoded.value.edns) return reject(Rcode.NOTIMP);
    const rcode = decoded.value.edns.version === 0 ? Rcode.NOTIMP : Rcode.BADVERS;
    return reject(rcode, { ...decoded.value, question: [] });
  }
  if (!decoded.ok) return reject(Rcode.FORMERR);
  const message = decoded.value;
  const question = message.question[0];
  // RFC 9619: one question and no more.
  if (message.question.length !== 1 || !question) return reject(Rcode.FORMERR, message);
  if (message.edns && message.edns.version !== 0) return reject(Rcode.BADVERS, message);
  const refuse = (code: number, text: string): Rejected => reject(Rcode.REFUSED, message, { code, text });
  if (!isPermitted) return refuse(ExtendedError.PROHIBITED, "this resolver serves its own networks only");
  if (question.class !== RrClass.IN)
    return refuse(ExtendedError.NOT_SUPPORTED, "this resolver serves class IN only");
  // RFC 9824 section 3.5.
  if (question.type === RrType.NXNAME)
    return reject(Rcode.FORMERR, message, {
      code: ExtendedError.INVALID_QUERY_TYPE,
      text: "NXNAME stands in NSEC records alone",
    });
  if (meaninglessTypes.has(question.type)) return reject(Rcode.FORMERR, message);
  if (refusedTypes.has(question.type))
    return refuse(ExtendedError.NOT_SUPPORTED, "ask a name server of the zone");
  if (!message.flags.rd) {
    return refuse(ExtendedError.NOT_AUTHORITATIVE, "this resolver has no zones of its own: ask with RD set");
  }
  return { kind: "question", message, name: question.name, type: question.type };
}
