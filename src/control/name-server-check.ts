// Asks the name servers that a domain is to be delegated to, before it is: each by its address, for the zone's SOA and NS. They must
// answer with authority, for the name servers that they are to be, and should hold the same serial. What they said is the plan's evidence.
//
// Addresses are those given with the command, those of host objects, or what the platform's resolver finds. Servers are asked at the port
// that the private tree's resolver asks them at.

import { PlatformError } from "#contract";
import { parseAddress } from "#engine";
import { decodeRdataFields, formatRdata, rcodeName, RrType, type Message } from "#wire";
import { defaultSet, hostsOf, type ControlConfig } from "./config.ts";
import { readName, shown } from "./names.ts";
import type { NameServerQueries, Resolver } from "./ports.ts";
import type { State } from "./state.ts";

/** A name server that a domain is to have. */
export interface WantedServer {
  /** Absolute. */
  readonly name: string;
  readonly addresses: readonly string[];
  /** True where the command gave the addresses. */
  readonly isGiven: boolean;
}

/** What was found out before a delegation is changed. */
export interface DelegationFinding {
  readonly servers: readonly WantedServer[];
  /** What each server said, a line each. */
  readonly evidence: readonly string[];
  /** Why the delegation would not work. */
  readonly problems: readonly string[];
  /** What is worth knowing, and stops nothing. */
  readonly warnings: readonly string[];
}

/** What a check asks with. */
export interface CheckTools {
  readonly state: State;
  readonly config: ControlConfig;
  readonly authority: NameServerQueries;
  readonly resolver: Resolver;
}

/** Addresses of one server that are asked; more are told of. */
const maxAddresses = 8;
/** RFC 1034 section 4.1: a zone has at least two name servers. */
const leastServers = 2;

/** What one server said at one address. */
interface Answer {
  readonly server: string;
  readonly text: string;
  readonly problem?: string;
  readonly serial?: number;
  readonly nameServers?: readonly string[];
  readonly isSigned?: boolean;
}

/**
 * Asks the name servers that a domain is to have; the platform's own where none are named.
 *
 * Throws `name-malformed` or `address-malformed`.
 */
export async function checkDelegationServers(
  tools: CheckTools,
  domain: string,
  named: readonly { readonly name: string; readonly addresses?: readonly string[] | undefined }[] | undefined,
): Promise<DelegationFinding> {
  const { config, state } = tools;
  const found = await Promise.all(
    named
      ? named.map(({ name, addresses }) => findServer(tools, domain, readName(name), addresses))
      : hostsOf(config.profile, defaultSet(config.profile)).map(({ name, addresses }) =>
          Promise.resolve({ server: { name, addresses, isGiven: false } }),
        ),
  );
  const servers = found.map(({ server }) => server);
  const isSigned = (state.value("domain", domain)?.dsData.length ?? 0) > 0;
  const answers = await Promise.all(
    servers.flatMap(({ name, addresses }) =>
      addresses.slice(0, maxAddresses).map((address) => askServer(tools, domain, name, address, isSigned)),
    ),
  );
  const problems = [
    ...found.flatMap((one) => ("problem" in one && one.problem !== undefined ? [one.problem] : [])),
    ...answers.flatMap(({ server, problem }) => (problem === undefined ? [] : [`${server}: ${problem}`])),
  ];
  if (new Set(servers.map(({ name }) => name)).size < leastServers)
    problems.push("a domain has at least two name servers, so that one can fail");
  return {
    servers,
    evidence: answers.map(({ server, text }) => `${server}: ${text}`),
    problems: [...problems, ...disagreements(answers, servers)],
    warnings: warningsOf(answers, servers, isSigned),
  };
}

async function findServer(
  { state, resolver }: CheckTools,
  domain: string,
  name: string,
  given: readonly string[] | undefined,
): Promise<{ server: WantedServer; problem?: string }> {
  if (given && given.length > 0) {
    const wrong = given.find((text) => !parseAddress(text));
    if (wrong !== undefined) {
      throw new PlatformError(
        "address-malformed",
        `Cannot ask name server "${shown(name)}": "${wrong}" is no IPv4 or IPv6 address`,
      );
    }
    return { server: { name, addresses: given, isGiven: true } };
  }
  const known = state.value("host", name)?.addresses ?? [];
  if (known.length > 0) return { server: { name, addresses: known, isGiven: false } };
  const server = { name, addresses: [], isGiven: false };
  // Below the domain itself its addresses are not to be found before the delegation that is to carry them.
  if (name === domain || name.endsWith(`.${domain}`)) return { server };
  const answers = await Promise.all([RrType.A, RrType.AAAA].map((type) => resolver.ask(name, type, true)));
  const addresses = answers.flatMap((answer, i) => addressesIn(answer, i === 0 ? RrType.A : RrType.AAAA));
  // RFC 2181 section 10.3: the name of a name server is no alias.
  const isAlias = answers.some(
    (answer) => typeof answer !== "string" && answer.answer.some(({ type }) => type === RrType.CNAME),
  );
  if (isAlias)
    return { server: { ...server, addresses }, problem: `${shown(name)}: its name is an alias (CNAME)` };
  if (addresses.length > 0) return { server: { ...server, addresses } };
  const why = answers.map((answer) => (typeof answer === "string" ? answer : rcodeName(answer.rcode)));
  return { server, problem: `${shown(name)}: no address was found (${[...new Set(why)].join(", ")})` };
}

