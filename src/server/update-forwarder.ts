// DNS UPDATE of zones that control keeps, on the side of the names role: verified messages go to control over the stream, and response codes come back
// behind the changes that they tell of. While control is away nothing is kept for it: who has sent an update is told to come again. What control has
// been told of is counted until it says what came of it, however long that takes, so that one that does not read holds no memory here; one that
// leaves says nothing more, and everybody who waits is told so at once.

import { randomInt } from "node:crypto";
import type { Report, UpdateVerdict } from "#contract";
import { formatAddress } from "#engine";
import type { ForwardedUpdate, UpdateAnswer } from "#transfer";
import { ExtendedError, formatBase64, Rcode } from "#wire";

/** Milliseconds that control may take. */
const answerMs = 10_000;

/** Bounds of what control has been told of and has not answered. */
export interface UpdateLimits {
  readonly updates: number;
  readonly octets: number;
  /** Of one key: the others have room beside it. */
  readonly updatesPerKey: number;
  readonly octetsPerKey: number;
  /** Senders of one message, which came again before it was answered. */
  readonly waiting: number;
}

const usualLimits: UpdateLimits = {
  updates: 128,
  octets: 2 ** 22,
  updatesPerKey: 32,
  octetsPerKey: 2 ** 20,
  waiting: 4,
};

/** What a forwarder works with. */
export interface UpdateForwarderPorts {
  readonly tell: (report: Report) => void;
  /** Whether control is there to hear it. */
  readonly isHeard: () => boolean;
}

/** What may be other than usual. */
export interface UpdateForwarderOptions {
  readonly limits?: Partial<UpdateLimits>;
  /** Runs something later. @returns takes it back */
  readonly after?: (milliseconds: number, run: () => void) => () => void;
}

/** Answers that came when nobody waited for them any more. */
const maxLate = 1024;

interface UnderWay {
  readonly same: string;
  readonly key: string;
  readonly octets: number;
  readonly waiting: Set<(answer: UpdateAnswer) => void>;
}

/** See the head of this file. */
export class UpdateForwarder {
  readonly #limits: UpdateLimits;
  readonly #after: NonNullable<UpdateForwarderOptions["after"]>;
  #ports: UpdateForwarderPorts | undefined;
  readonly #underWay = new Map<number, UnderWay>();
  /** By what tells an update apart: whoever sends one again is told. */
  readonly #late = new Map<string, UpdateAnswer>();
  /** Verdicts on what a process before this one has told of are about none of these. */
  #nextId = randomInt(2 ** 47);

  constructor({ limits, after = afterSystem }: UpdateForwarderOptions = {}) {
    this.#limits = { ...usualLimits, ...limits };
    this.#after = after;
  }

  /** Says whom to tell. */
  connect(ports: UpdateForwarderPorts): void {
    this.#ports = ports;
  }

  /** Updates that control has not answered yet. */
  get underWay(): number {
    return this.#underWay.size;
  }

  /** Has control decide an update. One that is sent again while it is under way is the same one. */
  readonly forward = (update: ForwardedUpdate): Promise<UpdateAnswer> => {
    const { apex, from, octets, mark } = update;
    const ports = this.#ports;
    const key = update.key.toLowerCase().toString();
    const same = `${key} ${mark.id}`;
    const late = this.#late.get(same);
    if (late) return Promise.resolve(late);
    if (ports?.isHeard() !== true)
      return Promise.resolve(failure("control is away: send it again in a moment"));
    for (const one of this.#underWay.values()) if (one.same === same) return this.#wait(one);
    if (!this.#hasRoom(key, octets.length))
      return Promise.resolve(failure("too many updates are under way: send it again in a moment"));
    const id = this.#nextId++;
    const one: UnderWay = { same, key, octets: octets.length, waiting: new Set() };
    this.#underWay.set(id, one);
    ports.tell({
      type: "update",
      id,
      zone: apex.toLowerCase().toString(),
      key,
      from: formatAddress(from),
      message: formatBase64(octets),
      mark,
    });
    return this.#wait(one);
  };

  /** Takes what control says. */
  take({ id, rcode, note }: UpdateVerdict): void {
    this.#settle(id, { rcode, ...(note ? { note } : {}) });
  }

  /** Control has left: of what it was told nothing more is heard. */
  lost(): void {
    this.#settleAll(failure("control has left: it may be done, send it again in a moment"));
  }

  /** Ends what is under way. */
  close(): void {
    this.#settleAll(failure("the server stops"));
  }

  #hasRoom(key: string, octets: number): boolean {
    const limits = this.#limits;
    const all = { updates: 0, octets };
    const own = { updates: 0, octets };
    for (const one of this.#underWay.values()) {
      all.updates++;
      all.octets += one.octets;
      if (one.key !== key) continue;
      own.updates++;
      own.octets += one.octets;
    }
    return (
      all.updates < limits.updates &&
      all.octets <= limits.octets &&
      own.updates < limits.updatesPerKey &&
      own.octets <= limits.octetsPerKey
    );
  }

  #wait({ waiting }: UnderWay): Promise<UpdateAnswer> {
    if (waiting.size >= this.#limits.waiting)
      return Promise.resolve(failure("it is under way: ask again in a moment"));
    const { promise, resolve } = Promise.withResolvers<UpdateAnswer>();
    const takeBack = this.#after(answerMs, () =>
      done(failure("control has not answered in time; it may be done yet")),
    );
    const done = (answer: UpdateAnswer): void => {
      takeBack();
      waiting.delete(done);
      resolve(answer);
    };
    waiting.add(done);
    return promise;
  }

  #settle(id: number, answer: UpdateAnswer): void {
    const one = this.#underWay.get(id);
    this.#underWay.delete(id);
    if (!one) return;
    if (one.waiting.size === 0 && answer.rcode !== Rcode.SERVFAIL) {
      this.#late.set(one.same, answer);
      for (const oldest of this.#late.keys()) {
        if (this.#late.size <= maxLate) break;
        this.#late.delete(oldest);
      }
    }
    for (const done of one.waiting) done(answer);
  }

  #settleAll(answer: UpdateAnswer): void {
    for (const id of this.#underWay.keys()) this.#settle(id, answer);
  }
}

function afterSystem(milliseconds: number, run: () => void): () => void {
  const timer = setTimeout(run, milliseconds);
  return () => clearTimeout(timer);
}

/** SERVFAIL, with what is to be done. */
function failure(text: string): UpdateAnswer {
  return { rcode: Rcode.SERVFAIL, note: { code: ExtendedError.NOT_READY, text } };
}
