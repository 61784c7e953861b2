// Certificates: the built-in authority, reading chains and keys of others, signing requests, and an ACME client (RFC 8555).

export {
  issueLeaf,
  leafLifeMs,
  makeAuthorityPair,
  makeIssuing,
  makeRoot,
  permittedNamesOf,
  type AuthorityPair,
  type CertificateAuthority,
  type LeafRequest,
} from "./authority.ts";
export {
  isIssuedBy,
  missingHosts,
  readCertificates,
  readChain,
  readChainOf,
  renewalId,
  type CertificateDetails,
  type Chain,
} from "./chain.ts";
export { coversHost, isWithin, readHostName } from "./host-name.ts";
export { decodePrivateKey, encodePrivateKey, makePrivateKey, readPrivateKey } from "./key.ts";
export { formatPem, maxPemLength, readPem, type PemBlock } from "./pem.ts";
export type { Read } from "./read.ts";
export { makeSigningRequest } from "./signing-request.ts";
export { AcmeClient, type AccountRequest, type RenewalWindow } from "./acme/client.ts";
export { AcmeFailure } from "./acme/failure.ts";
export type { ExternalAccount } from "./acme/jws.ts";
export {
  obtainCertificate,
  type CertificateRequest,
  type ChallengeKind,
  type ChallengePublisher,
  type PublishedChallenge,
} from "./acme/obtain.ts";
export type { AcmeSettings } from "./acme/session.ts";
export type { AcmeRequest, AcmeResponse, AcmeTime, AcmeTransport } from "./acme/transport.ts";
