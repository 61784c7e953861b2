// Turns a command into a plan: drafts its facts, checks the rules that hold for every change, numbers the zones anew, and says in
// words and records what it does. One synchronous call on the state; nothing of it stays.

import {
  PlatformError,
  roleOf,
  type ChangeLine,
  type Command,
  type InstanceState,
  type MintedKey,
  type Operation,
  type RoleObject,
  type ZoneRecords,
} from "#contract";
import { formatRdata, RrType, typeName } from "#wire";
import { nextSerial } from "#zone";
import { platformPrincipal, type Principal } from "./access/principal.ts";
import type { ControlConfig } from "./config.ts";
import {
  planCreateCertificate,
  planDeleteCertificate,
  planImportCertificate,
  planRenewCertificate,
} from "./certificates.ts";
import type { HandedIn } from "./certificate-secrets.ts";
import { containerWorkOf } from "./container-steps.ts";
import { describeDraft } from "./describe.ts";
import { Draft, type ObjectDifference, type Published } from "./draft.ts";
import {
  rrsetKeyOf,
  type AssignmentFact,
  type ChangeFact,
  type InstanceFact,
  aliasKeyOf,
  type AliasFact,
  type RrsetFact,
} from "./facts.ts";
import type { Identities } from "./identity.ts";
import { shown } from "./names.ts";
import { planDeleteAcmeAccount, planSetAcmeAccount } from "./plan-acme-account.ts";
import type { FoundAddresses } from "./alias-lookup.ts";
import { planDeleteAlias, planPutAlias, settleAliases } from "./plan-alias.ts";
import { planCreateAccessKey, planDeleteAccessKey, planUpdateAccessKey } from "./plan-access-key.ts";
import { planAssign, planUnassign } from "./plan-assignment.ts";
import {
  planAttachDistributionCertificate,
  planCreateDistribution,
  planDeleteDistribution,
  planDetachDistributionCertificate,
  planPurge,
  planResetCache,
  planUpdateDistribution,
} from "./plan-distribution.ts";
import { planDeleteDomain, planRegister } from "./plan-domain.ts";
import { planImport } from "./plan-import.ts";
import {
  planCreateContainerService,
  planDeleteContainerService,
  planUpdateContainerService,
} from "./plan-container-service.ts";
import {
  planCreateDeployment,
  planDeleteImage,
  planRegisterImage,
  planRollBackDeployment,
} from "./plan-deployment.ts";
import { planCreateInstance, planDeleteInstance } from "./plan-instance.ts";
import {
  planInstancePorts,
  planLimitInstance,
  planRebootInstance,
  planStartInstance,
  planStopInstance,
} from "./plan-instance-state.ts";
import type { DelegationFinding } from "./name-server-check.ts";
import { planDeleteAlarm, planPutAlarm } from "./metrics/plan-alarm.ts";
import { planAddSigner, planRemoveSigner } from "./plan-delegation-signer.ts";
import { planNameServers } from "./plan-name-servers.ts";
import { planCreateZone, planDeleteZone } from "./plan-zone.ts";
import { planRenew, planSetDomain } from "./plan-registration.ts";
import {
  planAttachCertificate,
  planAttachInstances,
  planCreateLoadBalancer,
  planDeleteLoadBalancer,
  planDetachCertificate,
  planDetachInstances,
  planUpdateLoadBalancer,
} from "./plan-load-balancer.ts";
import { planChangeRecord, planDeleteRecord, planEditRrset } from "./plan-record.ts";
import { planDeleteRrset, planPutRrset } from "./plan-rrset.ts";
import {
  planAllocateStaticIp,
  planAttachStaticIp,
  planDetachStaticIp,
  planReleaseStaticIp,
} from "./plan-static-ip.ts";
import { planTag, planUntag } from "./plan-tags.ts";
import { dropTags } from "./tags.ts";
import { planIpAddressType } from "./plan-ip-address-type.ts";
import { planUndo } from "./plan-undo.ts";
import { planCreateUser, planDeleteUser, planUpdateUser } from "./plan-user.ts";
import { attachedBy, type PlannedChange } from "./planned.ts";
import { stageDelegations } from "./stage.ts";
import { octetsOf } from "./octets.ts";
import type { Publisher } from "./publish.ts";
import { resourceZone } from "./resources.ts";
import type { State } from "./state.ts";
import type { TargetReports } from "./target-reports.ts";
import { planImportDocument } from "./zone-document.ts";
import { limitWarnings, warnOfRecords } from "./warn.ts";

