// Hot path (bench/answer.ts): reads a query in place. Takes from it the header, the one question and what EDNS says,
// and walks over all other records to see that the message is whole. Nothing is allocated; fields are offsets into
// the driver's buffer (RFC 1035 section 4.1, RFC 6891 section 6.1).

import {
  EdnsOption,
  headerOctets,
  maxLabelOctets,
  maxNameOctets,
  minUdpOctets,
  Opcode,
  Rcode,
  RrType,
} from "#wire";

/** What `Query.read` found. */
export const QueryKind: {
  /** A response, or less than a header: nothing is sent back. */
  readonly DROP: 0;
  /** To be answered at once with `rcode`. */
  readonly REFUSE: 1;
  /** A whole query with one question. */
  readonly ASK: 2;
  /** More than that: a transfer, NOTIFY, UPDATE, the state of a secondary, or signed. To be handed on (transactions.ts). */
  readonly HAND_ON: 3;
} = { DROP: 0, REFUSE: 1, ASK: 2, HAND_ON: 3 };

const qrBit = 0x80;

/** One query, read in place. One object is filled again and again. */
export class Query {
  /** For REFUSE: FORMERR, NOTIMP or BADVERS. */
  rcode: number = Rcode.NOERROR;
  /** Offset of the question's name, 0 where there is no whole question. */
  nameAt = 0;
  /** Offset after the question, or after the header where there is none. */
  questionEnd = 0;
  type = 0;
  class = 0;
  /** True where the query has an OPT record: the response has one then, and only then (RFC 6891 section 6.1.1). */
  hasEdns = false;
  /** Octets the requestor takes over UDP, at least 512 (RFC 6891 section 6.2.3). */
  udpOctets: number = minUdpOctets;
  /** The DO bit (RFC 3225 section 3). */
  isDnssecOk = false;
  /** The CO flag: compact answers are understood, also with NXDOMAIN (RFC 9824 section 5.1). */
  isCompactOk = false;
  /** True where the OPT record has any option: most have none. */
  hasOptions = false;
  /** Offset of the cookie option's data, 0 where there is none (RFC 7873 section 4). */
  cookieAt = 0;
  cookieLength = 0;
  /** The NSID option (RFC 5001) and edns-tcp-keepalive (RFC 7828) were sent. */
  wantsNsid = false;
  wantsKeepalive = false;
  /** The padding option (RFC 7830) was sent. */
  wantsPadding = false;
  /** Offset of the client subnet option's data, 0 where there is none (RFC 7871). */
  subnetAt = 0;
  subnetLength = 0;
  /** Offset of the trace option's data, 0 where there is none. */
  traceAt = 0;
  traceLength = 0;

  readonly #traceOption: number;
  readonly #canHandOn: boolean;
  #at = 0;
  /** A TSIG record, or the EXPIRE option, was seen. */
  #isSigned = false;
  #asksExpiry = false;

  /**
   * @param traceOption  code of the EDNS option that carries a trace
   * @param canHandOn  whether there is somebody to take what is no query of names
   */
  constructor(traceOption: number, canHandOn: boolean = false) {
    this.#traceOption = traceOption;
    this.#canHandOn = canHandOn;
  }

