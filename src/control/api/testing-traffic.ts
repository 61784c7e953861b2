// What tests of load balancers and static IPs through the API share.

import type { Operation, ResourceObject, WriteAnswer } from "#contract";
import type { TestApi } from "./testing.ts";

/** What a test does with resources. */
export interface TrafficApi {
  /** Creates instances that are servers elsewhere. */
  readonly createInstances: (...names: string[]) => Promise<void>;
  /** The resource that the edge holds under a name. */
  readonly resource: (name: string) => ResourceObject | undefined;
  /** Whether requests go to each target of a resource. */
  readonly targets: (name: string) => string[];
  readonly operationOf: (answer: WriteAnswer) => Promise<Operation>;
  readonly undo: (answer: WriteAnswer) => Promise<WriteAnswer>;
}

/** A server that exists already. */
export const run: object = { kind: "address", address: "192.0.2.1", port: 8080 };

/** Makes them for one API. */
export function trafficApi(api: TestApi): TrafficApi {
  const resource = (name: string): ResourceObject | undefined =>
    [...api.roles.edge.objects.values()].find(
      (object): object is ResourceObject => object.kind === "resource" && object.name === name,
    );
  return {
    createInstances: async (...names) => {
      for (const name of names) await api.json("POST", "/v1/instances", { name, run });
    },
    resource,
    targets: (name) =>
      resource(name)?.targets.map((target) => `${target.name}${target.drains ? " drains" : ""}`) ?? [],
    operationOf: (answer) => api.json("GET", `/v1/operations/${answer.operation?.id}`),
    undo: (answer) => api.json("POST", `/v1/changes/${answer.change?.id}/undo`, {}),
  };
}
