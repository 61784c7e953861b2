// The most that one HTTP/1.1 message may take, outside of its content. What is over is refused before it is stored.

/** Octets of a method. The longest in the IANA registry (UPDATEREDIRECTREF) has 17. */
export const maxMethodOctets = 32;

/** Octets of a request line or status line. RFC 9112 section 3 asks for 8000 at least. */
export const maxStartLineOctets = 8192;

/** Octets of one header line: room for the 4096 of a cookie (RFC 6265 section 6.1), a token and a few more. */
export const maxFieldLineOctets = 16_384;

/** Octets of a head with its start line and the empty line: four of the longest lines. */
export const maxHeadOctets = 65_536;

/** Header fields of a message. Browsers send about 20, chains of proxies about 40. */
export const maxFields = 128;

/** Names in the Connection fields of a message: each is looked for among all fields. */
export const maxConnectionOptions = 32;

/** Hexadecimal digits of a chunk's size: 13 hold 2^52 - 1, the rest is room for leading zeros. */
export const maxChunkSizeDigits = 16;

/** Octets of chunk extensions in one message. They are dropped on relay, so that a sender could have work done for nothing. */
export const maxChunkExtensionOctets = 16_384;

/** Octets of a trailer section, as the one header line that it replaces. */
export const maxTrailerOctets = 16_384;
