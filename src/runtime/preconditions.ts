// Conditional and range requests for one selected file: RFC 9110 section 13 (preconditions, in the order of
// 13.2.2) and section 14 (ranges of octets). One range is served as a part; several are answered with the whole,
// which section 14.2 allows.

import type { IncomingHttpHeaders } from "node:http";

/** What a file is recognised by. */
export interface Validators {
  /** A strong entity tag, with its quotes. */
  readonly etag: string;
  /** When it was changed, in whole seconds since 1970. */
  readonly lastModified: number;
}

/** What a GET or HEAD request for a file is answered with. */
export type Selection =
  | { readonly status: 200 | 304 | 412 | 416 }
  | { readonly status: 206; readonly first: number; readonly last: number };

/**
 * Decides what of a file is sent.
 *
 * @param size  octets in the file
 * @see RFC 9110 sections 13.2.2 and 14.2
 */
export function select(headers: IncomingHttpHeaders, validators: Validators, size: number): Selection {
  const { etag, lastModified } = validators;
  const unmodifiedSince = seconds(headers["if-unmodified-since"]);
  if (headers["if-match"] !== undefined) {
    if (!matches(headers["if-match"], etag, "strong")) return { status: 412 };
  } else if (unmodifiedSince !== undefined && lastModified > unmodifiedSince) {
    return { status: 412 };
  }
  const modifiedSince = seconds(headers["if-modified-since"]);
  if (headers["if-none-match"] !== undefined) {
    if (matches(headers["if-none-match"], etag, "weak")) return { status: 304 };
  } else if (modifiedSince !== undefined && lastModified <= modifiedSince) {
    return { status: 304 };
  }
  const ifRange = headers["if-range"];
  if (headers.range === undefined || (typeof ifRange === "string" && !isSame(ifRange, validators))) {
    return { status: 200 };
  }
  return selectRange(headers.range, size);
}

/** If-Range asks for the very same octets: the same strong tag, or exactly the same date. */
function isSame(ifRange: string, { etag, lastModified }: Validators): boolean {
  return ifRange.includes('"') ? ifRange.trim() === etag : seconds(ifRange) === lastModified;
}

function selectRange(range: string, size: number): Selection {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(range);
  const [, from = "", to = ""] = match ?? [];
  // Not octets, several ranges, or nothing that means one: a server ignores what it does not understand.
  if (!match || (from === "" && to === "")) return { status: 200 };
  if (from === "") {
    const suffix = Math.min(Number(to), size);
    return suffix === 0 ? { status: 416 } : { status: 206, first: size - suffix, last: size - 1 };
  }
  const first = Number(from);
  const last = to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== "" && Number(to) < first) return { status: 200 }; // an invalid range is ignored (14.1.1)
  return first >= size ? { status: 416 } : { status: 206, first, last };
}

/** Compares a list of entity tags; a weak tag never equals one strongly (RFC 9110 section 8.8.3.2). */
function matches(list: string, etag: string, comparison: "strong" | "weak"): boolean {
  if (list.trim() === "*") return true;
  for (const [, weak, tag] of list.matchAll(/(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g)) {
    if (tag === etag && (comparison === "weak" || weak === undefined)) return true;
  }
  return false;
}

/** An HTTP date in seconds since 1970. Undefined where absent or not a date: such a field is ignored. */
function seconds(date: string | undefined): number | undefined {
  // A date of RFC 9110 section 5.6.7 starts with the name of a day; others that Date.parse takes are none.
  if (date === undefined || !/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(date)) return undefined;
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}
