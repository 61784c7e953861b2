// Control itself: the state, its one writer, what follows a commit, and the parts that the API calls. `createControl` puts all together.

import {
  PlatformError,
  type AuthCodeAnswer,
  type Change,
  type Command,
  type ContainerNodeState,
  type Deployment,
  type InstanceState,
  type Operation,
  type Plan,
  type Role,
  type PortState,
  type WriteAnswer,
} from "#contract";
import { Secrets, type Entry, type Store } from "#store";
import type { Hono } from "hono";
import { Access } from "./access/access.ts";
import { authoriseCommand, authorisePlanned, authoriseUndo, deny, type Step } from "./access/authorise.ts";
import { accessKeyPurpose } from "./access/keys.ts";
import { People } from "./access/people.ts";
import type { Principal } from "./access/principal.ts";
import { createApi } from "./api/app.ts";
import { createPages, isPage } from "./api/pages.ts";
import { createAwsEndpoint } from "./aws/endpoint.ts";
import { awsServices } from "./aws/services.ts";
import { makeAuthCode } from "./auth-code.ts";
import { lookUpAddresses, type FoundAddresses } from "./alias-lookup.ts";
import { AliasWatch } from "./alias-watch.ts";
import { AuthorityWatch } from "./authority-watch.ts";
import { authorityKey } from "./certificate-facts.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";
import { CertificateSecrets } from "./certificate-secrets.ts";
import type { ControlConfig } from "./config.ts";
import { deploymentKey } from "./container-facts.ts";
import { readContainerLogs, type ContainerLogLines, type ContainerLogQuestion } from "./container-logs.ts";
import { ContainerSecrets } from "./container-secrets.ts";
import { requireServedKey } from "./delegation-signer.ts";
import { DelegationWatch } from "./delegation-watch.ts";
import { DeploymentKeeper } from "./deployment-keeper.ts";
import { DrainWatch } from "./drain-watch.ts";
import { Identities } from "./identity.ts";
import { sweepImages } from "./image-sweep.ts";
import { Journal } from "./journal.ts";
import { LifeClock } from "./life-clock.ts";
import { readName, shown } from "./names.ts";
import { checkNameServers, type DelegationFinding } from "./name-server-check.ts";
import { Metrics } from "./metrics/metrics.ts";
import { NamesChecks } from "./names-check.ts";
import { factOf, seedOf } from "./operation-seed.ts";
import { findChangeOf } from "./operation-lookup.ts";
import { Operations, type OperationSeed } from "./operations.ts";
import { OwnWrites } from "./own-writes.ts";
import { checkNewImage } from "./plan-deployment.ts";
import { planAuthCode } from "./plan-registration.ts";
import type { UndoneChange } from "./plan-context.ts";
import { Planner } from "./planner.ts";
import { draftPlatform } from "./platform-facts.ts";
import { drainedBy, type PlannedChange } from "./planned.ts";
import type { Host } from "./ports.ts";
import { Publication } from "./publication.ts";
import { Publisher } from "./publish.ts";
import { Reconciler } from "./reconciler.ts";
import { RoleHub } from "./role-hub.ts";
import { refuseDangling } from "./references.ts";
import { refreshPlan } from "./stage.ts";
import { State } from "./state.ts";
import { TargetReports } from "./target-reports.ts";
import { Traces } from "./traces.ts";
import { TrafficSteps } from "./traffic-steps.ts";
import { mayVisit } from "./visit-limits.ts";
import { WaitingPlans } from "./waiting-plans.ts";
import type { ContainerViewContext } from "./view-containers.ts";
import { viewPlan } from "./views.ts";

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
  const aws = createAwsEndpoint(core, awsServices);
  return {
    app,
    fetch: (request, environment) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/" && request.method === "POST") return aws(request);
      return isPage(pathname) ? pages.fetch(request, environment) : app.fetch(request, environment);
    },
    hub: core.hub,
    start: () => core.start(),
    close: () => core.close(),
  };
}

/** For how long after a change the health of what it attached is followed by the operation that a restart makes anew. */
const followedHealthMs = 600_000;
/** Operations that are made anew after a restart. */
const restoredOperations = 50;
/** Names outside that one plan waits for; what is over is looked up once it is committed. */
const maxLookedUp = 20;

