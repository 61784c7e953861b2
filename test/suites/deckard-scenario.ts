// Reads Deckard's scenarios (.rpl): configuration lines, servers' scripted answers valid for a range of steps, and
// steps: a query, a check of its answer, time that passes. No playing here; deckard-player.ts does that.

import {
  Name,
  Opcode,
  Rcode,
  RrClass,
  type Message,
  type ResourceRecord,
  parseZoneFile,
  typeNumber,
} from "#wire";

/** What of an entry must agree for it to match. */
export type MatchPart =
  | "opcode"
  | "qtype"
  | "qname"
  | "subdomain"
  | "flags"
  | "rcode"
  | "answer"
  | "authority"
  | "additional"
  | "answertypes"
  | "answerrrsigs"
  | "ttl"
  | "edns";

/** A scripted message. */
export interface Entry {
  readonly match: ReadonlySet<MatchPart>;
  readonly adjust: ReadonlySet<string>;
  readonly message: Message;
  /** Octets to send as they are, in the message's place. */
  readonly raw?: Uint8Array;
}

/** Answers of some servers, valid while a step from `from` to `to` is played. No addresses: of all servers. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly addresses: readonly string[];
  readonly entries: readonly Entry[];
}

/** One step. `elapse` is in seconds. */
export interface Step {
  readonly id: number;
  readonly action: "QUERY" | "CHECK_ANSWER" | "CHECK_OUT_QUERY" | "REPLY" | "TIME_PASSES";
  readonly entry?: Entry;
  readonly elapse?: number;
}

/** A whole file. */
export interface Scenario {
  readonly title: string;
  /** Lines `key: value`, in order; keys can come more than once. */
  readonly config: readonly (readonly [string, string])[];
  readonly ranges: readonly Range[];
  readonly steps: readonly Step[];
}

/** Seconds of records without TTL. */
const defaultTtl = 3600;

