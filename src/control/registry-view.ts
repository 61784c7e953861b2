// Control's side of the registry: its tables as the flows see them, and what a flow comes to as facts or as the platform's error.

import { PlatformError, type ErrorCode } from "#contract";
import { EppCode, type Outcome, type Refusal, type RegistryFact, type RegistryView } from "#registry";
import type { ControlProfile } from "./config.ts";
import type { Draft } from "./draft.ts";
import type { State } from "./state.ts";
import { tldRules } from "./tld-rules.ts";

/** The registrar that this platform is towards its registry. */
export const platformClient = "fairlead";

const refusalCodes: Readonly<Record<Refusal["code"], ErrorCode>> = {
  [EppCode.parameterMissing]: "input-malformed",
  [EppCode.parameterRange]: "input-malformed",
  [EppCode.parameterSyntax]: "name-malformed",
  [EppCode.notEligibleForRenewal]: "renewal-refused",
  [EppCode.authorizationError]: "resource-in-use",
  [EppCode.objectExists]: "domain-taken",
  [EppCode.objectDoesNotExist]: "domain-not-found",
  [EppCode.statusProhibits]: "status-prohibits",
  [EppCode.associationProhibits]: "resource-in-use",
  [EppCode.parameterPolicy]: "registry-policy",
};

/** The registry's tables as its flows see them, from control's state. */
export function registryView(state: State, profile: ControlProfile): RegistryView {
  return {
    tlds: tldRules(profile),
    domain: (name) => state.value("domain", name),
    host: (name) => state.value("host", name),
    subordinateHosts: (domain) => state.hosts().filter(({ name }) => name.endsWith(`.${domain}`)),
    domainsOfHost: (host) => state.domainsOfHost(host),
    contact: (id) => state.value("contact", id),
    domainsOfContact: (id) => state.domainsOfContact(id),
  };
}

/** Takes over what a flow wants to be true, or throws its refusal as the platform's error. */
export function takeOutcome<Answer>(draft: Draft, outcome: Outcome<Answer>, action: string): Answer {
  if (outcome.code !== EppCode.success) {
    const code = outcome.cause ? "tld-unknown" : refusalCodes[outcome.code];
    throw new PlatformError(code, `${action}: ${outcome.reason}`);
  }
  for (const fact of outcome.facts) putRegistryFact(draft, fact);
  return outcome.answer;
}

function putRegistryFact(draft: Draft, fact: RegistryFact): void {
  if (fact.value === undefined) draft.remove(fact.table, fact.name);
  else if (fact.table === "domain") draft.put("domain", fact.name, fact.value);
  else if (fact.table === "host") draft.put("host", fact.name, fact.value);
  else draft.put("contact", fact.name, fact.value);
}
