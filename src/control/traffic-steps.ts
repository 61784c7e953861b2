// Steps of operations that the edge's reports decide: requests under way that are finished before an instance leaves, and health checks of
// instances that were attached.

import type { OperationStep } from "#contract";
import type { DrainSources, DrainWatch } from "./drain-watch.ts";
import { drainKey } from "./drains.ts";
import type { Attachment } from "./facts.ts";

/** Titles of health steps: the operation fails with a code of its own. */
export const healthTitle: RegExp = / answers its health check$/;

/** Looks at what the edge has told. */
export class TrafficSteps {
  readonly #from: Pick<DrainSources, "state" | "hub" | "reports" | "clock">;
  readonly #drains: DrainWatch;

  constructor(from: Pick<DrainSources, "state" | "hub" | "reports" | "clock">, drains: DrainWatch) {
    this.#from = from;
    this.#drains = drains;
  }

  /** Whether an instance's requests are finished. */
  drain({ resource, instance }: Attachment, changeId: string): OperationStep {
    const title = `Requests under way at ${instance} are finished`;
    const held = this.#from.state.get("drain", drainKey(resource, instance));
    // Over, or another one: a later change has begun anew, or kept the instance.
    if (held?.value.changeId !== changeId) return { title, status: "Succeeded" };
    const { underWay } = this.#drains.look(held.value, held.revision);
    const until = new Date(held.value.until).toISOString();
    const detail =
      underWay === undefined
        ? `the edge has not told how many there are; it ends at ${until}`
        : `${underWay} under way; what is left ends at ${until}`;
    return { title, status: "Started", detail };
  }

  /** Whether an instance that was attached is healthy. While others are, it gets no requests before. */
  health({ resource, instance }: Attachment, revision: number): OperationStep {
    const { state, hub, reports } = this.#from;
    const title = `${instance} answers its health check`;
    const balancer = state.get("load-balancer", resource);
    const target = state.get("instance", instance);
    if (!balancer?.value.instances.includes(instance) || !target)
      return { title, status: "Succeeded", detail: "it was detached again" };
    if (!hub.serves("edge", revision)) return { title, status: "NotStarted" };
    const report = reports.get(balancer.id, target.id);
    const { path } = balancer.value.healthCheck;
    const said = report?.detail ?? report?.reason;
    const detail = `GET ${path}${said === undefined ? "" : `: ${said}`}`;
    switch (report?.state) {
      case "healthy":
        return { title, status: "Succeeded", detail };
      case "unhealthy":
        return {
          title,
          status: "Failed",
          detail: `${instance} gets no requests while another instance is healthy: ${detail}`,
        };
      default:
        return { title, status: "Started", detail: report ? detail : `${detail}: nothing is known yet` };
    }
  }
}
