// What tests of certificates through the API share: a domain with an instance, and what of its certificates the edge holds.

import type { Certificate, CertificateObject, Operation, WriteAnswer } from "#contract";
import type { TestApi } from "./testing.ts";

/** What a test does with certificates. */
export interface CertificateApi {
  /** Starts anew, with the domain shop.test and the instance web. */
  readonly start: () => Promise<void>;
  readonly create: (name: string, domainName: string, more?: object) => Promise<WriteAnswer>;
  readonly show: (name: string) => Promise<Certificate>;
  /** Assigns a name to the instance without asking for a certificate. */
  readonly assign: (name: string) => Promise<WriteAnswer>;
  /** Assigns a name with a certificate that comes by itself. */
  readonly certified: (name: string) => Promise<WriteAnswer>;
  /** What the edge holds of certificates, by name. */
  readonly atEdge: () => Record<string, CertificateObject>;
  /** Certificate ids of the instance's resource at the edge. */
  readonly ofResource: () => readonly string[];
  readonly operation: (answer: WriteAnswer) => Promise<Operation>;
}

/** Makes them for one API. */
export function certificateApi(api: TestApi): CertificateApi {
  const { json } = api;
  return {
    start: async () => {
      await api.start();
      await json("POST", "/v1/domains", { name: "shop.test" });
      await json("POST", "/v1/instances", {
        name: "web",
        run: { kind: "address", address: "127.0.0.1", port: 1 },
      });
    },
    create: (name, domainName, more = {}) => json("POST", "/v1/certificates", { name, domainName, ...more }),
    show: (name) => json("GET", `/v1/certificates/${name}`),
    assign: (name) => json("POST", "/v1/assignments", { name, resource: "web", https: false }),
    certified: (name) => json("POST", "/v1/assignments", { name, resource: "web" }),
    atEdge: () => {
      const objects = [...api.roles.edge.objects.values()].flatMap((object) =>
        object.kind === "certificate" ? [object] : [],
      );
      return Object.fromEntries(objects.map((object) => [object.name, object]));
    },
    ofResource: () => {
      for (const object of api.roles.edge.objects.values())
        if (object.kind === "resource" && object.name === "web") return object.certificates;
      return [];
    },
    operation: ({ operation: begun }) => json("GET", `/v1/operations/${begun?.id}`),
  };
}
