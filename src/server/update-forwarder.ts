// DNS UPDATE of zones that control keeps, on the side of the names role: verified messages go to control over the stream, and response codes come back
// behind the changes that they tell of. While control is away nothing is kept for it: who has sent an update is told to come again.

import type { Report, UpdateVerdict } from "#contract";
import { formatAddress } from "#engine";
import type { ForwardedUpdate, UpdateAnswer } from "#transfer";
import { ExtendedError, formatBase64, Rcode } from "#wire";

/** Milliseconds that control may take. */
const answerMs = 10_000;
/** Updates under way, at most. */
const maxUnderWay = 64;

/** What a forwarder works with. */
export interface UpdateForwarderPorts {
  readonly tell: (report: Report) => void;
  /** Whether control is there to hear it. */
  readonly isHeard: () => boolean;
}

interface UnderWay {
  readonly same: string;
  readonly promise: Promise<UpdateAnswer>;
  readonly done: (answer: UpdateAnswer) => void;
}

/** See the head of this file. */
export class UpdateForwarder {
  #ports: UpdateForwarderPorts | undefined;
  readonly #underWay = new Map<number, UnderWay>();
  #nextId = 1;

  /** Says whom to tell. */
  connect(ports: UpdateForwarderPorts): void {
    this.#ports = ports;
  }

  /** Has control decide an update. One that is sent again while it is under way is the same one. */
  readonly forward = (update: ForwardedUpdate): Promise<UpdateAnswer> => {
    const { apex, key, from, octets } = update;
    const ports = this.#ports;
    if (ports?.isHeard() !== true)
      return Promise.resolve(failure("control is away: send it again in a moment"));
    const message = formatBase64(octets);
    const same = `${formatAddress(from)} ${key.key} ${message}`;
    for (const one of this.#underWay.values()) if (one.same === same) return one.promise;
    if (this.#underWay.size >= maxUnderWay)
      return Promise.resolve(failure("too many updates are under way: send it again in a moment"));
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<UpdateAnswer>();
    const timer = setTimeout(
      () => this.#settle(id, failure("control has not answered in time; it may be done yet")),
      answerMs,
    );
    const done = (answer: UpdateAnswer): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    this.#underWay.set(id, { same, promise, done });
    ports.tell({
      type: "update",
      id,
      zone: apex.toLowerCase().toString(),
      key: key.toLowerCase().toString(),
      from: formatAddress(from),
      message,
    });
    return promise;
  };

  /** Takes what control says. */
  take({ id, rcode, note }: UpdateVerdict): void {
    this.#settle(id, { rcode, ...(note ? { note } : {}) });
  }

  /** Ends what is under way. */
  close(): void {
    for (const id of this.#underWay.keys()) this.#settle(id, failure("the server stops"));
  }

  #settle(id: number, answer: UpdateAnswer): void {
    const one = this.#underWay.get(id);
    this.#underWay.delete(id);
    one?.done(answer);
  }
}

/** SERVFAIL, with what is to be done. */
function failure(text: string): UpdateAnswer {
  return { rcode: Rcode.SERVFAIL, note: { code: ExtendedError.NOT_READY, text } };
}
