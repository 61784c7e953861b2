// Facts of certificates. What a user asked for (`certificate`) and what the platform has come to with it (`issuance`) are two objects: the
// first is changed by commands alone and can be taken back, the second by renewals too, and is no part of any change.

import type { CertificateIssuer, CertificateStatus, DomainValidationStatus, RenewalStatus } from "#contract";

/** A certificate with its key, as it is served. */
export interface ServedCertificate {
  /** PEM, the server's own first. */
  readonly chain: string;
  /** The secret that its private key is. */
  readonly keyId: string;
  /** As they stand in it: lower case, without the final dot. */
  readonly names: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
  readonly serial: string;
  readonly fingerprint: string;
  readonly issuerCA: string;
  readonly keyAlgorithm: string;
  readonly issuedAt: number;
}

/** The CNAME record that shows that a name is ours. One stands for a name and for the wildcard below it. */
export interface ValidationRecord {
  /** The name that it is for, without `*.` and without the final dot. */
  readonly domainName: string;
  /** Absolute. */
  readonly owner: string;
  readonly target: string;
}

/** `certificate NAME`: what a user asked for. */
export interface CertificateFact {
  readonly name: string;
  /** As readHostName of src/certificate gives them; the first is the domain name. */
  readonly names: readonly string[];
  readonly issuer: CertificateIssuer | "imported";
  /** The way that is taken first to prove a name to an ACME authority. */
  readonly challenge?: "dns-01" | "http-01";
  /** Empty for an imported one, and for one that came with an assigned name. */
  readonly validation: readonly ValidationRecord[];
  /** What a user brought. */
  readonly imported?: ServedCertificate;
  /** The load balancer that it was asked for. */
  readonly loadBalancer?: string;
  /** That an assignment asked for it: it goes with the last name that it serves. */
  readonly origin?: "assign";
  readonly createdAt: number;
  /** When it was last asked for: at its making, and at each `renew`. What was issued before is renewed. */
  readonly requestedAt: number;
}

/** `issuance NAME`: how far a certificate has come. */
export interface IssuanceFact {
  readonly name: string;
  /** Id of the certificate that it is of: another one of the same name begins anew. */
  readonly certificateId: string;
  readonly status: CertificateStatus;
  /** The request that it answers: `requestedAt` of the certificate. */
  readonly requestedAt: number;
  /** By `domainName` of the validation records, in their order. */
  readonly validations: readonly DomainValidationStatus[];
  readonly served?: ServedCertificate;
  /** Why the last attempt came to nothing, how many in a row did, and when the next one is. */
  readonly failure?: {
    readonly reason: string;
    readonly attempts: number;
    readonly at: number;
    readonly retryAt: number;
  };
  readonly renewal?: { readonly status: RenewalStatus; readonly reason?: string; readonly updatedAt: number };
}

/** `authority built-in`: the built-in certificate authority. */
export interface AuthorityFact {
  /** PEM of the root, and of the issuing certificate below it. */
  readonly root: string;
  readonly issuing: string;
  /** The secrets that their private keys are. */
  readonly rootKeyId: string;
  readonly issuingKeyId: string;
  /** Suffixes that the root permits, without the final dot. */
  readonly permittedNames: readonly string[];
  readonly createdAt: number;
}

/**
 * `service-certificate SERVICE`: what a group of name servers, or the resolver, serves DNS over TLS and HTTPS with. The platform issues it
 * for itself.
 */
export interface ServiceCertificateFact {
  readonly role: "names" | "resolver";
  readonly served: ServedCertificate;
  /** Addresses in text that it is for, beside its names. */
  readonly addresses: readonly string[];
}

/** `acme-account default`: the account at an ACME authority. */
export interface AcmeAccountFact {
  readonly directoryUrl: string;
  readonly email?: string | undefined;
  readonly termsOfServiceAgreed: boolean;
  readonly externalKeyId?: string | undefined;
  readonly authorities?: string | undefined;
  readonly preferredIssuer?: string | undefined;
  /** The secrets: the account's private key, and the key of its binding. */
  readonly keyId: string;
  readonly externalHmacId?: string | undefined;
  readonly createdAt: number;
}

/**
 * `challenge HOST ID`: something that is published for an ACME authority to look at, for minutes. Of `dns-01` the record is an RRset fact
 * of its own; this one remembers that it is to be taken away.
 */
export type ChallengeFact =
  | { readonly kind: "http-01"; readonly host: string; readonly token: string; readonly content: string }
  | { readonly kind: "dns-01"; readonly zone: string; readonly owner: string; readonly rdata: string };

/** The key of the one authority, and of the one account. */
export const authorityKey = "built-in";
export const acmeAccountKey = "default";

/** Purposes that the other private keys are sealed for. */
export const authorityKeyPurpose = "authority-key";
export const acmeKeyPurpose = "acme-key";
