// What there is to say of a zone's records as they stand, each beside its record. The rules are those that a plan warns by (warn.ts,
// record-checks.ts); here they look at all records, in short pieces of work.

import { maxAdvice, PlatformError, type RecordAdvice, type ZoneAdvice } from "#contract";
import { RrType, typeName } from "#wire";
import { aliasKeyOf, type RrsetFact } from "./facts.ts";
import { shown, suffixesOf } from "./names.ts";
import { checkRecords } from "./record-checks.ts";
import { inSlices, type Sliced } from "./slices.ts";
import { countLookups, maxSpfLookups, spfPolicies } from "./spf.ts";
import type { State } from "./state.ts";
import { viewAlias } from "./view-alias.ts";
import { compareNameTexts } from "./view-rrsets.ts";
import type { ViewContext } from "./views.ts";
import { coverOf, findHosts, followCname, hasType, longTtl, typesAt } from "./warn.ts";

/** Zones whose advice is kept until something is written. */
const maxKept = 4;
/** RRsets looked at in one piece of work. */
const rrsetsAtOnce = 100;
/** What a TTL of more than a day is lowered to, in seconds, where somebody takes the advice: an hour. */
const shortTtl = 3600;

/** Says what there is to say of zones. */
export class ZoneAdvisor {
  readonly #views: ViewContext;
  readonly #clock: { monotonic(): number };
  readonly #kept: Map<string, { readonly revision: number; readonly advice: Promise<ZoneAdvice> }> =
    new Map();

  constructor(views: ViewContext, clock: { monotonic(): number }) {
    this.#views = views;
    this.#clock = clock;
  }

