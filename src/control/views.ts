// From state to the resources that the API shows (src/contract/resource.ts).

import type {
  Assignment,
  Change,
  Domain,
  FamilyAddress,
  Instance,
  InstanceRun,
  InstanceState,
  NameServer,
  PortState,
  Plan,
  Zone,
} from "#contract";
import { domainStatuses, findTld } from "#registry";
import { defaultAccountId } from "#store";
import { formatRecord, RrType } from "#wire";
import { toRecords, type Rrset as ZoneRrset } from "#zone";
import type { AliasWatch } from "./alias-watch.ts";
import { hostsOf, type ControlConfig } from "./config.ts";
import { targetText } from "./alias-rules.ts";
import type { AssignmentFact, ChangeFact, ZoneFact } from "./facts.ts";
import { servingCertificate } from "./certificate-lookup.ts";
import type { DelegationWatch } from "./delegation-watch.ts";
import { drainKey } from "./drains.ts";
import { shown } from "./names.ts";
import type { PlannedChange } from "./planned.ts";
import type { HealthKeeper } from "./policies/health-keeper.ts";
import { familyOf, type Publisher } from "./publish.ts";
import { privateEndpointOf } from "./publish-resources.ts";
import { portObjects } from "./public-ports.ts";
import { cutsOf } from "./zone-cuts.ts";
import { findResource, publicAddressesOf, resourceDnsName, resourceZone } from "./resources.ts";
import type { Held, State } from "./state.ts";
import type { TargetReports } from "./target-reports.ts";
import { tldRules } from "./tld-rules.ts";
import { compareNameTexts, resourceNamesOf } from "./view-rrsets.ts";
import { viewRegistration } from "./view-registration.ts";

/** What views are made from. */
export interface ViewContext {
  readonly state: State;
  readonly publisher: Publisher;
  readonly config: ControlConfig;
  readonly instanceStates: ReadonlyMap<string, InstanceState>;
  readonly portStates: ReadonlyMap<string, PortState>;
  /** Wall time in milliseconds. */
  readonly now: () => number;
  readonly targetReports: TargetReports;
  readonly isEdgeConnected: () => boolean;
  /** Whether the edge has taken over what was committed at a revision. */
  readonly isServedByEdge: (revision: number) => boolean;
  readonly aliasWatch: Pick<AliasWatch, "seen">;
  readonly delegations: Pick<DelegationWatch, "look">;
  /** How the health is that sets of routing policies follow. */
  readonly setHealth: Pick<HealthKeeper, "stateOf">;
}

/** Milliseconds since 1970 as ISO 8601 in UTC. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Addresses in text, each with its family. */
export function families(addresses: readonly string[]): FamilyAddress[] {
  return addresses.map((address) => ({ family: familyOf(address), address }));
}

/** What every resource carries, as the API shows it. */
export function identity(
  held: Held,
  createdAt: number,
): Pick<Domain, "id" | "arn" | "accountId" | "region" | "createdAt"> {
  const { id, arn, accountId, region } = held;
  return { id, arn, accountId, region, createdAt: isoTime(createdAt) };
}

/** A domain as the API shows it. */
export function viewDomain({ state, config, now }: ViewContext, held: Held<"domain">): Domain {
  const { value } = held;
  const tld = findTld({ tlds: tldRules(config.profile) }, value.name);
  return {
    ...identity(held, value.crDate),
    name: shown(value.name),
    tld: shown(tld?.name ?? "."),
    roid: value.roid,
    statuses: domainStatuses(value, now()),
    sponsoringClient: value.sponsoringClient,
    expiresAt: isoTime(value.exDate),
    ...(value.upDate === undefined ? {} : { updatedAt: isoTime(value.upDate) }),
    nameServers: value.nameServers.map(shown),
    hasZone: state.get("zone", value.name) !== undefined,
    ...viewRegistration(state, value, now()),
    isPlatform: value.name === resourceZone,
  };
}

/** A zone as the API shows it. */
export function viewZone({ state, config, publisher, delegations }: ViewContext, held: Held<"zone">): Zone {
  const { apex, nameServerSetId, negativeTtl, createdAt } = held.value;
  const nameServers: NameServer[] = hostsOf(config.profile, nameServerSetId).map(({ name, addresses }) => ({
    name: shown(name),
    addresses: families(addresses),
  }));
  return {
    ...identity(held, createdAt),
    name: shown(apex),
    serial: state.value("serial", apex)?.serial ?? 0,
    nameServerSetId,
    nameServers,
    writer: "control",
    negativeTtl,
    registration: state.get("domain", apex) ? "here" : "elsewhere",
    delegation: delegations.look(apex),
    rrsetCount:
      publisher.apexRrsets(held.value).length +
      state.countRrsets(apex) +
      state.assignmentsOfZone(apex).reduce((sum, item) => sum + publisher.assignedRrsets(item).length, 0) +
      state.aliasesOfZone(apex).reduce((sum, item) => sum + publisher.aliasRrsets(item).length, 0) +
      resourceNamesOf(state, apex).reduce(
        (sum, name) => sum + publisher.derivedRrsets(apex, name).length,
        0,
      ) +
      cutsOf(state, apex).reduce((sum, name) => sum + publisher.cutRrsets(apex, name).length, 0),
    isPlatform: apex === resourceZone,
  };
}

