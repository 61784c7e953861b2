// What changes the platform at somebody's request: a command is looked at, planned on the state that the write before left, looked at again
// with all that it touches, and committed. Writes follow one another.

import {
  PlatformError,
  type AuthCodeAnswer,
  type Command,
  type Plan,
  type Role,
  type WriteAnswer,
} from "#contract";
import type { Secrets } from "#store";
import {
  authoriseCommand,
  authorisePlanned,
  authoriseUndo,
  deny,
  type CommandUse,
} from "./access/authorise.ts";
import { accessKeyPurpose } from "./access/keys.ts";
import type { People } from "./access/people.ts";
import type { Principal } from "./access/principal.ts";
import { lookUpAddresses, type FoundAddresses } from "./alias-lookup.ts";
import type { AliasWatch } from "./alias-watch.ts";
import { makeAuthCode } from "./auth-code.ts";
import type { Commits } from "./commits.ts";
import type { ControlConfig } from "./config.ts";
import type { CertificateSecrets } from "./certificate-secrets.ts";
import type { ContainerSecrets } from "./container-secrets.ts";
import { requireServedKey } from "./delegation-signer.ts";
import type { Identities } from "./identity.ts";
import type { ChangeLogReader } from "./change-log-reader.ts";
import { checkDelegationServers, type DelegationFinding } from "./name-server-check.ts";
import { readName, shown } from "./names.ts";
import type { UndoneChange } from "./plan-context.ts";
import { refuseOutdated } from "./outdated-plan.ts";
import { planAuthCode } from "./plan-registration.ts";
import { decideZoneUpdate, draftUpdate, type ZoneUpdate } from "./plan-update.ts";
import type { PlannedChange } from "./planned.ts";
import type { Planner } from "./planner.ts";
import type { Publisher } from "./publish.ts";
import type { Host } from "./ports.ts";
import { refuseChangedRecords } from "./rrset-conflicts.ts";
import { refuseDangling } from "./references.ts";
import { turnAfter } from "./slices.ts";
import { refreshPlan } from "./stage.ts";
import type { State } from "./state.ts";
import { viewPlan } from "./views.ts";
import { WaitingPlans } from "./waiting-plans.ts";

/** Names outside that one plan waits for; what is over is looked up once it is committed. */
const maxLookedUp = 20;

/** What writes work with. */
export interface WriteSources {
  readonly state: State;
  readonly host: Host;
  readonly config: ControlConfig;
  readonly identities: Identities;
  readonly planner: Planner;
  readonly publisher: Publisher;
  readonly changeLog: ChangeLogReader;
  readonly commits: Commits;
  readonly secrets: Secrets;
  readonly environments: ContainerSecrets;
  readonly keys: CertificateSecrets;
  readonly people: People;
  readonly aliasWatch: AliasWatch;
}

