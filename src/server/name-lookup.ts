// How the visitor proxy finds addresses: it asks our resolver, and nobody else. IPv4 and IPv6 are asked for at once.

import { encodeTraceOption, traceOptionCode } from "#contract/plain";
import type { LookupOutcome, NameLookup } from "#edge";
import type { Now } from "#engine";
import { Name, Rcode, rcodeName, RrType } from "#wire";
import { addressesFor } from "./addresses.ts";
import { askServer, type DnsAnswer } from "./dns-client.ts";
import type { SocketAddress } from "./profile.ts";

/**
 * Makes the look-up over a resolver.
 *
 * @param now  the time as the engine that asks sees it
 */
export function lookUpWith(server: SocketAddress, now: () => Now): NameLookup {
  return {
    lookup: (host, traceId, callback) => {
      void lookUp(server, host, traceId).then((outcome) => callback(outcome, now()));
    },
  };
}

/** Looks up the addresses of a host name, IPv4 first. */
export async function lookUp(server: SocketAddress, host: string, traceId?: string): Promise<LookupOutcome> {
  const parsed = Name.parse(`${host}.`);
  if (!parsed.ok) return { kind: "failed", reason: "the name is malformed" };
  const name = parsed.value;
  const options =
    traceId === undefined
      ? []
      : [{ code: traceOptionCode, octets: encodeTraceOption({ id: traceId, isFresh: false }) }];
  const types = [RrType.A, RrType.AAAA];
  const answers = await Promise.all(types.map((type) => askServer({ server, name, type, options })));
  const addresses = answers.flatMap((answer, i) =>
    answer.ok ? addressesFor(answer.message, name, types[i] ?? RrType.A) : [],
  );
  if (addresses.length > 0) return { kind: "addresses", addresses };
  const failed = answers.find((answer) => !isClear(answer));
  if (failed) return { kind: "failed", reason: reasonOf(failed) };
  return answers.some((answer) => answer.ok && answer.message.rcode === Rcode.NXDOMAIN)
    ? { kind: "nxdomain" }
    : { kind: "nodata" };
}

/** Whether an answer says for certain what there is. */
function isClear(answer: DnsAnswer): answer is Extract<DnsAnswer, { ok: true }> {
  return answer.ok && (answer.message.rcode === Rcode.NOERROR || answer.message.rcode === Rcode.NXDOMAIN);
}

function reasonOf(answer: DnsAnswer): string {
  if (answer.ok) return `the resolver answered ${rcodeName(answer.message.rcode)}`;
  return answer.reason === "timeout"
    ? "the resolver did not answer in time"
    : "the resolver cannot be reached";
}
