// Malformed input as a value: what the decoders and parsers of this folder give back instead of throwing.

/**
 * Why octets or text were refused.
 *
 * Codes of the wire decoders are those of {@link WireFailureCode}; text parsers have codes of their own.
 */
export interface Failure {
  /** What is wrong, in kebab case: `short-input`, `bad-pointer` … */
  readonly code: string;
  /** Where: octets from the start of the message, or characters from the start of the text. */
  readonly offset: number;
  /** The message section that was read: header, question, answer, authority, additional. */
  readonly section?: string;
  /** The field that was read, such as `exchange`, after the type where known: `MX.exchange`. */
  readonly field?: string;
  /** What would have been right, for people. */
  readonly expected?: string;
}

/** The codes that decoding and encoding of messages, names and RDATA give. */
export type WireFailureCode =
  /** The octets end, or RDLENGTH does, before the field does. */
  | "short-input"
  /** Octets are left after the last field, by RDLENGTH or at the end of the message. */
  | "leftover-octets"
  /** A compression pointer that does not aim backwards at a name, or one where none may be (RFC 3597 section 4). */
  | "bad-pointer"
  /** More compression pointers in one name than a name can have labels. */
  | "too-many-pointers"
  /** A label type other than 00 and 11 (RFC 6891 section 5). */
  | "bad-label-type"
  /** A name over 255 octets. */
  | "name-too-long"
  /** A field's content breaks the rule of its type. */
  | "bad-rdata"
  /** A second OPT record, or one outside the additional section or not owned by the root (RFC 6891 section 6.1.1). */
  | "bad-opt"
  /** A TSIG record that is not the last of the additional section (RFC 8945 section 5.1). */
  | "bad-tsig"
  /** What was to be written does not fit into the given maximum. */
  | "no-room"
  /** A value to be written is outside what its field can hold. */
  | "bad-value";

/** A value, or why there is none. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** Makes the good {@link Result}. */
export function succeed<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** Makes the bad {@link Result}. */
export function fail(
  code: string,
  offset: number,
  more?: Omit<Failure, "code" | "offset">,
): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: { code, offset, ...more } };
}
