// Control itself: the state, its one writer, what follows a commit, and the parts that the API calls. `createControl` puts all together.

import {
  PlatformError,
  type AuthCodeAnswer,
  type Change,
  type Command,
  type InstanceState,
  type Operation,
  type Plan,
  type Role,
  type PortState,
  type WriteAnswer,
} from "#contract";
import { Secrets, type Entry, type Row, type Store } from "#store";
import type { Hono } from "hono";
import { Access } from "./access/access.ts";
import { authoriseCommand, authorisePlanned, authoriseUndo, deny, type Step } from "./access/authorise.ts";
import { accessKeyPurpose } from "./access/keys.ts";
import { People } from "./access/people.ts";
import type { Principal } from "./access/principal.ts";
import { createApi } from "./api/app.ts";
import { createPages, isPage } from "./api/pages.ts";
import { makeAuthCode } from "./auth-code.ts";
import { lookUpAddresses, type FoundAddresses } from "./alias-lookup.ts";
import { AliasWatch } from "./alias-watch.ts";
import { AuthorityWatch } from "./authority-watch.ts";
import { authorityKey } from "./certificate-facts.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";
import { CertificateSecrets } from "./certificate-secrets.ts";
import type { ControlConfig } from "./config.ts";
import { DelegationWatch } from "./delegation-watch.ts";
import { DrainWatch } from "./drain-watch.ts";
import { isBeingDeleted } from "./drains.ts";
import {
  kinds,
  type AliasAddressesFact,
  type ChangeFact,
  type DrainFact,
  type Kind,
  type PendingFact,
} from "./facts.ts";
import { Identities } from "./identity.ts";
import { LifeClock } from "./life-clock.ts";
import { readName, shown } from "./names.ts";
import { checkNameServers, type DelegationFinding } from "./name-server-check.ts";
import { NamesChecks } from "./names-check.ts";
import { Operations } from "./operations.ts";
import { removeInstance } from "./plan-instance.ts";
import { planAuthCode, planLife } from "./plan-registration.ts";
import { Planner, type PlanContext, type UndoneChange } from "./planner.ts";
import { referencesOf } from "./plan-undo.ts";
import { draftPlatform, renumberZones } from "./platform-facts.ts";
import { drainedBy, type PlannedChange } from "./planned.ts";
import type { Host } from "./ports.ts";
import { Publication } from "./publication.ts";
import { Publisher } from "./publish.ts";
import { Reconciler } from "./reconciler.ts";
import { RoleHub } from "./role-hub.ts";
import { checksOf, refreshPlan } from "./stage.ts";
import { isInstanceRemoval, State } from "./state.ts";
import { TargetReports } from "./target-reports.ts";
import { Traces } from "./traces.ts";
import { TrafficSteps } from "./traffic-steps.ts";
import { WaitingPlans } from "./waiting-plans.ts";
import { viewChange, viewPlan, type ViewContext } from "./views.ts";

/** What control is made from. */
export interface ControlOptions extends Host {
  readonly store: Store;
  readonly config: ControlConfig;
}

/** Control as its process sees it. */
export interface Control {
  /** The API alone. */
  readonly app: Hono;
  /** Serves a request to the API or to the pages. @param environment  what the server knows of the connection */
  fetch(request: Request, environment?: object): Response | Promise<Response>;
  /** Takes over the connections of roles. */
  readonly hub: RoleHub;
  /**
   * Loads the state, sets up the platform's own names and publishes. Requests and roles come afterwards.
   * Throws `data-damaged` where the log cannot be read.
   */
  start(): Promise<void>;
  /** Lets go of roles and timers, then closes the store. */
  close(): Promise<void>;
}

/** Makes control. Nothing runs before `start`. */
export function createControl(options: ControlOptions): Control {
  const core = new ControlCore(options);
  const app = createApi(core);
  const pages = createPages(core);
  return {
    app,
    fetch: (request, environment) =>
      isPage(new URL(request.url).pathname)
        ? pages.fetch(request, environment)
        : app.fetch(request, environment),
    hub: core.hub,
    start: () => core.start(),
    close: () => core.close(),
  };
}

