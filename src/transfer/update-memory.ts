// Updates that were answered, by their signatures: one that comes again, because its answer was lost or because somebody has recorded it, is told what
// the first was told, and nothing is done again. A signature is good for some minutes (RFC 8945 section 10), and for so long it is remembered. Of a key
// that sends more than is remembered only what it has signed since is taken ("has an earlier Time Signed value": section 5.2.3), so that what is kept
// has a bound and nothing is ever done twice.

import { formatBase64, type TsigKey } from "#wire";
import type { UpdateAnswer } from "./update-answers.ts";

/** Answers that are remembered of one key, at most: half a minute of a thousand in a second. */
const maxAnswers = 32_768;

/** How often what is over is looked for while as many answers come as are remembered. */
const sweeps = 64;

/** What of a signature is gone by. */
export interface UpdateSignature {
  readonly mac: Uint8Array;
  /** Seconds since 1970, and those that clocks may differ by: it is good for so long. */
  readonly timeSigned: number;
  readonly fudge: number;
}

interface Remembered {
  readonly timeSigned: number;
  /** When nobody takes the signature any more, in seconds since 1970. */
  readonly until: number;
  readonly answer: UpdateAnswer;
}

interface OfKey {
  readonly answers: Map<string, Remembered>;
  /** What was signed then or before, and is not remembered, is not taken. */
  floor: number;
  /** Answers since what is over was looked for. */
  since: number;
}

/** See the head of this file. */
export class UpdateMemory {
  readonly #byKey = new Map<string, OfKey>();
  readonly #maxAnswers: number;
  /** Room that is made at once. */
  readonly #spare: number;

  /** @param most  answers that are remembered of each key */
  constructor(most: number = maxAnswers) {
    this.#maxAnswers = most;
    this.#spare = Math.floor(most / sweeps);
  }

  /** What an update was answered; `stale` where it may have been one that is remembered no more; undefined where it is new. */
  find(key: TsigKey, signature: UpdateSignature): UpdateAnswer | "stale" | undefined {
    const own = this.#byKey.get(key.name.key);
    if (!own) return undefined;
    const found = own.answers.get(updateIdOf(key, signature.mac));
    if (found) return found.answer;
    return signature.timeSigned <= own.floor ? "stale" : undefined;
  }

  /** Remembers an answer. @param seconds  now, since 1970 */
  keep(
    key: TsigKey,
    { mac, timeSigned, fudge }: UpdateSignature,
    answer: UpdateAnswer,
    seconds: number,
  ): void {
    let own = this.#byKey.get(key.name.key);
    if (!own) this.#byKey.set(key.name.key, (own = { answers: new Map(), floor: -1, since: 0 }));
    own.answers.set(updateIdOf(key, mac), { timeSigned, until: timeSigned + fudge, answer });
    // Not at each: a map that loses its first entry again and again is slow to begin at.
    if (++own.since < this.#maxAnswers / sweeps && own.answers.size <= this.#maxAnswers) return;
    own.since = 0;
    const most = own.answers.size > this.#maxAnswers ? this.#maxAnswers - this.#spare : this.#maxAnswers;
    for (const [id, one] of own.answers) {
      const isOver = one.until < seconds;
      if (!isOver && own.answers.size <= most) break;
      own.answers.delete(id);
      if (!isOver) own.floor = Math.max(own.floor, one.timeSigned);
    }
  }

  /** Answers that are remembered, of all keys. */
  get size(): number {
    let size = 0;
    for (const { answers } of this.#byKey.values()) size += answers.size;
    return size;
  }
}

/** What tells an update of a key apart: as much of its MAC as has to be there, since who repeats it may cut off the rest. */
export function updateIdOf({ macOctets, algorithm }: TsigKey, mac: Uint8Array): string {
  return formatBase64(mac.subarray(0, macOctets ?? algorithm.macOctets));
}
