// Facts of distributions: what each is, and what of its cache is to be forgotten.

import type { TlsPolicy } from "#contract";

/** `distribution NAME`: a shared cache in front of another resource. */
export interface DistributionFact {
  readonly name: string;
  /** Key of its address object. */
  readonly publicAddress: string;
  /** Name of the resource that what is not in the cache comes from: an instance, a load balancer or a container service. */
  readonly origin: string;
  /** Names of the certificates that are attached to it, the default first. */
  readonly certificates: readonly string[];
  readonly tlsPolicyName: TlsPolicy;
  readonly createdAt: number;
}
