// Lightsail's domains, which are zones, and their entries.

import { PlatformError, type Command, type LightsailShapes, type ZoneDelegation } from "#contract";
import { parseAddress } from "#engine";
import { authoriseCommand, deny, mayReadZone } from "../access/authorise.ts";
import { readName, readOwner, readType, shown } from "../names.ts";
import { resourceZone } from "../resources.ts";
import type { Held } from "../state.ts";
import { tagsOf } from "../tags.ts";
import { viewZone } from "../views.ts";
import { globalLocation, invalidInput, pageOf, resourceOf } from "./answers.ts";
import { AwsError } from "./aws-error.ts";
import { entriesOf, findEntry, type DomainEntry } from "./entries.ts";
import { dataOf, nameOf } from "./entry-text.ts";
import { idleOperation, runCommand, runCommands } from "./operations.ts";
import type { AwsCall } from "./service.ts";
import { shownTags, taggingOf } from "./tags.ts";

type Shapes = LightsailShapes;
type Sent = Shapes["DomainEntry"];

/**
 * CreateDomain. The zone that comes with a registration is the one that a script asks for next, since AWS's registrar makes none of
 * Lightsail's: as long as nothing is in it, it is created as far as Lightsail is concerned.
 */
export async function createDomain(
  { domainName, tags }: Shapes["CreateDomainRequest"],
  call: AwsCall,
): Promise<Shapes["CreateDomainResult"]> {
  const create: Command = { action: "create-zone", name: domainName };
  const tagging = taggingOf("Domain", domainName, tags);
  const apex = readName(domainName);
  if (isNewWithRegistration(call, apex)) {
    authoriseCommand(call.principal, "apply", create);
    await runCommands(call, tagging, true);
    const of = { operationType: "CreateDomain", resourceName: shown(apex), resourceType: "Domain" };
    return { operation: idleOperation(call, of, true).operation };
  }
  const isUndelegated = call.core.views.state.value("domain", apex)?.nameServers.length === 0;
  const [made] = await runCommands(call, [create, ...tagging], true);
  if (isUndelegated) await handOver(call, domainName);
  return { operation: made?.operation };
}

/** Delegates a domain that is registered here to its new zone, where nothing stands in the way: GetDomain tells how that stands. */
async function handOver(call: AwsCall, name: string): Promise<void> {
  try {
    await runCommand(call, { action: "set-name-servers", name });
  } catch (error) {
    // A key that may not change registrations, or name servers that do not answer yet: the zone is there all the same.
    if (!(error instanceof PlatformError)) throw error;
  }
}

/** Tells whether a zone came with its registration, and nobody has put anything into it or on it. */
function isNewWithRegistration({ core }: AwsCall, apex: string): boolean {
  const { state } = core.views;
  const zone = state.value("zone", apex);
  return (
    zone !== undefined &&
    zone.createdAt === state.value("domain", apex)?.crDate &&
    state.countRrsets(apex) + state.aliasesOfZone(apex).length + state.assignmentsOfZone(apex).length === 0 &&
    tagsOf(state, "zone", apex).length === 0
  );
}

/** DeleteDomain. A domain that is registered here goes on without name servers. */
export async function deleteDomain(
  { domainName }: Shapes["DeleteDomainRequest"],
  call: AwsCall,
): Promise<Shapes["DeleteDomainResult"]> {
  const { operation } = await runCommand(
    call,
    { action: "delete-zone", name: domainName, withDelegation: true },
    true,
  );
  return { operation };
}

/** GetDomain. */
export function getDomain(
  { domainName }: Shapes["GetDomainRequest"],
  call: AwsCall,
): Shapes["GetDomainResult"] {
  return { domain: viewDomain(call, requireZone(call, domainName)) };
}

/** GetDomains: those that the asker may read. */
export function getDomains(
  { pageToken }: Shapes["GetDomainsRequest"],
  call: AwsCall,
): Shapes["GetDomainsResult"] {
  const { state } = call.core.views;
  const zones = [...state.all("zone").values()]
    .filter(({ value }) => value.apex !== resourceZone && mayReadZone(call.principal, value.apex))
    .sort((a, b) => (a.value.apex < b.value.apex ? -1 : 1));
  const { page, next } = pageOf(zones, ({ value }) => value.apex, pageToken);
  return { domains: page.map((held) => viewDomain(call, held)), ...next };
}

/** CreateDomainEntry. */
export async function createDomainEntry(
  { domainName, domainEntry }: Shapes["CreateDomainEntryRequest"],
  call: AwsCall,
): Promise<Shapes["CreateDomainEntryResult"]> {
  const zone = requireZone(call, domainName);
  return asInput(async () => {
    const { operation } = await runCommand(call, creation(zone.value.apex, domainEntry), true);
    return { operation };
  });
}

/** UpdateDomainEntry. */
export async function updateDomainEntry(
  { domainName, domainEntry }: Shapes["UpdateDomainEntryRequest"],
  call: AwsCall,
): Promise<Shapes["UpdateDomainEntryResult"]> {
  const zone = requireZone(call, domainName);
  return asInput(async () => {
    const entry = findEntry(call.core.views, zone.value, domainEntry, true);
    const done = await runCommands(call, updates(zone.value.apex, entry, domainEntry), true);
    return { operations: done.flatMap(({ operations }) => operations) };
  });
}