/** Plans commands, applies plans, one write at a time. */
export class Writes {
  readonly #from: WriteSources;
  readonly #plans: WaitingPlans = new WaitingPlans();
  /** Plans the command of a plan that waits once more, on the state of the moment in which it is called. */
  readonly #again: WeakMap<PlannedChange, () => PlannedChange> = new WeakMap();
  readonly #zoneOf = (name: string): string | undefined => this.#from.state.zoneOf(name)?.apex;
  /** Writes follow one another: each is planned on the state that the one before left. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(from: WriteSources) {
    this.#from = from;
  }

  /** Resolves when all writes that were begun are over. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  /** Plans a command and changes nothing. The plan can be applied for a while. */
  async plan(command: Command, by: Principal): Promise<Plan> {
    const planned = await this.#plan(command, by, "plan", (made, again) => {
      this.#again.set(made, again);
      return Promise.resolve(made);
    });
    const id = this.#from.identities.uuid();
    this.#plans.add(id, planned);
    return viewPlan(id, planned, this.#from.host.clock.wall());
  }

  /**
   * Commits a plan as it was shown. Throws `change-conflict` where anything that it builds on was changed since, or its command would be
   * refused by now.
   */
  async applyPlan(id: string, by: Principal): Promise<WriteAnswer> {
    return this.exclusively(async () => {
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
      refuseChangedRecords(planned, this.#from.state);
      refuseDangling(planned, this.#from.state);
      this.#from.environments.requireKept(planned);
      const refreshed = refreshPlan(planned, this.#from.state, this.#from.host.clock.wall());
      const again = this.#again.get(planned) ?? ((): PlannedChange => planned);
      refuseOutdated(planned, refreshed, again, this.#from.state);
      return this.#finish(id, refreshed, by);
    });
  }

  /** Plans a command and commits it at once. */
  async run(command: Command, by: Principal): Promise<WriteAnswer> {
    return this.#plan(command, by, "apply", (planned) =>
      this.#finish(this.#from.identities.uuid(), planned, by),
    );
  }

  /**
   * Makes a change of an update that came over DNS, decided on the zone as the write before has left it.
   * Throws a PlatformError where a rule refuses it.
   * @returns the response code
   */
  async update(update: ZoneUpdate, by: Principal): Promise<number> {
    return this.exclusively(async () => {
      const { clock } = this.#from.host;
      const began = clock.monotonic();
      const decided = decideZoneUpdate(this.#from, update, clock.wall());
      const { rcode } = decided.outcome;
      if (!decided.outcome.change) return rcode;
      await turnAfter(clock, began);
      const drafted = clock.monotonic();
      const planned = this.#from.planner.planLike(
        { action: "change-rrsets", zone: update.zone, edits: [] },
        by,
        clock.wall(),
        (context) => draftUpdate(context, decided),
      );
      if (!planned) return rcode;
      authorisePlanned(by, planned, this.#zoneOf);
      await turnAfter(clock, drafted);
      const { recorded } = update;
      await this.#from.commits.commit(recorded ? { ...planned, update: recorded } : planned, by.actor);
      return rcode;
    });
  }

  /** Creates a user for somebody who has a one-time link. */
  async admit(email: string, role: Role, by: Principal): Promise<void> {
    await this.exclusively(async () => {
      const planned = this.#from.planner.plan(
        { action: "create-user", email, role },
        by,
        this.#from.host.clock.wall(),
      );
      await this.#finish(this.#from.identities.uuid(), planned, by);
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
    use: CommandUse,
    take: (planned: PlannedChange, again: () => PlannedChange) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#planLookedUp(command, by, use, take);
    } catch (error) {
      this.#from.environments.refused(command);
      this.#from.keys.refused(command);
      throw error;
    }
  }

  async #planLookedUp<T>(
    command: Command,
    by: Principal,
    use: CommandUse,
    take: (planned: PlannedChange, again: () => PlannedChange) => Promise<T>,
  ): Promise<T> {
    authoriseCommand(by, use, command);
    const looked = new Map<string, FoundAddresses>();
    // Name servers are asked before it is this write's turn: others need not wait for them.
    const finding = await this.#findDelegation(command);
    for (;;) {
      const outcome = await this.exclusively(async () => {
        const undone = command.action === "undo" ? await this.#undone(command.changeId, by) : undefined;
        const began = this.#from.host.clock.monotonic();
        const { planner, host } = this.#from;
        const again = (): PlannedChange =>
          planner.plan(command, by, host.clock.wall(), undone, looked, finding);
        const planned = again();
        authorisePlanned(by, planned, this.#zoneOf);
        const isAsked = command.action === "put-alias";
        const names = planned.unknownNames.filter(
          (name) => isAsked || !this.#from.aliasWatch.isWatched(name),
        );
        const left = names.slice(0, maxLookedUp - looked.size);
        await turnAfter(this.#from.host.clock, began);
        return left.length > 0 ? { left } : { done: await take(planned, again) };
      });
      if (outcome.done !== undefined) return outcome.done;
      await Promise.all(
        (outcome.left ?? []).map(async (name) => {
          looked.set(
            name,
            await lookUpAddresses(this.#from.host.resolver, name, this.#from.config.profile.tlds),
          );
        }),
      );
    }
  }

  /** Gives a domain a new authorization code, in place of the one before. Throws `domain-not-found` or `status-prohibits`. */
  async renewAuthCode(text: string, actor: string): Promise<AuthCodeAnswer> {
    const name = readName(text);
    return this.exclusively(async () => {
      const now = this.#from.host.clock.wall();
      const { code, authInfo } = makeAuthCode(this.#from.host.random, now);
      const planned = this.#from.planner.planPlatform(now, (context) =>
        planAuthCode(context, name, authInfo),
      );
      if (!planned) throw new RangeError(`Cannot set an authorization code of "${name}": nothing differs`);
      const { changeId } = await this.#from.commits.commit(planned, actor);
      return { name: shown(name), authCode: code, changeId };
    });
  }

  async #finish(planId: string, planned: PlannedChange, { actor }: Principal): Promise<WriteAnswer> {
    const now = this.#from.host.clock.wall();
    const { minted } = planned;
    // Before the commit: a key without its secret could never be used, a secret without its key is swept away.
    if (minted?.type === "aws")
      await this.#from.secrets.put(accessKeyPurpose, minted.id, new TextEncoder().encode(minted.secret), now);
    const { changeId, operation } = await this.#from.commits.commit(planned, actor);
    for (const { kind, key, value } of planned.entries)
      if (kind === "access-key" && value === undefined) await this.#from.secrets.delete(key);
    const users = planned.entries.flatMap(({ kind, key }) => (kind === "user" ? [key] : []));
    if (users.length > 0) await this.#from.people.follow(users);
    const change = await this.#from.changeLog.change(changeId);
    return {
      plan: viewPlan(planId, planned, now),
      change,
      operation,
      ...(minted ? { accessKey: minted } : {}),
    };
  }

  /** Forgets secrets of keys that a crash left behind. */
  async sweepKeys(): Promise<void> {
    for (const id of await this.#from.secrets.list(accessKeyPurpose))
      if (!this.#from.state.get("access-key", id)) await this.#from.secrets.delete(id);
  }

  /** The change that an undo takes back, where one may. */
  async #undone(changeId: string, by: Principal): Promise<UndoneChange> {
    const change = await this.#from.changeLog.read(changeId);
    authoriseUndo(by, change.fact.objects, this.#zoneOf);
    return this.#from.changeLog.undone(change);
  }

  /** What the name servers say that a command delegates a domain to. */
  async #findDelegation(command: Command): Promise<DelegationFinding | undefined> {
    const { authority, resolver } = this.#from.host;
    if (command.action === "add-delegation-signer" && this.#from.state.get("domain", readName(command.name)))
      await requireServedKey(resolver, command);
    if (command.action !== "set-name-servers") return undefined;
    const tools = { state: this.#from.state, config: this.#from.config, authority, resolver };
    return checkDelegationServers(tools, readName(command.name), command.nameServers);
  }

  /** Runs one write after all that came before. */
  exclusively<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#writing.then(run);
    this.#writing = turn.catch(() => {}); // its caller hears of it; the next write goes on
    return turn;
  }
}
