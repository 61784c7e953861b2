// The sets of a routing policy as they are typed: texts and choices, what is wrong with them, what is worth saying of them, and the command
// that makes the name's sets so. Pure: tests run it alike.

import type {
  Command,
  PolicyKind,
  RoutingPolicy,
  Rrset,
  RrsetChange,
  RrsetContent,
  SetHealth,
} from "#contract";
import { maxChoices, type checkSchemes } from "#contract/plain";
import { readTtl } from "./edits.ts";
import { isChoosable } from "./policy-words.ts";
import { contentOf, isSameContent } from "./record-model.ts";

/** What the health of a set is that of. */
export type HealthKind = "none" | "resource" | CheckScheme;
type CheckScheme = (typeof checkSchemes)[number];

/** One set as it is typed. */
export interface SetDraft {
  /** Tells the rows of a form apart. */
  readonly row: number;
  /** The set as it stands; absent: it is new. */
  readonly before?: Rrset;
  readonly id: string;
  readonly weight: string;
  readonly role: "primary" | "secondary";
  readonly place: string;
  /** A value a line. */
  readonly values: string;
  readonly health: HealthKind;
  /** The resource's name; of a check what stands behind the scheme. */
  readonly of: string;
  /** Seconds, empty where usual. */
  readonly every: string;
  readonly within: string;
  readonly times: string;
  /** Of HTTP and HTTPS: the host that is asked for, empty where that is the address. */
  readonly host: string;
  /** Of HTTPS: the name in the handshake, empty where that is the host; and whether the certificate has to be a trusted one of that name. */
  readonly serverName: string;
  readonly verifies: boolean;
}

/** All sets of a name and type as they are typed. */
export interface PolicyDraft {
  readonly kind: PolicyKind;
  readonly ttl: string;
  readonly sets: readonly SetDraft[];
}

/** Where the sets are to be. */
export interface PolicyPlace {
  readonly zone: string;
  /** Without final dot. */
  readonly name: string;
  readonly type: string;
}

/** Fields of a set that something can be wrong with. */
export type SetField =
  | "id"
  | "weight"
  | "place"
  | "values"
  | "of"
  | "every"
  | "within"
  | "times"
  | "host"
  | "serverName";