/** Reads a scenario. Throws an Error that names the line where it cannot be read. */
export function readScenario(text: string): Scenario {
  const lines = text.split("\n").map((line) => line.trimEnd());
  const end = lines.findIndex((line) => line.trim() === "CONFIG_END");
  const config: (readonly [string, string])[] = [];
  for (const line of lines.slice(0, Math.max(end, 0))) {
    const colon = line.indexOf(":");
    if (line.trim().startsWith(";") || colon < 0) continue;
    const value = line.slice(colon + 1).replace(/#.*/, "");
    const bare =
      line.slice(0, colon).trim() === "features" ? value.replace(/ ;.*/, "") : value.replace(/;.*/, "");
    config.push([line.slice(0, colon).trim(), bare.trim().replace(/^["']|["']$/g, "")]);
  }
  return new ScenarioReader(lines, end + 1).read(config);
}

class ScenarioReader {
  readonly #lines: readonly string[];
  #at: number;

  constructor(lines: readonly string[], at: number) {
    this.#lines = lines;
    this.#at = at;
  }

  read(config: Scenario["config"]): Scenario {
    let title = "";
    const ranges: Range[] = [];
    const steps: Step[] = [];
    for (let words = this.#next(); words; words = this.#next()) {
      switch (words[0]) {
        case "SCENARIO_BEGIN":
          title = words.slice(1).join(" ");
          break;
        case "SCENARIO_END":
          return { title, config, ranges, steps };
        case "RANGE_BEGIN":
          ranges.push(this.#range(words));
          break;
        case "STEP":
          steps.push(this.#step(words));
          break;
        default:
          this.#refuse(words);
      }
    }
    return { title, config, ranges, steps };
  }

  #range(head: readonly string[]): Range {
    const addresses = head.slice(3);
    const entries: Entry[] = [];
    for (let words = this.#next(); words; words = this.#next()) {
      if (words[0] === "RANGE_END") break;
      if (words[0] === "ADDRESS") addresses.push(...words.slice(1));
      else if (words[0] === "ENTRY_BEGIN") entries.push(this.#entry());
      else this.#refuse(words);
    }
    return { from: Number(head[1]), to: Number(head[2]), addresses, entries };
  }

  #step(head: readonly string[]): Step {
    const id = Number(head[1]);
    const action = head[2] as Step["action"];
    if (action === "TIME_PASSES") return { id, action, elapse: Number(head[4]) };
    const words = this.#next();
    if (words?.[0] !== "ENTRY_BEGIN") this.#refuse(words ?? []);
    return { id, action, entry: this.#entry() };
  }

  #entry(): Entry {
    const match = new Set<MatchPart>();
    const adjust = new Set<string>();
    const flags = new Set<string>();
    const sections = {
      question: [] as Message["question"][number][],
      answer: [] as ResourceRecord[],
      authority: [] as ResourceRecord[],
      additional: [] as ResourceRecord[],
    };
    let section: keyof typeof sections | undefined;
    let raw: Uint8Array | undefined;
    for (let words = this.#next(); words; words = this.#next()) {
      const head = words[0] ?? "";
      if (head === "ENTRY_END") break;
      if (head === "MATCH") for (const part of words.slice(1)) addMatch(match, part);
      else if (head === "ADJUST") for (const part of words.slice(1)) adjust.add(part);
      else if (head === "REPLY" || head === "FLAGS") for (const flag of words.slice(1)) flags.add(flag);
      else if (head === "SECTION") section = (words[1] ?? "").toLowerCase() as keyof typeof sections;
      else if (head === "MANDATORY") continue;
      else if (head === "RAW") raw = hex(this.#next()?.[0] ?? "");
      else if (section === "question") sections.question.push(question(words));
      else if (section) sections[section].push(this.#record(this.#lines[this.#at - 1] ?? ""));
      else this.#refuse(words);
    }
    const rcodes = [...flags].flatMap((flag) => Rcode[flag as keyof typeof Rcode] ?? []);
    return {
      match,
      adjust,
      ...(raw ? { raw } : {}),
      message: {
        id: 0,
        flags: {
          qr: flags.has("QR"),
          opcode: Opcode.QUERY,
          aa: flags.has("AA"),
          tc: flags.has("TC"),
          rd: flags.has("RD"),
          ra: flags.has("RA"),
          ad: flags.has("AD"),
          cd: flags.has("CD"),
        },
        rcode: rcodes[0] ?? 0,
        ...sections,
        edns: { udpPayloadSize: 4096, version: 0, isDnssecOk: flags.has("DO"), options: [] },
      },
    };
  }

  #record(line: string): ResourceRecord {
    const text = line.trim();
    const { records, errors } = parseZoneFile(`${text}\n`, { origin: Name.root, ttl: defaultTtl });
    const record = records[0];
    if (!record) throw new Error(`line ${this.#at}: cannot read "${text}": ${JSON.stringify(errors[0])}`);
    return record;
  }

  /** The words of the next line that has any; comments are left out. */
  #next(): string[] | undefined {
    while (this.#at < this.#lines.length) {
      const line = withoutComment(this.#lines[this.#at++] ?? "");
      const words = line.trim().split(/\s+/);
      if (words[0] !== "") return words;
    }
    return undefined;
  }

  #refuse(words: readonly string[]): never {
    throw new Error(`line ${this.#at}: cannot read "${words.join(" ")}"`);
  }
}

function addMatch(match: Set<MatchPart>, part: string): void {
  if (part === "all") {
    for (const each of [
      "opcode",
      "qtype",
      "qname",
      "flags",
      "rcode",
      "answer",
      "authority",
      "additional",
    ] as const) {
      match.add(each);
    }
  } else if (part === "question") {
    match.add("qtype");
    match.add("qname");
  } else {
    match.add(part as MatchPart);
  }
}

function question(words: readonly string[]): Message["question"][number] {
  const owner = Name.parse(words[0] ?? "", Name.root);
  const type = typeNumber(words.at(-1) ?? "");
  if (!owner.ok || type === undefined) throw new Error(`cannot read the question "${words.join(" ")}"`);
  return { name: owner.value, type, class: RrClass.IN };
}

/** Cuts a comment off; a semicolon in quotes or after a backslash is none. */
function withoutComment(line: string): string {
  let isQuoted = false;
  for (let i = 0; i < line.length; i++) {
    if (line[i] === "\\") i++;
    else if (line[i] === '"') isQuoted = !isQuoted;
    else if (line[i] === ";" && !isQuoted) return line.slice(0, i);
  }
  return line;
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}
