// A zone on its way from a primary (RFC 5936, RFC 1995), read message by message: whole, as differences, or the word that there is nothing newer. What
// comes is somebody else's: it is bounded in octets and records, every record belongs to the zone, the serial is one from the first
// record to the last, and nothing of it is used before all of it is there.

import {
  decodeMessage,
  isMetaType,
  type Name,
  Opcode,
  Rcode,
  rcodeName,
  type ResourceRecord,
  RrClass,
  RrType,
  EdnsOption,
  type TsigSession,
} from "#wire";
import { compareSerials, type Rrset, serialOf, soaRecord, type VersionDiff, type ZoneFeed } from "#zone";
import { RecordPile } from "./record-pile.ts";

/** How much a transfer may bring. */
export interface TransferLimits {
  /** Octets of all messages. */
  readonly maxOctets: number;
  readonly maxRecords: number;
  /** Records of differences, which are values while they come. With more, all of the zone is asked for, which is held as octets. */
  readonly maxDifferences: number;
}

/** Enough for zones of some ten million records. */
export const defaultTransferLimits: TransferLimits = {
  maxOctets: 2 ** 31,
  maxRecords: 50_000_000,
  // Some 400 octets each: 200 MB.
  maxDifferences: 500_000,
};

/** What came of a transfer. */
export type TransferOutcome =
  /** The primary has nothing newer. */
  | { readonly kind: "current"; readonly serial: number }
  | { readonly kind: "zone"; readonly soa: Rrset; readonly feed: ZoneFeed }
  | { readonly kind: "differences"; readonly diffs: readonly VersionDiff[] }
  /** In words; `rcode` where the primary said no. */
  | { readonly kind: "failed"; readonly reason: string; readonly rcode?: number };

/** What is asked for. */
export interface TransferRequest {
  readonly apex: Name;
  readonly id: number;
  /** RrType.AXFR or RrType.IXFR. */
  readonly type: number;
  /** The serial that is there already; absent for AXFR. */
  readonly serial?: number;
  /** Verifies the messages; absent where the request was not signed. */
  readonly session?: TsigSession | undefined;
  readonly limits: TransferLimits;
}

interface DiffDraft {
  readonly from: Rrset;
  to: Rrset | undefined;
  readonly removed: ResourceRecord[];
  readonly added: ResourceRecord[];
}

/** See the head of this file. */
export class IncomingTransfer {
  readonly #request: TransferRequest;
  #octets = 0;
  #count = 0;
  #messages = 0;
  /** The SOA that came first: what the zone will be. */
  #soa: Rrset | undefined;
  #mode: "begun" | "whole" | "differences" = "begun";
  readonly #pile = new RecordPile();
  readonly #diffs: DiffDraft[] = [];
  #isComplete = false;
  #isLastSigned = false;
  /** Seconds until the primary's own copy expires, where it said so (RFC 7314). */
  expireSeconds: number | undefined;

  constructor(request: TransferRequest) {
    this.#request = request;
  }

