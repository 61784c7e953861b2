// What the operations of Route 53 Domains have in common: a name that is read and looked for among the registrations, and the operation that
// a change is followed by.

import { command, PlatformError, type Command, type Operation } from "#contract";
import { checkDomain, findTld, type CheckDomainAnswer } from "#registry";
import { deny } from "../access/authorise.ts";
import { refuseMembers } from "../api/failure.ts";
import { asciiDomain } from "../idna.ts";
import { readName, shown } from "../names.ts";
import { registryView } from "../registry-view.ts";
import { resourceZone } from "../resources.ts";
import type { Held } from "../state.ts";
import { tldRules } from "../tld-rules.ts";
import { AwsError } from "./aws-error.ts";
import type { AwsCall } from "./service.ts";

/** What an operation that changes something answers. */
export interface Submitted {
  readonly OperationId: string;
}

/**
 * Reads a domain name under one of the registry's top-level domains. Throws `UnsupportedTLD`, or `name-malformed` for what is none. A key that is
 * limited to zones hears nothing of registrations, which lie in none: `access-denied`.
 */
export function readDomain({ core, principal }: AwsCall, text: string): string {
  if (principal.zones) deny(principal, "see or change registrations", "it is limited to zones");
  const name = readName(asciiDomain(text));
  const tlds = tldRules(core.config.profile);
  if (findTld({ tlds }, name)) return name;
  const known = tlds.map((tld) => shown(tld.name)).join(", ");
  throw new AwsError(
    "UnsupportedTLD",
    `The top-level domain of "${shown(name)}" is not supported: this registry has ${known}`,
  );
}

/** Whether a name can be registered. */
export function lookUpName({ core }: AwsCall, name: string): CheckDomainAnswer {
  const view = registryView(core.views.state, core.config.profile);
  const outcome = checkDomain(view, name, core.host.clock.wall());
  if (outcome.code !== 1000) throw new RangeError(`Cannot check "${name}": ${outcome.reason}`);
  return outcome.answer;
}

/** The registration of a name. Throws `InvalidInput` as Route 53 does where the account has none. */
export function heldDomain(call: AwsCall, text: string): Held<"domain"> {
  const name = readDomain(call, text);
  const held = call.core.views.state.get("domain", name);
  if (held && name !== resourceZone) return held;
  const { accountId } = call.core.identities.identity("domain", name);
  throw new AwsError("InvalidInput", `Domain ${shown(name)} not found in ${accountId} account.`);
}

/**
 * Gives a command about a domain, and answers with the operation that follows it.
 * @param operationType  one that is under way on the domain keeps another of the same kind out: `DuplicateRequest`
 */
export async function submit(
  call: AwsCall,
  name: string,
  operationType: string,
  given: Command,
): Promise<Submitted> {
  const { core, principal } = call;
  refuseDuplicate(call, name, operationType);
  const { operation } = await core.run(checkCommand(given), principal);
  if (!operation) throw new PlatformError("internal", `Cannot tell of "${given.action}": nothing follows it`);
  return { OperationId: operation.id };
}

/** Holds a command against the platform's own bounds, which can be narrower than the API's. Throws `input-malformed`. */
export function checkCommand(given: Command): Command {
  const read = command.safeParse(given);
  if (!read.success) refuseMembers(read.error);
  return read.data;
}

/** Throws `DuplicateRequest` where an operation of a kind is under way on a domain. */
function refuseDuplicate({ core }: AwsCall, name: string, operationType: string): void {
  const isSame = (operation: Operation): boolean =>
    !operation.isTerminal &&
    operation.resourceType === "RegisteredDomain" &&
    operation.resourceName === shown(name) &&
    operation.operationType === operationType;
  const running = core.operations.list().find(isSame);
  if (!running) return;
  throw new AwsError(
    "DuplicateRequest",
    `The request is already in progress for the domain "${shown(name)}": ${running.operationDetails}`,
    { members: { requestId: running.id } },
  );
}

/** Seconds since 1970, as this API tells times. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
