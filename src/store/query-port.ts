// The store's table of what name servers counted: a row a minute, of which an hour and a little is kept. It stands beside the change log, which
// knows nothing of it; what is lost of it is an hour's figures and no more.

/** What name servers had counted at a time. */
export interface QueryRow {
  /** When they told it: milliseconds since 1970. A minute has one row, which is the last one that was put. */
  readonly at: number;
  /** In the writer's own form. */
  readonly told: string;
}

/** The table of counts. */
export interface QueryTable {
  /**
   * Keeps a row in place of that of its minute, and takes away those of minutes before a time, and those of minutes to come: a clock that was
   * put back leaves none.
   * @param keptFrom  milliseconds since 1970
   */
  put(row: QueryRow, keptFrom: number): Promise<void>;
  /** The first row after a time; undefined where there is none. */
  next(after: number): Promise<QueryRow | undefined>;
}

/** The minute of a time. */
export function minuteOf(at: number): number {
  return Math.floor(at / 60_000);
}
