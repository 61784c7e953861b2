// What a DNS message is as a value (RFC 1035 section 4, EDNS of RFC 6891). Decoding is in message-decode.ts, encoding
// in message-encode.ts.

import type { Name } from "./name.ts";
import type { EdnsOptionValue } from "./rdata/field.ts";

/** The flags and the operation code of a message header (RFC 1035 section 4.1.1, RFC 4035 section 3.2 for ad and cd). */
export interface MessageFlags {
  /** Whether it is a response. */
  readonly qr: boolean;
  /** One of `Opcode`, or any other of 0 to 15. */
  readonly opcode: number;
  /** Authoritative answer. */
  readonly aa: boolean;
  /** Truncated. */
  readonly tc: boolean;
  /** Recursion desired. */
  readonly rd: boolean;
  /** Recursion available. */
  readonly ra: boolean;
  /** Authentic data. */
  readonly ad: boolean;
  /** Checking disabled. */
  readonly cd: boolean;
}

/** One question (RFC 1035 section 4.1.2). */
export interface Question {
  readonly name: Name;
  readonly type: number;
  readonly class: number;
}

/** One record (RFC 1035 section 4.1.3). */
export interface ResourceRecord {
  /** The owner name. */
  readonly name: Name;
  readonly type: number;
  readonly class: number;
  /** In seconds, 0 to 2147483647. */
  readonly ttl: number;
  /** In wire form, names uncompressed. {@link decodeRdata} gives its fields. */
  readonly rdata: Uint8Array;
}

/** The OPT record of a message (RFC 6891 section 6). Its part of the response code is in `Message.rcode`. */
export interface Edns {
  /** Octets that the sender takes over UDP; values under 512 mean 512 (RFC 6891 section 6.2.3). */
  readonly udpPayloadSize: number;
  /** 0 is the only one there is; a responder answers others with BADVERS (RFC 6891 section 6.1.3). */
  readonly version: number;
  /** DO: DNSSEC records are wanted (RFC 3225). */
  readonly isDnssecOk: boolean;
  /** CO: compact answers are understood (RFC 9824 section 5.1). Absent: they are not. */
  readonly isCompactOk?: true;
  /** In their order. Empty for versions other than 0, whose options are not known to have the form of version 0. */
  readonly options: readonly EdnsOptionValue[];
}

/** A DNS message. */
export interface Message {
  readonly id: number;
  readonly flags: MessageFlags;
  /** The response code, 12 bits where there is an OPT record, else 4. */
  readonly rcode: number;
  readonly question: readonly Question[];
  readonly answer: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** Without the OPT record. A TSIG or SIG(0) record is in here, at the end. */
  readonly additional: readonly ResourceRecord[];
  /** Absent where there is no OPT record. */
  readonly edns?: Edns;
}

/** The bits of the header's second 16 bits. */
export const FlagBit = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
} as const;

/** The flags in the header's second 16 bits. */
export function decodeFlags(bits: number): MessageFlags {
  return {
    qr: (bits & FlagBit.QR) !== 0,
    opcode: (bits >> 11) & 0xf,
    aa: (bits & FlagBit.AA) !== 0,
    tc: (bits & FlagBit.TC) !== 0,
    rd: (bits & FlagBit.RD) !== 0,
    ra: (bits & FlagBit.RA) !== 0,
    ad: (bits & FlagBit.AD) !== 0,
    cd: (bits & FlagBit.CD) !== 0,
  };
}

/** The header's second 16 bits, with the low four bits of the response code. The reserved bit is zero. */
export function encodeFlags(flags: MessageFlags, rcode: number): number {
  return (
    (flags.qr ? FlagBit.QR : 0) |
    ((flags.opcode & 0xf) << 11) |
    (flags.aa ? FlagBit.AA : 0) |
    (flags.tc ? FlagBit.TC : 0) |
    (flags.rd ? FlagBit.RD : 0) |
    (flags.ra ? FlagBit.RA : 0) |
    (flags.ad ? FlagBit.AD : 0) |
    (flags.cd ? FlagBit.CD : 0) |
    (rcode & 0xf)
  );
}

/** The flags that are set, by their names in a header: `aa`, `tc`, `rd`, `ra`, `ad`, `cd`. QR and the opcode are left out. */
export function formatFlags({ aa, tc, rd, ra, ad, cd }: MessageFlags): string[] {
  return Object.entries({ aa, tc, rd, ra, ad, cd }).flatMap(([flag, isSet]) => (isSet ? [flag] : []));
}

/** The bit of an OPT record's TTL that is DO (RFC 3225 section 3). */
export const dnssecOkBit = 0x8000;
/** The CO flag beside it (RFC 9824 section 5.1). */
export const compactOkBit = 0x4000;
