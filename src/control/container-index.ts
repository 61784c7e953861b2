// What belongs to each container service: its versions, nodes and images; and which services have a certificate or a domain name. Like the
// tables it stands beside (state.ts) it only follows.

import type {
  ContainerImageFact,
  ContainerNodeFact,
  ContainerServiceFact,
  DeploymentFact,
} from "./container-facts.ts";
import type { Facts, Kind } from "./facts.ts";
import { Index } from "./name-index.ts";
import type { Held, State } from "./state.ts";

/** The indexes of container services. */
export class ContainerIndex {
  readonly #state: Pick<State, "get">;
  readonly #deployments: Index = new Index();
  readonly #nodes: Index = new Index();
  readonly #images: Index = new Index();
  readonly #byCertificate: Index = new Index();
  readonly #byDomain: Index = new Index();

  constructor(state: Pick<State, "get">) {
    this.#state = state;
  }

  /** Follows a fact that comes or goes. */
  note(kind: Kind, key: string, value: Facts[Kind], what: "add" | "delete"): void {
    switch (kind) {
      case "deployment":
        this.#deployments[what]((value as DeploymentFact).service, key);
        break;
      case "container-node":
        this.#nodes[what]((value as ContainerNodeFact).service, key);
        break;
      case "container-image":
        this.#images[what]((value as ContainerImageFact).service, key);
        break;
      case "container-service":
        for (const [certificate, names] of Object.entries(
          (value as ContainerServiceFact).publicDomainNames,
        )) {
          this.#byCertificate[what](certificate, key);
          for (const name of names) this.#byDomain[what](name, key);
        }
        break;
      default:
    }
  }

  /** The versions of a service that are kept, the first one first. */
  deploymentsOf(service: string): DeploymentFact[] {
    return this.#heldOf("deployment", this.#deployments.get(service))
      .map(({ value }) => value)
      .sort((a, b) => a.version - b.version);
  }

  /** The nodes of a service with their ids, by version and number. */
  nodesOf(service: string): Held<"container-node">[] {
    return this.#heldOf("container-node", this.#nodes.get(service)).sort(
      ({ value: a, id }, { value: b, id: other }) =>
        a.version - b.version || a.number - b.number || (id < other ? -1 : 1),
    );
  }

  /** The images of a service, the first one first. */
  imagesOf(service: string): ContainerImageFact[] {
    return this.#heldOf("container-image", this.#images.get(service))
      .map(({ value }) => value)
      .sort((a, b) => a.createdAt - b.createdAt || a.number - b.number);
  }

  /** Names of the services that a certificate is attached to. */
  servicesOfCertificate(name: string): Iterable<string> {
    return this.#byCertificate.get(name);
  }

  /** Names of the services that are served under a domain name: one at most. @param name  without the final dot */
  servicesOfDomain(name: string): Iterable<string> {
    return this.#byDomain.get(name);
  }

  #heldOf<K extends "deployment" | "container-node" | "container-image">(
    kind: K,
    keys: Iterable<string>,
  ): Held<K>[] {
    return [...keys].flatMap((key) => this.#state.get(kind, key) ?? []);
  }
}