  /**
   * Reads the message at `start`.
   * @returns one of {@link QueryKind}
   */
  read(input: Uint8Array, start: number, length: number): number {
    this.rcode = Rcode.NOERROR;
    this.nameAt = 0;
    this.questionEnd = start + headerOctets;
    this.hasEdns = false;
    this.udpOctets = minUdpOctets;
    this.isDnssecOk = false;
    this.isCompactOk = false;
    this.hasOptions = false;
    this.cookieAt = 0;
    this.subnetAt = 0;
    this.wantsNsid = false;
    this.wantsKeepalive = false;
    this.wantsPadding = false;
    this.traceAt = 0;
    this.#isSigned = false;
    this.#asksExpiry = false;
    if (length < headerOctets || (input[start + 2]! & qrBit) !== 0) return QueryKind.DROP;
    const opcode = (input[start + 2]! >> 3) & 0xf;
    if (opcode !== Opcode.QUERY) {
      const isKnown = opcode === Opcode.NOTIFY || opcode === Opcode.UPDATE;
      return isKnown && this.#canHandOn ? QueryKind.HAND_ON : this.#refuseOpcode(input, start, length);
    }
    // RFC 9619 section 4: more than one question is FORMERR. None is for cookies alone (RFC 7873 section 5.4).
    const questions = readU16(input, start + 4);
    if (questions > 1) return this.#refuse(Rcode.FORMERR);
    const end = start + length;
    this.#at = start + headerOctets;
    if (questions === 1 && !this.#readQuestion(input, this.#at, end)) return this.#refuse(Rcode.FORMERR);
    const others = readU16(input, start + 6) + readU16(input, start + 8);
    const additional = readU16(input, start + 10);
    for (let i = 0; i < others + additional; i++) {
      if (!this.#readRecord(input, end, i >= others)) return this.#refuse(Rcode.FORMERR);
    }
    // Octets after the last record belong to nothing.
    if (this.#at !== end) return this.#refuse(Rcode.FORMERR);
    if (questions === 0) return this.#refuse(this.cookieAt === 0 ? Rcode.FORMERR : this.rcode);
    if (this.#canHandOn && this.rcode === Rcode.NOERROR && this.#isTransaction()) return QueryKind.HAND_ON;
    return this.rcode === Rcode.NOERROR ? QueryKind.ASK : QueryKind.REFUSE;
  }

  /** NOTIMP; what is laid out as a query is has its OPT seen all the same: it is answered with one, or with BADVERS (RFC 6891 sections 6.1.1 and 6.1.3). */
  #refuseOpcode(input: Uint8Array, start: number, length: number): number {
    const end = start + length;
    this.#at = start + headerOctets;
    const questions = readU16(input, start + 4);
    const others = readU16(input, start + 6) + readU16(input, start + 8);
    const additional = readU16(input, start + 10);
    let isWhole = true;
    for (let i = 0; i < questions && isWhole; i++) isWhole = this.#readQuestion(input, this.#at, end);
    for (let i = 0; i < others + additional && isWhole; i++)
      isWhole = this.#readRecord(input, end, i >= others);
    if (!isWhole || this.#at !== end) {
      this.hasEdns = this.hasOptions = false;
      this.cookieAt = this.subnetAt = 0;
      this.rcode = Rcode.NOERROR;
    }
    // The question is not repeated, and no visit traced: in other opcodes it need not be one.
    this.nameAt = this.traceAt = 0;
    this.questionEnd = start + headerOctets;
    return this.#refuse(this.rcode === Rcode.NOERROR ? Rcode.NOTIMP : this.rcode);
  }

  #isTransaction(): boolean {
    const { type } = this;
    if (type === RrType.AXFR || type === RrType.IXFR || this.#isSigned) return true;
    return this.#asksExpiry && type === RrType.SOA; // RFC 7314 section 3.1
  }

  #refuse(rcode: number): number {
    this.rcode = rcode;
    return QueryKind.REFUSE;
  }

  /** The first name of a message cannot be compressed: there is nothing before it to point at. */
  #readQuestion(input: Uint8Array, at: number, end: number): boolean {
    let offset = at;
    for (;;) {
      if (offset >= end) return false;
      const length = input[offset]!;
      if (length > maxLabelOctets) return false;
      offset += length + 1;
      if (offset - at > maxNameOctets) return false;
      if (length === 0) break;
    }
    if (offset + 4 > end) return false;
    this.nameAt = at;
    this.type = readU16(input, offset);
    this.class = readU16(input, offset + 2);
    this.#at = this.questionEnd = offset + 4;
    return true;
  }

  #readRecord(input: Uint8Array, end: number, isAdditional: boolean): boolean {
    const owner = this.#at;
    let offset = owner;
    for (;;) {
      if (offset >= end) return false;
      const length = input[offset]!;
      if (length >= 0xc0) {
        offset += 2;
        break;
      }
      if (length > maxLabelOctets) return false;
      offset += length + 1;
      if (length === 0) break;
    }
    if (offset + 10 > end) return false;
    const dataEnd = offset + 10 + readU16(input, offset + 8);
    if (dataEnd > end) return false;
    this.#at = dataEnd;
    const type = readU16(input, offset);
    if (type === RrType.TSIG) this.#isSigned = true;
    if (type !== RrType.OPT) return true;
    // RFC 6891 section 6.1.1: one OPT, in the additional section, owned by the root. Section 7: what is wrong with it is told in a response with OPT.
    const isRight = isAdditional && !this.hasEdns && input[owner] === 0;
    this.hasEdns = true;
    if (!isRight) return false;
    this.udpOctets = Math.max(readU16(input, offset + 2), minUdpOctets);
    this.isDnssecOk = (input[offset + 6]! & 0x80) !== 0;
    this.isCompactOk = (input[offset + 6]! & 0x40) !== 0;
    if (input[offset + 5] !== 0) {
      // RFC 6891 section 6.1.3. The options of an unknown version are not looked at.
      this.rcode = Rcode.BADVERS;
      return true;
    }
    return this.#readOptions(input, offset + 10, dataEnd);
  }

  #readOptions(input: Uint8Array, at: number, end: number): boolean {
    let offset = at;
    while (offset < end) {
      if (offset + 4 > end) return false;
      const length = readU16(input, offset + 2);
      if (offset + 4 + length > end) return false;
      this.hasOptions = true;
      this.#takeOption(readU16(input, offset), offset + 4, length);
      offset += 4 + length;
    }
    return true;
  }

  /** Of an option that stands there several times the first counts (RFC 7873 section 5.2 for cookies). */
  #takeOption(code: number, at: number, length: number): void {
    if (code === this.#traceOption) {
      this.traceAt = at;
      this.traceLength = length;
    } else if (code === EdnsOption.COOKIE) {
      if (this.cookieAt !== 0) return;
      this.cookieAt = at;
      this.cookieLength = length;
    } else if (code === EdnsOption.CLIENT_SUBNET) {
      if (this.subnetAt !== 0) return;
      this.subnetAt = at;
      this.subnetLength = length;
    } else if (code === EdnsOption.NSID) this.wantsNsid = true;
    else if (code === EdnsOption.TCP_KEEPALIVE) this.wantsKeepalive = true;
    else if (code === EdnsOption.PADDING) this.wantsPadding = true;
    else if (code === EdnsOption.EXPIRE) this.#asksExpiry = true;
  }
}

/** Reads 16 bits, most significant first. */
export function readU16(octets: Uint8Array, at: number): number {
  return (octets[at]! << 8) | octets[at + 1]!;
}
