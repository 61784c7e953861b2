// Answers what engines of src/answer hand on: transfers out, NOTIFY, UPDATE, SOA with a secondary's expiry, and questions that are signed. Each
// message is verified first (RFC 8945), then what it asks for is permitted or refused by the zone's policy, then done.

import type { AnswerEngine, ResponseSink, Transaction, TransactionRequest, Transactions } from "#answer";
import type { Now } from "#engine";
import {
  decodeMessage,
  type Edns,
  EdnsOption,
  encodeMessage,
  ExtendedError,
  FlagBit,
  headerOctets,
  type Hmac,
  maxMessageOctets,
  type Message,
  minUdpOctets,
  type Name,
  Opcode,
  Rcode,
  RrClass,
  RrType,
  tsigOctets,
  type TsigSession,
  udpPayloadOctets,
} from "#wire";
import {
  compareSerials,
  condense,
  findRrset,
  type Journal,
  type Rrset,
  serialOf,
  soaRecord,
  type ZoneChange,
  type ZoneSnapshot,
  type ZoneStore,
} from "#zone";
import { isAllowed, type KeyRing } from "./access.ts";
import { axfrRecords, ixfrRecords, OutgoingTransfer, singleMessage } from "./outgoing-transfer.ts";
import { type ReadRequest, readRequest, refuseTime, responseTo } from "./signed-request.ts";
import { TransferCounters } from "./transfer-counters.ts";
import { decideUpdate } from "./update.ts";
import { UpdateMemory, updateIdOf } from "./update-memory.ts";
import type { ZonePolicy } from "./zone-policy.ts";

/** What a server of transactions is made of. */
export interface TransactionServerOptions {
  readonly zones: ZoneStore;
  readonly journal: Journal;
  readonly keys: KeyRing;
  readonly hmac: Hmac;
  /** What is agreed on for a zone; absent: nobody may do anything with it. */
  readonly policyOf: (apex: Name) => ZonePolicy | undefined;
  /** Answers questions of a group that come signed. It hands nothing on itself. */
  readonly engineOf: (group: string) => AnswerEngine | undefined;
  /** Seconds until a secondary's zone expires; absent where it is not a secondary's (RFC 7314). */
  readonly expiryOf?: (apex: Name, now: Now) => number | undefined;
  /** A primary has told of a version. @param serial  absent where it did not say which */
  readonly onNotify?: (apex: Name, serial: number | undefined, from: Uint8Array, now: Now) => void;
  /**
   * Puts an update in force, and where it outlives a crash; the sender is told that it was done once this returns.
   * What it throws is told as SERVFAIL.
   */
  readonly update?: (apex: Name, change: ZoneChange) => void;
  /** The time at any moment. */
  readonly now: () => Now;
  /** Decides updates of zones whose policy says so, somewhere else. It does not reject. */
  readonly forwardUpdate?: (update: ForwardedUpdate) => Promise<UpdateAnswer>;
  /** Whether a zone is signed with each change; absent: none is, and signed ones are not changed. */
  readonly isSignedHere?: (apex: Name) => boolean;
  /** Told of what was done and refused. */
  readonly onEvent?: (event: TransactionEvent) => void;
}

/** An update that somebody else decides; its signature is good. */
export interface ForwardedUpdate {
  readonly apex: Name;
  readonly key: Name;
  /** The address that it came from. */
  readonly from: Uint8Array;
  /** The message without its signature. */
  readonly octets: Uint8Array;
  /** The same for one that is sent again, and for no other. */
  readonly id: string;
}

/** What came of it. */
export interface UpdateAnswer {
  readonly rcode: number;
  /** Why, for who reads it (RFC 8914). */
  readonly note?: { readonly code: number; readonly text: string };
}

/** One thing that a server of transactions did or refused. */
export interface TransactionEvent {
  readonly what: "axfr" | "ixfr" | "notify" | "update" | "signature";
  readonly zone: string;
  readonly from: Uint8Array;
  readonly key: string | undefined;
  readonly rcode: number;
}

/** A request while it is answered. */
interface Asked {
  readonly request: TransactionRequest;
  readonly octets: Uint8Array;
  readonly message: Message;
  readonly session: TsigSession | undefined;
  readonly signature: Extract<ReadRequest, { kind: "request" }>["signature"];
  readonly sink: ResponseSink;
  readonly now: Now;
  readonly seconds: number;
}

