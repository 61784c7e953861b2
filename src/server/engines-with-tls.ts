// Engines of names or of the resolver that are served over TLS and HTTPS too: certificates change with what they answer, and what all parts of
// the role have done is told together.

import type { Counters } from "#contract";
import type { RoleEngines } from "./role-engines.ts";
import type { ServiceCertificates } from "./service-tls.ts";

/** Something that counts what it does. */
interface Counting {
  counters(): Counters;
}

/** @param others  parts of the role that count too; undefined where one is not there (yet), which is looked at anew each time */
export function withCertificates<Engines extends RoleEngines>(
  engines: Engines,
  certificates: ServiceCertificates,
  others: () => readonly (Counting | undefined)[],
): Engines {
  return {
    ...engines,
    apply: (change) => {
      engines.apply(change);
      certificates.apply(change.put);
    },
    counters: () =>
      Object.assign({}, ...[engines, certificates, ...others()].map((part) => part?.counters())) as Counters,
  };
}
