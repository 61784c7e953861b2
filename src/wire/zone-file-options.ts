// How a zone file is read: what the caller says and gives.

import type { Name } from "./name.ts";
import type { ZoneFileError } from "./zone-file-error.ts";
import type { ZoneFilePieces } from "./zone-file-pieces.ts";

/** The text of a zone file: whole, or piece by piece, which is read while its records are taken. */
export type ZoneFileText = Uint8Array | string | ZoneFilePieces;

/** What `include` gives for a path: the text and a name for it, or why there is none, in words. */
export type IncludedText =
  | { readonly ok: true; readonly text: ZoneFileText; readonly file: string }
  | { readonly ok: false; readonly reason: string };

/** How a zone file is read. */
export interface ZoneFileOptions {
  /** The origin until $ORIGIN; absent refuses relative names before it. */
  readonly origin?: Name;
  /** The TTL in seconds of records that state none, where the file has no $TTL and no TTL before; absent: see RFC 1035. */
  readonly ttl?: number;
  /** The class that all records must have; absent is IN. */
  readonly class?: number;
  /** The file's name, for errors and for `include`; absent is none. */
  readonly file?: string;
  /** Gives the text that $INCLUDE names; absent refuses $INCLUDE. */
  readonly include?: (path: string, from: string) => IncludedText;
  /** Called for each error when it is met, so that records and errors come in the order of the file. */
  readonly onError?: (error: ZoneFileError) => void;
  /** Whether to end at the first error. Absent is no: the line is left out and reading goes on. */
  readonly stopAtFirstError?: boolean;
}