/** DeleteDomainEntry. */
export async function deleteDomainEntry(
  { domainName, domainEntry }: Shapes["DeleteDomainEntryRequest"],
  call: AwsCall,
): Promise<Shapes["DeleteDomainEntryResult"]> {
  const zone = requireZone(call, domainName);
  return asInput(async () => {
    const entry = findEntry(call.core.views, zone.value, domainEntry, false);
    const { operation } = await runCommand(call, removal(zone.value.apex, entry), true);
    return { operation };
  });
}

/** The zone of a domain that the asker may read. Throws `NotFoundException`. */
function requireZone({ core, principal }: AwsCall, domainName: string): Held<"zone"> {
  const apex = readName(domainName);
  if (!mayReadZone(principal, apex))
    deny(principal, `read zone ${shown(apex)}`, "it is limited to other zones");
  const held = core.views.state.get("zone", apex);
  if (!held)
    throw new AwsError("NotFoundException", `The Domain does not exist: ${shown(apex)}`, {
      code: "DoesNotExist",
    });
  return held;
}

/** The command that makes an entry. */
function creation(apex: string, sent: Sent): Command {
  const name = shown(readOwner(nameOf(sent.name ?? required("name")), apex));
  const type = (sent.type ?? required("type")).toUpperCase();
  const target = sent.target ?? required("target");
  if (sent.isAlias === true) return aliasCommand(apex, name, type, target);
  const data = dataOf(readType(type), target);
  return { action: "edit-rrset", zone: shown(apex), name, type, add: [data], written: target };
}

function aliasCommand(apex: string, name: string, type: string, target: string): Command {
  if (type !== "A" && type !== "AAAA")
    throw invalidInput(`an alias is of type A or AAAA, and not of type ${type.slice(0, 32)}`);
  if (parseAddress(target)) throw invalidInput("the target of an alias is a name, and no address");
  // With its final dot it is a domain name, whatever resources are called.
  const whole = target.includes(".") && !target.endsWith(".") ? `${target}.` : target;
  return { action: "put-alias", zone: shown(apex), name, target: whole, entry: { type, target } };
}

/** The commands that make another entry of one. What is not sent stays as it is. */
function updates(apex: string, { shown: now, source }: DomainEntry, sent: Sent): Command[] {
  const next = {
    name: sent.name ?? now.name,
    type: sent.type ?? now.type,
    target: sent.target ?? now.target,
    isAlias: sent.isAlias ?? now.isAlias,
  };
  if (source.kind === "record" && !next.isAlias) {
    const type = readType(next.type);
    const name = shown(readOwner(nameOf(next.name), apex));
    const data = dataOf(type, next.target);
    const { entryId: id } = source;
    return [
      { action: "change-record", zone: shown(apex), id, name, type: next.type, data, written: next.target },
    ];
  }
  const name = shown(readOwner(nameOf(next.name), apex));
  const created = creation(apex, next);
  const isSamePlace = source.kind === "alias" && next.isAlias && name === now.name && next.type === now.type;
  return isSamePlace ? [created] : [removal(apex, { shown: now, source }), created];
}

/** The command that takes an entry away. */
function removal(apex: string, { shown: entry, source }: DomainEntry): Command {
  const zone = shown(apex);
  switch (source.kind) {
    case "record":
      return { action: "delete-record", zone, id: source.entryId };
    case "alias":
      return {
        action: "delete-alias",
        zone,
        name: entry.name,
        ...(source.fact.entries ? { type: entry.type as "A" | "AAAA" } : {}),
      };
    case "assignment":
      return { action: "unassign", name: entry.name };
    case "platform":
      throw invalidInput(`the ${entry.type} entries of ${entry.name} itself belong to the zone`);
  }
}

function viewDomain(call: AwsCall, held: Held<"zone">): Shapes["Domain"] {
  const { core } = call;
  const view = viewZone(core.views, held);
  return {
    name: view.name,
    ...resourceOf(view, "Domain", globalLocation),
    tags: shownTags(call, "Domain", view.name),
    domainEntries: entriesOf(core.views, held.value).map(({ shown: entry }) => entry),
    ...(view.registration === "here"
      ? { registeredDomainDelegationInfo: delegationInfo(view.delegation) }
      : {}),
  };
}

/** How far the hand-over of a domain that is registered here to its zone has come. */
function delegationInfo({ state, text }: ZoneDelegation): Shapes["RegisteredDomainDelegationInfo"] {
  const codes = {
    DELEGATED: "SUCCEEDED",
    PENDING: "STARTED",
    LAME: "FAILED",
    ELSEWHERE: "FAILED",
    HELD: "FAILED",
    UNKNOWN: "PENDING",
  } as const;
  return {
    nameServersUpdateState: { code: codes[state], message: text },
    r53HostedZoneDeletionState: { code: "SUCCEEDED", message: "There is one zone for the domain" },
  };
}

function required(member: string): never {
  throw invalidInput(`of "domainEntry.${member}", it is required`);
}

/** What is wrong with an entry is wrong with the input, whatever stands in its way. */
async function asInput<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof PlatformError) || !inputCodes.has(error.code)) throw error;
    throw new AwsError(
      "InvalidInputException",
      `Input error: ${error.message}`,
      { code: error.code, docs: `docs/reference/errors.md#${error.code}`, tip: error.row.help },
      { cause: error },
    );
  }
}

const inputCodes: ReadonlySet<string> = new Set(["record-conflict", "alias-loop", "assigned-already"]);
