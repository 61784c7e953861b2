// A DNS message for people: header, flags, sections and EDNS as text, with the octets beside it (RFC 1035 section 4, RFC 6891), and
// the `dig` command that asks the same again. For traces.

import { className, EdnsOption, ExtendedError, opcodeName, rcodeName, RrClass } from "./constants.ts";
import { formatFlags, type Message, type ResourceRecord } from "./message.ts";
import { decodeMessage } from "./message-decode.ts";
import type { EdnsOptionValue } from "./rdata/field.ts";
import { typeName } from "./rr-type.ts";
import { formatRecord } from "./zone-file-format.ts";

/** Octets of a message that are shown: what fits into one packet of the path (RFC 9715) several times over. */
export const maxShownOctets = 4096;
/** Records of a section that are shown; the rest is counted. */
const maxShownRecords = 60;

/** See the head of this file. */
export interface MessageText {
  id: number;
  opcode: string;
  rcode: string;
  /** `qr`, `aa`, `tc`, `rd`, `ra`, `ad`, `cd`. */
  flags: string[];
  /** `shop.test. IN A`. */
  question: string[];
  /** Records in presentation format. */
  answer: string[];
  authority: string[];
  /** Without the OPT record. */
  additional: string[];
  /** Records beyond those that are shown. */
  more: number;
  edns?: {
    version: number;
    udpPayloadSize: number;
    isDnssecOk: boolean;
    options: { code: number; name: string; text: string }[];
  };
  /** Octets of the whole message. */
  size: number;
  /** The first of them, in hexadecimal digits. */
  octets: string;
}

/** Writes a message as text; undefined where the octets are none. */
export function describeMessage(octets: Uint8Array): MessageText | undefined {
  const decoded = decodeMessage(octets);
  if (!decoded.ok) return undefined;
  const { value: message } = decoded;
  const { answer, authority, additional, edns } = message;
  const shown = (records: readonly ResourceRecord[]): string[] =>
    records.slice(0, maxShownRecords).map(formatRecord);
  const more = [answer, authority, additional].reduce(
    (sum, { length }) => sum + Math.max(0, length - maxShownRecords),
    0,
  );
  return {
    id: message.id,
    opcode: opcodeName(message.flags.opcode),
    rcode: rcodeName(message.rcode),
    flags: [...(message.flags.qr ? ["qr"] : []), ...formatFlags(message.flags)],
    question: message.question.map(
      ({ name, type, class: group }) => `${name.toString()} ${className(group)} ${typeName(type)}`,
    ),
    answer: shown(answer),
    authority: shown(authority),
    additional: shown(additional),
    more,
    ...(edns
      ? {
          edns: {
            version: edns.version,
            udpPayloadSize: edns.udpPayloadSize,
            isDnssecOk: edns.isDnssecOk,
            options: edns.options.map(describeOption),
          },
        }
      : {}),
    size: octets.length,
    octets: hexOf(octets.subarray(0, maxShownOctets)),
  };
}

/** The option's name where it has one, and what it says: the text of an extended error, else hexadecimal digits. */
function describeOption({ code, octets }: EdnsOptionValue): { code: number; name: string; text: string } {
  const name = Object.entries(EdnsOption).find(([, number]) => number === code)?.[0] ?? `OPT${code}`;
  if (code !== EdnsOption.EXTENDED_ERROR || octets.length < 2) return { code, name, text: hexOf(octets) };
  // RFC 8914 section 2: a code, then text in UTF-8.
  const number = ((octets[0] ?? 0) << 8) | (octets[1] ?? 0);
  const word = Object.entries(ExtendedError).find(([, known]) => known === number)?.[0] ?? String(number);
  const text = new TextDecoder().decode(octets.subarray(2));
  return { code, name, text: text === "" ? word : `${word}: ${text}` };
}

function hexOf(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** Where a question went. */
export interface DigServer {
  readonly address: string;
  readonly port: number;
  readonly isTcp: boolean;
}

/**
 * The `dig` command that asks the same question again, as a line for a shell.
 *
 * Options of EDNS are left out: a trace's own would report to that trace.
 */
export function formatDigCommand(query: Message, { address, port, isTcp }: DigServer): string {
  const [question] = query.question;
  const name = question?.name.toString() ?? ".";
  const words = ["dig", `@${address}`, "-p", String(port)];
  // A name that begins like one of dig's own words is named as a name.
  words.push(...(/^[-+@%]/.test(name) ? ["-q", quote(name), "-t"] : [quote(name)]));
  words.push(typeName(question?.type ?? 1));
  if (question && question.class !== RrClass.IN) words.push("-c", className(question.class));
  if (!query.flags.rd) words.push("+norecurse");
  if (query.flags.cd) words.push("+cdflag");
  if (isTcp) words.push("+tcp");
  const { edns } = query;
  if (edns) {
    words.push(`+bufsize=${edns.udpPayloadSize}`, "+nocookie");
    if (edns.isDnssecOk) words.push("+dnssec");
  } else words.push("+noedns");
  return words.join(" ");
}

/** As one word of a POSIX shell. */
function quote(text: string): string {
  return /^[A-Za-z0-9._-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
