// Certificates, the built-in authority and the ACME account as the API shows them.

import { readCertificates } from "#certificate";
import {
  PlatformError,
  type AcmeAccount,
  type Authority,
  type Certificate,
  type DomainValidationRecord,
} from "#contract";
import {
  acmeAccountKey,
  authorityKey,
  type IssuanceFact,
  type ValidationRecord,
} from "./certificate-facts.ts";
import { issuanceOf, servedOf, usersOf } from "./certificate-lookup.ts";
import { keyOfValidation } from "./certificates.ts";
import type { Held, State } from "./state.ts";

/** One certificate. @param renewsAt  wall time of what is next for it */
export function viewCertificate(
  state: State,
  held: Held<"certificate">,
  now: number,
  renewsAt: number | undefined,
): Certificate {
  const { id, arn, accountId, region, value } = held;
  const issuance = issuanceOf(state, held);
  const served = servedOf(state, value.name) ?? issuance?.served;
  const usedBy = usersOf(state, held);
  const { failure, renewal } = issuance ?? {};
  return {
    id,
    arn,
    accountId,
    region,
    createdAt: timeOf(value.createdAt),
    name: value.name,
    domainName: value.names[0] ?? "",
    subjectAlternativeNames: [...value.names],
    status: statusOf(held, issuance, now),
    issuer: value.issuer,
    domainValidationRecords: value.validation.map((record, i) => viewValidation(state, record, issuance, i)),
    ...(failure ? { requestFailureReason: failure.reason } : {}),
    usedBy,
    inUseResourceCount: usedBy.length,
    keyAlgorithm: served?.keyAlgorithm ?? "ECDSA P-256",
    ...(served
      ? {
          issuedAt: timeOf(served.issuedAt),
          issuerCA: served.issuerCA,
          notBefore: timeOf(served.notBefore),
          notAfter: timeOf(served.notAfter),
          serialNumber: served.serial,
          fingerprint: served.fingerprint,
          chain: served.chain,
        }
      : {}),
    eligibleToRenew: value.issuer === "imported" || !served ? "INELIGIBLE" : "ELIGIBLE",
    ...(renewsAt === undefined || !served ? {} : { renewsAt: timeOf(Math.max(renewsAt, now)) }),
    ...(renewal
      ? {
          renewalSummary: {
            renewalStatus: renewal.status,
            ...(renewal.reason === undefined ? {} : { renewalStatusReason: renewal.reason }),
            updatedAt: timeOf(renewal.updatedAt),
          },
        }
      : {}),
  };
}

/** The certificates of the chain that one is served with, read; none where it is not issued. */
export function viewChain({ chain }: Certificate): NonNullable<Certificate["chainCertificates"]> {
  const read = chain === undefined ? undefined : readCertificates(chain);
  if (!read?.ok) return [];
  return read.value.map(({ subject, issuer, notBefore, notAfter, keyAlgorithm, fingerprint }) => ({
    subject,
    issuer,
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
    keyAlgorithm,
    fingerprint,
  }));
}

function statusOf(
  { value }: Held<"certificate">,
  issuance: IssuanceFact | undefined,
  now: number,
): Certificate["status"] {
  const { imported } = value;
  if (imported) return imported.notAfter <= now ? "EXPIRED" : "ISSUED";
  return issuance?.status ?? "PENDING_VALIDATION";
}

function viewValidation(
  state: State,
  record: ValidationRecord,
  issuance: IssuanceFact | undefined,
  index: number,
): DomainValidationRecord {
  const { domainName, owner, target } = record;
  const isHere = keyOfValidation(state, record) !== undefined;
  const isOurs = state.zoneOf(owner) !== undefined;
  return {
    domainName,
    resourceRecord: { name: owner, type: "CNAME", value: target },
    dnsRecordCreationState: isHere
      ? { code: "SUCCEEDED", message: "The record stands in its zone here" }
      : isOurs
        ? { code: "STARTED", message: "The record is being added" }
        : { code: "FAILED", message: "The zone is not served here: enter the record where it is" },
    validationStatus: issuance?.validations[index] ?? "PENDING_VALIDATION",
  };
}

/** Problems that a status lists. */
const maxProblems = 20;

/** Certificates that are not issued or not renewed as they should be, by name. What waits for its first attempt is none yet. */
export function certificateProblems(
  state: State,
): { name: string; status: Certificate["status"]; problem: string }[] {
  const found: { name: string; status: Certificate["status"]; problem: string }[] = [];
  for (const [name, held] of state.all("certificate")) {
    const issuance = issuanceOf(state, held);
    if (!issuance) continue;
    const { status, failure, renewal } = issuance;
    const isRenewed = !renewal || renewal.status === "Success" || renewal.status === "PendingAutoRenewal";
    if (isRenewed && !failure && (status === "ISSUED" || status === "PENDING_VALIDATION")) continue;
    const problem = failure?.reason ?? renewal?.reason ?? "it has run out";
    found.push({ name, status, problem });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, maxProblems);
}

/** The built-in authority. Throws `not-found` while there is none. */
export function viewAuthority(state: State): Authority {
  const fact = state.value("authority", authorityKey);
  const read = fact && readCertificates(fact.root);
  const [root] = read?.ok ? read.value : [];
  if (!fact || !root)
    throw new PlatformError("not-found", "Cannot show the built-in authority: there is none yet");
  return {
    subject: root.subject,
    root: fact.root,
    issuing: fact.issuing,
    fingerprint: root.fingerprint,
    notBefore: timeOf(root.notBefore),
    notAfter: timeOf(root.notAfter),
    permittedNames: [...fact.permittedNames],
  };
}

/** The ACME account, without its keys; undefined where there is none. */
export function viewAcmeAccount(state: State): AcmeAccount | undefined {
  const fact = state.value("acme-account", acmeAccountKey);
  if (!fact) return undefined;
  const { keyId: _keyId, externalHmacId: _externalHmacId, createdAt, ...shown } = fact;
  return { ...shown, createdAt: timeOf(createdAt) };
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
