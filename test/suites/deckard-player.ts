// Plays Deckard's scenarios against the product's resolver on the simulated driver, with scripted servers and virtual time,
// and says what did not go as scripted.

import type { OutsideObject, TreeObject } from "#contract";
import { isLoopback, isPrivate, parseAddress } from "#engine";
import type { ResolverSettings } from "#resolver";
import {
  Name,
  Opcode,
  Rcode,
  RrClass,
  RrType,
  canonicalRdata,
  decodeMessage,
  encodeMessage,
  formatRdata,
  rcodeName,
  typeName,
  type Message,
  type ResourceRecord,
} from "#wire";
import { publicRootHints } from "../../src/resolver/public-root-hints.ts";
import type { Entry, MatchPart, Scenario } from "./deckard-scenario.ts";
import { DeckardWorld, normalAddress } from "./deckard-world.ts";

/** How a scenario went: undefined for as scripted, or the first difference. */
export type Difference = string | undefined;

/** Milliseconds a query may take. */
const patienceMs = 60_000;

/**
 * Plays a scenario from its first step.
 * @param ignoresAd  leaves the AD flag out of all comparisons: what is left of a scenario about validation
 */
export async function play(
  scenario: Scenario,
  seed: number,
  ignoresAd: boolean = false,
): Promise<Difference> {
  const player = new Player(scenario, ignoresAd);
  return player.play(
    await DeckardWorld.make({
      seed,
      servers: serversOf(scenario),
      script: (query, address) => player.serve(query, address),
      ...configurationOf(scenario),
    }),
  );
}

/** What the scenario's head says of the resolver, as data for ours. */
function configurationOf(scenario: Scenario): {
  tree: TreeObject | undefined;
  outside: OutsideObject;
  settings: Partial<ResolverSettings>;
  wall: number | undefined;
} {
  const option = (key: string): string | undefined =>
    scenario.config.findLast(([name]) => name === key)?.[1].toLowerCase();
  const isOff = (key: string): boolean => ["no", "off", "false", "0"].includes(option(key) ?? "");
  const feature = (key: string): number | undefined => {
    const texts = scenario.config.filter(([name]) => name === "features").map(([, value]) => value);
    const found = texts.flatMap((text) => text.split(";")).find((text) => text.trim().startsWith(`${key} `));
    return found === undefined ? undefined : Number(found.split("=")[1]);
  };
  const minTtl = feature("min_ttl");
  const maxTtl = feature("max_ttl");
  // Of one line all is kept but comments and quotation marks; DNSKEY has blanks in it.
  const anchors = scenario.config.filter(([name]) => name === "trust-anchor").map(([, value]) => value);
  const forwarder = option("forward-addr");
  const stub = option("stub-addr");
  return {
    tree:
      forwarder || stub === undefined
        ? undefined
        : {
            kind: "tree",
            id: "scenario",
            suffixes: ["."],
            rootHints: [{ name: option("stub-name") ?? "k.root-servers.net.", addresses: [stub] }],
            authorityPort: 53,
            // Some scenarios have the root itself at a private address.
            isPrivate: isOff("do-not-query-localhost") || isPrivateText(stub),
            trustAnchors: anchors,
          },
    outside: {
      kind: "outside",
      policy: forwarder ? "forward" : stub === undefined ? "iterate" : "refuse",
      forwarders: forwarder ? [{ address: forwarder, port: 53 }] : [],
    },
    wall: wallOf(option("val-override-date"), option("val-override-timestamp")),
    settings: {
      // Most scenarios are older than the end of SHA-1.
      believesSha1: true,
      usesIpv4: !isOff("do-ip4"),
      usesIpv6: !isOff("do-ip6"),
      minimisesQueries: !isOff("query-minimization"),
      ...(minTtl === undefined ? {} : { minTtlSeconds: minTtl }),
      ...(maxTtl === undefined ? {} : { maxTtlSeconds: maxTtl }),
    },
  };
}

/** Milliseconds since 1970 of the scenario's time: a date as in an RRSIG, or seconds. */
function wallOf(date: string | undefined, seconds: string | undefined): number | undefined {
  const text = date?.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/, "$1-$2-$3T$4:$5:$6Z");
  return text !== undefined ? Date.parse(text) : seconds === undefined ? undefined : Number(seconds) * 1000;
}

