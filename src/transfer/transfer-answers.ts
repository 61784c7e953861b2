// Zones as they are asked for (RFC 5936, RFC 1995): who may have one, and whether it is sent as differences, as a whole, or not at all because there is
// nothing newer.

import type { Transaction } from "#answer";
import { maxMessageOctets, type Message, type Name, Rcode, RrClass, RrType, tsigOctets } from "#wire";
import {
  compareSerials,
  condense,
  findRrset,
  type Journal,
  type Rrset,
  serialOf,
  soaRecord,
  type ZoneSnapshot,
  type ZoneStore,
} from "#zone";
import { isAllowed } from "./access.ts";
import { axfrRecords, ixfrRecords, OutgoingTransfer, singleMessage } from "./outgoing-transfer.ts";
import { type OpenRequest, type TransactionResponses, udpRoom } from "./responses.ts";
import { responseTo } from "./signed-request.ts";
import type { TransferCounters } from "./transfer-counters.ts";
import type { ZonePolicy } from "./zone-policy.ts";

/** What zones are sent out of. */
export interface TransferAnswersOptions {
  readonly zones: ZoneStore;
  readonly journal: Journal;
  /** What is agreed on for a zone; absent: nobody may have it. */
  readonly policyOf: (apex: Name) => ZonePolicy | undefined;
}

/** See the head of this file. */
export class TransferAnswers {
  readonly #options: TransferAnswersOptions;
  readonly #responses: TransactionResponses;
  readonly #counters: TransferCounters;

  constructor(options: TransferAnswersOptions, responses: TransactionResponses, counters: TransferCounters) {
    this.#options = options;
    this.#responses = responses;
    this.#counters = counters;
  }

  /** Begins what AXFR or IXFR asks for. @returns undefined where it is answered by then */
  begin(asked: OpenRequest): Transaction | undefined {
    const { message, request } = asked;
    const { name, type, class: rrClass } = message.question[0]!;
    const what = type === RrType.AXFR ? "axfr" : "ixfr";
    const isUdp = request.transport === "udp";
    // RFC 5936 section 4.2: there is no AXFR over UDP.
    if (rrClass !== RrClass.IN || (isUdp && type === RrType.AXFR))
      return this.#responses.reply(asked, Rcode.FORMERR, what);
    const serial = type === RrType.IXFR ? serialAsked(message, name) : undefined;
    if (type === RrType.IXFR && serial === undefined)
      return this.#responses.reply(asked, Rcode.FORMERR, what);
    const snapshot = this.#options.zones.snapshot();
    if (!snapshot) return this.#responses.reply(asked, Rcode.SERVFAIL, what);
    const transaction = this.#send(asked, what, snapshot, serial);
    if (!transaction) snapshot.release();
    return transaction;
  }

  #send(
    asked: OpenRequest,
    what: "axfr" | "ixfr",
    snapshot: ZoneSnapshot,
    serial: number | undefined,
  ): OutgoingTransfer | undefined {
    const { message, request, session, sink, now } = asked;
    const { name } = message.question[0]!;
    if (!snapshot.has(name, request.group)) return this.#responses.reply(asked, Rcode.NOTAUTH, what);
    const rules = this.#options.policyOf(name)?.transfer ?? [];
    if (!isAllowed(rules, request.from.address, session?.key, request.transport))
      return this.#responses.reply(asked, Rcode.REFUSED, what);
    const soa = findRrset(snapshot, name, name, RrType.SOA);
    const rrsets = snapshot.rrsets(name);
    // A secondary that has not got the zone yet, or whose copy has expired.
    if (!soa || !rrsets) return this.#responses.reply(asked, Rcode.SERVFAIL, what);
    const head = responseTo(asked.octets, Rcode.NOERROR);
    const edns = this.#responses.ednsFor(asked, soa);
    const differences = serial === undefined ? undefined : this.#differences(name, serial, soa);
    const isCurrent = differences !== undefined && differences.length === 0;
    this.#responses.tell(what, name, request, session, Rcode.NOERROR);
    this.#counters.add(isCurrent ? "ixfr-current" : differences ? "ixfr" : "axfr");
    if (request.transport === "udp" || isCurrent) {
      const room =
        (request.transport === "udp" ? udpRoom(message) : maxMessageOctets) -
        (session ? tsigOctets(session.key) : 0);
      // RFC 1995 section 2: where it does not fit, the SOA alone says that there is more to be had over TCP.
      const response =
        (differences && !isCurrent ? singleMessage(head, ixfrRecords(differences), edns, room) : undefined) ??
        singleMessage(head, [soaRecord(soa)], edns, room);
      if (response) sink.send(this.#responses.sign(asked, response));
      sink.end();
      return undefined;
    }
    const transfer = new OutgoingTransfer({
      head,
      records: differences ? ixfrRecords(differences) : axfrRecords(soa, rrsets),
      sink,
      session,
      edns,
      release: () => snapshot.release(),
      startedAt: now.monotonic,
    });
    transfer.more(now);
    return transfer;
  }

  /** What a version is to be sent: nothing where it is the newest or newer, undefined where all of the zone is. */
  #differences(apex: Name, serial: number, soa: Rrset): ReturnType<Journal["since"]> {
    const current = serialOf(soa);
    // RFC 1995 section 2: "the same or newer".
    if (current !== undefined && (compareSerials(serial, current) ?? -1) >= 0) return [];
    const diffs = this.#options.journal.since(apex, serial);
    const last = diffs?.at(-1);
    if (!diffs || !last || serialOf(last.to) !== current) return undefined;
    const one = condense(diffs);
    return one && [one];
  }
}

/** The serial that an IXFR request says it has (RFC 1995 section 3). */
function serialAsked({ authority }: Message, apex: Name): number | undefined {
  const [soa] = authority;
  if (authority.length !== 1 || soa?.type !== RrType.SOA || !soa.name.equals(apex)) return undefined;
  return serialOf({ owner: soa.name, type: soa.type, ttl: soa.ttl, rdata: [soa.rdata] });
}
