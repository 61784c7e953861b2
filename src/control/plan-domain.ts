// register and delete-domain: the registry's entry, the zone, and the delegation in the TLD's zone, as one change.

import { PlatformError, type Command, type ErrorCode } from "#contract";
import {
  createDomain,
  deleteDomain,
  EppCode,
  type Outcome,
  type Refusal,
  type RegistryFact,
  type RegistryView,
} from "#registry";
import { defaultSet, hostsOf, type ControlProfile } from "./config.ts";
import type { Draft } from "./draft.ts";
import { rrsetKeyOf } from "./facts.ts";
import { readName, shown } from "./names.ts";
import type { CommandOutline, PlanContext } from "./planner.ts";
import type { State } from "./state.ts";
import { tldRules } from "./tld-rules.ts";

/** The registrar that this platform is towards its registry. */
export const platformClient = "fairlead";

/** SOA MINIMUM of new zones, seconds: as long as records live by default, so that a new name is seen as soon as a changed one. */
const zoneNegativeTtl = 60;

const refusalCodes: Readonly<Record<Refusal["code"], ErrorCode>> = {
  [EppCode.parameterRange]: "input-malformed",
  [EppCode.parameterSyntax]: "name-malformed",
  [EppCode.authorizationError]: "resource-in-use",
  [EppCode.objectExists]: "domain-taken",
  [EppCode.objectDoesNotExist]: "domain-not-found",
  [EppCode.statusProhibits]: "resource-in-use",
  [EppCode.associationProhibits]: "resource-in-use",
  [EppCode.parameterPolicy]: "tld-unknown",
};

/** The registry's tables as its flows see them, from control's state. */
export function registryView(state: State, profile: ControlProfile): RegistryView {
  return {
    tlds: tldRules(profile),
    domain: (name) => state.value("domain", name),
    host: (name) => state.value("host", name),
    subordinateHosts: (domain) => state.hosts().filter(({ name }) => name.endsWith(`.${domain}`)),
    domainsOfHost: (host) => [...state.domainsOfHost(host)].slice(0, 5),
  };
}

/** Takes over what a flow wants to be true, or throws its refusal as the platform's error. */
export function takeOutcome<Answer>(draft: Draft, outcome: Outcome<Answer>, action: string): Answer {
  if (outcome.code !== EppCode.success)
    throw new PlatformError(refusalCodes[outcome.code], `${action}: ${outcome.reason}`);
  for (const fact of outcome.facts) putRegistryFact(draft, fact);
  return outcome.answer;
}

function putRegistryFact(draft: Draft, fact: RegistryFact): void {
  if (fact.value === undefined) draft.remove(fact.table, fact.name);
  else if (fact.table === "domain") draft.put("domain", fact.name, fact.value);
  else draft.put("host", fact.name, fact.value);
}

/** Registers a name and creates its zone. */
export function planRegister(
  context: PlanContext,
  command: Extract<Command, { action: "register" }>,
): CommandOutline {
  const { draft, state, config, identities, now } = context;
  const name = readName(command.name);
  const set = defaultSet(config.profile);
  const outcome = createDomain(registryView(state, config.profile), {
    name,
    years: command.years ?? 1,
    nameServers: hostsOf(config.profile, set).map((host) => host.name),
    client: platformClient,
    roid: `D${identities.hex(12).toUpperCase()}-FAIRLEAD`,
    now,
  });
  takeOutcome(draft, outcome, `Cannot register "${shown(name)}"`);
  if (state.get("instance", shown(name))) {
    throw new PlatformError("resource-exists", `Cannot register "${shown(name)}": an instance has that name`);
  }
  draft.put("zone", name, { apex: name, nameServerSetId: set, negativeTtl: zoneNegativeTtl, createdAt: now });
  return {
    title: `Register ${shown(name)}`,
    operationType: "RegisterDomain",
    resourceName: shown(name),
    resourceType: "RegisteredDomain",
  };
}

/** Ends a registration: delegation, zone, records and assignments go with it. */
export function planDeleteDomain(context: PlanContext, text: string): CommandOutline {
  const { draft, state, config, warnings } = context;
  const name = readName(text);
  takeOutcome(
    draft,
    deleteDomain(registryView(state, config.profile), name, platformClient),
    `Cannot delete domain "${shown(name)}"`,
  );
  const records = state.countRrsets(name);
  const assignments = state.assignmentsOfZone(name);
  for (const rrset of state.rrsetsOfZone(name)) draft.remove("rrset", rrsetKeyOf(rrset));
  for (const { owner } of assignments) draft.remove("assignment", owner);
  draft.remove("zone", name);
  if (records > 0)
    warnings.push(`${records} record ${records === 1 ? "set" : "sets"} of the zone will be gone`);
  for (const { owner, resource } of assignments)
    warnings.push(`${shown(owner)} will no longer lead to ${resource}`);
  warnings.push(`${shown(name)} can be registered by anybody afterwards`);
  return {
    title: `Delete domain ${shown(name)}`,
    operationType: "DeleteDomain",
    resourceName: shown(name),
    resourceType: "RegisteredDomain",
  };
}
