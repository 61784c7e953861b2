// Control itself: its parts put together, started and ended. What is in front of it stands in `create-control.ts`, who writes in `writes.ts`, what
// follows a commit in `commits.ts`, what shows how things are in `insight.ts`.

import type {
  AuthCodeAnswer,
  Change,
  ChangeEvent,
  Command,
  ContainerNodeState,
  InstanceState,
  Operation,
  Plan,
  WriteAnswer,
} from "#contract";
import { Secrets, type Store } from "#store";
import type { DoneUpdate } from "#zone";
import { Access } from "./access/access.ts";
import { People } from "./access/people.ts";
import type { Principal } from "./access/principal.ts";
import { AliasWatch } from "./alias-watch.ts";
import { AuthorityWatch } from "./authority-watch.ts";
import { authorityKey } from "./certificate-facts.ts";
import { CertificateKeeper } from "./certificate-keeper.ts";
import { CertificateSecrets } from "./certificate-secrets.ts";
import { Commits } from "./commits.ts";
import type { ControlConfig } from "./config.ts";
import { readContainerLogs, type ContainerLogLines, type ContainerLogQuestion } from "./container-logs.ts";
import { ContainerSecrets } from "./container-secrets.ts";
import { DelegationWatch } from "./delegation-watch.ts";
import { DeploymentKeeper } from "./deployment-keeper.ts";
import { DrainWatch } from "./drain-watch.ts";
import { Identities } from "./identity.ts";
import { sweepImages } from "./image-sweep.ts";
import { makeInsight } from "./insight.ts";
import { ChangeLogReader } from "./change-log-reader.ts";
import { LifeClock } from "./life-clock.ts";
import type { LiveSampler } from "./live-figures.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { NegativeAnchorKeeper } from "./negative-anchor-keeper.ts";
import { NamesChecks } from "./names-check.ts";
import { OperationMemory } from "./operation-memory.ts";
import { Operations } from "./operations.ts";
import { OwnWrites } from "./own-writes.ts";
import { checkNewImage } from "./plan-deployment.ts";
import { PortReports } from "./port-reports.ts";
import type { PlanContext } from "./plan-context.ts";
import { Planner } from "./planner.ts";
import { HealthKeeper } from "./policies/health-keeper.ts";
import { draftPlatform } from "./platform-facts.ts";
import type { Host } from "./ports.ts";
import { Publication } from "./publication.ts";
import { Publisher } from "./publish.ts";
import type { ReadinessChecks } from "./readiness.ts";
import { Reconciler } from "./reconciler.ts";
import { RoleHub } from "./role-hub.ts";
import { listenToRoles } from "./role-reports.ts";
import { ServiceCertificateKeeper } from "./service-certificate-keeper.ts";
import { SigningKeeper } from "./signing/keeper.ts";
import { ZoneKeys } from "./signing/keys.ts";
import { draftPlatformSigning } from "./signing/stage-signing.ts";
import { ZoneSigner } from "./signing/zone-signer.ts";
import { State } from "./state.ts";
import { TargetReports } from "./target-reports.ts";
import type { Traces } from "./traces.ts";
import { TrafficSteps } from "./traffic-steps.ts";
import type { ContainerViewContext } from "./view-containers.ts";
import type { ZoneAdvisor } from "./zone-advice.ts";
import type { ZoneListings } from "./zone-listing.ts";
import { ZoneUpdates } from "./zone-updates.ts";
import { Writes } from "./writes.ts";

/** What control is made from. */
export interface ControlOptions extends Host {
  readonly store: Store;
  readonly config: ControlConfig;
}

