// What tests of container services through the API share: a runtime that starts nodes when it is told to, and says so, and an edge whose
// probes end as the test wants.

import type {
  ContainerNodeObject,
  ContainerNodeState,
  ContainerService,
  DeploymentBody,
  Operation,
  ResourceObject,
  WriteAnswer,
} from "#contract";
import type { Store } from "#store";
import { settle } from "../testing.ts";
import type { TestApi } from "./testing.ts";

/** One container that listens on port 80, from an image of a name. */
export function oneContainer(
  image: string = "nginx:1.27",
  environment?: Record<string, string>,
): DeploymentBody {
  return {
    containers: { web: { image, ports: { "80": "HTTP" }, ...(environment ? { environment } : {}) } },
    publicEndpoint: { containerName: "web", containerPort: 80 },
  };
}

/** The runtime and the edge of one API, as far as container services go. */
export class ContainerWorld {
  readonly #api: TestApi;
  /** What becomes of nodes by the image of their first container: `running` where it is not here. */
  readonly nodes: Map<string, Pick<ContainerNodeState, "state" | "reason"> & { readonly restarts?: number }> =
    new Map();
  /** What the edge's probes say of nodes by their version: `healthy` where it is not here. */
  readonly health: Map<number, "initial" | "unhealthy"> = new Map();
  /** Requests under way at nodes that drain, by version. */
  readonly underWay: Map<number, number> = new Map();

  constructor(api: TestApi) {
    this.#api = api;
    api.roles.runtime.taken = ({ put, removed }) => {
      // A role tells of what it did once it has acknowledged.
      queueMicrotask(() => {
        for (const object of put) if (object.kind === "container-node") this.tellNode(object);
        for (const object of removed)
          if (object.kind === "container-node")
            this.#send({ ...stateOf(object), state: "stopped", containers: [] });
      });
    };
    api.roles.edge.underWay = null;
    api.roles.edge.taken = () => {
      queueMicrotask(() => this.tellTargets());
    };
  }

  /** Ends control, and starts another one on the same store; the roles connect to it and tell what they know. */
  async restart(store: Store = this.#api.store): Promise<void> {
    const api = this.#api;
    for (const role of Object.values(api.roles)) role.disconnect();
    api.control.hub.close();
    api.time.forget();
    api.store = store;
    await api.restart();
    for (const role of Object.values(api.roles)) role.connect(api.control.hub);
    await this.tellNodes();
    this.tellTargets();
    await settle();
  }

  /** Tells how a node is. */
  tellNode(object: ContainerNodeObject): void {
    const image = object.containers[0]?.image ?? "";
    const {
      state,
      reason,
      restarts = 0,
    } = object.desired === "stopped"
      ? { state: "stopped" as const, reason: undefined }
      : (this.nodes.get(image) ?? { state: "running" as const, reason: undefined });
    this.#send({
      ...stateOf(object),
      state,
      ...(reason === undefined ? {} : { reason }),
      containers: object.containers.map(({ name }) => ({ name, state, restarts })),
    });
  }

  /** Tells how all nodes are. */
  async tellNodes(): Promise<void> {
    for (const object of this.#api.roles.runtime.objects.values())
      if (object.kind === "container-node") this.tellNode(object);
    await settle();
  }

  /** Tells how the targets of all services are. */
  tellTargets(): void {
    for (const object of this.#api.roles.edge.objects.values()) {
      if (object.kind !== "resource" || object.type !== "container-service") continue;
      const targets = object.targets.map(({ id, name, drains }) => {
        const version = Number(/ v(\d+) /.exec(name)?.[1]);
        const state = drains ? "draining" : (this.health.get(version) ?? "healthy");
        const detail = state === "unhealthy" ? { detail: "503 Service Unavailable" } : {};
        return { id, state, ...detail, underWay: drains ? (this.underWay.get(version) ?? 0) : 0 };
      });
      this.#api.roles.edge.send({
        type: "report",
        report: { type: "targets", resourceId: object.id, targets },
      });
    }
  }

  #send(node: ContainerNodeState): void {
    this.#api.roles.runtime.send({ type: "report", report: { type: "container-node", node } });
  }

  /** Nodes as the runtime is to have them: `v1 node 1`, and `(stopped)` where they are to end. */
  running(): string[] {
    return [...this.#api.roles.runtime.objects.values()]
      .flatMap((object) =>
        object.kind === "container-node"
          ? [`v${object.version} node ${object.number}${object.desired === "stopped" ? " (stopped)" : ""}`]
          : [],
      )
      .sort();
  }

  /** The resource of a service at the edge. */
  resource(name: string = "app"): ResourceObject | undefined {
    return [...this.#api.roles.edge.objects.values()].find(
      (object): object is ResourceObject => object.kind === "resource" && object.name === name,
    );
  }

  /** Where the edge's requests for a service go: `v1 node 1`, with what is said of each. */
  targets(name: string = "app"): string[] {
    return (this.resource(name)?.targets ?? [])
      .map(
        (target) =>
          `${target.name.replace(`${name} `, "")}${target.drains ? " drains" : ""}${target.isCandidate ? " candidate" : ""}`,
      )
      .sort();
  }

  service(name: string = "app"): Promise<ContainerService> {
    return this.#api.json("GET", `/v1/container-services/${name}`);
  }

  create(body: object = {}): Promise<WriteAnswer> {
    return this.#api.json("POST", "/v1/container-services", {
      name: "app",
      power: "nano",
      scale: 1,
      ...body,
    });
  }

  async deploy(body: DeploymentBody = oneContainer()): Promise<WriteAnswer> {
    const answer = await this.#api.json<WriteAnswer>("POST", "/v1/container-services/app/deployments", body);
    await settle();
    return answer;
  }

  /** States of the versions, the first one first: `1 INACTIVE`. */
  async versions(): Promise<string[]> {
    const { deployments } = await this.#api.json<{ deployments: { version: number; state: string }[] }>(
      "GET",
      "/v1/container-services/app/deployments",
    );
    return deployments.map(({ version, state }) => `${version} ${state}`).reverse();
  }

  operation(answer: WriteAnswer): Promise<Operation> {
    return this.#api.json("GET", `/v1/operations/${answer.operation?.id}`);
  }
}

function stateOf({
  id,
  serviceId,
  version,
  number,
}: ContainerNodeObject): Pick<ContainerNodeState, "id" | "serviceId" | "version" | "number"> {
  return { id, serviceId, version, number };
}