  /** All that there is to say of a zone, bounded. Who asks at a time shares the work. */
  async of(apex: string): Promise<ZoneAdvice> {
    const { advice, more } = await this.#ofRecords(apex);
    // What is outside changes without a write.
    const aliases = await inSlices(this.#clock, adviseAliases(this.#views, apex));
    const all = [...aliases.advice, ...advice];
    return {
      advice: all.slice(0, maxAdvice),
      more: more + aliases.more + Math.max(all.length - maxAdvice, 0),
    };
  }

  #ofRecords(apex: string): Promise<ZoneAdvice> {
    const { revision } = this.#views.state;
    const kept = this.#kept.get(apex);
    if (kept?.revision === revision) return kept.advice;
    const advice = inSlices(this.#clock, adviseZone(this.#views.state, apex));
    this.#kept.delete(apex);
    this.#kept.set(apex, { revision, advice });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest);
    return advice;
  }
}

function* adviseZone(state: State, apex: string): Sliced<ZoneAdvice> {
  const found: { owner: string; advice: RecordAdvice }[] = [];
  let more = 0;
  const add = (owner: string, rows: readonly RecordAdvice[]): void => {
    for (const advice of rows) {
      if (found.length < maxAdvice) found.push({ owner, advice });
      else more++;
    }
  };
  for (const [i, key] of state.rrsetKeysOfZone(apex).entries()) {
    const fact = state.value("rrset", key);
    if (fact) add(fact.owner, adviseRrset(state, fact));
    if (i % rrsetsAtOnce === 0) yield;
  }
  found.sort((a, b) => compareNameTexts(a.owner, b.owner));
  return { advice: found.map(({ advice }) => advice), more };
}

function* adviseAliases(views: ViewContext, apex: string): Sliced<ZoneAdvice> {
  const { state } = views;
  const advice: RecordAdvice[] = [];
  let more = 0;
  for (const alias of state.aliasesOfZone(apex)) {
    const key = aliasKeyOf(alias);
    const held = state.get("alias", key);
    const view = held && viewAlias(views, key, held);
    if (view && view.state !== "ok") {
      const code = view.state === "kept" ? "alias-kept" : "alias-empty";
      const text = view.problem ?? "its target has no addresses";
      if (advice.length < maxAdvice) advice.push({ code, weight: "warn", name: view.name, text });
      else more++;
    }
    yield;
  }
  return { advice, more };
}

/** What there is to say of one RRset. */
function adviseRrset(state: State, fact: RrsetFact): RecordAdvice[] {
  const { zone: apex, owner, type } = fact;
  // Proof by being there: nobody looks at them.
  if (fact.origin === "validation") return [];
  const rdata = fact.entries.map((entry) => entry.rdata);
  const record = { apex, owner, type, rdata };
  const at = { name: shown(owner), type: typeName(type) };
  const say: Say = (code, weight, text, repair) => ({
    code,
    weight,
    ...at,
    text,
    ...(repair ? { repair } : {}),
  });
  const cover = coverOf(state, record);
  if (cover) {
    return [
      say(
        cover.type === RrType.NS ? "hidden-by-delegation" : "hidden-by-dname",
        "warn",
        `It is not answered from here: the ${typeName(cover.type)} records at ${shown(cover.owner)} hide it`,
      ),
    ];
  }
  return [
    ...adviseTtl(fact, say, at),
    ...adviseWildcard(state, record).map((text) => say("wildcard-stops", "note", text)),
    ...(type === RrType.CNAME ? adviseCname(state, record, say) : []),
    ...findHosts(state, record).map(({ finding, text }) => say(hostCodes[finding], "warn", text)),
    ...(type === RrType.DS && !hasType(state, apex, owner, RrType.NS)
      ? [
          say("signer-without-delegation", "warn", "It means nothing without NS records at the name", {
            text: "Delete it, or delegate the name",
            command: { action: "delete-rrset", zone: shown(apex), name: at.name, type: at.type },
          }),
        ]
      : []),
    ...(type === RrType.TXT ? adviseSpf(state, rdata, say) : []),
    ...oddities(record).map((text) => say("odd", "note", text)),
  ];
}

type Say = (
  code: RecordAdvice["code"],
  weight: RecordAdvice["weight"],
  text: string,
  repair?: RecordAdvice["repair"],
) => RecordAdvice;

const hostCodes = {
  cname: "host-is-cname",
  "no-address": "host-without-address",
  "no-glue": "missing-glue",
} as const;

function adviseTtl(
  { zone, ttl, type, setIdentifier }: RrsetFact,
  say: Say,
  at: { name: string; type: string },
): RecordAdvice[] {
  // Two days are what delegations have everywhere.
  if (ttl <= longTtl || type === RrType.NS || type === RrType.DS) return [];
  const days = Math.floor(ttl / longTtl);
  return [
    say(
      "long-ttl",
      "note",
      `A change is seen late: resolvers may keep it for ${days === 1 ? "more than a day" : `${days} days`}`,
      {
        text: "Lower it to an hour now, and change the records when the old TTL has passed",
        command: {
          action: "edit-rrset",
          zone: shown(zone),
          ...at,
          ...(setIdentifier === "" ? {} : { setIdentifier }),
          ttl: shortTtl,
        },
        cli: `fairlead records ttl ${shown(zone)} ${at.name} ${at.type} 1h${setOption(setIdentifier)}`,
      },
    ),
  ];
}

/** Which of several sets is meant, for a shell. */
function setOption(setIdentifier: string): string {
  if (setIdentifier === "") return "";
  return /^[\w.-]+$/.test(setIdentifier)
    ? ` --set ${setIdentifier}`
    : ` --set='${setIdentifier.replaceAll("'", String.raw`'\''`)}'`;
}

const visitedTypes: readonly number[] = [RrType.A, RrType.AAAA, RrType.CNAME];

/** A name that visitors of a wildcard's addresses do not get, because it has other records. */
function adviseWildcard(
  state: State,
  { apex, owner, type }: { apex: string; owner: string; type: number },
): string[] {
  if (owner === apex || owner.startsWith("*.") || owner.startsWith("_")) return [];
  const own = typesAt(state, apex, owner);
  // Said once a name.
  if (own[0] !== type || own.some((one) => visitedTypes.includes(one) || one === RrType.NS)) return [];
  for (const above of suffixesOf(owner)) {
    if (above === owner || !state.isNode(apex, above)) continue;
    const lost = typesAt(state, apex, `*.${above}`).filter((one) => visitedTypes.includes(one));
    if (lost.length === 0) return [];
    return [
      `${shown(owner)} does not get the ${lost.map(typeName).join(", ")} records of *.${shown(above)}: a wildcard does not cover a name that exists`,
    ];
  }
  return [];
}

function adviseCname(state: State, record: { owner: string; rdata: string[] }, say: Say): RecordAdvice[] {
  const { end, text } = followCname(state, record);
  if (end === "circle" || end === "long") return [say("cname-circle", "warn", text)];
  return end === "nowhere" ? [say("cname-nowhere", "warn", text)] : [];
}

/** @see RFC 7208 sections 3.2, 4.6.4 */
function adviseSpf(state: State, rdata: readonly string[], say: Say): RecordAdvice[] {
  const policies = spfPolicies(rdata);
  if (policies.length > 1)
    return [
      say("spf-twice", "warn", `There are ${policies.length} SPF policies: receivers take none of them`),
    ];
  const [policy] = policies;
  if (policy === undefined) return [];
  const { lookups, unknown } = countLookups(state, policy);
  if (lookups <= maxSpfLookups) return [];
  const beyond =
    unknown.length > 0 ? `, not counting what ${unknown.slice(0, 3).join(", ")} may include` : "";
  return [
    say(
      "spf-lookups",
      "warn",
      `Its SPF policy takes ${lookups} look-ups${beyond}: after ${maxSpfLookups} receivers give up`,
    ),
  ];
}

function oddities({
  apex,
  owner,
  type,
  rdata,
}: {
  apex: string;
  owner: string;
  type: number;
  rdata: string[];
}): string[] {
  try {
    return checkRecords({ owner, apex, type }, rdata);
  } catch (error) {
    // Put before there was such a rule.
    if (error instanceof PlatformError) return [error.message];
    throw error;
  }
}
