// Which requests the store of a distribution does not answer most often: path and reason with their counts, in bounded memory whatever
// paths are asked for. Space-saving (Metwally, Agrawal, El Abbadi, 2005): where there is no room for what comes, it takes the place of what
// came least, and bears that count as what it may have too much. What comes more often than one in so many is never lost.
//
// Counts are of the last one to two hours: a new book is begun each hour, and the one before is kept beside it.

import { maxMissPath, maxTopMisses, type TopMiss } from "#contract";
import type { Now } from "#engine";
import { textOf } from "#http";
import type { MissReason } from "./site.ts";

/** Kinds of misses in one book. With a path of the longest kept, two books take some 200 KiB. */
const maxKinds = 128;
/** How long a book is written in, in milliseconds. */
const bookMs = 3_600_000;
/** Most characters of a detail: the words of this cache are shorter, origins have no say in them. */
const maxDetail = 64;

/** One kind of miss. */
interface Kind {
  key: string;
  path: string;
  isCut: boolean;
  reason: MissReason;
  detail: string | undefined;
  count: number;
  /** What of the count may be of others that had its place before. */
  excess: number;
}

/** The kinds of an hour. */
class Book {
  readonly kinds = new Map<string, Kind>();
  readonly beganAt: Now;
  /** The same in an order of no meaning, where the next one with the least count is looked for. */
  readonly #places: Kind[] = [];
  #next = 0;
  /** No kind has a lower count. */
  #least = 1;

  constructor(beganAt: Now) {
    this.beganAt = beganAt;
  }

  count(key: string, made: Omit<Kind, "key" | "count" | "excess">): void {
    const known = this.kinds.get(key);
    if (known) {
      known.count++;
      return;
    }
    if (this.kinds.size < maxKinds) {
      const kind = { key, ...made, count: 1, excess: 0 };
      this.kinds.set(key, kind);
      this.#places.push(kind);
      return;
    }
    const place = this.#findLeast();
    const excess = this.#least;
    const kind = { key, ...made, count: excess + 1, excess };
    this.kinds.delete(this.#places[place]?.key ?? "");
    this.kinds.set(key, kind);
    this.#places[place] = kind;
  }

  /** The place of a kind with the least count. Counts only grow, so that one round is enough for as many new kinds as there are places. */
  #findLeast(): number {
    for (;;) {
      for (let i = 0; i < this.#places.length; i++) {
        const place = (this.#next + i) % this.#places.length;
        if (this.#places[place]?.count !== this.#least) continue;
        this.#next = place + 1;
        return place;
      }
      this.#least = Math.min(...this.#places.map(({ count }) => count));
    }
  }
}

/** The misses of one distribution. */
export class TopMisses {
  #book: Book | undefined = undefined;
  #before: Book | undefined = undefined;

  /** Kinds that are remembered. */
  get size(): number {
    return (this.#book?.kinds.size ?? 0) + (this.#before?.kinds.size ?? 0);
  }

  /**
   * Counts a miss.
   * @param octets  hold path and query
   * @param detail  why the answer was not stored, where that is known
   */
  count(
    octets: Uint8Array,
    from: number,
    to: number,
    reason: MissReason,
    detail: string | undefined,
    now: Now,
  ): void {
    this.#turn(now);
    const end = Math.min(to, from + maxMissPath);
    const path = textOf(octets, from, end);
    const book = (this.#book ??= new Book({ ...now }));
    const said = detail?.slice(0, maxDetail);
    const isCut = end < to;
    book.count(`${reason} ${said ?? ""} ${isCut ? 1 : 0} ${path}`, { path, isCut, reason, detail: said });
  }

  /** Those that came most often, and since when they are counted, in wall time; undefined where none came. */
  read(now: Now): { readonly since: number | undefined; readonly misses: TopMiss[] } {
    this.#turn(now);
    const sums = new Map<string, Kind>();
    for (const book of [this.#before, this.#book]) {
      for (const kind of book?.kinds.values() ?? []) {
        const sum = sums.get(kind.key);
        if (sum) {
          sum.count += kind.count;
          sum.excess += kind.excess;
        } else sums.set(kind.key, { ...kind });
      }
    }
    const misses = [...sums.values()]
      .sort((a, b) => b.count - b.excess - (a.count - a.excess) || (a.path < b.path ? -1 : 1))
      .slice(0, maxTopMisses)
      .map(({ path, isCut, reason, detail, count, excess }) => ({
        path,
        isCut,
        reason,
        ...(detail === undefined ? {} : { detail }),
        count: count - excess,
        isExact: excess === 0,
      }));
    return { since: (this.#before ?? this.#book)?.beganAt.wall, misses };
  }

  /** Puts a book aside whose hour is over, and forgets the one before when that is two hours old. */
  #turn({ monotonic }: Now): void {
    const ageOf = (book: Book | undefined): number => (book ? monotonic - book.beganAt.monotonic : 0);
    if (ageOf(this.#book) >= bookMs) {
      this.#before = this.#book;
      this.#book = undefined;
    }
    if (ageOf(this.#before) >= 2 * bookMs) this.#before = undefined;
  }
}
