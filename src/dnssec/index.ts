// DNSSEC: keys, signing of zones, verification, denial of existence.

export {
  type Algorithm,
  algorithmOf,
  algorithms,
  maxRsaBits,
  minRsaBits,
  parseAlgorithm,
} from "./algorithms.ts";
export { type Denial, hashedLabel } from "./denial.ts";
export {
  dsOf,
  generateKey,
  KeyFlag,
  keyTagOf,
  type PublicKey,
  readPublicKey,
  type SigningKey,
  signingKey,
} from "./key.ts";
export { formatPrivateKey, keyFileName, parseKeyFiles } from "./key-file.ts";
export { signEdit, type SignedEdit, type ZoneEdit } from "./change-signer.ts";
export { WholeSigner } from "./whole-signer.ts";
export { type LiveChange, LiveZone } from "./live-zone.ts";
export { digestOf, type KeptSignatures, type LiveSigning } from "./live-signatures.ts";
export { OnlineSigner } from "./online-signer.ts";
export {
  makeSignature,
  signAtOnce,
  type SigningWork,
  signRrset,
  type UnmadeSignature,
  type Validity,
} from "./sign.ts";
export {
  expirationOf,
  flatten,
  inceptionOf,
  tableRrsets,
  type SignedRrset,
  type SignedZone,
  signZone,
  splitKeys,
  withKeyRecords,
  type SigningSettings,
} from "./sign-zone.ts";
export { DenialProof, type Proof } from "./denial-proof.ts";
export { judgeNegative, judgeRrset } from "./judgement.ts";
export {
  type Judgement,
  maxChecksPerQuery,
  type TrustAnchor,
  type TrustContext,
  type TrustFound,
  type TrustQuestion,
  type TrustReason,
  type TrustSteps,
  type ZoneTrust,
} from "./trust.ts";
export { keysByDs, maxChecks, type RrsetVerdict, verifyRrset } from "./verify.ts";
