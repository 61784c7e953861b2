// The addresses of a name outside our zones, out of what the platform's resolver answers: both families, over the CNAMEs of the answer.

import { formatAddress, addressOf } from "#engine";
import { Name, Rcode, rcodeName, RrType, type Message } from "#wire";
import type { Resolver } from "./ports.ts";

/** Addresses of one family that are taken; more fit into no answer of use. */
const maxAddresses = 100;
/** CNAMEs followed in one answer. */
const maxCnames = 16;

/** What a name has. */
export type FoundAddresses =
  | {
      readonly ok: true;
      /** IPv4 and IPv6 in text, sorted within their family. */
      readonly addresses: readonly string[];
      /** How long they hold, in seconds. */
      readonly ttl: number;
      /** The family that could not be looked up. */
      readonly missing?: "ipv4" | "ipv6";
    }
  | {
      readonly ok: false;
      /** In words, to follow a colon. */
      readonly reason: string;
      /** Whether asking again soon is of no use: the answer is certain. */
      readonly isCertain: boolean;
    };

interface Family {
  readonly addresses: readonly string[];
  readonly ttl: number;
}

/** Looks a name up. */
export async function lookUpAddresses(resolver: Resolver, name: string): Promise<FoundAddresses> {
  const [ipv4, ipv6] = await Promise.all([
    resolver.ask(name, RrType.A).then((answer) => readFamily(answer, name, RrType.A)),
    resolver.ask(name, RrType.AAAA).then((answer) => readFamily(answer, name, RrType.AAAA)),
  ]);
  const [a, b] = [familyOf(ipv4), familyOf(ipv6)];
  const addresses = [...(a?.addresses ?? []), ...(b?.addresses ?? [])];
  if (addresses.length > 0) {
    const missing = a ? (b ? {} : { missing: "ipv6" as const }) : { missing: "ipv4" as const };
    const with_ = [a, b].filter((family) => family !== undefined && family.addresses.length > 0);
    const ttl = Math.min(...with_.map((family) => family?.ttl ?? 0));
    return { ok: true, addresses, ttl, ...missing };
  }
  const failed = [ipv4, ipv6].find((answer) => typeof answer === "string");
  if (failed !== undefined) return failure(failed);
  return { ok: false, reason: "it has no addresses", isCertain: true };
}

function familyOf(read: Family | string): Family | undefined {
  return typeof read === "string" ? undefined : read;
}

const nothingThere = "there is no such name";
const refusedOutside =
  "the resolver is not to look for names outside this platform (`fairlead up --outside`)";

function failure(reason: string): FoundAddresses {
  return { ok: false, reason, isCertain: reason === nothingThere || reason === refusedOutside };
}

/** The addresses of one family in an answer, or in words why there are none to be had. */
function readFamily(answer: Message | string, name: string, type: number): Family | string {
  if (typeof answer === "string") return `the resolver gave ${answer}`;
  if (answer.rcode === Rcode.NXDOMAIN) return nothingThere;
  if (answer.rcode === Rcode.REFUSED) return refusedOutside;
  if (answer.rcode !== Rcode.NOERROR) return `the resolver answered ${rcodeName(answer.rcode)}`;
  const parsed = Name.parse(name);
  if (!parsed.ok) return "the name is malformed";
  let owner = parsed.value;
  let ttl = Infinity;
  for (let i = 0; i < maxCnames; i++) {
    const here = answer.answer.filter((record) => record.name.equals(owner));
    const found = here.filter((record) => record.type === type);
    if (found.length > 0) {
      const addresses = found.flatMap(({ rdata }) => addressOf(rdata) ?? []).map(formatAddress);
      ttl = Math.min(ttl, ...found.map((record) => record.ttl));
      return { addresses: [...new Set(addresses)].sort().slice(0, maxAddresses), ttl };
    }
    const cname = here.find((record) => record.type === RrType.CNAME);
    const next = cname && Name.fromOctets(cname.rdata);
    if (!cname || !next) break;
    ttl = Math.min(ttl, cname.ttl);
    owner = next;
  }
  return { addresses: [], ttl: 0 };
}
