// What of a response is compared, and how it is judged. A response is taken apart into parts (rcode, flags, sections); where three judges or more agree
// on a part, all but one at most, ours is to be the same, unless a reason is recorded. Names count without regard to case, records of a section in any order.

import {
  canonicalRdata,
  decodeMessage,
  type Message,
  type Name,
  type ResourceRecord,
  RrType,
  formatRdata,
  typeName,
} from "#wire";

/** A response, taken apart. */
export interface Parts {
  readonly rcode: string;
  readonly flags: string;
  readonly question: string;
  readonly answer: string;
  readonly authority: string;
  readonly additional: string;
  readonly edns: string;
}

/** A response that came, decoded. */
export interface Response {
  readonly octets: number;
  readonly message: Message;
  readonly parts: Parts;
}

/** Reads a response. @param apexes  of all zones that are served */
export function readResponse(octets: Uint8Array, apexes: readonly Name[]): Response | string {
  const decoded = decodeMessage(octets);
  if (!decoded.ok) return `malformed: ${decoded.failure.code} at ${decoded.failure.offset}`;
  const message = decoded.value;
  return { octets: octets.length, message, parts: partsOf(message, apexes) };
}

function partsOf(message: Message, apexes: readonly Name[]): Parts {
  const { rcode, flags, question, answer, authority, additional, edns } = message;
  const isSet = (names: readonly (keyof typeof flags)[]): string =>
    names.filter((name) => flags[name]).join(" ");
  return {
    rcode: String(rcode),
    flags: isSet(["qr", "aa", "tc", "rd", "ra", "ad", "cd"]),
    question: question
      .map(({ name, type, class: rrClass }) => `${name.octets.join(".")} ${type} ${rrClass}`)
      .join(),
    answer: linesOf(answer),
    // Whether a zone's own NS go with an answer is everybody's choice (RFC 1034 section 4.3.2 asks for none).
    authority: linesOf(authority.filter((record) => !isApexNs(record, apexes))),
    additional: linesOf(additional),
    edns: edns === undefined ? "none" : `version ${edns.version}${edns.isDnssecOk ? " do" : ""}`,
  };
}

function isApexNs({ name, type, rdata }: ResourceRecord, apexes: readonly Name[]): boolean {
  const covered = type === RrType.RRSIG ? ((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0) : type;
  return covered === RrType.NS && apexes.some((apex) => apex.equals(name));
}

/** Records as lines, sorted. */
function linesOf(records: readonly ResourceRecord[]): string {
  return records
    .map(({ name, ttl, type, rdata }) => {
      const data = formatRdata(type, canonicalRdata(type, rdata));
      // Names in the data of types that RFC 4034 section 6.2 does not list count by their letters all the same.
      const isOpaque =
        type === RrType.TXT || type === RrType.RRSIG || type === RrType.DNSKEY || type >= 65_280;
      return `${name.toLowerCase().toString()} ${ttl} ${typeName(type)} ${isOpaque ? data : data.toLowerCase()}`;
    })
    .sort()
    .join("\n");
}

/** How a part is judged: what most judges say, and who does not. */
export interface Verdict {
  readonly part: keyof Parts;
  readonly ours: string;
  readonly majority: string;
  /** Judges that say something else. */
  readonly dissenters: readonly string[];
}

/** What has to be the same for a part to say something: what goes with an answer is of that answer alone. */
const basisOf: Readonly<Record<keyof Parts, readonly (keyof Parts)[]>> = {
  rcode: [],
  question: [],
  edns: [],
  flags: ["rcode"],
  answer: ["rcode"],
  authority: ["rcode", "answer"],
  additional: ["rcode", "answer", "authority"],
};

/** A part with all that it is of. */
function withBasis(part: keyof Parts, parts: Parts): string {
  return [...basisOf[part], part].map((each) => parts[each]).join("\n\n");
}

/** What most judges say of a part. */
export interface Majority {
  readonly text: string;
  /** Of one of them, in whole. */
  readonly parts: Parts | undefined;
  readonly voters: readonly string[];
  /** Three judges at least, and all but one at most. */
  readonly isClear: boolean;
  readonly votes: ReadonlyMap<string, readonly string[]>;
}

/** Counts what the judges say of a part. */
export function majorityOn(part: keyof Parts, judged: ReadonlyMap<string, Response>): Majority {
  const votes = new Map<string, string[]>();
  for (const [name, { parts }] of judged) {
    const said = withBasis(part, parts);
    votes.set(said, [...(votes.get(said) ?? []), name]);
  }
  const voters = [...votes.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  const parts = judged.get(voters[0] ?? "")?.parts;
  return {
    text: parts?.[part] ?? "",
    parts,
    voters,
    isClear: voters.length >= Math.max(3, judged.size - 1),
    votes,
  };
}

/** Shown too: where no majority of judges agrees and ours is as nobody has it. For people who look for more. */
const showsAll = Boolean(process.env["FAIRLEAD_DIFFERENTIAL_ALL"]);

/** What of ours differs from what the judges agree on. */
export function compare(
  ours: Response,
  judged: ReadonlyMap<string, Response>,
  parts: readonly (keyof Parts)[],
): Verdict[] {
  return parts.flatMap((part): Verdict[] => {
    const { text, parts: most, voters, isClear, votes } = majorityOn(part, judged);
    const mine = ours.parts[part];
    if (mine === text) return [];
    if (isClear && basisOf[part].some((each) => ours.parts[each] !== most?.[each])) return [];
    if (!isClear && (votes.has(withBasis(part, ours.parts)) || !showsAll || part === "additional")) return [];
    return [
      {
        part,
        ours: mine,
        majority: isClear ? text : [...votes].map(([said, names]) => `(${names.join()}) ${said}`).join("\n"),
        dissenters: isClear ? [...judged.keys()].filter((name) => !voters.includes(name)) : ["no majority"],
      },
    ];
  });
}