/** Every address that the resolver can hear of: what it is told of the root, what ranges have, and what any message says. */
function serversOf(scenario: Scenario): Set<string> {
  const found = new Set<string>();
  const add = (text: string): void => {
    if (parseAddress(text)) found.add(normalAddress(text));
  };
  for (const { addresses } of publicRootHints) addresses.forEach(add);
  for (const [, value] of scenario.config) add(value);
  const { ranges, steps } = scenario;
  for (const { addresses } of ranges) addresses.forEach(add);
  for (const entry of [...ranges.flatMap(({ entries }) => entries), ...steps.map(({ entry }) => entry)]) {
    const { answer = [], authority = [], additional = [] } = entry?.message ?? {};
    for (const { type, rdata } of [...answer, ...authority, ...additional]) {
      if (type === RrType.A || type === RrType.AAAA) add(formatRdata(type, rdata));
    }
  }
  return found;
}

class Player {
  readonly #scenario: Scenario;
  readonly #ignoresAd: boolean;
  readonly #usedReplies = new Set<Entry>();
  readonly #addresses: ReadonlySet<string>;
  #stepId = 0;
  #lastAnswer: Message | undefined;
  #nextId = 1;

  constructor(scenario: Scenario, ignoresAd: boolean) {
    this.#scenario = scenario;
    this.#ignoresAd = ignoresAd;
    this.#addresses = new Set(scenario.ranges.flatMap(({ addresses }) => addresses.map(normalAddress)));
  }

  play(world: DeckardWorld): Difference {
    for (const step of this.#scenario.steps) {
      this.#stepId = step.id;
      const { entry } = step;
      let difference: Difference;
      if (step.action === "QUERY" && entry) difference = this.#query(world, entry);
      else if (step.action === "CHECK_ANSWER" && entry) difference = this.#check(entry);
      else if (step.action === "TIME_PASSES") world.advance((step.elapse ?? 0) * 1000);
      if (world.faults.length > 0) return `step ${step.id}: fault: ${String(world.faults[0])}`;
      if (difference !== undefined) return `step ${step.id}: ${difference}`;
    }
    return undefined;
  }

  #query(world: DeckardWorld, entry: Entry): Difference {
    this.#lastAnswer = undefined;
    if (entry.raw) {
      world.send(entry.raw);
      return undefined;
    }
    const id = this.#nextId++ & 0xffff;
    const query = octetsOf({ ...entry.message, id });
    const answer = world.ask(query, patienceMs);
    if (!answer) return undefined;
    let decoded = decodeMessage(answer);
    // The resolver gives no more than 1232 octets over UDP, whatever the scenario's client would take.
    if (decoded.ok && decoded.value.flags.tc)
      decoded = decodeMessage(world.askOverTcp(query, patienceMs) ?? new Uint8Array());
    if (!decoded.ok) return `the answer cannot be read: ${decoded.failure.code}`;
    if (decoded.value.id !== id) return "the answer has another id";
    this.#lastAnswer = decoded.value;
    return undefined;
  }

  #check(entry: Entry): Difference {
    const got = this.#lastAnswer;
    if (!got) return "no answer";
    for (const part of entry.match) {
      const difference = compare(part, this.#seen(entry.message), this.#seen(got));
      if (difference !== undefined) return difference;
    }
    return undefined;
  }

  #seen(message: Message): Message {
    return this.#ignoresAd ? { ...message, flags: { ...message.flags, ad: false } } : message;
  }

  /** Answers as the servers of the scenario; undefined for silence. */
  serve(query: Uint8Array, at: string): Uint8Array | undefined {
    const decoded = decodeMessage(query);
    if (!decoded.ok) return undefined;
    const message = decoded.value;
    // Addresses that no range has are answered for by any range, as the suite's own player does.
    const address = this.#addresses.has(at) ? at : undefined;
    const range = this.#scenario.ranges.find(
      ({ from, to, addresses }) =>
        from <= this.#stepId &&
        this.#stepId <= to &&
        (address === undefined ||
          addresses.length === 0 ||
          addresses.some((other) => normalAddress(other) === address)),
    );
    const entry = range
      ? range.entries.find((candidate) => isMatch(candidate, message))
      : this.#oneShotReply(message);
    if (!entry) return servfail(message);
    if (entry.adjust.has("do_not_answer")) return undefined;
    if (entry.raw) {
      const raw = entry.raw.slice();
      if (entry.adjust.has("raw_id")) raw.set(query.subarray(0, 2));
      return raw;
    }
    const [own] = entry.message.question;
    const [asked] = message.question;
    const isCopied = entry.adjust.has("copy_id");
    const { edns: _edns, ...withoutEdns } = entry.message;
    return octetsOf({
      ...withoutEdns,
      id: isCopied ? message.id : 0,
      question: entry.adjust.has("copy_query")
        ? message.question
        : isCopied && own && asked && own.name.equals(asked.name)
          ? [{ ...own, name: asked.name }]
          : entry.message.question,
      ...(message.edns ? { edns: { ...message.edns, options: [] } } : {}),
    });
  }

  /** Scripted answers of later steps, each given once. */
  #oneShotReply(message: Message): Entry | undefined {
    for (const step of this.#scenario.steps) {
      const { entry } = step;
      if (step.id < this.#stepId || step.action !== "REPLY" || !entry || this.#usedReplies.has(entry))
        continue;
      if (!isMatch(entry, message)) continue;
      this.#usedReplies.add(entry);
      return entry;
    }
    return undefined;
  }
}

