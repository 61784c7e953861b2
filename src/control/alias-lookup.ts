// The addresses of a name outside our zones, out of what the platform's resolver answers: both families, over the CNAMEs of the answer.
//
// Who owns such a name chooses what our zones say. So addresses that no visitor's request is to be led to are left out: those of no host,
// link-local ones (where clouds keep secrets), and loopback, which is the visitor's own machine. Names of the private tree may lead to
// loopback, because this platform itself may live there. Private networks are left in: a name at home leads to what stands at home.

import { formatAddress, addressOf, isElsewhere, isLoopback } from "#engine";
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
      /** Addresses that it has too, and that are left out; absent where there are none. */
      readonly leftOut?: readonly string[];
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
  readonly leftOut: readonly string[];
  readonly ttl: number;
}

/** Looks a name up. @param tlds  the top-level domains of the private tree, absolute */
export async function lookUpAddresses(
  resolver: Resolver,
  name: string,
  tlds: readonly string[],
): Promise<FoundAddresses> {
  const mayBeLoopback = tlds.some((tld) => name === tld || name.endsWith(`.${tld}`));
  const ask = async (type: number): Promise<Family | string> =>
    readFamily(await resolver.ask(name, type), name, type, mayBeLoopback);
  const [ipv4, ipv6] = await Promise.all([ask(RrType.A), ask(RrType.AAAA)]);
  const [a, b] = [familyOf(ipv4), familyOf(ipv6)];
  const addresses = [...(a?.addresses ?? []), ...(b?.addresses ?? [])];
  const leftOut = [...(a?.leftOut ?? []), ...(b?.leftOut ?? [])];
  if (addresses.length > 0) {
    const missing = a ? (b ? {} : { missing: "ipv6" as const }) : { missing: "ipv4" as const };
    const with_ = [a, b].filter((family) => family !== undefined && family.addresses.length > 0);
    const ttl = Math.min(...with_.map((family) => family?.ttl ?? 0));
    return { ok: true, addresses, ttl, ...missing, ...(leftOut.length > 0 ? { leftOut } : {}) };
  }
  const failed = [ipv4, ipv6].find((answer) => typeof answer === "string");
  if (failed !== undefined) return failure(failed);
  if (leftOut.length > 0) return { ok: false, reason: leftOutText(leftOut), isCertain: true };
  return { ok: false, reason: "it has no addresses", isCertain: true };
}

/** Says of addresses that they are left out, to follow a colon or "at NAME". */
export function leftOutText(addresses: readonly string[]): string {
  const [first = "", ...more] = addresses;
  const others = more.length > 0 ? ` and ${more.length} more` : "";
  return `addresses that lead no visitor to a host are left out: ${first}${others}`;
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
function readFamily(
  answer: Message | string,
  name: string,
  type: number,
  mayBeLoopback: boolean,
): Family | string {
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
      const addresses: string[] = [];
      const leftOut: string[] = [];
      for (const { rdata } of found) {
        const address = addressOf(rdata);
        if (!address) continue;
        const isUsable = isElsewhere(address) || (mayBeLoopback && isLoopback(address));
        (isUsable ? addresses : leftOut).push(formatAddress(address));
      }
      ttl = Math.min(ttl, ...found.map((record) => record.ttl));
      return { addresses: [...new Set(addresses)].sort().slice(0, maxAddresses), leftOut, ttl };
    }
    const cname = here.find((record) => record.type === RrType.CNAME);
    const next = cname && Name.fromOctets(cname.rdata);
    if (!cname || !next) break;
    ttl = Math.min(ttl, cname.ttl);
    owner = next;
  }
  return { addresses: [], leftOut: [], ttl: 0 };
}