/** What every command's drafting works with. */
export interface PlanContext {
  readonly draft: Draft;
  readonly state: State;
  readonly publisher: Publisher;
  readonly config: ControlConfig;
  readonly identities: Identities;
  /** Wall time in milliseconds. */
  readonly now: number;
  readonly warnings: string[];
  /** The id of the change that it becomes. */
  readonly changeId: string;
  /** The instances' processes, as the runtime reported last. */
  readonly instanceStates: ReadonlyMap<string, InstanceState>;
  /** The targets of load balancers, as the edge reported last. */
  readonly targetReports: TargetReports;
  /** Certificates and keys that were handed in, and are in no fact yet. */
  readonly handedIn: HandedIn & { readonly environments: EnvironmentsAtHand };
  /** Who asks. */
  readonly by: Principal;
}

/** Environments of containers: whether one came with this request, and whether one is still there. */
interface EnvironmentsAtHand {
  has(id: string): boolean;
  isKept(id: string): boolean;
}

/** What a planner is given beside the state: what roles reported, and what requests handed in. */
type Reports = Pick<PlanContext, "instanceStates" | "targetReports" | "handedIn">;

/** What a command's drafting says of itself. */
export interface CommandOutline {
  readonly title: string;
  readonly operationType: string;
  readonly resourceName: string;
  readonly resourceType: string;
  /** Lines that describe many facts at once, in place of one for each. */
  readonly summary?: readonly ChangeLine[];
  /** Lines beside those of facts. */
  readonly furtherLines?: readonly ChangeLine[];
  /** What the plan builds on, and what is to be done elsewhere, a line each. */
  readonly evidence?: readonly string[];
  /** The key that it creates, with its secret. */
  readonly minted?: MintedKey;
  /** What of the resource it changes, in a word. */
  readonly subject?: string;
  /** Other resources that it changes. */
  readonly counterparts?: NonNullable<Operation["counterparts"]>;
}

/** A change to be undone, with its id and revision: read from the store beforehand. */
export interface UndoneChange {
  readonly id: string;
  readonly revision: number;
  readonly fact: ChangeFact;
  /** The revisions that removed what the change touched or refers to and is gone, by `KIND KEY`, as far as the log tells. */
  readonly removedAt?: ReadonlyMap<string, number>;
  /** What was changed later and is again as the change left it, by `KIND KEY`: a later change was taken back. */
  readonly asLeft?: ReadonlySet<string>;
}

/** Most records shown of each list of a plan. */
const maxShownRecords = 1000;

/** Plans commands against one state. */
export class Planner {
  readonly #state: State;
  readonly #publisher: Publisher;
  readonly #config: ControlConfig;
  readonly #identities: Identities;
  readonly #published: Published;
  readonly #reports: Reports;

  constructor(
    state: State,
    publisher: Publisher,
    config: ControlConfig,
    identities: Identities,
    published: Published,
    reports: Reports,
  ) {
    this.#state = state;
    this.#publisher = publisher;
    this.#config = config;
    this.#identities = identities;
    this.#published = published;
    this.#reports = reports;
  }