/** See the head of this file. */
export class TransactionServer implements Transactions {
  readonly counters: TransferCounters = new TransferCounters();
  readonly #options: TransactionServerOptions;
  readonly #scratch = new Uint8Array(maxMessageOctets);
  readonly #updates = new UpdateMemory();

  constructor(options: TransactionServerOptions) {
    this.#options = options;
  }

  begin(request: TransactionRequest, sink: ResponseSink, now: Now): Transaction | undefined {
    const seconds = Math.floor(now.wall / 1000);
    const read = readRequest(request.octets, this.#options.keys, this.#options.hmac, seconds);
    if (read.kind === "refused") {
      this.counters.add("signature-refused");
      this.#tell("signature", undefined, request, undefined, (read.response[3] ?? 0) & 0xf);
      sink.send(read.response);
      sink.end();
      return undefined;
    }
    const { message: octets, session, signature } = read;
    const decoded = decodeMessage(octets);
    if (!decoded.ok) {
      this.#reply({ octets, session, sink, seconds }, Rcode.FORMERR);
      return undefined;
    }
    const asked: Asked = {
      request,
      octets,
      message: decoded.value,
      session,
      signature,
      sink,
      now,
      seconds,
    };
    return this.#dispatch(asked);
  }

  #dispatch(asked: Asked): Transaction | undefined {
    const { message } = asked;
    const [question] = message.question;
    if (message.question.length !== 1 || question === undefined) return this.#reply(asked, Rcode.FORMERR);
    if (message.edns && message.edns.version !== 0) return this.#answerPlainly(asked);
    switch (message.flags.opcode) {
      case Opcode.NOTIFY:
        return this.#notify(asked);
      case Opcode.UPDATE:
        return this.#update(asked);
      default:
    }
    if (question.type === RrType.AXFR || question.type === RrType.IXFR) return this.#transfer(asked);
    if (this.#asksExpiry(asked) && question.type === RrType.SOA && question.class === RrClass.IN)
      return this.#tellExpiry(asked);
    return this.#answerPlainly(asked);
  }

  // --- questions about names

  /**
   * A signed question is answered as others are, and signed.
   * @param expiry  seconds that go along in the EXPIRE option (RFC 7314); absent: there is none
   */
  #answerPlainly(asked: Asked, expiry?: number): undefined {
    const { request, octets, session, sink, now, message } = asked;
    const engine = this.#options.engineOf(request.group);
    if (!engine) return this.#reply(asked, Rcode.REFUSED);
    const room =
      (request.transport === "udp" ? udpRoom(message) : maxMessageOctets) -
      (session ? tsigOctets(session.key) : 0);
    const output = this.#scratch.subarray(0, expiry === undefined ? room : room - expireOptionOctets);
    const { from, to, transport } = request;
    const length = engine.answer(octets, 0, octets.length, from, to, output, 0, now, transport);
    const answer = output.slice(0, length);
    if (length > 0)
      sink.send(this.#sign(asked, expiry === undefined ? answer : withExpiry(answer, expiry, room)));
    sink.end();
    return undefined;
  }

  #asksExpiry({ message }: Asked): boolean {
    return message.edns?.options.some(({ code }) => code === EdnsOption.EXPIRE) ?? false;
  }