function isMatch(entry: Entry, message: Message): boolean {
  for (const part of entry.match) if (compare(part, entry.message, message) !== undefined) return false;
  return true;
}

function differ(what: string, a: string, b: string): Difference {
  return a === b ? undefined : `${what}: ${a} but ${b}`;
}

/** What differs in one part, in words. */
function compare(part: MatchPart, expected: Message, got: Message): Difference {
  const [wanted] = expected.question;
  const [asked] = got.question;
  switch (part) {
    case "opcode":
      return differ("opcode", String(expected.flags.opcode), String(got.flags.opcode));
    case "qtype":
      return differ("qtype", wanted ? typeName(wanted.type) : "none", asked ? typeName(asked.type) : "none");
    case "qname":
      return differ("qname", textOf(wanted?.name), textOf(asked?.name));
    case "subdomain":
      return !wanted || (asked?.name ?? Name.root).isSubdomainOf(wanted.name) ? undefined : "not below";
    case "flags":
      return differ("flags", flagsOf(expected), flagsOf(got));
    case "rcode":
      return differ("rcode", rcodeName(expected.rcode), rcodeName(got.rcode));
    case "answer":
      return compareRecords("answer", expected.answer, got.answer);
    case "authority":
      return compareRecords("authority", expected.authority, got.authority);
    case "additional":
      return compareRecords("additional", expected.additional, got.additional);
    case "answertypes":
      return differ("types", typesOf(expected.answer, false), typesOf(got.answer, false));
    case "answerrrsigs":
      return differ("types", typesOf(expected.answer, true), typesOf(got.answer, true));
    case "ttl":
      return differ("ttl", ttlsOf(expected.answer), ttlsOf(got.answer));
    case "edns":
      return differ("edns", String(expected.edns?.version), String(got.edns?.version));
  }
}

function compareRecords(
  what: string,
  expected: readonly ResourceRecord[],
  got: readonly ResourceRecord[],
): Difference {
  const a = expected.map(lineOf).sort().join("; ");
  const b = got.map(lineOf).sort().join("; ");
  return a === b ? undefined : `${what}: [${a}] but [${b}]`;
}

function lineOf({ name, type, rdata }: ResourceRecord): string {
  return `${textOf(name)} ${typeName(type)} ${formatRdata(type, canonicalRdata(type, rdata))}`;
}

function textOf(name: Name | undefined): string {
  return name ? name.toString().toLowerCase() : "none";
}

function flagsOf({ flags }: Message): string {
  const { qr, aa, tc, rd, ra, ad, cd } = flags;
  const set = Object.entries({ qr, aa, tc, rd, ra, ad, cd }).filter(([, isSet]) => isSet);
  return set.map(([name]) => name).join(" ");
}

function typesOf(records: readonly ResourceRecord[], withSignatures: boolean): string {
  const types = records.map(({ type, rdata }) =>
    type === RrType.RRSIG ? `RRSIG(${((rdata[0] ?? 0) << 8) | (rdata[1] ?? 0)})` : typeName(type),
  );
  return [...new Set(types.filter((type) => withSignatures || !type.startsWith("RRSIG")))].sort().join(" ");
}

function ttlsOf(records: readonly ResourceRecord[]): string {
  return records
    .map(({ name, ttl }) => `${textOf(name)} ${ttl}`)
    .sort()
    .join(" ");
}

function servfail(query: Message): Uint8Array {
  const { edns: _edns, ...rest } = query;
  return octetsOf({
    ...rest,
    flags: { ...query.flags, qr: true, opcode: Opcode.QUERY },
    rcode: Rcode.SERVFAIL,
    question: query.question.map((each) => ({ ...each, class: RrClass.IN })),
    ...(query.edns ? { edns: { ...query.edns, options: [] } } : {}),
  });
}

function octetsOf(message: Message): Uint8Array {
  const encoded = encodeMessage(message);
  if (!encoded.ok) throw new Error(`cannot encode a scripted message: ${encoded.failure.code}`);
  return encoded.value.octets;
}

function isPrivateText(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && (isLoopback(address) || isPrivate(address));
}