/** What is wrong with a draft, and what is worth saying though it can be done. */
export interface PolicyLint {
  /** By row and field. */
  readonly sets: ReadonlyMap<number, Partial<Record<SetField, string>>>;
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

let lastRow = 0;

/** A new set beside others. */
export function newSet(kind: PolicyKind, others: readonly SetDraft[], values: string = ""): SetDraft {
  const isThere = (role: SetDraft["role"]): boolean => others.some((one) => one.role === role);
  const role = others.length > 0 && isThere("primary") ? "secondary" : "primary";
  return {
    row: ++lastRow,
    id: kind === "failover" && !others.some(({ id }) => id === role) ? role : "",
    weight: "1",
    role,
    place: others.some(({ place }) => place === "*") || others.length === 0 ? "" : "*",
    values,
    health: "none",
    of: "",
    every: "",
    within: "",
    times: "",
    host: "",
    serverName: "",
    verifies: false,
  };
}

/** Two sets to begin with. @param values  of the records that stand there by themselves */
export function newDraft(kind: PolicyKind, ttl: number, values: string = ""): PolicyDraft {
  const first = newSet(kind, [], values);
  return { kind, ttl: String(ttl), sets: [first, newSet(kind, [first])] };
}

/** The sets that stand at a name, of one type. */
export function draftOf(sets: readonly Rrset[]): PolicyDraft {
  return {
    kind: sets[0]?.policy?.kind ?? "weighted",
    ttl: String(sets[0]?.ttl ?? 300),
    sets: sets.map(setOf),
  };
}

function setOf(before: Rrset): SetDraft {
  const { policy, health } = before;
  const [, scheme = "", at = ""] =
    health?.kind === "check" ? (/^([a-z]+):\/\/(.*)$/s.exec(health.url) ?? []) : [];
  const seconds = (ms: number | undefined): string => (ms === undefined ? "" : String(ms / 1000));
  const check = health?.kind === "check" ? health : undefined;
  return {
    row: ++lastRow,
    before,
    id: before.setIdentifier,
    weight: policy?.kind === "weighted" ? String(policy.weight) : "1",
    role: policy?.kind === "failover" ? policy.role : "primary",
    place: policy?.kind === "nearest" ? policy.place : "",
    values: before.entries.map(({ data }) => data).join("\n"),
    health: health === undefined ? "none" : health.kind === "resource" ? "resource" : (scheme as CheckScheme),
    of: health?.kind === "resource" ? health.resource : at,
    every: seconds(check?.intervalMs),
    within: seconds(check?.timeoutMs),
    times: check?.threshold === undefined ? "" : String(check.threshold),
    host: check?.host ?? "",
    serverName: check?.serverName ?? "",
    verifies: check?.verifyCertificate ?? false,
  };
}

/** The values of a set. */
export function valuesOf({ values }: Pick<SetDraft, "values">): string[] {
  return values.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
}

/** What is wrong with a draft before anybody is asked, and what it comes to. @param refused  values that are none, by row */
export function lintOf(
  { kind, ttl, sets }: PolicyDraft,
  type: string,
  refused: ReadonlyMap<number, string> = new Map(),
): PolicyLint {
  const found = new Map<number, Partial<Record<SetField, string>>>();
  const problems: string[] = [];
  const notes: string[] = [];
  for (const set of sets) {
    const wrong = problemsOf(set, kind, sets);
    const refusal = refused.get(set.row);
    if (refusal !== undefined) wrong.values ??= refusal;
    if (Object.keys(wrong).length > 0) found.set(set.row, wrong);
  }
  if (!isChoosable(type)) problems.push(`${type} records are the same for everybody: no policy chooses them`);
  if (type === "CNAME" && kind === "multivalue")
    problems.push("Of a CNAME there is one alone: several cannot be given together");
  if (readTtl(ttl) === undefined) problems.push("Give the TTL in seconds, or as 5m, 1h, 2d");
  if (sets.length === 0) problems.push("Add a set at least");
  if (sets.length > maxChoices) problems.push(`At most ${maxChoices} sets are chosen from`);
  if (kind === "failover") {
    for (const role of ["primary", "secondary"] as const)
      if (sets.filter((set) => set.role === role).length > 1)
        problems.push(`Two sets are the ${role}: a failover has one primary and one secondary`);
  }
  if (problems.length === 0 && found.size === 0) notes.push(...notesOf(kind, sets));
  return { sets: found, problems, notes };
}

/** Whether nothing stands in the way of a plan. */
export function isGood({ sets, problems }: PolicyLint): boolean {
  return sets.size === 0 && problems.length === 0;
}

function problemsOf(
  set: SetDraft,
  kind: PolicyKind,
  sets: readonly SetDraft[],
): Partial<Record<SetField, string>> {
  const wrong: Partial<Record<SetField, string>> = {};
  const others = sets.filter((one) => one !== set);
  if (set.id === "") wrong.id = "It has no name yet: eu, blue …";
  else if (!/^[!-~]{1,128}$/.test(set.id)) wrong.id = "Letters, digits and signs, no blanks, 128 at most";
  else if (others.some(({ id }) => id === set.id)) wrong.id = "Another set is called so";
  const values = valuesOf(set);
  if (values.length === 0) wrong.values = "A value at least";
  else if (kind === "multivalue" && values.length > 1)
    wrong.values = "One value: each has a set of its own, so that each has a health of its own";
  else if (kind === "multivalue" && others.some((one) => valuesOf(one).some((value) => value === values[0])))
    wrong.values = "Another set has this value";
  if (kind === "weighted" && !isWeight(set.weight)) wrong.weight = "A whole number from 0 to 255";
  if (kind === "nearest") {
    if (!/^[!-~]{1,64}$/.test(set.place))
      wrong.place = "A place of the table, 52.5,13.4, or * for all others";
    else if (others.some(({ place }) => place === set.place)) wrong.place = "Another set is nearest to it";
  }
  return { ...wrong, ...healthProblems(set) };
}

function isWeight(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) <= 255;
}

/** Whether a text is a host name and no address, or empty. */
function isHost(text: string): boolean {
  const label = "[0-9A-Za-z_](?:[0-9A-Za-z_-]*[0-9A-Za-z_])?";
  return (
    text === "" ||
    (text.length <= 253 && new RegExp(`^${label}(?:\\.${label})*$`).test(text) && !/^[0-9.]+$/.test(text))
  );
}