  /** RFC 7314 section 3: the SOA, with the seconds until the zone expires here. */
  #tellExpiry(asked: Asked): undefined {
    const { message, request, now } = asked;
    const { name } = message.question[0]!;
    const snapshot = this.#options.zones.snapshot(true);
    const soa = snapshot?.has(name, request.group) ? findRrset(snapshot, name, name, RrType.SOA) : undefined;
    snapshot?.release();
    return soa ? this.#answerPlainly(asked, this.#secondsLeft(soa, now)) : this.#answerPlainly(asked);
  }

  /** Seconds until a zone expires here. RFC 7314 section 3.2: a primary gives the SOA's own. */
  #secondsLeft(soa: Rrset, now: Now): number {
    return this.#options.expiryOf?.(soa.owner, now) ?? expireOf(soa);
  }

  /** The OPT record of a response, where the request has one. */
  #ednsFor(asked: Asked, soa?: Rrset): Edns | undefined {
    const { message, now } = asked;
    if (!message.edns) return undefined;
    const { isDnssecOk } = message.edns;
    const edns: Edns = { udpPayloadSize: udpPayloadOctets, version: 0, isDnssecOk, options: [] };
    if (!soa || !this.#asksExpiry(asked)) return edns;
    return { ...edns, options: [expireOption(this.#secondsLeft(soa, now))] };
  }

  // --- transfers

  #transfer(asked: Asked): Transaction | undefined {
    const { message, request } = asked;
    const { name, type, class: rrClass } = message.question[0]!;
    const what = type === RrType.AXFR ? "axfr" : "ixfr";
    const isUdp = request.transport === "udp";
    // RFC 5936 section 4.2: there is no AXFR over UDP.
    if (rrClass !== RrClass.IN || (isUdp && type === RrType.AXFR))
      return this.#reply(asked, Rcode.FORMERR, what);
    const serial = type === RrType.IXFR ? serialAsked(message, name) : undefined;
    if (type === RrType.IXFR && serial === undefined) return this.#reply(asked, Rcode.FORMERR, what);
    const snapshot = this.#options.zones.snapshot();
    if (!snapshot) return this.#reply(asked, Rcode.SERVFAIL, what);
    const transaction = this.#begin(asked, what, snapshot, serial);
    if (!transaction) snapshot.release();
    return transaction;
  }

  #begin(
    asked: Asked,
    what: "axfr" | "ixfr",
    snapshot: ZoneSnapshot,
    serial: number | undefined,
  ): OutgoingTransfer | undefined {
    const { message, request, session, sink, now } = asked;
    const { name } = message.question[0]!;
    if (!snapshot.has(name, request.group)) return this.#reply(asked, Rcode.NOTAUTH, what);
    const rules = this.#options.policyOf(name)?.transfer ?? [];
    if (!isAllowed(rules, request.from.address, session?.key, request.transport))
      return this.#reply(asked, Rcode.REFUSED, what);
    const soa = findRrset(snapshot, name, name, RrType.SOA);
    const rrsets = snapshot.rrsets(name);
    // A secondary that has not got the zone yet, or whose copy has expired.
    if (!soa || !rrsets) return this.#reply(asked, Rcode.SERVFAIL, what);
    const head = responseTo(asked.octets, Rcode.NOERROR);
    const edns = this.#ednsFor(asked, soa);
    const differences = serial === undefined ? undefined : this.#differences(name, serial, soa);
    const isCurrent = differences !== undefined && differences.length === 0;
    this.#tell(what, name, request, session, Rcode.NOERROR);
    this.counters.add(isCurrent ? "ixfr-current" : differences ? "ixfr" : "axfr");
    if (request.transport === "udp" || isCurrent) {
      const room =
        (request.transport === "udp" ? udpRoom(message) : maxMessageOctets) -
        (session ? tsigOctets(session.key) : 0);
      // RFC 1995 section 2: where it does not fit, the SOA alone says that there is more to be had over TCP.
      const response =
        (differences && !isCurrent ? singleMessage(head, ixfrRecords(differences), edns, room) : undefined) ??
        singleMessage(head, [soaRecord(soa)], edns, room);
      if (response) sink.send(this.#sign(asked, response));
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

  // --- NOTIFY (RFC 1996)

  #notify(asked: Asked): undefined {
    const { message, request, session, now } = asked;
    const { name, type, class: rrClass } = message.question[0]!;
    if (type !== RrType.SOA || rrClass !== RrClass.IN) return this.#reply(asked, Rcode.NOTIMP, "notify");
    const policy = this.#options.policyOf(name);
    if (!policy?.primaries) return this.#reply(asked, Rcode.NOTAUTH, "notify");
    const { address } = request.from;
    const isFromPrimary = policy.primaries.some(
      ({ at, key }) =>
        isSameOctets(at.address, address) &&
        (key === undefined || session?.key.name.equals(key.name) === true),
    );
    if (!isFromPrimary && !isAllowed(policy.notifiers ?? [], address, session?.key, request.transport))
      return this.#reply(asked, Rcode.REFUSED, "notify");
    const [hint] = message.answer;
    const serial =
      hint?.type === RrType.SOA && hint.name.equals(name)
        ? serialOf({ owner: name, type: hint.type, ttl: hint.ttl, rdata: [hint.rdata] })
        : undefined;
    this.counters.add("notify-received");
    this.#reply(asked, Rcode.NOERROR, "notify", FlagBit.AA);
    this.#options.onNotify?.(name, serial, address, now);
    return undefined;
  }

  // --- UPDATE (RFC 2136)

  #update(asked: Asked): Transaction | undefined {
    const { message, request, session, seconds } = asked;
    const { name, type, class: rrClass } = message.question[0]!;
    if (type !== RrType.SOA) return this.#reply(asked, Rcode.FORMERR, "update");
    if (this.#options.policyOf(name)?.forwardsUpdates === true) return this.#forward(asked);
    const snapshot = this.#options.zones.snapshot(true);
    if (!snapshot) return this.#reply(asked, Rcode.SERVFAIL, "update");
    let rcode: number;
    let reason: string | undefined;
    try {
      const policy = this.#options.policyOf(name);
      if (rrClass !== RrClass.IN || !snapshot.has(name, request.group)) {
        return this.#reply(asked, Rcode.NOTAUTH, "update");
      }
      if (this.#isRepeated(asked)) return undefined;
      const outcome = decideUpdate(message, {
        apex: name,
        snapshot,
        rules: policy && !policy.primaries ? policy.update : [],
        from: request.from.address,
        key: session?.key,
        transport: request.transport,
        seconds,
        isSignedHere: this.#options.isSignedHere?.(name) ?? false,
      });
      ({ rcode, reason } = outcome);
      if (outcome.change) this.#options.update?.(name, outcome.change);
      if (outcome.change) this.counters.add("update-applied");
    } catch {
      rcode = Rcode.SERVFAIL; // it could not be put in force or kept; nothing of it was
      this.counters.add("update-failed");
    } finally {
      snapshot.release();
    }
    const note = reason === undefined ? undefined : { code: ExtendedError.NOT_SUPPORTED, text: reason };
    this.#remember(asked, { rcode, ...(note ? { note } : {}) }, seconds);
    return this.#reply(asked, rcode, "update", 0, note);
  }

  /** Answers an update that was answered before as it was then, and one that may have been as one that is too old. */
  #isRepeated(asked: Asked): boolean {
    const { session, signature, octets, sink, seconds, request, message } = asked;
    const known = session && signature && this.#updates.find(session.key, signature);
    if (known === undefined) return false;
    this.counters.add("update-repeated");
    if (known === "stale") {
      this.#tell("update", message.question[0]?.name, request, session, Rcode.NOTAUTH);
      sink.send(refuseTime(octets, session!, signature!.timeSigned, seconds));
      sink.end();
    } else this.#reply(asked, known.rcode, "update", 0, known.note);
    return true;
  }

  /** One that could not be decided may come again. */
  #remember({ session, signature }: Asked, answer: UpdateAnswer, seconds: number): void {
    if (session && signature && answer.rcode !== Rcode.SERVFAIL)
      this.#updates.keep(session.key, signature, answer, seconds);
  }

  /** Has somebody else decide an update, and answers when that is done. */
  #forward(asked: Asked): Transaction | undefined {
    const { message, request, session, signature, octets } = asked;
    const { name, class: rrClass } = message.question[0]!;
    const { zones, forwardUpdate, now } = this.#options;
    const snapshot = zones.snapshot(true);
    const isOurs = rrClass === RrClass.IN && snapshot?.has(name, request.group) === true;
    snapshot?.release();
    if (!snapshot || !forwardUpdate) return this.#reply(asked, Rcode.SERVFAIL, "update");
    if (!isOurs) return this.#reply(asked, Rcode.NOTAUTH, "update");
    if (!session || !signature) {
      const note = { code: ExtendedError.PROHIBITED, text: "an update of this zone is to be signed (TSIG)" };
      return this.#reply(asked, Rcode.REFUSED, "update", 0, note);
    }
    if (this.#isRepeated(asked)) return undefined;
    let isWanted = true;
    const id = updateIdOf(session.key, signature.mac);
    const update = { apex: name, key: session.key.name, from: request.from.address, octets, id };
    void forwardUpdate(update).then(({ rcode, note }) => {
      // Signed with the time of now: it may have taken a while.
      const seconds = Math.floor(now().wall / 1000);
      this.#remember(asked, { rcode, ...(note ? { note } : {}) }, seconds);
      if (!isWanted) return;
      if (rcode === Rcode.NOERROR) this.counters.add("update-applied");
      this.#reply({ ...asked, seconds }, rcode, "update", 0, note);
    });
    return { more: () => {}, cancel: () => (isWanted = false) };
  }

  // --- responses

  #reply(
    asked: Pick<Asked, "octets" | "session" | "sink" | "seconds"> & Partial<Asked>,
    rcode: number,
    what?: TransactionEvent["what"],
    flags = 0,
    note?: UpdateAnswer["note"],
  ): undefined {
    const { octets, sink, request, message, session } = asked;
    if (what && rcode !== Rcode.NOERROR) this.counters.add(`${what}-refused`);
    if (what && request) this.#tell(what, message?.question[0]?.name, request, session, rcode);
    if (octets.length >= headerOctets) {
      const head = responseTo(octets, rcode, flags);
      // RFC 6891 section 6.1.1: a request with OPT gets a response with it.
      const edns = message?.edns && {
        ...emptyEdns,
        isDnssecOk: message.edns.isDnssecOk,
        options: note ? [extendedError(note)] : [],
      };
      const response = edns ? (singleHead(head, edns) ?? head) : head;
      sink.send(this.#sign(asked, response));
    }
    sink.end();
    return undefined;
  }

  #sign({ session, seconds }: Pick<Asked, "session" | "seconds">, octets: Uint8Array): Uint8Array {
    return session ? session.sign(octets, seconds) : octets;
  }

  #tell(
    what: TransactionEvent["what"],
    zone: Name | undefined,
    request: TransactionRequest,
    session: TsigSession | undefined,
    rcode: number,
  ): void {
    this.#options.onEvent?.({
      what,
      zone: zone?.toString() ?? "",
      from: request.from.address,
      key: session?.key.name.toString(),
      rcode,
    });
  }
}

