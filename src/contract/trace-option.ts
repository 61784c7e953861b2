// How a trace's id travels: an EDNS option on DNS queries inside the private tree, and a header field on the request. It needs no schema, so that who
// answers queries is up without them.

/** EDNS option that carries a trace, from the range for local use (RFC 6891 section 9). 8 octets id, 1 octet flags. */
export const traceOptionCode = 65_311;

/** Octets of the id in the option. */
const traceIdOctets = 8;

/** Flags in the option: the resolver must not answer from its cache; the question is none of the visit. */
const freshFlag = 1;
const asideFlag = 2;

/** What a trace option says. */
export interface TraceOption {
  /** 16 hexadecimal digits, lower case. */
  readonly id: string;
  /** True where the resolver must not answer from its cache. */
  readonly isFresh: boolean;
  /** True where the visit did not need the answer: it is asked for beside it, to be compared. */
  readonly isAside?: boolean;
}

/** The data of the option. @param id  16 hexadecimal digits; a RangeError where it is not */
export function encodeTraceOption({ id, isFresh, isAside = false }: TraceOption): Uint8Array {
  if (!/^[0-9a-f]{16}$/.test(id)) throw new RangeError(`Cannot encode trace id "${id}": expected 16 digits`);
  const octets = new Uint8Array(traceIdOctets + 1);
  for (let i = 0; i < traceIdOctets; i++) octets[i] = Number.parseInt(id.slice(2 * i, 2 * i + 2), 16);
  octets[traceIdOctets] = (isFresh ? freshFlag : 0) | (isAside ? asideFlag : 0);
  return octets;
}

/** Reads the data of the option; undefined where it is shorter than an id. Absent flags are zero, further octets are ignored. */
export function decodeTraceOption(octets: Uint8Array): TraceOption | undefined {
  if (octets.length < traceIdOctets) return undefined;
  const id = Array.from(octets.subarray(0, traceIdOctets), (octet) => octet.toString(16).padStart(2, "0"));
  const flags = octets[traceIdOctets] ?? 0;
  return {
    id: id.join(""),
    isFresh: (flags & freshFlag) !== 0,
    ...((flags & asideFlag) === 0 ? {} : { isAside: true }),
  };
}

/** Header field that carries a trace's id, 16 hexadecimal digits. */
export const traceHeader = "fairlead-trace";
