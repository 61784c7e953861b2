// Updates as they come (RFC 2136): decided here or by who keeps the zone, each once, whatever comes again. What one comes to is decided in update.ts.

import type { Transaction } from "#answer";
import type { Now } from "#engine";
import { ExtendedError, Name, Rcode, RrClass, RrType } from "#wire";
import { type DoneUpdate, type UpdateMark, UpdateMemory, type ZoneChange, type ZoneStore } from "#zone";
import type { OpenRequest, ResponseNote, TransactionResponses } from "./responses.ts";
import { refuseTime } from "./signed-request.ts";
import type { TransferCounters } from "./transfer-counters.ts";
import { decideUpdate } from "./update.ts";
import { updateMarkOf } from "./update-mark.ts";
import type { ZonePolicy } from "./zone-policy.ts";

/** An update that somebody else decides; its signature is good. */
export interface ForwardedUpdate {
  readonly apex: Name;
  readonly key: Name;
  /** The address that it came from. */
  readonly from: Uint8Array;
  /** The message without its signature. */
  readonly octets: Uint8Array;
  /** What it is known again by. */
  readonly mark: UpdateMark;
}

/** What came of it. */
export interface UpdateAnswer {
  readonly rcode: number;
  /** Why, for who reads it (RFC 8914). */
  readonly note?: ResponseNote;
}

/** What updates are decided by, and put in force with. */
export interface UpdateAnswersOptions {
  readonly zones: ZoneStore;
  /** What is agreed on for a zone; absent: nobody may change it. */
  readonly policyOf: (apex: Name) => ZonePolicy | undefined;
  /**
   * Puts an update in force, and where it outlives a crash; the sender is told that it was done once this returns.
   * What it throws is told as SERVFAIL.
   * @param done  what it is to be known again by after a restart ({@link UpdateAnswers.recall}); absent where it was not signed
   */
  readonly update?: (apex: Name, change: ZoneChange, done: DoneUpdate | undefined) => void;
  /** The time at any moment. */
  readonly now: () => Now;
  /** Decides updates of zones whose policy says so, somewhere else. It does not reject. */
  readonly forwardUpdate?: (update: ForwardedUpdate) => Promise<UpdateAnswer>;
  /** Whether a zone is signed with each change; absent: none is, and signed ones are not changed. */
  readonly isSignedHere?: (apex: Name) => boolean;
}

/** See the head of this file. */
export class UpdateAnswers {
  readonly #options: UpdateAnswersOptions;
  readonly #responses: TransactionResponses;
  readonly #counters: TransferCounters;
  readonly #updates = new UpdateMemory<UpdateAnswer>();

  constructor(options: UpdateAnswersOptions, responses: TransactionResponses, counters: TransferCounters) {
    this.#options = options;
    this.#responses = responses;
    this.#counters = counters;
  }

  /** Knows updates again that were done before this server started. */
  recall(updates: Iterable<DoneUpdate>): void {
    const seconds = Math.floor(this.#options.now().wall / 1000);
    for (const { key, ...mark } of updates) {
      const name = Name.parse(key);
      if (name.ok && mark.until >= seconds)
        this.#updates.keep(name.value.key, mark, { rcode: Rcode.NOERROR }, seconds);
    }
  }

  /** Answers an update. @returns undefined where it is answered by then */
  begin(asked: OpenRequest): Transaction | undefined {
    const { message, request, session, seconds } = asked;
    const { name, type, class: rrClass } = message.question[0]!;
    if (type !== RrType.SOA) return this.#responses.reply(asked, Rcode.FORMERR, "update");
    if (this.#options.policyOf(name)?.forwardsUpdates === true) return this.#forward(asked);
    const snapshot = this.#options.zones.snapshot(true);
    if (!snapshot) return this.#responses.reply(asked, Rcode.SERVFAIL, "update");
    let rcode: number;
    let reason: string | undefined;
    try {
      const policy = this.#options.policyOf(name);
      if (rrClass !== RrClass.IN || !snapshot.has(name, request.group)) {
        return this.#responses.reply(asked, Rcode.NOTAUTH, "update");
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
      if (outcome.change) this.#options.update?.(name, outcome.change, doneUpdateOf(asked));
      if (outcome.change) this.#counters.add("update-applied");
    } catch {
      rcode = Rcode.SERVFAIL; // it could not be put in force or kept; nothing of it was
      this.#counters.add("update-failed");
    } finally {
      snapshot.release();
    }
    const note = reason === undefined ? undefined : { code: ExtendedError.NOT_SUPPORTED, text: reason };
    this.#remember(asked, { rcode, ...(note ? { note } : {}) }, seconds);
    return this.#responses.reply(asked, rcode, "update", 0, note);
  }

  /** Answers an update that was answered before as it was then, and one that may have been as one that is too old. */
  #isRepeated(asked: OpenRequest): boolean {
    const { session, signature, octets, sink, seconds, request, message } = asked;
    const known =
      session && signature && this.#updates.find(session.key.name.key, updateMarkOf(session.key, signature));
    if (known === undefined) return false;
    this.#counters.add("update-repeated");
    if (known === "stale") {
      this.#responses.tell("update", message.question[0]?.name, request, session, Rcode.NOTAUTH);
      sink.send(refuseTime(octets, session!, signature!.timeSigned, seconds));
      sink.end();
    } else this.#responses.reply(asked, known.rcode, "update", 0, known.note);
    return true;
  }

  /** One that could not be decided may come again. */
  #remember({ session, signature }: OpenRequest, answer: UpdateAnswer, seconds: number): void {
    if (session && signature && answer.rcode !== Rcode.SERVFAIL)
      this.#updates.keep(session.key.name.key, updateMarkOf(session.key, signature), answer, seconds);
  }

  /** Has somebody else decide an update, and answers when that is done. */
  #forward(asked: OpenRequest): Transaction | undefined {
    const { message, request, session, signature, octets } = asked;
    const { name, class: rrClass } = message.question[0]!;
    const { zones, forwardUpdate, now } = this.#options;
    const snapshot = zones.snapshot(true);
    const isOurs = rrClass === RrClass.IN && snapshot?.has(name, request.group) === true;
    snapshot?.release();
    if (!snapshot || !forwardUpdate) return this.#responses.reply(asked, Rcode.SERVFAIL, "update");
    if (!isOurs) return this.#responses.reply(asked, Rcode.NOTAUTH, "update");
    if (!session || !signature) {
      const note = { code: ExtendedError.PROHIBITED, text: "an update of this zone is to be signed (TSIG)" };
      return this.#responses.reply(asked, Rcode.REFUSED, "update", 0, note);
    }
    if (this.#isRepeated(asked)) return undefined;
    let isWanted = true;
    const mark = updateMarkOf(session.key, signature);
    const update = { apex: name, key: session.key.name, from: request.from.address, octets, mark };
    void forwardUpdate(update).then(({ rcode, note }) => {
      // Signed with the time of now: it may have taken a while.
      const seconds = Math.floor(now().wall / 1000);
      this.#remember(asked, { rcode, ...(note ? { note } : {}) }, seconds);
      if (!isWanted) return;
      if (rcode === Rcode.NOERROR) this.#counters.add("update-applied");
      this.#responses.reply({ ...asked, seconds }, rcode, "update", 0, note);
    });
    return { more: () => {}, cancel: () => (isWanted = false) };
  }
}

/** What an update that is signed is known again by. */
function doneUpdateOf({ session, signature }: OpenRequest): DoneUpdate | undefined {
  if (!session || !signature) return undefined;
  const { key } = session;
  return { key: key.name.toLowerCase().toString(), ...updateMarkOf(key, signature) };
}