function addressesIn(answer: Message | string, type: number): string[] {
  if (typeof answer === "string") return [];
  return answer.answer.filter((record) => record.type === type).map(({ rdata }) => formatRdata(type, rdata));
}

async function askServer(
  { authority, config }: CheckTools,
  domain: string,
  name: string,
  address: string,
  isSigned: boolean,
): Promise<Answer> {
  const server = `${shown(name)} (${address})`;
  const at = { address, port: config.profile.authorityPort };
  const types = [RrType.SOA, RrType.NS, ...(isSigned ? [RrType.DNSKEY] : [])];
  const [soa = "", ns = "", dnskey] = await Promise.all(types.map((type) => authority.ask(at, domain, type)));
  const refusal = refusalIn(soa, RrType.SOA, domain) ?? refusalIn(ns, RrType.NS, domain);
  if (refusal !== undefined || typeof soa === "string" || typeof ns === "string")
    return { server, text: refusal ?? "no answer", problem: refusal ?? "no answer" };
  const serial = serialIn(soa);
  const nameServers = recordsOf(ns, RrType.NS, domain)
    .map((rdata) => formatRdata(RrType.NS, rdata).toLowerCase())
    .sort();
  return {
    server,
    ...(serial !== undefined && { serial }),
    nameServers,
    ...(isSigned && {
      isSigned: typeof dnskey === "object" && recordsOf(dnskey, RrType.DNSKEY, domain).length > 0,
    }),
    text: `answers with authority, serial ${serial}, name servers ${nameServers.map(shown).join(", ")}`,
  };
}

/** Why an answer is none of an authoritative server of the zone; undefined where it is one. */
function refusalIn(answer: Message | string, type: number, domain: string): string | undefined {
  if (typeof answer === "string") return answer;
  const { rcode, flags } = answer;
  if (rcode !== 0) return `${rcodeName(rcode)}: it does not serve the zone`;
  if (!flags.aa) return "it answers without authority: it does not serve the zone";
  return recordsOf(answer, type, domain).length > 0
    ? undefined
    : `no ${type === RrType.SOA ? "SOA" : "NS"} record at ${shown(domain)}: its zone is another one`;
}

function recordsOf({ answer }: Message, type: number, owner: string): Uint8Array[] {
  return answer
    .filter((record) => record.type === type && record.name.toLowerCase().toString() === owner)
    .map(({ rdata }) => rdata);
}

function serialIn({ answer }: Message): number | undefined {
  const soa = answer.find(({ type }) => type === RrType.SOA);
  const fields = soa && decodeRdataFields(RrType.SOA, soa.rdata);
  const serial = fields?.ok ? fields.value["serial"] : undefined;
  return typeof serial === "number" ? serial : undefined;
}

/** RFC 1034 section 4.2.2: the NS RRset of parent and child should be the same. */
function disagreements(answers: readonly Answer[], servers: readonly WantedServer[]): string[] {
  const wanted = servers.map(({ name }) => name);
  const problems = new Set<string>();
  for (const { server, nameServers } of answers) {
    const absent = nameServers ? wanted.filter((name) => !nameServers.includes(name)) : [];
    if (absent.length > 0)
      problems.add(`${server}: its zone does not name ${absent.map(shown).join(", ")} as its name server`);
  }
  return [...problems];
}

function warningsOf(
  answers: readonly Answer[],
  servers: readonly WantedServer[],
  isSigned: boolean,
): string[] {
  const warnings: string[] = [];
  const wanted = new Set(servers.map(({ name }) => name));
  const further = new Set(
    answers.flatMap(({ nameServers = [] }) => nameServers).filter((name) => !wanted.has(name)),
  );
  if (further.size > 0)
    warnings.push(
      `the zone names further name servers, which the delegation does not: ${[...further].map(shown).join(", ")}`,
    );
  const sets = new Set(answers.flatMap(({ nameServers }) => (nameServers ? [nameServers.join()] : [])));
  if (sets.size > 1) warnings.push("the servers do not agree on the zone's name servers");
  const serials = new Set(answers.flatMap(({ serial }) => (serial === undefined ? [] : [serial])));
  if (serials.size > 1)
    warnings.push(
      `the servers hold different serials (${[...serials].join(", ")}): one is behind the others`,
    );
  const addresses = servers.flatMap((server) => server.addresses);
  if (servers.length > 1 && new Set(addresses).size === 1)
    warnings.push("all name servers have one address: they fail together");
  const unsigned = answers.filter((answer) => answer.isSigned === false).map(({ server }) => server);
  if (isSigned && unsigned.length > 0) {
    warnings.push(
      `the registry has DS records of the domain, and ${unsigned.join(", ")} gives no DNSKEY: validating resolvers would take nothing for an answer`,
    );
  }
  for (const { name, addresses: all } of servers)
    if (all.length > maxAddresses)
      warnings.push(`of ${shown(name)} only ${maxAddresses} addresses were asked`);
  return warnings;
}
