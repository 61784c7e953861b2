// The bounds of DNS messages and names. Each decoder checks them before it allocates.

/** Octets in a name, length octets and the root's zero octet included (RFC 1035 section 2.3.4). */
export const maxNameOctets = 255;

/** Octets in a label (RFC 1035 section 2.3.4): the two high bits of the length octet are a label type. */
export const maxLabelOctets = 63;

/** Labels in a name without the root: 254 octets are left for labels, and a label has at least two. */
export const maxLabels = 127;

/**
 * Compression pointers followed in one name: a name has at most 127 labels, and between them are 126 places where a
 * pointer can stand. One more could only aim at a pointer, or at the root alone, which is shorter written out.
 */
export const maxPointers = 126;

/** The highest offset that a compression pointer of 14 bits can aim at (RFC 1035 section 4.1.4). */
export const maxPointerTarget = 0x3fff;

/** Octets in a message header (RFC 1035 section 4.1.1). No name is in there, so no pointer may aim there. */
export const headerOctets = 12;

/** Octets in a message: what the length field over TCP can say (RFC 1035 section 4.2.2). */
export const maxMessageOctets = 65_535;

/** Octets in RDATA: what RDLENGTH can say (RFC 1035 section 3.2.1). */
export const maxRdataOctets = 65_535;

/** Octets that every receiver takes over UDP without EDNS (RFC 1035 section 4.2.1). */
export const minUdpOctets = 512;

/**
 * Octets that we take and send over UDP: the IPv6 minimum MTU of 1280 less 48 of headers, so that nothing is fragmented
 * (RFC 9715 section 3.2).
 */
export const udpPayloadOctets = 1232;

/** Octets of an EDNS option before its data: code and length (RFC 6891 section 6.1.2). */
export const optionHeadOctets = 4;

/** Octets that padded responses are multiples of (RFC 8467 section 4.1). */
export const paddingBlockOctets = 468;

/** SHA-1, the one hash of NSEC3 (RFC 5155 section 11). */
export const nsec3Sha1 = 1;

/** The one flag of an NSEC3 record, opt-out (RFC 5155 section 3.1.2). */
export const nsec3OptOut = 1;

/**
 * Most extra rounds of a hash of NSEC3, of what we sign, answer and believe: more makes each question dear, and validators take such a zone
 * for unsigned (RFC 9276 section 3.2).
 */
export const maxNsec3Iterations = 50;

/** Octets in a character string, its length octet not counted (RFC 1035 section 3.3). */
export const maxCharStringOctets = 255;

/** The highest TTL: the top bit is zero (RFC 2181 section 8). */
export const maxTtl = 0x7fff_ffff;
