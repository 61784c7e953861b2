// SPF policies as receivers count them: a policy may cost ten look-ups, those of the policies that it includes too (RFC 7208 section
// 4.6.4). What is included from outside the zones served here is one look-up and unknown beyond that.

import { RrType } from "#wire";
import { octetsOf } from "./octets.ts";
import type { State } from "./state.ts";

/** @see RFC 7208 section 4.6.4 */
export const maxSpfLookups = 10;
/** Policies looked at for one count: beyond this the answer is known. */
const maxPolicies = 50;

/** What a policy costs. */
export interface SpfCost {
  /** At least. */
  readonly lookups: number;
  /** Names of included policies that are not served here. */
  readonly unknown: readonly string[];
}

/** The SPF policies among TXT records. @param rdata  base64 */
export function spfPolicies(rdata: readonly string[]): string[] {
  return rdata.map(textOf).filter((text) => /^v=spf1(?: |$)/i.test(text));
}

/** Counts the look-ups of a policy. */
export function countLookups(state: State, policy: string): SpfCost {
  const unknown = new Set<string>();
  const open = [policy];
  let [lookups, looked] = [0, 0];
  for (let text = open.pop(); text !== undefined && looked < maxPolicies; text = open.pop()) {
    looked++;
    for (const term of text.split(/ +/).slice(1)) {
      const [, mechanism = "", domain] =
        /^[+?~-]?(include|a|mx|ptr|exists|redirect)(?:[:=]([^/]*))?(?:\/.*)?$/i.exec(term) ?? [];
      if (mechanism === "") continue;
      lookups++;
      if (!/^(?:include|redirect)$/i.test(mechanism) || domain === undefined) continue;
      const next = policyAt(state, domain);
      if (next === undefined) unknown.add(domain.toLowerCase());
      else open.push(next);
    }
  }
  return { lookups, unknown: [...unknown] };
}

/** The policy at a name of a zone served here. Macros stand for what only a receiver knows. */
function policyAt(state: State, domain: string): string | undefined {
  if (domain.includes("%")) return undefined;
  const name = `${domain.toLowerCase().replace(/\.$/, "")}.`;
  const zone = state.zoneOf(name);
  const txt = zone && state.rrsetsAt(zone.apex, name).find(({ type }) => type === RrType.TXT);
  return txt && spfPolicies(txt.entries.map(({ rdata }) => rdata))[0];
}

/** The strings of a TXT record as one (RFC 7208 section 3.3). */
function textOf(rdata: string): string {
  const octets = octetsOf(rdata);
  let text = "";
  for (let at = 0; at < octets.length; at += 1 + (octets[at] ?? 0))
    text += String.fromCharCode(...octets.subarray(at + 1, at + 1 + (octets[at] ?? 0)));
  return text;
}