/** What the API works with. */
export class ControlCore {
  readonly config: ControlConfig;
  readonly host: Host;
  readonly hub: RoleHub;
  readonly operations: Operations;
  readonly traces: Traces;
  readonly readiness: ReadinessChecks;
  readonly identities: Identities;
  readonly views: ContainerViewContext;
  /** Sealed secrets, which facts refer to by id. */
  readonly secrets: Secrets;
  /** Private keys of certificates, and those that are handed in. */
  readonly keys: CertificateSecrets;
  /** Environments of containers, and those that are handed in. */
  readonly environments: ContainerSecrets;
  readonly certificates: CertificateKeeper;
  readonly #services: ServiceCertificateKeeper;
  /** The health that routing policies follow. */
  readonly health: HealthKeeper;
  /** Finds who a request is of. */
  readonly access: Access;
  /** Accounts and users. */
  readonly people: People;
  readonly #store: Store;
  readonly #state: State = new State();
  readonly #publisher: Publisher;
  readonly #publication: Publication;
  readonly #zoneKeys: ZoneKeys;
  /** Signs what is published. */
  readonly signer: ZoneSigner;
  /** Carries signed zones on. */
  readonly signing: SigningKeeper;
  readonly #planner: Planner;
  readonly #changeLog: ChangeLogReader;
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
  /** What there is to say of the records of zones. */
  readonly advisor: ZoneAdvisor;
  /** Records of zones page by page. */
  readonly listings: ZoneListings;
  readonly metrics: Metrics;
  /** Who looks whether names validate again that negative trust anchors are for. */
  readonly negativeAnchors: NegativeAnchorKeeper;
  /** What goes on now, for those who listen. */
  readonly live: LiveSampler;
  readonly #instanceStates: Map<string, InstanceState> = new Map();
  readonly #portReports: PortReports = new PortReports();
  /** Nodes of container services, as the runtime reported them last. */
  readonly #nodeStates: Map<string, ContainerNodeState> = new Map();
  readonly #commits: Commits;
  readonly #writes: Writes;
  readonly #memory: OperationMemory;

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
      admit: (email, role, by) => this.#writes.admit(email, role, by),
    });
    this.identities = new Identities(host.clock, host.random, config.region);
    this.hub = new RoleHub(host.timers, host.log);
    this.keys = new CertificateSecrets(this.secrets, this.#state, this.identities, host.clock);
    this.environments = new ContainerSecrets(this.secrets, this.#state, this.identities, host.clock);
    this.#zoneKeys = new ZoneKeys(this.secrets, host.sealer, this.identities, host.clock, host.log);
    this.#publisher = new Publisher(
      this.#state,
      config,
      this.keys.sealedKeys,
      this.environments.sealed,
      this.#zoneKeys.sealed,
    );
    this.signer = new ZoneSigner(this.#state, this.#zoneKeys, store.signatures, host.clock, host.log);
    this.#publication = new Publication(this.#state, this.#publisher, this.hub, this.signer, host);
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
        zoneKeys: this.#zoneKeys,
      },
    );
    this.#changeLog = new ChangeLogReader(store, this.#state, host.log);
    this.#own = new OwnWrites({
      state: this.#state,
      clock: host.clock,
      log: host.log,
      planner: this.#planner,
      exclusively: (run) => this.#writes.exclusively(run),
      write: (planned, at) => this.#commits.write(planned, planned.entries, at),
      commit: (planned, actor = "platform") => this.#commits.commit(planned, actor),
      review: () => this.#commits.review(),
      isAliasWatched: (name) => this.aliasWatch.isWatched(name),
      forgetInstance: (id) => this.#instanceStates.delete(id),
    });
    this.#watch = new AuthorityWatch(host.authority, host.timers, config.profile, () =>
      this.#commits.review(),
    );
    this.#delegations = new DelegationWatch(this.#state, config, host.resolver, host.clock, host.timers, () =>
      this.#commits.review(),
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
    this.health = new HealthKeeper({
      state: this.#state,
      hub: this.hub,
      instanceStates: this.#instanceStates,
      targetReports: this.#targetReports,
      clock: host.clock,
    });
    this.#drains = new DrainWatch(traffic, (key, fact) => this.#own.endDrain(key, fact));
    const certificates = {
      state: this.#state,
      config,
      host,
      identities: this.identities,
      secrets: this.keys,
      checks: this.#checks,
      hub: this.hub,
      write: (draw: (context: PlanContext) => void) => this.#own.writeFacts(draw),
      acme: (authorities: string) => host.acme(authorities),
    };
    this.certificates = new CertificateKeeper(certificates);
    this.#services = new ServiceCertificateKeeper(certificates, this.certificates.issuing);
    this.signing = new SigningKeeper({
      ...host,
      state: this.#state,
      config,
      checks: this.#checks,
      keys: this.#zoneKeys,
      signer: this.signer,
      write: (draw) => this.#own.writeFacts(draw),
    });
    this.operations = new Operations(this.hub, this.#checks, host.clock, {
      state: this.#state,
      instances: this.#instanceStates,
      ports: this.#portReports,
      traffic: new TrafficSteps(traffic, this.#drains),
    });
    this.aliasWatch = new AliasWatch(this.#state, host, config.profile.tlds, (name, value) =>
      this.#own.writeAddresses(name, value),
    );
    const { clock, timers } = host;
    this.negativeAnchors = new NegativeAnchorKeeper({
      state: this.#state,
      hub: this.hub,
      clock,
      timers,
      remove: (name, revision, found) => this.#own.endNegativeAnchor(name, revision, found),
    });
    const insight = makeInsight({
      state: this.#state,
      store,
      config,
      host,
      hub: this.hub,
      publisher: this.#publisher,
      instanceStates: this.#instanceStates,
      portStates: this.#portReports.states,
      nodeStates: this.#nodeStates,
      targetReports: this.#targetReports,
      aliasWatch: this.aliasWatch,
      delegations: this.#delegations,
      health: this.health,
    });
    this.views = insight.views;
    this.traces = insight.traces;
    this.readiness = insight.readiness;
    this.advisor = insight.advisor;
    this.listings = insight.listings;
    this.live = insight.live;
    this.metrics = insight.metrics;
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
    const shared = {
      state: this.#state,
      host,
      config,
      identities: this.identities,
      changeLog: this.#changeLog,
    };
    this.#commits = new Commits({
      ...shared,
      store,
      zoneKeys: this.#zoneKeys,
      signing: this.signing,
      publication: this.#publication,
      checks: this.#checks,
      operations: this.operations,
      reconciler: this.#reconciler,
      drains: this.#drains,
      health: this.health,
      deployments: this.#deployments,
      life: this.#life,
      certificates: this.certificates,
      environments: this.environments,
      delegations: this.#delegations,
      aliasWatch: this.aliasWatch,
      listings: this.listings,
      targetReports: this.#targetReports,
      instanceStates: this.#instanceStates,
    });
    this.#writes = new Writes({
      ...shared,
      planner: this.#planner,
      publisher: this.#publisher,
      commits: this.#commits,
      secrets: this.secrets,
      environments: this.environments,
      keys: this.keys,
      people: this.people,
      aliasWatch: this.aliasWatch,
    });
    this.#memory = new OperationMemory({
      operations: this.operations,
      state: this.#state,
      changeLog: this.#changeLog,
      region: config.region,
      clock: host.clock,
    });
  }

  async start(): Promise<void> {
    const recorded: DoneUpdate[] = [];
    await this.#changeLog.load(({ update }) => void (update && recorded.push(update)));
    await this.keys.load();
    await this.environments.load();
    await this.traces.start();
    await this.#zoneKeys.load(this.#state);
    await this.signer.load();
    const isFirst = this.#state.revision === 0;
    const authority = await this.certificates.issuing.prepareAuthority();
    await this.#writes.exclusively(async () => {
      const planned = this.#planner.planPlatform(this.host.clock.wall(), (context) => {
        draftPlatform(context);
        draftPlatformSigning(context, isFirst);
        if (authority) context.draft.put("authority", authorityKey, authority);
      });
      if (planned) await this.#commits.commit(planned, "platform");
    });
    await this.#services.start();
    this.#commits.begin();
    // From here on the revision is at least 1, so that no role takes what it is given for nothing.
    await this.#publication.begin();
    this.health.start();
    const updates = new ZoneUpdates({
      hub: this.hub,
      log: this.host.log,
      rules: this.config.updates ?? [],
      clock: this.host.clock,
      recorded,
      apply: (update, by) => this.#writes.update(update, by),
    });
    listenToRoles(this.hub, {
      state: this.#state,
      instanceStates: this.#instanceStates,
      portReports: this.#portReports,
      targetReports: this.#targetReports,
      deployments: this.#deployments,
      health: this.health,
      operations: this.operations,
      traces: this.traces,
      updates,
      review: () => this.#commits.review(),
      renumber: (revision) => this.#own.renumber(revision),
    });
    await this.#writes.sweepKeys();
    await this.people.sweep();
    await this.#memory.restore();
    await this.#life.start();
    await this.certificates.start();
    await this.signing.start();
    await this.#deployments.start();
    this.#delegations.review();
    this.#commits.review();
    this.aliasWatch.review();
    this.negativeAnchors.review();
    this.#commits.listen(() => this.negativeAnchors.review());
    if (this.config.collectsMetrics !== false) this.metrics.start();
  }

  async close(): Promise<void> {
    this.metrics.close();
    this.live.close();
    this.negativeAnchors.close();
    this.#life.close();
    this.certificates.close();
    this.#services.close();
    this.signing.close();
    this.#deployments.close();
    this.#delegations.close();
    await this.#writes.settle();
    await this.signer.settle();
    this.operations.close();
    this.aliasWatch.close();
    this.#watch.close();
    this.#drains.close();
    this.hub.close();
    await this.host.identity.close();
    await this.#store.close();
  }

  /** Plans a command and changes nothing. The plan can be applied for a while. */
  plan(command: Command, by: Principal): Promise<Plan> {
    return this.#writes.plan(command, by);
  }

  /** Commits a plan as it was shown. Throws `change-conflict` where anything that it builds on was changed since. */
  applyPlan(id: string, by: Principal): Promise<WriteAnswer> {
    return this.#writes.applyPlan(id, by);
  }

  /** Plans a command and commits it at once. */
  run(command: Command, by: Principal): Promise<WriteAnswer> {
    return this.#writes.run(command, by);
  }

  /** Gives a domain a new authorization code, in place of the one before. Throws `domain-not-found` or `status-prohibits`. */
  renewAuthCode(text: string, actor: string): Promise<AuthCodeAnswer> {
    return this.#writes.renewAuthCode(text, actor);
  }

  /**
   * An operation, also one that is no longer remembered.
   * @param isSame  tells whether an operation's id is meant; the same id, where absent
   */
  findOperation(id: string, isSame?: (own: string) => boolean): Promise<Operation | undefined> {
    return this.#memory.find(id, isSame);
  }

  /** Refuses an image whose name could not be registered, before it is sent. */
  checkImageName(service: string, label: string): void {
    checkNewImage(this.#state, service, label);
  }

  /** Log lines of a container. Throws `role-unreachable`, `input-malformed`. */
  containerLogs(question: ContainerLogQuestion): Promise<ContainerLogLines> {
    return readContainerLogs(this.hub, question);
  }

  /** One change of the history, by id or revision. Throws `change-not-found`. */
  change(id: string): Promise<Change> {
    return this.#changeLog.change(id);
  }

  /** Changes, the latest first, before a revision. */
  history(...asked: Parameters<ChangeLogReader["history"]>): ReturnType<ChangeLogReader["history"]> {
    return this.#changeLog.history(...asked);
  }

  /** Calls `listener` after each commit. @returns takes it away */
  listen(listener: (event: ChangeEvent) => void): () => void {
    return this.#commits.listen(listener);
  }
}