/** For how long after a change the health of what it attached is followed by the operation that a restart makes anew. */
const followedHealthMs = 600_000;
/** Types of resources that belong to the region. */
const regionalTypes: ReadonlySet<string> = new Set(["Instance", "StaticIp", "LoadBalancer"]);
/** Operations that are made anew after a restart. */
const restoredOperations = 50;
/** Revisions that can still be read as they were; older ones are folded into the snapshot. The history of changes stays. */
const keptRevisions = 10_000;
/** Removals that a refused undo can name. */
const maxNamedRemovals = 20;
/** Revisions between two such foldings. */
const compactEvery = 1000;
/** Names outside that one plan waits for; what is over is looked up once it is committed. */
const maxLookedUp = 20;
/** Rows read at once. Changes are longer than other rows: each holds what it changed. */
const pageSize = 1000;
const changePageSize = 100;

/** What the API works with. */
export class ControlCore {
  readonly config: ControlConfig;
  readonly host: Host;
  readonly hub: RoleHub;
  readonly operations: Operations;
  readonly traces: Traces;
  readonly identities: Identities;
  readonly views: ViewContext;
  /** Sealed secrets, which facts refer to by id. */
  readonly secrets: Secrets;
  /** Private keys of certificates, and those that are handed in. */
  readonly keys: CertificateSecrets;
  readonly certificates: CertificateKeeper;
  /** Finds who a request is of. */
  readonly access: Access;
  /** Accounts and users. */
  readonly people: People;
  readonly #zoneOf = (name: string): string | undefined => this.#state.zoneOf(name)?.apex;
  readonly #store: Store;
  readonly #state: State = new State();
  readonly #publisher: Publisher;
  readonly #publication: Publication;
  readonly #planner: Planner;
  readonly #watch: AuthorityWatch;
  readonly #delegations: DelegationWatch;
  readonly #checks: NamesChecks;
  readonly #reconciler: Reconciler;
  readonly #life: LifeClock;
  readonly #drains: DrainWatch;
  readonly #targetReports: TargetReports = new TargetReports();
  readonly aliasWatch: AliasWatch;
  readonly #instanceStates: Map<string, InstanceState> = new Map();
  readonly #portStates: Map<string, PortState> = new Map();
  #isStarted = false;
  readonly #plans: WaitingPlans = new WaitingPlans();
  /** Writes follow one another: each is planned on the state that the one before left. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor({ store, config, ...host }: ControlOptions) {
    this.config = config;
    this.host = host;
    this.#store = store;
    this.secrets = new Secrets(store.secrets, host.sealer);
    this.access = new Access(this.#state, this.secrets, host.clock, config);
    this.people = new People({
      identity: host.identity,
      state: this.#state,
      clock: host.clock,
      log: host.log,
      baseUrl: config.allowedOrigins[0] ?? "",
      admit: (email, role, by) => this.#admit(email, role, by),
    });
    this.identities = new Identities(host.clock, host.random, config.region);
    this.hub = new RoleHub(host.timers, host.log);
    this.keys = new CertificateSecrets(this.secrets, this.#state, this.identities, host.clock);
    this.#publisher = new Publisher(this.#state, config, this.keys.sealedKeys);
    this.#publication = new Publication(this.#state, this.#publisher, this.hub);
    this.#planner = new Planner(
      this.#state,
      this.#publisher,
      config,
      this.identities,
      this.#publication.published,
      {
        instanceStates: this.#instanceStates,
        targetReports: this.#targetReports,
        handedIn: this.keys.handedIn,
      },
    );
    this.#watch = new AuthorityWatch(host.authority, host.timers, config.profile, () => this.#review());
    this.#delegations = new DelegationWatch(this.#state, config, host.resolver, host.clock, host.timers, () =>
      this.#review(),
    );
    this.#checks = new NamesChecks(this.#state, config, this.hub, this.#watch, this.#delegations);
    this.#reconciler = new Reconciler(this.#state, this.#checks, (pending) => this.#release(pending));
    const traffic = {
      state: this.#state,
      publisher: this.#publisher,
      hub: this.hub,
      reports: this.#targetReports,
      clock: host.clock,
      timers: host.timers,
    };
    this.#drains = new DrainWatch(traffic, (key, fact) => this.#endDrain(key, fact));
    this.certificates = new CertificateKeeper({
      state: this.#state,
      config,
      host,
      identities: this.identities,
      secrets: this.keys,
      checks: this.#checks,
      hub: this.hub,
      write: (draw) => this.#writeFacts(draw),
      acme: (authorities) => host.acme(authorities),
    });
    this.operations = new Operations(this.hub, this.#checks, host.clock, {
      state: this.#state,
      instances: this.#instanceStates,
      ports: this.#portStates,
      traffic: new TrafficSteps(traffic, this.#drains),
    });
    this.traces = new Traces(host, () => {
      const authority = this.#state.value("authority", authorityKey);
      return authority ? [authority.root] : [];
    });
    this.aliasWatch = new AliasWatch(this.#state, host, (name, value) => this.#writeAddresses(name, value));
    this.views = {
      state: this.#state,
      publisher: this.#publisher,
      config,
      instanceStates: this.#instanceStates,
      portStates: this.#portStates,
      now: () => host.clock.wall(),
      targetReports: this.#targetReports,
      isEdgeConnected: () => this.hub.isConnected("edge"),
      aliasWatch: this.aliasWatch,
      delegations: this.#delegations,
    };
    this.#life = new LifeClock(this.#state, host.clock, host.timers, host.log, (name) => this.#carryOn(name));
  }

  async start(): Promise<void> {
    await this.#load();
    await this.keys.load();
    const authority = await this.certificates.issuing.prepareAuthority();
    await this.#exclusively(async () => {
      const planned = this.#planner.planPlatform(this.host.clock.wall(), (context) => {
        draftPlatform(context);
        if (authority) context.draft.put("authority", authorityKey, authority);
      });
      if (planned) await this.#commit(planned, "platform");
    });
    this.#isStarted = true;
    // From here on the revision is at least 1, so that no role takes what it is given for nothing.
    this.#publication.begin();
    this.hub.listen({
      changed: () => this.#review(),
      instance: (instance) => {
        this.#instanceStates.set(instance.id, instance);
        this.operations.review();
      },
      ports: ({ ports }) => {
        this.#portStates.clear();
        for (const port of ports) this.#portStates.set(port.id, port);
        this.operations.review();
      },
      targets: (report) => {
        this.#targetReports.take(report);
        this.#review();
      },
      trace: (step) => this.traces.add(step),
      ahead: (role, revision) => {
        if (role === "names") void this.#renumber(revision);
      },
    });
    await this.#sweepKeys();
    await this.people.sweep();
    await this.#restoreOperations();
    await this.#life.start();
    await this.certificates.start();
    this.#delegations.review();
    this.#review();
    this.aliasWatch.review();
  }

  async close(): Promise<void> {
    this.#life.close();
    this.certificates.close();
    this.#delegations.close();
    await this.#writing;
    this.operations.close();
    this.aliasWatch.close();
    this.#watch.close();
    this.#drains.close();
    this.hub.close();
    await this.host.identity.close();
    await this.#store.close();
  }

  /** Plans a command and changes nothing. The plan can be applied for a while. */
  async plan(command: Command, by: Principal): Promise<Plan> {
    const planned = await this.#plan(command, by, "plan", (made) => Promise.resolve(made));
    const id = this.identities.uuid();
    this.#plans.add(id, planned);
    return viewPlan(id, planned, this.host.clock.wall());
  }

