// Updates that were answered, by their signatures: one that comes again, because its answer was lost or because somebody has recorded it, is told what
// the first was told, and nothing is done again. A signature is good for some minutes (RFC 8945 section 10), and for so long it is remembered. Of a key
// that sends more than is remembered only what it has signed since is taken ("has an earlier Time Signed value": section 5.2.3), so that what is kept
// has a bound and nothing is ever done twice.
//
// Name servers remember so, and so does control, which records with a change what update it is of: that outlives them.

/** Answers that are remembered of one key, at most: half a minute of a thousand in a second. */
const maxAnswers = 32_768;

/** How often what is over is looked for while as many answers come as are remembered. */
const sweeps = 64;

/** What an update that is signed is known again by. */
export interface UpdateMark {
  /** The same for one that is sent again, and for no other of its key. */
  readonly id: string;
  /** When it was signed, and when nobody takes the signature any more: seconds since 1970. */
  readonly signedAt: number;
  readonly until: number;
}

/** One that was done, as it is recorded with what it changed. */
export interface DoneUpdate extends UpdateMark {
  /** The name of its key: absolute, in lower case. */
  readonly key: string;
}

interface Remembered<T> extends UpdateMark {
  readonly answer: T;
}

interface OfKey<T> {
  readonly answers: Map<string, Remembered<T>>;
  /** What was signed then or before, and is not remembered, is not taken. */
  floor: number;
  /** Answers since what is over was looked for. */
  since: number;
}

/** See the head of this file. */
export class UpdateMemory<T> {
  readonly #byKey = new Map<string, OfKey<T>>();
  readonly #maxAnswers: number;
  /** Room that is made at once. */
  readonly #spare: number;

  /** @param most  answers that are remembered of each key */
  constructor(most: number = maxAnswers) {
    this.#maxAnswers = most;
    this.#spare = Math.floor(most / sweeps);
  }

  /**
   * What an update was answered; `stale` where it may have been one that is remembered no more; undefined where it is new.
   * @param key  the name of its key, in one form
   */
  find(key: string, { id, signedAt }: Pick<UpdateMark, "id" | "signedAt">): T | "stale" | undefined {
    const own = this.#byKey.get(key);
    if (!own) return undefined;
    const found = own.answers.get(id);
    if (found) return found.answer;
    return signedAt <= own.floor ? "stale" : undefined;
  }

  /** Remembers an answer. @param seconds  now, since 1970 */
  keep(key: string, { id, signedAt, until }: UpdateMark, answer: T, seconds: number): void {
    let own = this.#byKey.get(key);
    if (!own) this.#byKey.set(key, (own = { answers: new Map(), floor: -1, since: 0 }));
    own.answers.set(id, { id, signedAt, until, answer });
    // Not at each: a map that loses its first entry again and again is slow to begin at.
    if (++own.since < this.#maxAnswers / sweeps && own.answers.size <= this.#maxAnswers) return;
    own.since = 0;
    const most = own.answers.size > this.#maxAnswers ? this.#maxAnswers - this.#spare : this.#maxAnswers;
    for (const [one, held] of own.answers) {
      const isOver = held.until < seconds;
      if (!isOver && own.answers.size <= most) break;
      own.answers.delete(one);
      if (!isOver) own.floor = Math.max(own.floor, held.signedAt);
    }
  }

  /** Answers that are remembered, of all keys. */
  get size(): number {
    let size = 0;
    for (const { answers } of this.#byKey.values()) size += answers.size;
    return size;
  }
}