/** What the API works with. */
export class ControlCore {
  readonly config: ControlConfig;
  readonly host: Host;
  readonly hub: RoleHub;
  readonly operations: Operations;
  readonly traces: Traces;
  readonly identities: Identities;
  readonly views: ContainerViewContext;
  /** Sealed secrets, which facts refer to by id. */
  readonly secrets: Secrets;
  /** Private keys of certificates, and those that are handed in. */
  readonly keys: CertificateSecrets;
  /** Environments of containers, and those that are handed in. */
  readonly environments: ContainerSecrets;
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
  readonly #journal: Journal;
  readonly #own: OwnWrites;
  readonly #watch: AuthorityWatch;
  readonly #delegations: DelegationWatch;
  readonly #checks: NamesChecks;
  readonly #reconciler: Reconciler;
  readonly #life: LifeClock;
  readonly #deployments: DeploymentKeeper;
  readonly #drains: DrainWatch;
  readonly #targetReports: TargetReports = new TargetReports();
  readonly aliasWatch: AliasWatch;
  readonly metrics: Metrics;
  readonly #instanceStates: Map<string, InstanceState> = new Map();
  readonly #portStates: Map<string, PortState> = new Map();
  /** Nodes of container services, as the runtime reported them last. */
  readonly #nodeStates: Map<string, ContainerNodeState> = new Map();
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
    this.environments = new ContainerSecrets(this.secrets, this.#state, this.identities, host.clock);
    this.#publisher = new Publisher(this.#state, config, this.keys.sealedKeys, this.environments.sealed);
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
        handedIn: { ...this.keys.handedIn, environments: this.environments.handedIn },
      },
    );
    this.#journal = new Journal(store, this.#state, host.log);
    this.#own = new OwnWrites({
      state: this.#state,
      clock: host.clock,
      log: host.log,
      planner: this.#planner,
      exclusively: (run) => this.#exclusively(run),
      write: (planned, at) => this.#write(planned, planned.entries, at),
      commit: (planned) => this.#commit(planned, "platform"),
      review: () => this.#review(),
      isAliasWatched: (name) => this.aliasWatch.isWatched(name),
      forgetInstance: (id) => this.#instanceStates.delete(id),
    });
    this.#watch = new AuthorityWatch(host.authority, host.timers, config.profile, () => this.#review());
    this.#delegations = new DelegationWatch(this.#state, config, host.resolver, host.clock, host.timers, () =>
      this.#review(),
    );
    this.#checks = new NamesChecks(this.#state, config, this.hub, this.#watch, this.#delegations);
    this.#reconciler = new Reconciler(this.#state, this.#checks, (pending) => this.#own.release(pending));
    const traffic = {
      state: this.#state,
      publisher: this.#publisher,
      hub: this.hub,
      reports: this.#targetReports,
      clock: host.clock,
      timers: host.timers,
    };
    this.#drains = new DrainWatch(traffic, (key, fact) => this.#own.endDrain(key, fact));
    this.certificates = new CertificateKeeper({
      state: this.#state,
      config,
      host,
      identities: this.identities,
      secrets: this.keys,
      checks: this.#checks,
      hub: this.hub,
      write: (draw) => this.#own.writeFacts(draw),
      acme: (authorities) => host.acme(authorities),
    });
    this.operations = new Operations(this.hub, this.#checks, host.clock, {
      state: this.#state,
      instances: this.#instanceStates,
      ports: this.#portStates,
      traffic: new TrafficSteps(traffic, this.#drains),
    });
    this.traces = new Traces(
      host,
      () => {
        const authority = this.#state.value("authority", authorityKey);
        return authority ? [authority.root] : [];
      },
      (url, address) => mayVisit(config.profile, this.#portStates, url, address),
    );
    this.aliasWatch = new AliasWatch(this.#state, host, config.profile.tlds, (name, value) =>
      this.#own.writeAddresses(name, value),
    );
    const { clock, timers, log } = host;
    this.metrics = new Metrics(this.#state, config.version, {
      hub: this.hub,
      table: store.metrics,
      instanceStates: this.#instanceStates,
      clock,
      timers,
      log,
    });
    this.views = {
      state: this.#state,
      publisher: this.#publisher,
      config,
      instanceStates: this.#instanceStates,
      portStates: this.#portStates,
      nodeStates: this.#nodeStates,
      isServed: (revision) => this.hub.serves("edge", revision),
      now: () => host.clock.wall(),
      targetReports: this.#targetReports,
      isEdgeConnected: () => this.hub.isConnected("edge"),
      isServedByEdge: (revision) => this.hub.serves("edge", revision),
      aliasWatch: this.aliasWatch,
      delegations: this.#delegations,
    };
    this.#deployments = new DeploymentKeeper({
      ...traffic,
      nodeStates: this.#nodeStates,
      log: host.log,
      write: (draw) => this.#own.writeFacts(draw),
      sweep: async () => {
        sweepImages(this.#state, host.images, host.clock.wall());
        await this.environments.sweep();
      },
    });
    this.#life = new LifeClock(this.#state, host.clock, host.timers, host.log, (name) =>
      this.#own.carryOn(name),
    );
  }

  async start(): Promise<void> {
    await this.#journal.load();
    await this.keys.load();
    await this.environments.load();
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
      containerNode: (node) => {
        this.#deployments.take(node);
        this.#review();
      },
      targets: (report) => {
        this.#targetReports.take(report);
        this.#review();
      },
      trace: (step) => this.traces.add(step),
      ahead: (role, revision) => {
        if (role === "names") void this.#own.renumber(revision);
      },
    });
    await this.#sweepKeys();
    await this.people.sweep();
    await this.#restoreOperations();
    await this.#life.start();
    await this.certificates.start();
    await this.#deployments.start();
    this.#delegations.review();
    this.#review();
    this.aliasWatch.review();
    if (this.config.collectsMetrics !== false) this.metrics.start();
  }

  async close(): Promise<void> {
    this.metrics.close();
    this.#life.close();
    this.certificates.close();
    this.#deployments.close();
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
      refuseDangling(planned, this.#state);
      this.environments.requireKept(planned);
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
        const undone = command.action === "undo" ? await this.#undone(command.changeId, by) : undefined;
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
          looked.set(name, await lookUpAddresses(this.host.resolver, name, this.config.profile.tlds));
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

  /** A version with the values of its environments: for those who may deploy. */
  async withValues(deployment: Deployment): Promise<Deployment> {
    const key = deploymentKey(deployment.service, deployment.version);
    const id = this.#state.value("deployment", key)?.environmentId;
    const values = id === undefined ? {} : await this.environments.open(id);
    const containers = Object.entries(deployment.containers).map(
      ([name, one]) => [name, { ...one, environment: values[name] ?? {} }] as const,
    );
    return { ...deployment, containers: Object.fromEntries(containers) };
  }

  /** Refuses an image whose name could not be registered, before it is sent. */
  checkImageName(service: string, label: string): void {
    checkNewImage(this.#state, service, label);
  }

  /** Log lines of a container. Throws `role-unreachable`, `input-malformed`. */
  containerLogs(question: ContainerLogQuestion): Promise<ContainerLogLines> {
    return readContainerLogs(this.hub, question);
  }

  /**
   * An operation, also one that is no longer remembered.
   * @param isSame  tells whether an operation's id is meant; the same id, where absent
   */
  async findOperation(
    id: string,
    isSame: (own: string) => boolean = (own) => own === id,
  ): Promise<Operation | undefined> {
    const known = this.operations.get(id);
    if (known) return known;
    const read = (changeId: string): Promise<UndoneChange> => this.#journal.read(changeId);
    const change = await findChangeOf(id, this.#state.changes, read, isSame);
    return change && this.operations.recall(this.#seedAnew(change));
  }

  /** One change of the history, by id or revision. Throws `change-not-found`. */
  change(id: string): Promise<Change> {
    return this.#journal.change(id);
  }

  /** Changes, the latest first, before a revision. */
  history(limit: number, before: number = Infinity): Promise<Change[]> {
    return this.#journal.history(limit, before);
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
    const fact = factOf(planned, {
      actor,
      at,
      operationId: this.identities.uuid(),
      tlds: this.config.profile.tlds,
    });
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
    const begun = this.operations.begin(
      seedOf(this.#state, this.config.region, { changeId, revision, fact }),
    );
    this.#reconciler.review();
    this.#drains.review();
    this.#deployments.review();
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
    this.environments.noticed(entries);
    this.#deployments.noticed(entries);
    if (this.#isStarted) this.aliasWatch.review();
    this.#delegations.review(
      entries.flatMap(({ kind, key }) => (kind === "zone" || kind === "domain" ? [key] : [])),
    );
    this.#journal.fold(result.revision);
    return result.revision;
  }

  /** Something was heard that operations and what is pending may wait for. */
  #review(): void {
    this.#reconciler.review();
    this.#drains.review();
    this.certificates.review();
    this.#deployments.review();
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

  /** The change that an undo takes back, where one may. */
  async #undone(changeId: string, by: Principal): Promise<UndoneChange> {
    const change = await this.#journal.read(changeId);
    authoriseUndo(by, change.fact.objects, this.#zoneOf);
    return this.#journal.undone(change);
  }

  async #restoreOperations(): Promise<void> {
    for (const { id } of this.#state.changes.slice(-restoredOperations)) {
      const change = await this.#journal.read(id);
      if (!this.operations.get(change.fact.operation.id)) this.operations.begin(this.#seedAnew(change));
    }
  }

  #seedAnew({ id, revision, fact }: UndoneChange): OperationSeed {
    const seed = seedOf(this.#state, this.config.region, { changeId: id, revision, fact });
    // How an instance does today says nothing of an attachment of long ago.
    const isOld = fact.at < this.host.clock.wall() - followedHealthMs;
    return isOld ? { ...seed, attached: [] } : seed;
  }

  /** What the name servers say that a command delegates a domain to. */
  async #findDelegation(command: Command): Promise<DelegationFinding | undefined> {
    const { authority, resolver } = this.host;
    if (command.action === "add-delegation-signer" && this.#state.get("domain", readName(command.name)))
      await requireServedKey(resolver, command);
    if (command.action !== "set-name-servers") return undefined;
    const tools = { state: this.#state, config: this.config, authority, resolver };
    return checkNameServers(tools, readName(command.name), command.nameServers);
  }

  /** Runs one write after all that came before. */
  #exclusively<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#writing.then(run);
    this.#writing = turn.catch(() => {}); // its caller hears of it; the next write goes on
    return turn;
  }
}
