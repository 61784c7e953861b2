// What the page and the worker that holds a zone's records say to each other. Requests carry a number that their answer repeats.

import type { Rrset, RrsetContent } from "#contract";
import type { Grouping, Row, StagedEdit } from "./record-model.ts";
import type { ReadText, TextRecord } from "./zone-text.ts";

/** What the view of the table is made by. */
export interface ViewQuery {
  readonly filter: string;
  readonly grouping: Grouping;
  readonly staged: readonly StagedEdit[];
  /** Keys of RRsets that there is advice of. */
  readonly advised: readonly string[];
}

/** What the page asks. */
export type Question =
  | { readonly type: "rows"; readonly version: number; readonly from: number; readonly to: number }
  /** The RRset of a key, or none. */
  | { readonly type: "rrsets"; readonly keys: readonly string[] }
  /** All RRsets at a name. */
  | { readonly type: "at"; readonly name: string }
  /** Ids of all rows of records that match, the first ones. */
  | { readonly type: "ids"; readonly most: number }
  | { readonly type: "write-text" }
  | { readonly type: "read-text"; readonly text: string }
  | { readonly type: "differences"; readonly records: readonly TextRecord[] }
  | { readonly type: "gather"; readonly records: readonly TextRecord[] }
  | { readonly type: "check"; readonly recordType: string; readonly data: string };

/** What each question is answered with. */
export interface Answers {
  rows: readonly Row[] | null;
  rrsets: readonly (Rrset | null)[];
  at: readonly Rrset[];
  ids: readonly string[];
  "write-text": string;
  "read-text": ReadText;
  differences: StagedEdit[];
  gather: (RrsetContent & { name: string; type: string })[];
  check: string | null;
}

/** From the page. */
export type ToWorker =
  | { readonly type: "open"; readonly zone: string }
  | { readonly type: "view"; readonly query: ViewQuery }
  /** Reads names anew, or all where none are named. */
  | { readonly type: "refresh"; readonly names?: readonly string[] }
  | { readonly type: "ask"; readonly number: number; readonly question: Question };

/** How far the zone was read. */
export interface LoadState {
  readonly loaded: number;
  readonly isComplete: boolean;
  /** Why reading stopped: HTTP status, 0 where nothing answered. */
  readonly failure?: { readonly status: number; readonly message: string };
}

/** What the table shows, in numbers. */
export interface ViewState {
  readonly version: number;
  /** Rows of the view. */
  readonly count: number;
  /** Records that match, of all. */
  readonly matching: number;
  readonly all: number;
  /** Keys of staged edits that stand against what somebody else did. */
  readonly conflicts: readonly string[];
  /** Keys of staged edits that are as they are to be already. */
  readonly done: readonly string[];
}

/** From the worker. */
export type FromWorker =
  | { readonly type: "load"; readonly state: LoadState }
  | { readonly type: "view"; readonly state: ViewState }
  | { readonly type: "answer"; readonly number: number; readonly answer: unknown }
  | { readonly type: "fault"; readonly number: number; readonly message: string };