function healthProblems({
  health,
  of,
  every,
  within,
  times,
  host,
  serverName,
}: SetDraft): Partial<Record<SetField, string>> {
  if (health === "none") return {};
  if (health === "resource") return of === "" ? { of: "The resource whose health it follows" } : {};
  const wrong: Partial<Record<SetField, string>> = {};
  const [isAddress, port, path] =
    /^(?:\[[0-9A-Fa-f:.]+\]|[0-9.]+)(?::(\d{1,5}))?(\/[!"$-~]*)?$/.exec(of) ?? [];
  if (health === "tcp") {
    if (!isAddress || port === undefined || path !== undefined)
      wrong.of = "An address with its port, such as 192.0.2.1:5432";
  } else if (!isAddress) wrong.of = "An address, such as 192.0.2.1:8080/health or [2001:db8::1]/";
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) wrong.of = "A port from 1 to 65535";
  const isWithin = (text: string, least: number, most: number): boolean =>
    text === "" || (Number(text) >= least && Number(text) <= most);
  if (!isWithin(every, 0.5, 300)) wrong.every = "Seconds from 0.5 to 300";
  if (!isWithin(within, 0.1, 120)) wrong.within = "Seconds from 0.1 to 120";
  else if (within !== "" && !wrong.every && Number(within) > Number(every || "10"))
    wrong.within = "Not longer than the time between two looks";
  if (times !== "" && !(/^\d{1,2}$/.test(times) && Number(times) >= 1 && Number(times) <= 10))
    wrong.times = "A whole number from 1 to 10";
  if (health !== "tcp" && !isHost(host)) wrong.host = "A host name, such as shop.test";
  if (health === "https" && !isHost(serverName)) wrong.serverName = "A host name, such as shop.test";
  return wrong;
}

/** What a good draft comes to, where that may surprise. */
function notesOf(kind: PolicyKind, sets: readonly SetDraft[]): string[] {
  const notes: string[] = [];
  if (sets.length === 1 && kind !== "failover")
    notes.push("One set alone is always given: add another to choose from");
  if (kind === "weighted" && sets.length > 1) {
    const weights = sets.map(({ weight }) => Number(weight));
    if (weights.every((weight) => weight === 0))
      notes.push("All weights are 0: each set is given as often as the others");
    else
      for (const { id, weight } of sets)
        if (Number(weight) === 0)
          notes.push(`Set ${id} has weight 0: it is given only where no other is healthy`);
  }
  if (kind === "failover") {
    const primary = sets.find(({ role }) => role === "primary");
    if (!primary) notes.push("There is no primary: the secondary is always given");
    else if (!sets.some(({ role }) => role === "secondary"))
      notes.push("There is no secondary: the primary is given though it is unhealthy");
    else if (primary.health === "none")
      notes.push(
        "The primary follows no health: it always counts as healthy, and the secondary is never given",
      );
  }
  if (kind === "nearest" && !sets.some(({ place }) => place === "*"))
    notes.push(
      "No set is for all others: clients of whom nobody knows a place get one of these all the same",
    );
  if (kind === "multivalue" && sets.length > 8) notes.push("Eight of the healthy values are given at a time");
  return notes;
}

/** How large a part of the answers a set has by its weight, while all are healthy; undefined where that says nothing. */
export function shareOf(set: SetDraft, { kind, sets }: PolicyDraft): number | undefined {
  if (kind !== "weighted" || sets.length < 2) return undefined;
  if (!sets.every(({ weight }) => isWeight(weight))) return undefined;
  const sum = sets.reduce((all, { weight }) => all + Number(weight), 0);
  return sum > 0 ? Number(set.weight) / sum : undefined;
}

/** The policy of a set. */
function policyOf({ weight, role, place }: SetDraft, kind: PolicyKind): RoutingPolicy {
  switch (kind) {
    case "weighted":
      return { kind, weight: Number(weight) };
    case "failover":
      return { kind, role };
    case "multivalue":
      return { kind };
    case "nearest":
      return { kind, place };
  }
}

/** The health of a set. What another way of looking has no use for is left out. */
function healthOf({
  health,
  of,
  every,
  within,
  times,
  host,
  serverName,
  verifies,
}: SetDraft): SetHealth | undefined {
  if (health === "none") return undefined;
  if (health === "resource") return { kind: "resource", resource: of };
  const ms = (text: string): number => Math.round(Number(text) * 1000);
  const isTls = health === "https";
  return {
    kind: "check",
    url: `${health}://${of}`,
    ...(every === "" ? {} : { intervalMs: ms(every) }),
    ...(within === "" ? {} : { timeoutMs: ms(within) }),
    ...(times === "" ? {} : { threshold: Number(times) }),
    ...(host === "" || health === "tcp" ? {} : { host }),
    ...(serverName === "" || !isTls ? {} : { serverName }),
    ...(verifies && isTls ? { verifyCertificate: true } : {}),
  };
}

/**
 * The command that makes the sets of a name and type so; undefined where they are so already. The draft is good.
 * @param there  what stands there now: sets with a policy, or one RRset without
 */
export function commandOf(
  { zone, name, type }: PolicyPlace,
  draft: PolicyDraft,
  there: readonly Rrset[],
): Command | undefined {
  const place = { name: `${name}.`, type };
  const own = new Set(draft.sets.map(({ id }) => id));
  const gone = there.filter(({ setIdentifier, policy }) => policy === undefined || !own.has(setIdentifier));
  const edits: RrsetChange[] = [
    ...gone.map((before) => ({ ...place, ...idOf(before), expected: contentOf(before), put: null })),
    ...draft.sets.flatMap((set) => editOf(place, draft, set, there)),
  ];
  const [first, second] = edits;
  if (!first) return undefined;
  if (second || (first.put && first.setIdentifier === undefined))
    return { action: "change-rrsets", zone, edits };
  const { setIdentifier, policy, health, put } = first;
  return put
    ? {
        action: "put-rrset",
        zone,
        ...place,
        ...(setIdentifier === undefined ? {} : { setIdentifier }),
        ...(policy ? { policy } : {}),
        ...(health === undefined ? {} : { health }),
        ...put,
      }
    : { action: "delete-rrset", zone, ...place, ...(setIdentifier === undefined ? {} : { setIdentifier }) };
}

function editOf(
  place: Pick<RrsetChange, "name" | "type">,
  draft: PolicyDraft,
  set: SetDraft,
  there: readonly Rrset[],
): RrsetChange[] {
  const before = there.find(({ setIdentifier, policy }) => policy && setIdentifier === set.id);
  const isOtherTtl = before === undefined || draft.ttl !== String(there[0]?.ttl);
  const put: RrsetContent = {
    ttl: isOtherTtl ? (readTtl(draft.ttl) ?? 300) : before.ttl,
    records: [...new Set(valuesOf(set))],
  };
  const policy = policyOf(set, draft.kind);
  const health = healthOf(set);
  const isSame =
    before !== undefined &&
    isSameContent(contentOf(before), put) &&
    JSON.stringify(policy) === JSON.stringify(before.policy) &&
    isSameHealth(health, before.health);
  if (isSame) return [];
  return [
    {
      ...place,
      setIdentifier: set.id,
      policy,
      ...(health ? { health } : before?.health ? { health: null } : {}),
      expected: before ? contentOf(before) : null,
      put,
    },
  ];
}

function isSameHealth(a: SetHealth | undefined, b: SetHealth | undefined): boolean {
  const text = (health: SetHealth | undefined): string =>
    JSON.stringify(
      Object.entries(health ?? {})
        .filter(([, value]) => value !== false)
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  return text(a) === text(b);
}

function idOf({ setIdentifier }: Rrset): { setIdentifier?: string } {
  return setIdentifier === "" ? {} : { setIdentifier };
}

/** The command that takes all sets away and puts one RRset in their place, which is then given to everybody. */
export function plainCommandOf(
  { zone, name, type }: PolicyPlace,
  there: readonly Rrset[],
  content: RrsetContent,
): Command {
  const place = { name: `${name}.`, type };
  return {
    action: "change-rrsets",
    zone,
    edits: [
      ...there.map((before) => ({ ...place, ...idOf(before), expected: contentOf(before), put: null })),
      { ...place, expected: null, put: content },
    ],
  };
}
