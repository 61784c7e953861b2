// Facts of distributions: what each is, and what of its cache is to be forgotten.

import type {
  CacheBehavior,
  CacheBehaviorSettings,
  CustomErrorResponse,
  DistributionBundleId,
  OriginSettings,
  ViewerMinimumTlsProtocolVersion,
} from "#contract";

/** `distribution NAME`: a shared cache in front of another resource. What is absent of it was never set: the defaults stand in publish-distributions.ts. */
export interface DistributionFact {
  readonly name: string;
  /** Key of its address object. */
  readonly publicAddress: string;
  /** The resource that what is not in the cache comes from. */
  readonly origin: OriginSettings;
  readonly isEnabled: boolean;
  readonly defaultCacheBehavior: CacheBehavior;
  readonly cacheBehaviors: readonly { readonly path: string; readonly behavior: CacheBehavior }[];
  readonly cacheBehaviorSettings?: CacheBehaviorSettings;
  readonly defaultRootObject?: string;
  readonly customErrorResponses: readonly CustomErrorResponse[];
  /** Name of the certificate that is attached to it. */
  readonly certificateName?: string;
  readonly viewerMinimumTlsProtocolVersion?: ViewerMinimumTlsProtocolVersion;
  readonly redirectsToHttps: boolean;
  readonly bundleId: DistributionBundleId;
  readonly ipAddressType: "dualstack" | "ipv4";
  readonly createdAt: number;
}

/**
 * `purge NAME`: what a distribution's cache is to forget, the newest orders with their numbers. A fact of its own, so that no change of the
 * distribution is in its way; no undo takes it back.
 */
export interface PurgeFact {
  readonly orders: readonly { readonly number: number; readonly paths: readonly string[] }[];
  /** When all was to be forgotten last. */
  readonly resetAt?: number;
}