  /**
   * Plans a command against the state of this moment. Throws a PlatformError where a rule refuses it.
   * @param undone  the change that an `undo` takes back
   * @param looked  what names outside, to which aliases lead, were found to have
   * @param finding  what the name servers said that a domain is to be delegated to
   */
  plan(
    command: Command,
    by: Principal,
    now: number,
    undone?: UndoneChange,
    looked: ReadonlyMap<string, FoundAddresses> = new Map(),
    finding?: DelegationFinding,
  ): PlannedChange {
    const undoes = undone === undefined ? {} : { undoes: undone.id };
    return this.#run(
      command,
      by,
      now,
      (context) => outline(context, command, undone, finding),
      undoes,
      looked,
    );
  }

  /**
   * Plans facts of the platform's own, such as the addresses of name servers. Undefined where nothing is to be done.
   * @param draw  drafts them, and may say what they are
   */
  planPlatform(
    now: number,
    draw: (context: PlanContext) => CommandOutline | void,
  ): PlannedChange | undefined {
    let isEmpty = true;
    const planned = this.#run(
      "platform",
      platformPrincipal("platform"),
      now,
      (context) => {
        const said = draw(context);
        isEmpty = context.draft.isEmpty;
        if (said) return said;
        return {
          title: "Set up the platform's own names and addresses",
          operationType: "SetUpPlatform",
          resourceName: "platform",
          resourceType: "Platform",
        };
      },
      {},
    );
    return isEmpty ? undefined : planned;
  }

  #run(
    command: Command | "platform",
    by: Principal,
    now: number,
    draw: (context: PlanContext) => CommandOutline,
    undoes: { undoes?: string },
    looked: ReadonlyMap<string, FoundAddresses> = new Map(),
  ): PlannedChange {
    const draft = new Draft(this.#state, this.#publisher, this.#identities, this.#published);
    const changeId = this.#identities.uuid();
    const context: PlanContext = {
      changeId,
      ...this.#reports,
      draft,
      state: this.#state,
      publisher: this.#publisher,
      config: this.#config,
      identities: this.#identities,
      now,
      warnings: [],
      by,
    };
    try {
      const { summary, furtherLines = [], ...said } = draw(context);
      dropTags(draft, this.#state);
      const unknownNames = settleAliases(context, command, looked);
      const differences = draft.differences();
      const conflict = findNodeConflict(this.#publisher, this.#state, draft);
      if (conflict !== undefined) throw nodeConflict(command, conflict);
      const warnings = warnOfRecords(this.#state, differences);
      const checks = stageDelegations(context, changeId);
      // A delegation that is held back leaves its parent as it is until it is published.
      numberZones(context, checks.length > 0 ? draft.differences() : differences);
      const { entries, preconditions } = draft.entries();
      return {
        command,
        ...said,
        ...undoes,
        changeId,
        by: by.actor,
        checks,
        lines: [...(summary ?? describeDraft(draft, this.#state)), ...furtherLines],
        records: recordsOf(differences),
        warnings: limitWarnings([...context.warnings, ...warnings]),
        oldAnswersForMs: oldAnswersFor(this.#state, differences),
        roles: [
          ...new Set(
            differences.map(({ before, after }) => roleOf((after ?? before) as NonNullable<typeof after>)),
          ),
        ],
        movedInstances: movedInstances(draft),
        openedPorts: differences.flatMap(({ before, after }) =>
          after?.kind === "port" && !before ? [after.id] : [],
        ),
        attached: attachedBy(draft),
        containers: containerWorkOf(draft),
        certificates: [...draft.changes()].flatMap(({ kind, key, after }) =>
          kind === "certificate" && after ? [key] : [],
        ),
        entries,
        preconditions,
        objects: draft.changedObjects(),
        unknownNames,
        revision: this.#state.revision,
      };
    } finally {
      draft.rollback();
    }
  }
}

/** Instances whose processes are to start, or to end, by what was drafted. */
function movedInstances(draft: Draft): string[] {
  const ids: string[] = [];
  for (const { kind, before, after } of draft.changes()) {
    if (kind !== "instance" || !after) continue;
    const [old, fact] = [before?.value as InstanceFact | undefined, after.value as InstanceFact];
    if (fact.run.kind === "address") continue;
    if (old?.desired !== fact.desired || old.generation !== fact.generation) ids.push(after.id);
  }
  return ids;
}

function outline(
  context: PlanContext,
  command: Command,
  undone: UndoneChange | undefined,
  finding: DelegationFinding | undefined,
): CommandOutline {
  switch (command.action) {
    case "register":
      return planRegister(context, command);
    case "renew-domain":
      return planRenew(context, command);
    case "set-domain":
      return planSetDomain(context, command);
    case "set-name-servers":
      if (!finding) throw new RangeError("Cannot plan name servers that nobody asked");
      return planNameServers(context, command, finding);
    case "add-delegation-signer":
      return planAddSigner(context, command);
    case "remove-delegation-signer":
      return planRemoveSigner(context, command);
    case "create-zone":
      return planCreateZone(context, command.name);
    case "delete-zone":
      return planDeleteZone(context, command);
    case "delete-domain":
      return planDeleteDomain(context, command.name);
    case "put-rrset":
      return planPutRrset(context, command);
    case "delete-rrset":
      return planDeleteRrset(context, command);
    case "import-zone":
      return planImport(context, command);
    case "create-instance":
      return planCreateInstance(context, command);
    case "delete-instance":
      return planDeleteInstance(context, command.name);
    case "start-instance":
      return planStartInstance(context, command.name);
    case "stop-instance":
      return planStopInstance(context, command);
    case "reboot-instance":
      return planRebootInstance(context, command);
    case "set-ip-address-type":
      return planIpAddressType(context, command);
    case "limit-instance":
      return planLimitInstance(context, command.name, command.limits);
    case "set-instance-ports":
      return planInstancePorts(context, command);
    case "create-load-balancer":
      return planCreateLoadBalancer(context, command);
    case "update-load-balancer":
      return planUpdateLoadBalancer(context, command);
    case "delete-load-balancer":
      return planDeleteLoadBalancer(context, command.name);
    case "attach-instances":
      return planAttachInstances(context, command);
    case "detach-instances":
      return planDetachInstances(context, command);
    case "attach-certificate":
      return planAttachCertificate(context, command);
    case "detach-certificate":
      return planDetachCertificate(context, command);
    case "create-distribution":
      return planCreateDistribution(context, command);
    case "update-distribution":
      return planUpdateDistribution(context, command);
    case "delete-distribution":
      return planDeleteDistribution(context, command.name);
    case "reset-distribution-cache":
      return planResetCache(context, command.name);
    case "purge-distribution":
      return planPurge(context, command);
    case "attach-distribution-certificate":
      return planAttachDistributionCertificate(context, command);
    case "detach-distribution-certificate":
      return planDetachDistributionCertificate(context, command);
    case "put-alarm":
      return planPutAlarm(context, command);
    case "delete-alarm":
      return planDeleteAlarm(context, command.name);
    case "allocate-static-ip":
      return planAllocateStaticIp(context, command);
    case "attach-static-ip":
      return planAttachStaticIp(context, command);
    case "detach-static-ip":
      return planDetachStaticIp(context, command.name);
    case "release-static-ip":
      return planReleaseStaticIp(context, command.name);
    case "create-container-service":
      return planCreateContainerService(context, command);
    case "update-container-service":
      return planUpdateContainerService(context, command);
    case "delete-container-service":
      return planDeleteContainerService(context, command);
    case "create-deployment":
      return planCreateDeployment(context, command);
    case "roll-back-deployment":
      return planRollBackDeployment(context, command);
    case "register-container-image":
      return planRegisterImage(context, command);
    case "delete-container-image":
      return planDeleteImage(context, command);
    case "create-certificate":
      return planCreateCertificate(context, command);
    case "delete-certificate":
      return planDeleteCertificate(context, command);
    case "renew-certificate":
      return planRenewCertificate(context, command.name);
    case "import-certificate":
      return planImportCertificate(context, command, context.handedIn);
    case "set-acme-account":
      return planSetAcmeAccount(context, command);
    case "delete-acme-account":
      return planDeleteAcmeAccount(context);
    case "tag-resource":
      return planTag(context, command);
    case "untag-resource":
      return planUntag(context, command);
    case "assign":
      return planAssign(context, command);
    case "unassign":
      return planUnassign(context, command.name);
    case "edit-rrset":
      return planEditRrset(context, command);
    case "change-record":
      return planChangeRecord(context, command);
    case "delete-record":
      return planDeleteRecord(context, command);
    case "import-document":
      return planImportDocument(context, command);
    case "put-alias":
      return planPutAlias(context, command);
    case "delete-alias":
      return planDeleteAlias(context, command);
    case "create-access-key":
      return planCreateAccessKey(context, command);
    case "update-access-key":
      return planUpdateAccessKey(context, command);
    case "delete-access-key":
      return planDeleteAccessKey(context, command);
    case "create-user":
      return planCreateUser(context, command);
    case "update-user":
      return planUpdateUser(context, command);
    case "delete-user":
      return planDeleteUser(context, command);
    case "undo":
      if (!undone)
        throw new PlatformError(
          "change-not-found",
          `Cannot undo change "${command.changeId}": there is none`,
        );
      return planUndo(context, undone);
  }
}

/** A rule that is broken at a name. */
interface NodeConflict {
  readonly owner: string;
  /** In words. */
  readonly reason: string;
  /** Which changes gave the name what it has. */
  readonly since: () => string;
}

/**
 * The rules that hold at every name: a CNAME stands alone, and there is one RRset a type.
 * @returns where one is broken, in words; undefined where all is well
 * @see RFC 1034 section 3.6.2; RFC 2181 section 10.1
 */
function findNodeConflict(publisher: Publisher, state: State, draft: Draft): NodeConflict | undefined {
  const nodes = new Set<string>();
  // By facts, not by what the roles see: there, two RRsets of one type at one name are one object.
  for (const { kind, after } of draft.changes()) {
    if (!after || (kind !== "rrset" && kind !== "assignment" && kind !== "alias")) continue;
    const { zone, owner } = after.value as RrsetFact | AssignmentFact | AliasFact;
    nodes.add(`${zone} ${owner}`);
  }
  for (const node of nodes) {
    const [apex = "", owner = ""] = node.split(" ");
    const types = publisher.typesAt(apex, owner);
    const twice = types.find((type, i) => types.indexOf(type) !== i);
    const since = (): string => standingSince(state, apex, owner);
    if (twice !== undefined) {
      const from = state.value("assignment", owner)?.zone === apex ? "assignment" : "alias";
      return { owner, since, reason: `${typeName(twice)} records are derived from an ${from} there` };
    }
    const others = types.filter((type) => type !== RrType.CNAME);
    if (others.length > 0 && others.length < types.length) {
      return {
        owner,
        reason: `a CNAME record stands alone, and there is also ${others.map(typeName).join(", ")}`,
        since,
      };
    }
  }
  return undefined;
}

/** Which changes gave a name what it had before the draft, in words; nothing where it had nothing. */
function standingSince(state: State, zone: string, owner: string): string {
  const held = [
    ...state.rrsetsAt(zone, owner).map((fact) => state.get("rrset", rrsetKeyOf(fact))),
    state.get("assignment", owner),
    state.get("alias", aliasKeyOf({ zone, owner })),
  ];
  const revisions = held.flatMap((one) => (one && one.revision > 0 ? [one.revision] : []));
  if (revisions.length === 0) return "";
  return ` (from change ${[...new Set(revisions)].sort((a, b) => a - b).join(" and ")})`;
}

function nodeConflict(command: Command | "platform", { owner, reason, since }: NodeConflict): PlatformError {
  const isUndo = command !== "platform" && command.action === "undo";
  if (isUndo) {
    return new PlatformError(
      "undo-refused",
      `Cannot undo change ${command.changeId}: at "${shown(owner)}" ${reason}${since()}`,
    );
  }
  return new PlatformError("record-conflict", `Cannot have these records at "${shown(owner)}": ${reason}`);
}

/** Gives every zone whose records differ its next serial. */
function numberZones({ draft, state, now }: PlanContext, differences: readonly ObjectDifference[]): void {
  const zones = new Set<string>();
  for (const { before, after } of differences) {
    const object = after ?? before;
    if (object?.kind === "rrset") zones.add(object.apex);
  }
  for (const apex of zones) {
    const serial = nextSerial(state.value("serial", apex)?.serial, now / 1000);
    draft.put("serial", apex, { apex, serial });
  }
}

function recordsOf(differences: readonly ObjectDifference[]): ZoneRecords[] {
  const zones = new Map<string, { removed: RecordList; added: RecordList }>();
  for (const { before, after } of differences) {
    const object = after ?? before;
    if (object?.kind !== "rrset" || object.type === RrType.SOA) continue;
    const zone = zones.get(object.apex) ?? { removed: new RecordList(), added: new RecordList() };
    zones.set(object.apex, zone);
    zone.removed.add(before, after);
    zone.added.add(after, before);
  }
  return [...zones]
    .filter(([, { removed, added }]) => removed.count + added.count > 0)
    .map(([zone, { removed, added }]) => ({
      zone: shown(zone),
      removed: removed.lines,
      added: added.lines,
      moreRemoved: removed.count - removed.lines.length,
      moreAdded: added.count - added.lines.length,
    }));
}

/** The first lines of a list of records, and how many there are: those that are not shown are not written either. */
class RecordList {
  readonly lines: string[] = [];
  count = 0;

  /** Adds the records of an object that another one has not. */
  add(object: RoleObject | undefined, other: RoleObject | undefined): void {
    if (object?.kind !== "rrset") return;
    const same =
      other?.kind === "rrset" && other.ttl === object.ttl ? new Set(other.rdata) : new Set<string>();
    const own = object.rdata.filter((rdata) => !same.has(rdata));
    this.count += own.length;
    const left = maxShownRecords - this.lines.length;
    if (left > 0) this.lines.push(...recordLines({ ...object, rdata: own.slice(0, left) }));
  }
}

/** Records as zone-file lines. */
function recordLines(object: {
  owner: string;
  type: number;
  ttl: number;
  rdata: readonly string[];
}): string[] {
  return object.rdata.map(
    (rdata) =>
      // The owner is text already, in the form that names are shown in: no name is made of it for each line.
      `${object.owner} ${object.ttl} IN ${typeName(object.type)} ${formatRdata(object.type, octetsOf(rdata))}`,
  );
}

/**
 * How long answers from before can live in caches: the highest TTL of what is changed or removed; for what is new, the negative TTL of
 * its zone, since the name may have been asked for in vain. A zone that is new itself answered nothing, and nobody asks for the name of a
 * resource before there is one.
 */
function oldAnswersFor(state: State, differences: readonly ObjectDifference[]): number {
  const newZones = new Set(
    differences.flatMap(({ before, after }) => (after?.kind === "zone" && !before ? [after.apex] : [])),
  );
  let seconds = 0;
  for (const { before, after } of differences) {
    if (before?.kind === "rrset") {
      if (before.type !== RrType.SOA) seconds = Math.max(seconds, before.ttl);
    } else if (after?.kind === "rrset" && !newZones.has(after.apex) && after.apex !== resourceZone) {
      seconds = Math.max(seconds, state.value("zone", after.apex)?.negativeTtl ?? 60);
    }
  }
  return seconds * 1000;
}