/** A zone as zone-file text: every record on a line of its own, SOA first. */
export function viewZoneFile(context: ViewContext, zone: ZoneFact): string {
  const { publisher, state } = context;
  const apexRrsets = publisher.apexRrsets(zone);
  const lines = [`$ORIGIN ${zone.apex}`];
  const write = (rrset: ZoneRrset): void => void lines.push(...toRecords([rrset]).map(formatRecord));
  for (const rrset of apexRrsets) write(rrset);
  const owners = new Set([
    ...state.rrsetsOfZone(zone.apex).map(({ owner }) => owner),
    ...state.assignmentsOfZone(zone.apex).map(({ owner }) => owner),
    ...state.aliasesOfZone(zone.apex).map(({ owner }) => owner),
    ...resourceNamesOf(state, zone.apex),
    ...cutsOf(state, zone.apex),
  ]);
  for (const owner of [...owners].sort((a, b) => compareNameTexts(a, b))) {
    // For people: in another name server's file these are records like all others, as they are now.
    const alias = state.aliasAt(zone.apex, owner);
    if (alias) lines.push(`; ${owner} is an alias of ${targetText(alias.target)}`);
    const assignment = state.value("assignment", owner);
    if (assignment?.zone === zone.apex) lines.push(`; ${owner} is assigned to ${assignment.resource}`);
    for (const rrset of publisher.rrsetsAt(zone.apex, owner)) if (rrset.type !== RrType.SOA) write(rrset);
  }
  return `${lines.join("\n")}\n`;
}

/** An instance as the API shows it, with what its runtime last reported. */
export function viewInstance(
  { state, config, instanceStates, portStates }: ViewContext,
  held: Held<"instance">,
): Instance {
  const { value } = held;
  const endpoint = privateEndpointOf(state, config.profile, value);
  const reported = instanceStates.get(held.id);
  const isExternal = value.run.kind === "address";
  const [staticIp] = state.staticIpsOfInstance(value.name);
  const purpose = state.value("drain", drainKey(value.name, value.name))?.purpose;
  const leaves = purpose === "stop" || purpose === "delete";
  return {
    ...identity(held, value.createdAt),
    name: value.name,
    run: withoutScript(value.run),
    dnsName: shown(resourceDnsName({ type: "Instance", name: value.name, held })),
    publicAddresses: families(publicAddressesOf(state, value.name)),
    publicPort: config.profile.edge.httpPort,
    privateAddress: endpoint?.address ?? "",
    privatePort: endpoint?.port ?? 0,
    state: leaves ? "stopping" : isExternal ? "running" : (reported?.state ?? "pending"),
    ...(reported?.reason === undefined ? {} : { reason: reported.reason }),
    desired: value.desired,
    ...(value.limits ? { limits: value.limits } : {}),
    ...(reported?.unlimited === undefined ? {} : { unlimited: reported.unlimited }),
    ports: [...value.ports],
    closedPorts: portObjects(state, config.profile, held, endpoint?.address).flatMap(
      ({ id, publicPort, listen }) => {
        const port = portStates.get(id);
        return port?.isOpen === true
          ? []
          : [
              {
                port: publicPort,
                address: listen.address,
                reason: port?.reason ?? "the edge has not opened it yet",
              },
            ];
      },
    ),
    ...(staticIp === undefined ? {} : { staticIp }),
    loadBalancers: [...state.balancersOfInstance(value.name)].sort(),
    names: namesOf(state, value.name),
  };
}

/** What an instance runs, without the text of its launch script: secrets stand in those, and Lightsail never shows them either. */
function withoutScript(run: InstanceRun): InstanceRun {
  if (run.kind !== "launch") return run;
  const { script: _, ...shown } = run;
  return shown;
}

/** The names that lead to a resource, as people read them. */
export function namesOf(state: State, name: string): string[] {
  return state
    .assignmentsOfResource(name)
    .map(({ owner }) => owner)
    .sort(compareNameTexts)
    .map(shown);
}

/** An assignment as the API shows it. */
export function viewAssignment({ state }: ViewContext, held: Held<"assignment">): Assignment {
  const { owner, zone, resource, createdAt }: AssignmentFact = held.value;
  const certificate = servingCertificate(state, shown(owner))?.value.name;
  return {
    ...identity(held, createdAt),
    name: shown(owner),
    zone: shown(zone),
    resourceName: resource,
    resourceType: findResource(state, resource)?.type ?? "Instance",
    addresses: families(publicAddressesOf(state, resource)),
    ...(certificate === undefined ? {} : { certificate }),
  };
}

/** A change as the history shows it. */
export function viewChange(state: State, id: string, revision: number, fact: ChangeFact): Change {
  const undoneBy = state.undoneBy(id);
  return {
    id,
    arn: `arn:aws:lightsail:global:${defaultAccountId}:Change/${id}`,
    revision,
    at: isoTime(fact.at),
    title: fact.title,
    action: fact.action,
    actor: fact.actor,
    changes: [...fact.lines],
    records: [...fact.records],
    operationId: fact.operation.id,
    ...(fact.undoes === undefined ? {} : { undoes: fact.undoes }),
    ...(undoneBy === undefined ? {} : { undoneBy }),
  };
}

/** A plan for people. Plans of the platform's own are never shown. */
export function viewPlan(id: string, planned: PlannedChange, now: number): Plan {
  if (planned.command === "platform") throw new RangeError("Cannot show a plan of the platform's own");
  return {
    id,
    command: planned.command,
    title: planned.title,
    changes: [...planned.lines],
    records: [...planned.records],
    warnings: [...planned.warnings],
    ...(planned.evidence && { evidence: [...planned.evidence] }),
    ...(planned.oldAnswersForMs > 0 ? { oldAnswersUntil: isoTime(now + planned.oldAnswersForMs) } : {}),
    revision: planned.revision,
  };
}
