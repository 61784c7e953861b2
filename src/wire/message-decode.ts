// Decodes DNS messages (RFC 1035 section 4.1, RFC 6891). Whatever the octets are: a whole message or a failure value.
// Records come with uncompressed RDATA that was checked against its type's row (rdata/table.ts).
// Hot paths that need the question only use question.ts.

import { RrClass } from "./constants.ts";
import { fail, type Result, succeed } from "./failure.ts";
import { maxMessageOctets, maxTtl } from "./limits.ts";
import {
  decodeFlags,
  compactOkBit,
  dnssecOkBit,
  type Edns,
  type Message,
  type Question,
  type ResourceRecord,
} from "./message.ts";
import type { Name } from "./name.ts";
import type { EdnsOptionValue } from "./rdata/field.ts";
import { fieldCodecs } from "./rdata/field-codecs.ts";
import { readRdata } from "./rdata/rdata.ts";
import { rdataType } from "./rdata/table.ts";
import { Reader } from "./reader.ts";
import { RrType } from "./rr-type.ts";

type RecordSection = "answer" | "authority" | "additional";

/** What is decoded so far; given on as the message at the end. */
interface Draft {
  id: number;
  flags: Message["flags"];
  rcode: number;
  question: Question[];
  answer: ResourceRecord[];
  authority: ResourceRecord[];
  additional: ResourceRecord[];
  edns?: Edns;
}

/**
 * Decodes one message.
 *
 * A TTL with its top bit set is taken as 0 (RFC 2181 section 8). Empty RDATA is taken for any type in the classes ANY
 * and NONE, as DNS UPDATE has it (RFC 2136 section 2.4). The reserved header bit and unknown EDNS flags are ignored.
 *
 * @param octets  begins with the header; what is returned shares nothing with it
 * @param length  octets in the message; absent is all
 * Failures: `short-input`, `leftover-octets`, `bad-pointer`, `too-many-pointers`, `bad-label-type`, `name-too-long`,
 * `bad-rdata`, `bad-opt`, `bad-tsig`, with the section and, in RDATA, the field.
 * @see RFC 1035 section 4.1; RFC 6891 section 6.1; RFC 3597 section 4
 */
export function decodeMessage(octets: Uint8Array, length: number = octets.length): Result<Message> {
  if (length > maxMessageOctets) return fail("leftover-octets", maxMessageOctets, { section: "header" });
  const reader = new Reader(octets, 0, length);
  const id = reader.u16();
  const bits = reader.u16();
  const questions = reader.u16();
  const answers = reader.u16();
  const authorities = reader.u16();
  const additionals = reader.u16();
  if (reader.failure !== undefined) return failIn("header", reader);

  const draft: Draft = {
    id,
    flags: decodeFlags(bits),
    rcode: bits & 0xf,
    question: [],
    answer: [],
    authority: [],
    additional: [],
  };
  for (let i = 0; i < questions; i++) {
    const question = { name: reader.name(), type: reader.u16(), class: reader.u16() };
    if (reader.failure !== undefined) return failIn("question", reader);
    draft.question.push(question);
  }
  if (!readRecords(reader, answers, "answer", draft)) return failIn("answer", reader);
  if (!readRecords(reader, authorities, "authority", draft)) return failIn("authority", reader);
  if (!readRecords(reader, additionals, "additional", draft)) return failIn("additional", reader);
  if (reader.remaining > 0) {
    reader.fail("leftover-octets");
    return failIn("additional", reader);
  }
  return succeed(draft);
}

function failIn(section: string, reader: Reader): Result<Message> {
  return { ok: false, failure: { code: "short-input", offset: reader.position, ...reader.failure, section } };
}

/** Reads the records of one section into the draft. Returns false where the reader failed. */
function readRecords(reader: Reader, count: number, section: RecordSection, draft: Draft): boolean {
  for (let i = 0; i < count; i++) {
    const start = reader.position;
    const name = reader.name();
    const type = reader.u16();
    const rrClass = reader.u16();
    const ttl = reader.u32();
    const length = reader.u16();
    if (type === RrType.OPT) {
      // One OPT, in the additional section, owned by the root (RFC 6891 sections 6.1.1 and 6.1.2).
      if (section !== "additional" || draft.edns !== undefined || !name.isRoot) reader.fail("bad-opt", start);
      draft.edns = readEdns(reader, rrClass, ttl, length);
      draft.rcode |= (ttl >>> 24) << 4;
    } else {
      draft[section].push(readRecord(reader, name, type, rrClass, ttl, length));
      // A transaction signature is the last record of the additional section (RFC 8945 section 5.1).
      if (type === RrType.TSIG && (section !== "additional" || i < count - 1)) reader.fail("bad-tsig", start);
    }
    if (reader.failure !== undefined) return false;
  }
  return true;
}

function readRecord(
  reader: Reader,
  name: Name,
  type: number,
  rrClass: number,
  ttl: number,
  length: number,
): ResourceRecord {
  const isUpdate = length === 0 && (rrClass === RrClass.ANY || rrClass === RrClass.NONE);
  const rdata = isUpdate ? new Uint8Array(0) : readRdata(reader, type, rrClass, length);
  return { name, type, class: rrClass, ttl: ttl > maxTtl ? 0 : ttl, rdata };
}

/** Reads OPT's RDATA; class and TTL have meanings of their own (RFC 6891 sections 6.1.2 and 6.1.3). */
function readEdns(reader: Reader, rrClass: number, ttl: number, length: number): Edns {
  const version = (ttl >>> 16) & 0xff;
  let options: readonly EdnsOptionValue[] = [];
  if (version !== 0) reader.skip(length);
  else if (length > 0) {
    const outer = reader.enter(length);
    const field = rdataType(RrType.OPT)?.fields[0];
    const start = reader.position;
    if (field) {
      fieldCodecs["edns-options"].skip(reader, field, start);
      if (reader.failure === undefined) {
        reader.position = start;
        options = fieldCodecs["edns-options"].read(reader, field, start) as EdnsOptionValue[];
      }
    }
    reader.leave(outer);
  }
  return {
    udpPayloadSize: rrClass,
    version,
    isDnssecOk: (ttl & dnssecOkBit) !== 0,
    ...((ttl & compactOkBit) === 0 ? {} : { isCompactOk: true }),
    options,
  };
}
