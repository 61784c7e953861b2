// Why a message is refused: one table of codes, each with the status a server answers with, the section of the rule
// and a sentence for the sender. RFC 9110, RFC 9112. A refused message ends its connection (RFC 9112 section 2.2):
// where one message cannot be delimited, what follows cannot be trusted to be another.

/** A code of the table. */
export type HttpFailureCode =
  | "method-malformed"
  | "method-too-long"
  | "target-malformed"
  | "target-too-long"
  | "version-malformed"
  | "version-unsupported"
  | "status-malformed"
  | "line-end-malformed"
  | "field-name-malformed"
  | "field-value-malformed"
  | "field-folded"
  | "fields-too-large"
  | "fields-too-many"
  | "host-absent"
  | "host-repeated"
  | "host-malformed"
  | "host-disagrees"
  | "content-length-malformed"
  | "content-length-repeated"
  | "transfer-encoding-malformed"
  | "transfer-encoding-in-http-1.0"
  | "transfer-encoding-and-length"
  | "connection-malformed"
  | "chunk-size-malformed"
  | "chunk-extension-malformed"
  | "chunk-extensions-too-large"
  | "chunk-end-malformed";

/** One row of the table. */
interface FailureRow {
  /** The status that a server answers a request with; a response with this fault makes a gateway answer 502. */
  readonly status: number;
  /** Where the rule stands. */
  readonly section: string;
  /** What is wrong, in one sentence for the sender. */
  readonly sentence: string;
}

/** All rows, by code. */
export const httpFailures: Readonly<Record<HttpFailureCode, FailureRow>> = {
  "method-malformed": {
    status: 400,
    section: "RFC 9112 section 3.1",
    sentence: "The request line does not begin with a method and one space.",
  },
  "method-too-long": {
    status: 501,
    section: "RFC 9112 section 3",
    sentence: "The method is longer than any that is served here.",
  },
  "target-malformed": {
    status: 400,
    section: "RFC 9112 section 3.2",
    sentence: "The request target is not in a form that fits the method.",
  },
  "target-too-long": {
    status: 414,
    section: "RFC 9112 section 3",
    sentence: "The request line is too long.",
  },
  "version-malformed": {
    status: 400,
    section: "RFC 9112 section 2.3",
    sentence: "The start line does not name an HTTP version.",
  },
  "version-unsupported": {
    status: 505,
    section: "RFC 9110 section 2.5",
    sentence: "Only HTTP/1.0 and HTTP/1.1 are spoken here.",
  },
  "status-malformed": {
    status: 502,
    section: "RFC 9112 section 4",
    sentence: "The status line has no status code of three digits.",
  },
  "line-end-malformed": {
    status: 400,
    section: "RFC 9112 section 2.2",
    sentence: "A line does not end with CR and LF.",
  },
  "field-name-malformed": {
    status: 400,
    section: "RFC 9112 section 5.1",
    sentence: "A header field has no valid name followed by a colon.",
  },
  "field-value-malformed": {
    status: 400,
    section: "RFC 9110 section 5.5",
    sentence: "A header field's value holds a control character.",
  },
  "field-folded": {
    status: 400,
    section: "RFC 9112 section 5.2",
    sentence: "A header line begins with a space.",
  },
  "fields-too-large": {
    status: 431,
    section: "RFC 6585 section 5",
    sentence: "The header fields are too long.",
  },
  "fields-too-many": {
    status: 431,
    section: "RFC 6585 section 5",
    sentence: "There are too many header fields.",
  },
  "host-absent": {
    status: 400,
    section: "RFC 9112 section 3.2",
    sentence: "The request has no Host field.",
  },
  "host-repeated": {
    status: 400,
    section: "RFC 9112 section 3.2",
    sentence: "The request has more than one Host field.",
  },
  "host-malformed": {
    status: 400,
    section: "RFC 9112 section 3.2",
    sentence: "The Host field is not a host and a port.",
  },
  "host-disagrees": {
    status: 400,
    section: "RFC 9112 section 3.2.2",
    sentence: "The Host field names another host than the request target.",
  },
  "content-length-malformed": {
    status: 400,
    section: "RFC 9110 section 8.6",
    sentence: "The Content-Length field is not one decimal number.",
  },
  "content-length-repeated": {
    status: 400,
    section: "RFC 9112 section 6.3",
    sentence: "The message has more than one Content-Length field.",
  },
  "transfer-encoding-malformed": {
    status: 400,
    section: "RFC 9112 section 6.1",
    sentence: "The Transfer-Encoding field does not end with chunked, once.",
  },
  "transfer-encoding-in-http-1.0": {
    status: 400,
    section: "RFC 9112 section 6.1",
    sentence: "An HTTP/1.0 message cannot have a Transfer-Encoding field.",
  },
  "transfer-encoding-and-length": {
    status: 400,
    section: "RFC 9112 section 6.3",
    sentence: "The message has both a Transfer-Encoding and a Content-Length field.",
  },
  "connection-malformed": {
    status: 400,
    section: "RFC 9110 section 7.6.1",
    sentence: "The Connection field is not a short list of names.",
  },
  "chunk-size-malformed": {
    status: 400,
    section: "RFC 9112 section 7.1",
    sentence: "A chunk does not begin with its size.",
  },
  "chunk-extension-malformed": {
    status: 400,
    section: "RFC 9112 section 7.1.1",
    sentence: "A chunk has a malformed extension.",
  },
  "chunk-extensions-too-large": {
    status: 400,
    section: "RFC 9112 section 7.1.1",
    sentence: "The chunks have too many octets of extensions.",
  },
  "chunk-end-malformed": {
    status: 400,
    section: "RFC 9112 section 7.1",
    sentence: "A chunk is not followed by CR and LF.",
  },
};

/** Why a message was refused. Its connection must be closed once the refusal is answered. */
export interface HttpFailure {
  readonly code: HttpFailureCode;
  /** Octets from the start of the head or body to the one that showed the fault. */
  readonly offset: number;
}
