// Certificates as the API shows them, with Lightsail's words, and the commands that change them; the built-in authority, and the account
// at an ACME authority (RFC 8555).
//
// Private keys go in at import and never come out; no command holds one.

import { z } from "zod";

/** A certificate's name: letters, digits, dots, hyphens and underscores. */
const certificateName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/);
const hostText = z.string().min(1).max(1020);
/** PEM of a chain, or of a key: some hundred certificates. */
const pemText = z.string().min(1).max(262_144);

/** Names of one certificate: the first, and nine more. */
export const maxCertificateNames = 10;
/** Names that a request may list, before those that are there twice are dropped. */
const maxListedNames = 100;

/** Who issues a certificate, and how a name is proven to an ACME authority. */
export const certificateIssuer = z.enum(["built-in", "acme"]);
export const challengeKind = z.enum(["dns-01", "http-01"]);
export type CertificateIssuer = z.infer<typeof certificateIssuer>;

/** The commands of certificates and of the ACME account. */
export const certificateCommands = [
  z.strictObject({
    action: z.literal("create-certificate"),
    name: certificateName,
    domainName: hostText,
    subjectAlternativeNames: z.array(hostText).max(maxListedNames).optional(),
    /** Absent: the built-in authority for private names, and ACME for others. */
    issuer: certificateIssuer.optional(),
    /** Which way is taken first where several can be; absent: DNS. */
    challenge: challengeKind.optional(),
    /** The load balancer that it is asked for: Lightsail lists it with that alone, and deletes it with that. */
    loadBalancer: z.string().min(1).max(255).optional(),
  }),
  /** One that a name needs is deleted with `force` only. */
  z.strictObject({
    action: z.literal("delete-certificate"),
    name: certificateName,
    force: z.boolean().optional(),
  }),
  z.strictObject({ action: z.literal("renew-certificate"), name: certificateName }),
  z.strictObject({
    action: z.literal("import-certificate"),
    name: certificateName,
    /** PEM, in order. */
    chain: pemText,
    /** Names the private key, which was sealed when the request came. */
    keyId: z.string().min(1).max(64),
  }),
  z.strictObject({
    action: z.literal("set-acme-account"),
    directoryUrl: z.string().min(1).max(2000),
    email: z.string().min(3).max(254).optional(),
    termsOfServiceAgreed: z.boolean(),
    /** Key id of an account at the authority that this one is bound to. */
    externalKeyId: z.string().min(1).max(512).optional(),
    /** PEM of authorities that the directory's own certificate may be of, beside the usual ones. */
    authorities: pemText.optional(),
    /** Part of the name of the root whose chain is preferred. */
    preferredIssuer: z.string().min(1).max(200).optional(),
    /** Name the sealed keys: of the account, and of the binding. */
    keyId: z.string().min(1).max(64),
    externalHmacId: z.string().min(1).max(64).optional(),
  }),
  z.strictObject({ action: z.literal("delete-acme-account") }),
] as const;

/** Bodies of requests. */
export const createCertificateBody = z.strictObject({
  name: certificateName,
  domainName: hostText,
  subjectAlternativeNames: z.array(hostText).max(maxListedNames).optional(),
  issuer: certificateIssuer.optional(),
  challenge: challengeKind.optional(),
});
export const importCertificateBody = z.strictObject({
  name: certificateName,
  /** PEM: the server's certificate and what stands between it and its root, in any order. */
  certificate: pemText,
  /** PEM: its private key, not encrypted. */
  privateKey: pemText,
});
export const setAcmeAccountBody = z.strictObject({
  directoryUrl: z.string().min(1).max(2000),
  email: z.string().min(3).max(254).optional(),
  termsOfServiceAgreed: z.boolean(),
  externalAccount: z
    .strictObject({ keyId: z.string().min(1).max(512), hmacKey: z.string().min(1).max(1024) })
    .optional(),
  authorities: pemText.optional(),
  preferredIssuer: z.string().min(1).max(200).optional(),
});

/** Lightsail's words. */
export const certificateStatus = z.enum([
  "PENDING_VALIDATION",
  "ISSUED",
  "INACTIVE",
  "EXPIRED",
  "VALIDATION_TIMED_OUT",
  "REVOKED",
  "FAILED",
]);
export const domainValidationStatus = z.enum(["PENDING_VALIDATION", "FAILED", "SUCCESS"]);
export const renewalStatus = z.enum(["PendingAutoRenewal", "PendingValidation", "Success", "Failed"]);
export type CertificateStatus = z.infer<typeof certificateStatus>;
export type DomainValidationStatus = z.infer<typeof domainValidationStatus>;
export type RenewalStatus = z.infer<typeof renewalStatus>;

