// Range requests (RFC 9110 section 14): which octets of a content of known length a Range field asks for. Ranges that overlap or touch
// are joined, and a set that asks for the same octets again and again, or for many small pieces, is not served as ranges: the answer is
// then the whole (section 14.2 lets a server ignore Range; section 17.15 says why it should).

/** Octets from `from` up to `to`, without it. */
export interface OctetRange {
  readonly from: number;
  readonly to: number;
}

/** Ranges of one request that are looked at. */
const maxRanges = 16;

/** Octets between two ranges for which it costs less to send them than the lines of another part. */
const gapOctets = 80;

/**
 * Finds what a Range field asks for.
 * @param value  of the field
 * @param length  of the whole content
 * @returns the ranges, in the order asked for; `undefined` where the field is to be passed over; `unsatisfiable` where none of them is
 *   in the content (416)
 */
export function rangesOf(value: string, length: number): OctetRange[] | "unsatisfiable" | undefined {
  const unit = /^bytes[ \t]*=/i.exec(value);
  if (!unit) return undefined;
  const specs = value.slice(unit[0].length).split(",", maxRanges * 2);
  if (specs.length > maxRanges) return undefined;
  const ranges: OctetRange[] = [];
  let isAny = false;
  for (const spec of specs) {
    const text = spec.trim();
    if (text === "") continue;
    const match = /^(\d{0,15})-(\d{0,15})$/.exec(text);
    if (!match) return undefined;
    const [, first = "", last = ""] = match;
    if (first === "" && last === "") return undefined;
    isAny = true;
    const range = resolve(first, last, length);
    if (range === undefined) return undefined;
    if (range !== "outside") ranges.push(range);
  }
  if (!isAny) return undefined;
  if (ranges.length === 0) return "unsatisfiable";
  return joined(ranges);
}

function resolve(first: string, last: string, length: number): OctetRange | "outside" | undefined {
  if (first === "") {
    const count = Number(last);
    // RFC 9110 section 14.1.2: a suffix of no octets is unsatisfiable.
    if (count === 0 || length === 0) return "outside";
    return { from: Math.max(0, length - count), to: length };
  }
  const from = Number(first);
  if (last !== "" && Number(last) < from) return undefined;
  if (from >= length) return "outside";
  return { from, to: last === "" ? length : Math.min(length, Number(last) + 1) };
}

/** Joins what overlaps or nearly touches; the order asked for stays where nothing does. @see RFC 9110 section 15.3.7.2 */
function joined(ranges: OctetRange[]): OctetRange[] {
  if (ranges.length === 1) return ranges;
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  const result: OctetRange[] = [];
  for (const range of sorted) {
    const before = result.at(-1);
    if (before && range.from <= before.to + gapOctets)
      result[result.length - 1] = { from: before.from, to: Math.max(before.to, range.to) };
    else result.push(range);
  }
  return result.length === ranges.length ? ranges : result;
}

/** The value of Content-Range for one range, or, without one, for 416. @see RFC 9110 section 14.4 */
export function formatContentRange(range: OctetRange | undefined, length: number): string {
  return range ? `bytes ${range.from}-${range.to - 1}/${length}` : `bytes */${length}`;
}

/** Reads a Content-Range; undefined where it is none or its length is not told. */
export function parseContentRange(value: string): (OctetRange & { readonly length: number }) | undefined {
  const match = /^bytes[ \t]+(\d{1,15})-(\d{1,15})\/(\d{1,15})$/i.exec(value);
  if (!match) return undefined;
  const [from, last, length] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (last < from || last >= length) return undefined;
  return { from, to: last + 1, length };
}