  /** Takes one message. @returns undefined while more is to come */
  push(octets: Uint8Array, seconds: number): TransferOutcome | undefined {
    const { session, limits } = this.#request;
    this.#octets += octets.length;
    if (this.#octets > limits.maxOctets) return failed(`it has more than ${limits.maxOctets} octets`);
    let message = octets;
    if (session) {
      const before = session.mac;
      const verdict = session.verify(octets, seconds, false);
      if (verdict.kind !== "good") return failed(describeVerdict(octets, verdict));
      this.#isLastSigned = session.mac !== before;
      if (verdict.error !== Rcode.NOERROR)
        return failed(`the primary does not take the request's signature (${rcodeName(verdict.error)})`);
      ({ message } = verdict);
    }
    const decoded = decodeMessage(message);
    if (!decoded.ok) return failed(`a message of it cannot be read (${decoded.failure.code})`);
    return this.#take(decoded.value);
  }

  #take(message: Parameters<typeof isSameQuestion>[0]): TransferOutcome | undefined {
    const { apex, id } = this.#request;
    if (message.id !== id || !message.flags.qr || message.flags.opcode !== Opcode.QUERY)
      return failed("a message is not a response to the request");
    if (message.rcode !== Rcode.NOERROR)
      return { ...failed(`the primary answers ${rcodeName(message.rcode)}`), rcode: message.rcode };
    if (message.flags.tc) return failed("a message is truncated");
    // RFC 5936 section 2.2.1: the first message repeats the question, the others may.
    if (!isSameQuestion(message, apex, this.#request.type, this.#messages > 0))
      return failed("a message answers another question");
    this.#messages++;
    for (const { code, octets } of message.edns?.options ?? []) {
      if (code === EdnsOption.EXPIRE && octets.length === 4)
        this.expireSeconds = ((octets[0]! << 24) | (octets[1]! << 16) | (octets[2]! << 8) | octets[3]!) >>> 0;
    }
    if (message.answer.length === 0) return failed("a message of it has no records");
    for (const record of message.answer) {
      const fault = this.#record(record);
      if (fault !== undefined) return failed(fault);
    }
    if (this.#isComplete) return this.#finish();
    return this.#isNothingNewer() ? this.#finish() : undefined;
  }

  /** RFC 1995 section 4: one SOA alone, which is not newer than what was said to be there. */
  #isNothingNewer(): boolean {
    const { serial } = this.#request;
    const theirs = serialOf(this.#soa);
    if (this.#mode !== "begun" || serial === undefined || theirs === undefined) return false;
    return (compareSerials(theirs, serial) ?? -1) <= 0;
  }

  #finish(): TransferOutcome {
    // RFC 8945 section 5.3.1: the last one is signed.
    if (this.#request.session && !this.#isLastSigned) return failed("its last message is not signed");
    const soa = this.#soa!;
    if (this.#mode === "begun") return { kind: "current", serial: serialOf(soa) ?? 0 };
    if (this.#mode === "differences") {
      const diffs = this.#diffs.map(({ from, to, removed, added }) => ({
        from,
        to: to ?? from,
        removed,
        added,
      }));
      return { kind: "differences", diffs };
    }
    return { kind: "zone", soa, feed: (put) => this.#pile.feed(put) };
  }

  /** Takes a record. @returns what is wrong with it, in words */
  #record(record: ResourceRecord): string | undefined {
    const { apex, limits, serial, type } = this.#request;
    if (this.#isComplete) return "records follow its end";
    if (++this.#count > limits.maxRecords) return `it has more than ${limits.maxRecords} records`;
    if (this.#mode === "differences" && this.#count > limits.maxDifferences)
      return `its differences have more than ${limits.maxDifferences} records`;
    if (record.class !== RrClass.IN) return "a record of it is of another class";
    if (isMetaType(record.type)) return "a record of it is of a type that no zone holds";
    if (!record.name.isSubdomainOf(apex)) return `"${record.name.toString()}" is not in the zone`;
    if (record.type !== RrType.SOA) return this.#ordinary(record);
    if (!record.name.equals(apex)) return "there is an SOA record below the apex";
    const soa: Rrset = { owner: record.name, type: record.type, ttl: record.ttl, rdata: [record.rdata] };
    const own = serialOf(soa);
    if (own === undefined) return "its SOA record cannot be read";
    if (this.#soa === undefined) {
      this.#soa = soa;
      this.#pile.put(soaRecord(soa));
      return undefined;
    }
    if (this.#mode === "begun") {
      const isDifferences = type === RrType.IXFR && own === serial && own !== serialOf(this.#soa);
      this.#mode = isDifferences ? "differences" : "whole";
    }
    return this.#mode === "differences" ? this.#boundary(soa, own) : this.#end(own);
  }

  #ordinary(record: ResourceRecord): string | undefined {
    if (this.#soa === undefined) return "it does not begin with an SOA record";
    if (this.#mode === "begun") this.#mode = "whole";
    if (this.#mode === "whole") this.#pile.put(record);
    else {
      const diff = this.#diffs.at(-1)!;
      (diff.to === undefined ? diff.removed : diff.added).push(record);
    }
    return undefined;
  }

  #end(serial: number): string | undefined {
    if (serial !== serialOf(this.#soa)) return "its serial changes half way";
    this.#isComplete = true;
    return undefined;
  }

  /** An SOA between differences: the end of what is removed, of what is added, or of all. */
  #boundary(soa: Rrset, serial: number): string | undefined {
    const diff = this.#diffs.at(-1);
    if (diff && diff.to === undefined) {
      // Each step leads to something newer: else they might go round for ever.
      if ((compareSerials(serial, serialOf(diff.from)!) ?? -1) <= 0)
        return "a step of it leads to no newer version";
      diff.to = soa;
      return undefined;
    }
    if (diff && serialOf(diff.to) === serialOf(this.#soa)) return this.#end(serial);
    if (diff && serialOf(diff.to) !== serial) return "its differences do not follow each other";
    this.#diffs.push({ from: soa, to: undefined, removed: [], added: [] });
    return undefined;
  }
}

function failed(reason: string): { readonly kind: "failed"; readonly reason: string } {
  return { kind: "failed", reason };
}

function isSameQuestion(
  message: Extract<ReturnType<typeof decodeMessage>, { ok: true }>["value"],
  apex: Name,
  type: number,
  mayLack: boolean,
): boolean {
  const [question] = message.question;
  if (question === undefined) return mayLack;
  return message.question.length === 1 && question.type === type && question.name.equals(apex);
}

function describeVerdict(
  octets: Uint8Array,
  verdict: { readonly kind: string; readonly error?: number },
): string {
  const rcode = (octets[3] ?? 0) & 0xf;
  const said = rcode === Rcode.NOERROR ? "" : `, and the primary answers ${rcodeName(rcode)}`;
  if (verdict.kind === "unsigned") return `a message of it is not signed${said}`;
  if (verdict.kind === "malformed") return `a signature of it cannot be read${said}`;
  const error = verdict.error === 16 ? "BADSIG" : rcodeName(verdict.error ?? 0);
  return `a signature of it is not good (${error})${said}`;
}