/** The record that shows that a name is ours, and how far that is. */
export const domainValidationRecord = z.strictObject({
  domainName: z.string(),
  resourceRecord: z.strictObject({ name: z.string(), type: z.string(), value: z.string() }),
  /** Whether the platform has added it by itself; FAILED where the zone is not served here, and it is to be entered elsewhere. */
  dnsRecordCreationState: z.strictObject({
    code: z.enum(["SUCCEEDED", "STARTED", "FAILED"]),
    message: z.string(),
  }),
  validationStatus: domainValidationStatus,
});
export type DomainValidationRecord = z.infer<typeof domainValidationRecord>;

/** A certificate. Times are absent until there is something that they are of. */
export const certificate = z
  .strictObject({
    id: z.string(),
    arn: z.string(),
    accountId: z.string(),
    region: z.string(),
    createdAt: z.string(),
    name: z.string(),
    domainName: z.string(),
    /** All names, the first among them. */
    subjectAlternativeNames: z.array(z.string()),
    status: certificateStatus,
    /** Who issues it; `imported` where a user brought it. */
    issuer: z.enum(["built-in", "acme", "imported"]),
    domainValidationRecords: z.array(domainValidationRecord),
    /** Why it is not issued, or was not renewed. */
    requestFailureReason: z.string().optional(),
    /** Names and load balancers that it serves. */
    usedBy: z.array(z.string()),
    inUseResourceCount: z.number(),
    keyAlgorithm: z.string(),
    issuedAt: z.string().optional(),
    issuerCA: z.string().optional(),
    notBefore: z.string().optional(),
    notAfter: z.string().optional(),
    serialNumber: z.string().optional(),
    /** SHA-256 of the certificate, in hexadecimal. */
    fingerprint: z.string().optional(),
    eligibleToRenew: z.enum(["ELIGIBLE", "INELIGIBLE"]),
    /** When it is renewed, or tried again. */
    renewsAt: z.string().optional(),
    renewalSummary: z
      .strictObject({
        renewalStatus,
        renewalStatusReason: z.string().optional(),
        updatedAt: z.string(),
      })
      .optional(),
    /** PEM of what is served, the server's own certificate first. */
    chain: z.string().optional(),
    /** The same, read; given for one certificate, not in lists. */
    chainCertificates: z
      .array(
        z.strictObject({
          /** In words, one line: `CN=shop.test`. */
          subject: z.string(),
          issuer: z.string(),
          notBefore: z.string(),
          notAfter: z.string(),
          keyAlgorithm: z.string(),
          /** SHA-256, in hexadecimal. */
          fingerprint: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: "Certificate" });
export type Certificate = z.infer<typeof certificate>;
export const certificateList = z.strictObject({ certificates: z.array(certificate) });

/** The built-in certificate authority. */
export const authority = z
  .strictObject({
    /** In one line: `O=Fairlead, CN=Fairlead root 0a1b2c3d`. */
    subject: z.string(),
    /** PEM of the root, which visitors trust. */
    root: z.string(),
    /** PEM of the certificate authority below it. */
    issuing: z.string(),
    /** SHA-256 of the root, in hexadecimal. */
    fingerprint: z.string(),
    notBefore: z.string(),
    notAfter: z.string(),
    /** Names that it can be trusted for: these and all below them. */
    permittedNames: z.array(z.string()),
  })
  .meta({ id: "Authority" });
export type Authority = z.infer<typeof authority>;

/** The account at an ACME authority. Its keys are not shown. */
export const acmeAccount = z
  .strictObject({
    directoryUrl: z.string(),
    email: z.string().optional(),
    termsOfServiceAgreed: z.boolean(),
    externalKeyId: z.string().optional(),
    authorities: z.string().optional(),
    preferredIssuer: z.string().optional(),
    createdAt: z.string(),
  })
  .meta({ id: "AcmeAccount" });
export type AcmeAccount = z.infer<typeof acmeAccount>;
/** The one account; absent where there is none. */
export const acmeAccountAnswer = z.strictObject({ acmeAccount: acmeAccount.optional() });
