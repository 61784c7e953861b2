// Environments of containers: their values are passwords and keys in practice. They are sealed as they come with a request, before anything
// else is done with it: no command, plan, change or fact holds one. The runtime is given them sealed and opens them by itself.

import {
  containerEnvironmentPurpose,
  containerEnvironments,
  PlatformError,
  type Command,
  type ContainerBody,
  type ContainerEnvironments,
  type ContainerSpec,
  type Deployment,
  type DeploymentBody,
} from "#contract";
import type { Secrets } from "#store";
import { deploymentKey, type DeploymentFact } from "./container-facts.ts";
import type { Identities } from "./identity.ts";
import type { PlannedChange } from "./planned.ts";
import type { Clock } from "./ports.ts";
import type { State } from "./state.ts";

/** How long an environment that was handed in waits for the command that uses it. */
const handedInMs = 3_600_000;
/** Environments that wait so, at once. */
const maxHandedIn = 1000;
/** Most octets of a deployment's environments as JSON. */
const maxEnvironmentOctets = 131_072;

/** A deployment as commands have it. */
export interface SealedDeployment {
  readonly containers: Record<string, ContainerSpec>;
  readonly publicEndpoint?: DeploymentBody["publicEndpoint"];
  readonly environmentId?: string;
}

/** The environments of containers. See the head of this file. */
export class ContainerSecrets {
  readonly #secrets: Secrets;
  readonly #state: State;
  readonly #identities: Identities;
  readonly #clock: Clock;
  /** Sealed environments by id. */
  readonly #sealed: Map<string, string> = new Map();
  /** Ids of those that no fact may refer to yet, and when they were put. */
  readonly #fresh: Map<string, number> = new Map();

  constructor(secrets: Secrets, state: State, identities: Identities, clock: Clock) {
    this.#secrets = secrets;
    this.#state = state;
    this.#identities = identities;
    this.#clock = clock;
  }

  /** What was handed in and is in no fact yet, and what is kept at all. */
  get handedIn(): { has(id: string): boolean; isKept(id: string): boolean } {
    return { has: (id) => this.#fresh.has(id), isKept: (id) => this.#sealed.has(id) };
  }

  /** Sealed environments by id, as the runtime is given them. */
  get sealed(): ReadonlyMap<string, string> {
    return this.#sealed;
  }

  /** Reads the sealed environments of all deployments. */
  async load(): Promise<void> {
    for (const id of this.#referred()) {
      const sealed = await this.#secrets.getSealed(id);
      if (sealed !== undefined) this.#sealed.set(id, sealed);
    }
  }

  /**
   * Takes the values of a deployment's environments in, for a command that follows.
   * @returns the deployment as the command has it: with their names alone
   * Throws `input-too-large`.
   */
  async seal({ containers, publicEndpoint }: DeploymentBody): Promise<SealedDeployment> {
    const values: ContainerEnvironments = {};
    for (const [name, { environment = {} }] of Object.entries(containers))
      if (Object.keys(environment).length > 0) values[name] = environment;
    const environmentId = Object.keys(values).length > 0 ? await this.#keep(values) : undefined;
    return {
      containers: Object.fromEntries(Object.entries(containers).map(([name, one]) => [name, withNames(one)])),
      ...(publicEndpoint ? { publicEndpoint } : {}),
      ...(environmentId === undefined ? {} : { environmentId }),
    };
  }

  /** The values of environments, by container; nothing where they are not there. Throws `secret-unreadable`. */
  async open(id: string): Promise<ContainerEnvironments> {
    const octets = await this.#secrets.get(containerEnvironmentPurpose, id);
    return octets ? containerEnvironments.parse(JSON.parse(new TextDecoder().decode(octets))) : {};
  }

  /** A version with the values of its environments: for those who may deploy. Throws `secret-unreadable`. */
  async withValues(deployment: Deployment): Promise<Deployment> {
    const key = deploymentKey(deployment.service, deployment.version);
    const id = this.#state.value("deployment", key)?.environmentId;
    const values = id === undefined ? {} : await this.open(id);
    const containers = Object.entries(deployment.containers).map(
      ([name, one]) => [name, { ...one, environment: values[name] ?? {} }] as const,
    );
    return { ...deployment, containers: Object.fromEntries(containers) };
  }

  async #keep(values: ContainerEnvironments): Promise<string> {
    const octets = new TextEncoder().encode(JSON.stringify(values));
    if (octets.length > maxEnvironmentOctets)
      throw new PlatformError(
        "input-too-large",
        `Cannot take the environment: it has ${octets.length} octets, and ${maxEnvironmentOctets} are the most`,
      );
    if (this.#fresh.size >= maxHandedIn)
      throw new PlatformError(
        "input-too-large",
        `Cannot take more environments in: ${maxHandedIn} wait for their commands`,
      );
    const id = this.#identities.uuid();
    const now = this.#clock.wall();
    this.#fresh.set(id, now);
    this.#sealed.set(id, await this.#secrets.put(containerEnvironmentPurpose, id, octets, now));
    return id;
  }

  /** Refuses a plan whose environment is forgotten by now. Throws `change-conflict`. */
  requireKept({ title, entries }: Pick<PlannedChange, "title" | "entries">): void {
    for (const { kind, value } of entries) {
      const id = kind === "deployment" ? (value as DeploymentFact | undefined)?.environmentId : undefined;
      if (id === undefined || this.#sealed.has(id)) continue;
      throw new PlatformError(
        "change-conflict",
        `Cannot apply "${title}": the values of its environment are kept for an hour only`,
      );
    }
  }

  /** Facts were committed: what a deployment refers to is at hand for no other one any more. */
  noticed(entries: readonly { readonly kind: string; readonly value?: unknown }[]): void {
    for (const { kind, value } of entries) {
      const id = kind === "deployment" ? (value as DeploymentFact | undefined)?.environmentId : undefined;
      if (id !== undefined) this.#fresh.delete(id);
    }
  }

  /** The command that an environment was handed in for is refused: it waits for none any more. */
  refused(command: Command): void {
    const id =
      command.action === "create-deployment"
        ? command.environmentId
        : command.action === "create-container-service"
          ? command.deployment?.environmentId
          : undefined;
    if (id !== undefined) this.#fresh.delete(id);
  }

  /** Forgets what no deployment refers to, and no command is to come for. */
  async sweep(): Promise<void> {
    const before = this.#clock.wall() - handedInMs;
    for (const [id, at] of this.#fresh) if (at < before) this.#fresh.delete(id);
    for (const id of await this.#secrets.list(containerEnvironmentPurpose)) {
      // Again: facts may have come while the list was read.
      if (this.#fresh.has(id) || this.#referred().has(id)) continue;
      await this.#secrets.delete(id);
      this.#sealed.delete(id);
    }
  }

  #referred(): Set<string> {
    const ids = new Set<string>();
    for (const { value } of this.#state.all("deployment").values())
      if (value.environmentId !== undefined) ids.add(value.environmentId);
    return ids;
  }
}

function withNames({ environment = {}, ...rest }: ContainerBody): ContainerSpec {
  const names = Object.keys(environment);
  return names.length > 0 ? { ...rest, environmentNames: names } : rest;
}