  /** Commits a plan as it was shown. Throws `change-conflict` where anything that it builds on was changed since. */
  async applyPlan(id: string, by: Principal): Promise<WriteAnswer> {
    return this.#exclusively(async () => {
      const planned = this.#plans.look(id);
      if (!planned || planned.command === "platform")
        throw new PlatformError(
          "change-not-found",
          `Cannot apply plan "${id}": there is none, or it is too old`,
        );
      // Whoever made it: what counts is what the one who applies it may.
      authoriseCommand(by, "apply", planned.command);
      authorisePlanned(by, planned, this.#zoneOf);
      // Another's key would be shown to somebody else.
      if (planned.minted && planned.by !== by.actor) deny(by, "apply that plan", "the key is another's");
      this.#plans.take(id);
      return this.#finish(id, refreshPlan(planned, this.#state, this.host.clock.wall()), by);
    });
  }

  /** Plans a command and commits it at once. */
  async run(command: Command, by: Principal): Promise<WriteAnswer> {
    return this.#plan(command, by, "apply", (planned) => this.#finish(this.identities.uuid(), planned, by));
  }

  /** Creates a user for somebody who has a one-time link. */
  async #admit(email: string, role: Role, by: Principal): Promise<void> {
    await this.#exclusively(async () => {
      const planned = this.#planner.plan({ action: "create-user", email, role }, by, this.host.clock.wall());
      await this.#finish(this.identities.uuid(), planned, by);
    });
  }

  /**
   * Plans a command and goes on with it before another write can. Where aliases come to lead to names outside of which nothing is known, those
   * are looked up first, while other writes go on, and the plan is made anew. Throws `access-denied` where somebody may not give the command,
   * before anything is told of what it touches.
   */
  async #plan<T>(
    command: Command,
    by: Principal,
    step: Step,
    take: (planned: PlannedChange) => Promise<T>,
  ): Promise<T> {
    authoriseCommand(by, step, command);
    const looked = new Map<string, FoundAddresses>();
    // Name servers are asked before it is this write's turn: others need not wait for them.
    const finding = await this.#findDelegation(command);
    for (;;) {
      const outcome = await this.#exclusively(async () => {
        const undone = await this.#undone(command, by);
        const planned = this.#planner.plan(command, by, this.host.clock.wall(), undone, looked, finding);
        authorisePlanned(by, planned, this.#zoneOf);
        const isAsked = command.action === "put-alias";
        const names = planned.unknownNames.filter((name) => isAsked || !this.aliasWatch.isWatched(name));
        const left = names.slice(0, maxLookedUp - looked.size);
        return left.length > 0 ? { left } : { done: await take(planned) };
      });
      if (outcome.done !== undefined) return outcome.done;
      await Promise.all(
        (outcome.left ?? []).map(async (name) => {
          looked.set(name, await lookUpAddresses(this.host.resolver, name));
        }),
      );
    }
  }

  /** Gives a domain a new authorization code, in place of the one before. Throws `domain-not-found` or `status-prohibits`. */
  async renewAuthCode(text: string, actor: string): Promise<AuthCodeAnswer> {
    const name = readName(text);
    return this.#exclusively(async () => {
      const now = this.host.clock.wall();
      const { code, authInfo } = makeAuthCode(this.host.random, now);
      const planned = this.#planner.planPlatform(now, (context) => planAuthCode(context, name, authInfo));
      if (!planned) throw new RangeError(`Cannot set an authorization code of "${name}": nothing differs`);
      const { changeId } = await this.#commit(planned, actor);
      return { name: shown(name), authCode: code, changeId };
    });
  }

  /** Does what is due for a registration by itself, as a change of the platform's. */
  async #carryOn(name: string): Promise<void> {
    await this.#exclusively(async () => {
      const planned = this.#planner.planPlatform(this.host.clock.wall(), (context) =>
        planLife(context, name),
      );
      if (planned) await this.#commit(planned, "platform");
    });
    this.#review();
  }

  /** One change of the history, by id or revision. Throws `change-not-found`. */
  async change(id: string): Promise<Change> {
    const { fact, revision, id: key } = await this.#readChange(id);
    return viewChange(this.#state, key, revision, fact);
  }

  /** Changes, the latest first, before a revision. */
  async history(limit: number, before: number = Infinity): Promise<Change[]> {
    const { changes } = this.#state;
    const page: Change[] = [];
    for (let i = changes.length - 1; i >= 0 && page.length < limit; i--) {
      const index = changes[i];
      if (index && index.revision < before) page.push(await this.change(index.id));
    }
    return page;
  }

  async #finish(planId: string, planned: PlannedChange, { actor }: Principal): Promise<WriteAnswer> {
    const now = this.host.clock.wall();
    const { minted } = planned;
    // Before the commit: a key without its secret could never be used, a secret without its key is swept away.
    if (minted?.type === "aws")
      await this.secrets.put(accessKeyPurpose, minted.id, new TextEncoder().encode(minted.secret), now);
    const { changeId, operation } = await this.#commit(planned, actor);
    for (const { kind, key, value } of planned.entries)
      if (kind === "access-key" && value === undefined) await this.secrets.delete(key);
    const users = planned.entries.flatMap(({ kind, key }) => (kind === "user" ? [key] : []));
    if (users.length > 0) await this.people.follow(users);
    const change = await this.change(changeId);
    return {
      plan: viewPlan(planId, planned, now),
      change,
      operation,
      ...(minted ? { accessKey: minted } : {}),
    };
  }

  /** Forgets secrets of keys that a crash left behind. */
  async #sweepKeys(): Promise<void> {
    for (const id of await this.secrets.list(accessKeyPurpose))
      if (!this.#state.get("access-key", id)) await this.secrets.delete(id);
  }

  async #commit(planned: PlannedChange, actor: string): Promise<{ changeId: string; operation: Operation }> {
    const at = this.host.clock.wall();
    const { changeId } = planned;
    const operation = {
      id: this.identities.uuid(),
      type: planned.operationType,
      resourceName: planned.resourceName,
      resourceType: planned.resourceType,
      roles: planned.roles,
      instances: planned.movedInstances,
      ...(planned.openedPorts.length > 0 ? { ports: planned.openedPorts } : {}),
      ...(planned.certificates.length > 0 ? { certificates: planned.certificates } : {}),
      checks: checksOf(planned, this.config.profile.tlds),
      attached: planned.attached,
      drained: drainedBy(planned),
    };
    const fact: ChangeFact = {
      title: planned.title,
      action: planned.command === "platform" ? "platform" : planned.command.action,
      actor,
      at,
      lines: planned.lines,
      records: planned.records,
      objects: planned.objects,
      operation,
      ...(planned.undoes === undefined ? {} : { undoes: planned.undoes }),
    };
    const change: Entry = {
      kind: "change",
      key: changeId,
      ...this.identities.identity("change", changeId),
      value: fact,
    };
    const revision = await this.#write(planned, [...planned.entries, change], at);
    for (const { key, kind, id } of planned.entries) {
      if (kind === "instance" && !this.#state.get("instance", key)) this.#instanceStates.delete(id);
    }
    const begun = this.operations.begin(this.#seed(changeId, revision, fact));
    this.#reconciler.review();
    this.#drains.review();
    return { changeId, operation: begun };
  }

  /** Commits entries and publishes them. @returns their revision. Throws `change-conflict`. */
  async #write(planned: PlannedChange, entries: readonly Entry[], at: number): Promise<number> {
    const { preconditions, checks, title } = planned;
    const result = await this.#store.commit(preconditions, entries, at);
    if (!result.ok) {
      const names = result.conflicts.map(({ kind, key }) => `${kind} ${key.trim()}`).slice(0, 5);
      throw new PlatformError(
        "change-conflict",
        `Cannot apply "${title}": ${names.join(", ")} was changed since the plan was made`,
      );
    }
    for (const { apex } of checks) this.#checks.renewCut(apex);
    this.#forgetTargets(planned);
    this.#publication.take(entries, result.revision);
    this.#life.note(entries);
    this.certificates.noticed(entries);
    if (this.#isStarted) this.aliasWatch.review();
    this.#delegations.review(
      entries.flatMap(({ kind, key }) => (kind === "zone" || kind === "domain" ? [key] : [])),
    );
    if (result.revision % compactEvery === 0) void this.#compact(result.revision);
    return result.revision;
  }

  /** Something was heard that operations and what is pending may wait for. */
  #review(): void {
    this.#reconciler.review();
    this.#drains.review();
    this.certificates.review();
    this.operations.review();
  }

  /** What was said of targets that come or go now was of before. */
  #forgetTargets(planned: PlannedChange): void {
    const leaving = drainedBy(planned);
    for (const { resource, instance } of [...planned.attached, ...leaving]) {
      const id = this.#state.get("instance", instance)?.id;
      const at = this.#state.get("load-balancer", resource)?.id;
      if (id === undefined) continue;
      // At other load balancers it is as it was, and is not told of again.
      if (at !== undefined) this.#targetReports.forget(at, id);
      else if (resource === instance) this.#targetReports.forgetTarget(id);
    }
    for (const { kind, id, value } of planned.entries)
      if (kind === "load-balancer" && value === undefined) this.#targetReports.forgetResource(id);
  }

  /** Commits facts of the platform's own. */
  async #writeFacts(draw: (context: PlanContext) => void): Promise<void> {
    await this.#exclusively(async () => {
      const at = this.host.clock.wall();
      const planned = this.#planner.planPlatform(at, draw);
      if (planned) await this.#write(planned, planned.entries, at);
    });
    this.#review();
  }

  /**
   * Numbers every zone anew: the store was restored from a backup, and the name servers have given serials since that it does not know.
   * Unix seconds are above all of them, so that secondary servers take today's zones for newer.
   */
  async #renumber(revision: number): Promise<void> {
    this.host.log.warn(
      { held: revision, stored: this.#state.revision },
      "the name servers hold a later state than the store: it was restored, and every zone is numbered anew",
    );
    try {
      await this.#exclusively(async () => {
        const at = this.host.clock.wall();
        const planned = this.#planner.planPlatform(at, (context) => renumberZones(context));
        if (planned) await this.#write(planned, planned.entries, at);
      });
    } catch (error) {
      this.host.log.error({ error }, "zones could not be numbered anew");
    }
  }

  /** Publishes the half of a change that was held back. */
  async #release(pending: PendingFact): Promise<void> {
    const { apex, changeId } = pending;
    try {
      await this.#exclusively(async () => {
        if (this.#state.value("pending", apex)?.changeId !== changeId) return;
        const at = this.host.clock.wall();
        const planned = this.#planner.planPlatform(at, ({ draft }) => draft.remove("pending", apex));
        if (!planned) return;
        await this.#write(planned, planned.entries, at);
      });
    } catch (error) {
      // What is pending is in the log: whatever is heard next, or the next start, makes it tried again.
      this.host.log.error({ error, apex }, "what was held back could not be published");
      return;
    }
    this.#review();
  }

  /** Commits that a drain is over. */
  async #endDrain(key: string, fact: DrainFact): Promise<void> {
    try {
      await this.#exclusively(async () => {
        if (this.#state.value("drain", key)?.changeId !== fact.changeId) return;
        const at = this.host.clock.wall();
        const id = this.#state.get("instance", fact.instance)?.id;
        const planned = this.#planner.planPlatform(at, (context) => {
          context.draft.remove("drain", key);
          if (fact.purpose === "delete") removeInstance(context, fact.instance);
        });
        if (planned) await this.#write(planned, planned.entries, at);
        if (fact.purpose === "delete" && id !== undefined) this.#instanceStates.delete(id);
      });
    } catch (error) {
      // What drains is in the log: whatever is heard next, or the next start, makes it tried again.
      this.host.log.error({ error, drain: key }, "what was drained could not be taken away");
      return;
    }
    this.#review();
  }

  /** Writes what the target of aliases was found to have, where there still are any: in the background, and not in the history. */
  async #writeAddresses(name: string, value: AliasAddressesFact | undefined): Promise<void> {
    try {
      await this.#exclusively(async () => {
        const at = this.host.clock.wall();
        const isWanted = value !== undefined && this.aliasWatch.isWatched(name);
        const planned = this.#planner.planPlatform(at, ({ draft }) => {
          if (isWanted) draft.put("alias-addresses", name, value);
          else if (!this.aliasWatch.isWatched(name)) draft.remove("alias-addresses", name);
        });
        if (planned) await this.#write(planned, planned.entries, at);
      });
    } catch (error) {
      // The next look-up finds the difference again.
      this.host.log.error({ error, name }, "the addresses of an alias' target could not be written");
    }
  }

  /** In the background: the log is right without it. */
  async #compact(revision: number): Promise<void> {
    try {
      await this.#store.compact(revision - keptRevisions);
    } catch (error) {
      this.host.log.error({ error }, "the log could not be folded into its snapshot");
    }
  }

  #seed(
    changeId: string,
    revision: number,
    { operation, at }: ChangeFact,
  ): Parameters<Operations["begin"]>[0] {
    const {
      id,
      type,
      resourceName,
      resourceType,
      roles,
      checks = [],
      ports = [],
      attached = [],
      drained = [],
      certificates = [],
    } = operation;
    const known = new Set([...this.#state.all("instance").values()].map((held) => held.id));
    return {
      id,
      changeId,
      operationType: type,
      resourceName,
      resourceType,
      region: regionalTypes.has(resourceType) ? this.config.region : "global",
      createdAt: at,
      revision,
      roles,
      checks,
      attached,
      drained,
      instances: operation.instances.filter((instance) => known.has(instance)),
      ports,
      certificates,
    };
  }

  async #load(): Promise<void> {
    for (const kind of kinds) {
      if (kind === "change") continue; // below, in the order of the log
      for await (const row of this.#rows(kind, pageSize)) this.#state.apply(row, row.revision);
    }
    const changes: Row[] = [];
    // Of a change only what it took back and which instances it removed is kept in memory: the rest is long.
    for await (const row of this.#rows("change", changePageSize)) {
      const { undoes, objects } = row.value as ChangeFact;
      const kept = {
        objects: objects.filter(isInstanceRemoval),
        ...(undoes === undefined ? {} : { undoes }),
      };
      changes.push({ ...row, value: kept });
    }
    changes.sort((a, b) => a.revision - b.revision);
    for (const row of changes) this.#state.apply(row, row.revision);
    this.#state.revision = await this.#store.head();
  }

  /** All objects of a kind, read page by page. */
  async *#rows(kind: Kind, limit: number): AsyncGenerator<Row> {
    for (let after: string | undefined; ;) {
      const rows = await this.#store.list(kind, { limit, ...(after === undefined ? {} : { after }) });
      yield* rows;
      after = rows.at(-1)?.key;
      if (rows.length < limit) return;
    }
  }

  async #restoreOperations(): Promise<void> {
    for (const { id, revision } of this.#state.changes.slice(-restoredOperations)) {
      const { fact } = await this.#readChange(id);
      if (this.operations.get(fact.operation.id)) continue;
      const seed = this.#seed(id, revision, fact);
      // How an instance does today says nothing of an attachment of long ago.
      const isOld = fact.at < this.host.clock.wall() - followedHealthMs;
      this.operations.begin(isOld ? { ...seed, attached: [] } : seed);
    }
  }

  /** What the name servers say that a command delegates a domain to. */
  async #findDelegation(command: Command): Promise<DelegationFinding | undefined> {
    if (command.action !== "set-name-servers") return undefined;
    const { authority, resolver } = this.host;
    const tools = { state: this.#state, config: this.config, authority, resolver };
    return checkNameServers(tools, readName(command.name), command.nameServers);
  }

  /** The change that an undo takes back. */
  async #undone(command: Command, by: Principal): Promise<UndoneChange | undefined> {
    if (command.action !== "undo") return undefined;
    const change = await this.#readChange(command.changeId);
    authoriseUndo(by, change.fact.objects, this.#zoneOf);
    const removedAt = new Map<string, number>();
    const asked = new Set<string>();
    for (const ref of referencesOf(change.fact)) {
      if (asked.size >= maxNamedRemovals) break;
      const name = `${ref.kind} ${ref.key}`;
      const isThere = this.#state.get(ref.kind, ref.key) !== undefined;
      if (asked.has(name) || (isThere && !isBeingDeleted(this.#state, ref.key))) continue;
      asked.add(name);
      const revision = this.#state.removedAt(ref.kind, ref.key) ?? (await this.#store.lastWritten(ref));
      if (revision !== undefined && revision !== change.revision) removedAt.set(name, revision);
    }
    return { ...change, removedAt };
  }

  async #readChange(text: string): Promise<UndoneChange> {
    const id = /^\d+$/.test(text) ? (this.#state.changeAt(Number(text)) ?? text) : text;
    const row = await this.#store.get({ kind: "change", key: id });
    if (!row) throw new PlatformError("change-not-found", `Cannot find change "${text}": there is none`);
    return { id, revision: row.revision, fact: row.value as ChangeFact };
  }

  /** Runs one write after all that came before. */
  #exclusively<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#writing.then(run);
    this.#writing = turn.catch(() => {}); // its caller hears of it; the next write goes on
    return turn;
  }
}