const emptyEdns: Edns = { udpPayloadSize: udpPayloadOctets, version: 0, isDnssecOk: false, options: [] };

/** Octets of an EXPIRE option with its head. */
const expireOptionOctets = 8;

/** RFC 7314 section 2. */
function expireOption(seconds: number): Edns["options"][number] {
  const octets = Uint8Array.of(seconds >>> 24, seconds >>> 16, seconds >>> 8, seconds);
  return { code: EdnsOption.EXPIRE, octets };
}

/** An answer with the option; as it was where it is none that has EDNS. */
function withExpiry(answer: Uint8Array, seconds: number, maxOctets: number): Uint8Array {
  const decoded = decodeMessage(answer);
  if (!decoded.ok || !decoded.value.edns) return answer;
  const { edns } = decoded.value;
  const options = [...edns.options, expireOption(seconds)];
  const encoded = encodeMessage({ ...decoded.value, edns: { ...edns, options } }, maxOctets);
  return encoded.ok ? encoded.value.octets : answer;
}

/** RFC 8914 section 2. */
function extendedError({ code, text }: NonNullable<UpdateAnswer["note"]>): Edns["options"][number] {
  const words = new TextEncoder().encode(text);
  const octets = new Uint8Array(2 + words.length);
  octets[0] = code >> 8;
  octets[1] = code & 0xff;
  octets.set(words, 2);
  return { code: EdnsOption.EXTENDED_ERROR, octets };
}

/** A head with an OPT record, its flags as they are. */
function singleHead(head: Uint8Array, edns: Edns): Uint8Array | undefined {
  const [, , high = 0, low = 0] = head;
  const message = singleMessage(head, [], edns, maxMessageOctets);
  if (message) {
    message[2] = high;
    message[3] = low;
  }
  return message;
}

/** Octets that a response over UDP may have. */
function udpRoom({ edns }: Message): number {
  return Math.min(udpPayloadOctets, Math.max(minUdpOctets, edns?.udpPayloadSize ?? minUdpOctets));
}

/** The serial that an IXFR request says it has (RFC 1995 section 3). */
function serialAsked({ authority }: Message, apex: Name): number | undefined {
  const [soa] = authority;
  if (authority.length !== 1 || soa?.type !== RrType.SOA || !soa.name.equals(apex)) return undefined;
  return serialOf({ owner: soa.name, type: soa.type, ttl: soa.ttl, rdata: [soa.rdata] });
}

/** EXPIRE of an SOA RRset. */
function expireOf({ rdata }: Rrset): number {
  const [octets] = rdata;
  if (!octets) return 0;
  const at = octets.length - 8;
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0;
}

function isSameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
