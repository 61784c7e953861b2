// What is watched of the queries that a process answers: said where it is started, the same for a platform's roles and a name server that stands alone.

/** A log of queries. */
export interface QueryLogPlan {
  /** The file, absolute; those before it are beside it. */
  readonly path: string;
  /** One query of so many. */
  readonly every: number;
  /** Octets from which on another file is begun. */
  readonly maxOctets: number;
  /** Older files that are kept. */
  readonly kept: number;
}

/** Where messages go as dnstap. */
export interface DnstapPlan {
  /** A UNIX socket that somebody listens on, or a file; absolute. */
  readonly to: { readonly socket: string } | { readonly file: string };
  /** One query of so many. */
  readonly every: number;
  /** What the server is called in it; empty: nothing. */
  readonly identity: string;
}

/** See the head of this file. */
export interface WatchPlan {
  /** Zones that are counted each for itself, at most; 0: none. */
  readonly zones: number;
  /** How long queries take is measured. */
  readonly isTimed: boolean;
  readonly queryLog?: QueryLogPlan;
  readonly dnstap?: DnstapPlan;
  /** Messages that an engine tells of in a second, at most. */
  readonly maxPerSecond: number;
}

/** Nothing is watched. */
export const nothingWatched: WatchPlan = { zones: 0, isTimed: false, maxPerSecond: 5000 };
/** What is watched of a platform whose owner says nothing. */
export const usuallyWatched: WatchPlan = { zones: 1000, isTimed: true, maxPerSecond: 5000 };

/** What one thread is to watch: it can be sent to it. */
export interface WatchSettings {
  readonly zones: number;
  readonly isTimed: boolean;
  /** Where messages go; absent: they go nowhere. */
  readonly messages?: {
    readonly ring: SharedArrayBuffer;
    /** Number of the thread's first engine; the others follow. */
    readonly firstSource: number;
    readonly every: number;
    readonly maxPerSecond: number;
    readonly isWhole: boolean;
  };
}

/** The plan with files of the resolver's own, beside those of the name servers: two processes do not write into one. */
export function resolverFiles(plan: WatchPlan): WatchPlan {
  const { queryLog, dnstap } = plan;
  return {
    ...plan,
    ...(queryLog ? { queryLog: { ...queryLog, path: besides(queryLog.path) } } : {}),
    ...(dnstap && "file" in dnstap.to
      ? { dnstap: { ...dnstap, to: { file: besides(dnstap.to.file) } } }
      : {}),
  };
}

function besides(path: string): string {
  return path.replace(/(?:\.[^./]*)?$/, (ending) => `-resolver${ending}`);
}
