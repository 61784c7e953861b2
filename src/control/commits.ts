// One commit and what follows it: its entries go to the log, what the roles are given is published, and whoever waits for such facts is told.
// Commits follow one another; whose turn it is, `writes.ts` says.

import { PlatformError, type ChangeEvent, type InstanceState, type Operation } from "#contract";
import type { Entry, Store } from "#store";
import type { AliasWatch } from "./alias-watch.ts";
import { tellCommit } from "./change-index.ts";
import type { CertificateKeeper } from "./certificate-keeper.ts";
import type { ControlConfig } from "./config.ts";
import type { ContainerSecrets } from "./container-secrets.ts";
import type { DelegationWatch } from "./delegation-watch.ts";
import type { DeploymentKeeper } from "./deployment-keeper.ts";
import type { DrainWatch } from "./drain-watch.ts";
import type { Identities } from "./identity.ts";
import type { ChangeLogReader } from "./change-log-reader.ts";
import type { LifeClock } from "./life-clock.ts";
import type { NamesChecks } from "./names-check.ts";
import { changeFactOf, seedOf } from "./operation-seed.ts";
import type { Operations } from "./operations.ts";
import { drainedBy, type PlannedChange } from "./planned.ts";
import type { Host } from "./ports.ts";
import type { Publication } from "./publication.ts";
import type { HealthKeeper } from "./policies/health-keeper.ts";
import type { Reconciler } from "./reconciler.ts";
import type { ZoneSigningFact } from "./signing/facts.ts";
import type { SigningKeeper } from "./signing/keeper.ts";
import type { ZoneKeys } from "./signing/keys.ts";
import type { State } from "./state.ts";
import type { TargetReports } from "./target-reports.ts";
import type { ZoneListings } from "./zone-listing.ts";

/** What commits work with, and whom they tell. */
export interface CommitSources {
  readonly store: Store;
  readonly state: State;
  readonly host: Host;
  readonly zoneKeys: ZoneKeys;
  readonly signing: SigningKeeper;
  readonly config: ControlConfig;
  readonly identities: Identities;
  readonly changeLog: ChangeLogReader;
  readonly publication: Publication;
  readonly checks: NamesChecks;
  readonly operations: Operations;
  readonly reconciler: Reconciler;
  readonly drains: DrainWatch;
  readonly health: HealthKeeper;
  readonly deployments: DeploymentKeeper;
  readonly life: LifeClock;
  readonly certificates: CertificateKeeper;
  readonly environments: ContainerSecrets;
  readonly delegations: DelegationWatch;
  readonly aliasWatch: AliasWatch;
  readonly listings: ZoneListings;
  readonly targetReports: TargetReports;
  readonly instanceStates: Map<string, InstanceState>;
}

/** Commits plans. */
export class Commits {
  readonly #from: CommitSources;
  readonly #listeners: Set<(event: ChangeEvent) => void> = new Set();
  #isStarted = false;

  constructor(from: CommitSources) {
    this.#from = from;
  }

  /** From here on names outside are watched: the state is whole. */
  begin(): void {
    this.#isStarted = true;
  }

  /** Commits a plan as a change of the history and begins its operation. Throws `change-conflict`. */
  async commit(planned: PlannedChange, actor: string): Promise<{ changeId: string; operation: Operation }> {
    const at = this.#from.host.clock.wall();
    const { changeId } = planned;
    const fact = changeFactOf(planned, {
      actor,
      at,
      operationId: this.#from.identities.uuid(),
      tlds: this.#from.config.profile.tlds,
    });
    const change: Entry = {
      kind: "change",
      key: changeId,
      ...this.#from.identities.identity("change", changeId),
      value: fact,
    };
    const { title } = fact;
    const entries = [...planned.entries, change];
    const revision = await this.write(planned, entries, at, { changeId, title, actor });
    for (const { key, kind, id } of planned.entries) {
      if (kind === "instance" && !this.#from.state.get("instance", key)) this.#from.instanceStates.delete(id);
    }
    const begun = this.#from.operations.begin(
      seedOf(this.#from.state, this.#from.config.region, { changeId, revision, fact }),
    );
    this.#from.reconciler.review();
    this.#from.drains.review();
    this.#from.deployments.review();
    return { changeId, operation: begun };
  }

  /** Calls `listener` after each commit. @returns takes it away */
  listen(listener: (event: ChangeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Commits entries and publishes them.
   * @param change  the change that they are; absent where they are the platform's own
   * @returns their revision. Throws `change-conflict`.
   */
  async write(
    planned: PlannedChange,
    entries: readonly Entry[],
    at: number,
    change?: Pick<ChangeEvent, "changeId" | "title" | "actor">,
  ): Promise<number> {
    const { preconditions, checks, title } = planned;
    if (!(await this.#from.zoneKeys.save(signingFactsOf(entries)))) {
      throw new PlatformError(
        "change-conflict",
        `Cannot apply "${title}": its zone's keys were made too long ago`,
      );
    }
    const result = await this.#from.store.commit(preconditions, entries, at);
    if (!result.ok) {
      const names = result.conflicts.map(({ kind, key }) => `${kind} ${key.trim()}`).slice(0, 5);
      throw new PlatformError(
        "change-conflict",
        `Cannot apply "${title}": ${names.join(", ")} was changed since the plan was made`,
      );
    }
    for (const { apex } of checks) this.#from.checks.renewCut(apex);
    this.#forgetTargets(planned);
    const published = this.#from.publication.take(entries, result.revision);
    this.#from.health.review();
    this.#from.listings.noticed(entries);
    await published;
    this.#from.life.note(entries);
    this.#from.certificates.noticed(entries);
    this.#from.signing.noticed(entries);
    this.#from.environments.noticed(entries);
    this.#from.deployments.noticed(entries);
    if (this.#isStarted) this.#from.aliasWatch.review();
    this.#from.delegations.review(
      entries.flatMap(({ kind, key }) => (kind === "zone" || kind === "domain" ? [key] : [])),
    );
    this.#from.changeLog.fold(result.revision);
    if (this.#listeners.size > 0) {
      const event = tellCommit(this.#from.state, planned, entries, result.revision, change);
      for (const listener of this.#listeners) listener(event);
    }
    return result.revision;
  }

  /** Something was heard that operations and what is pending may wait for. */
  review(): void {
    this.#from.reconciler.review();
    this.#from.drains.review();
    this.#from.certificates.review();
    this.#from.signing.review();
    this.#from.deployments.review();
    this.#from.operations.review();
  }

  /** What was said of targets that come or go now was of before. */
  #forgetTargets(planned: PlannedChange): void {
    const leaving = drainedBy(planned);
    for (const { resource, instance } of [...planned.attached, ...leaving]) {
      const id = this.#from.state.get("instance", instance)?.id;
      const at = this.#from.state.get("load-balancer", resource)?.id;
      if (id === undefined) continue;
      // At other load balancers it is as it was, and is not told of again.
      if (at !== undefined) this.#from.targetReports.forget(at, id);
      else if (resource === instance) this.#from.targetReports.forgetTarget(id);
    }
    for (const { kind, id, value } of planned.entries)
      if (kind === "load-balancer" && value === undefined) this.#from.targetReports.forgetResource(id);
  }
}

function signingFactsOf(entries: readonly Entry[]): ZoneSigningFact[] {
  return entries.flatMap(({ kind, value }) =>
    kind === "zone-signing" && value !== undefined ? [value as ZoneSigningFact] : [],
  );
}
