// Lightsail's certificates for distributions and container services, and what they have in common with those of load balancers: both are
// the platform's certificates. One that was asked for with a load balancer is listed with that one alone, as long as it is there.

import type { Certificate, Command, LightsailShapes } from "#contract";
import type { Held } from "../state.ts";
import { viewCertificate } from "../view-certificate.ts";
import { pageOf, secondsOf, unknownResource } from "./answers.ts";
import { runCommand, runCommands } from "./operations.ts";
import type { AwsCall } from "./service.ts";
import { shownTags, taggingOf } from "./tags.ts";

type Shapes = LightsailShapes;

/** CreateCertificate. */
export async function createCertificate(
  {
    certificateName: name,
    domainName,
    subjectAlternativeNames = [],
    tags,
  }: Shapes["CreateCertificateRequest"],
  call: AwsCall,
): Promise<Shapes["CreateCertificateResult"]> {
  const tagging = taggingOf("Certificate", name, tags);
  const create: Command = {
    action: "create-certificate",
    name,
    domainName,
    subjectAlternativeNames: [...subjectAlternativeNames],
  };
  const [made] = await runCommands(call, [create, ...tagging]);
  const held = requireCertificate(call, name);
  return { certificate: summaryOf(call, held, true), operations: made?.operations };
}

/** DeleteCertificate: one that is in use stays. */
export async function deleteCertificate(
  { certificateName }: Shapes["DeleteCertificateRequest"],
  call: AwsCall,
): Promise<Shapes["DeleteCertificateResult"]> {
  requireCertificate(call, certificateName);
  const { operations } = await runCommand(call, { action: "delete-certificate", name: certificateName });
  return { operations };
}

/** GetCertificates: with all details where one is named too, since Terraform's provider reads them there. */
export function getCertificates(
  {
    certificateName,
    certificateStatuses = [],
    includeCertificateDetails,
    pageToken,
  }: Shapes["GetCertificatesRequest"],
  call: AwsCall,
): Shapes["GetCertificatesResult"] {
  const { state } = call.core.views;
  if (certificateName !== undefined) {
    const held = state.get("certificate", certificateName);
    const isListed = held && isOwn(call, held) && hasStatus(call, held, certificateStatuses);
    return { certificates: isListed ? [summaryOf(call, held, true)] : [] };
  }
  const all = [...state.all("certificate").values()]
    .filter((held) => isOwn(call, held) && hasStatus(call, held, certificateStatuses))
    .sort((a, b) => (a.value.name < b.value.name ? -1 : 1));
  const { page, next } = pageOf(all, ({ value }) => value.name, pageToken);
  return {
    certificates: page.map((held) => summaryOf(call, held, includeCertificateDetails === true)),
    ...next,
  };
}

/** A certificate that is no load balancer's. Throws `NotFoundException`. */
export function requireCertificate(call: AwsCall, name: string): Held<"certificate"> {
  const held = call.core.views.state.get("certificate", name);
  if (!held || !isOwn(call, held)) throw unknownResource("Certificate", name);
  return held;
}

/** Whether a certificate is no load balancer's. */
function isOwn({ core }: AwsCall, { value: { loadBalancer } }: Held<"certificate">): boolean {
  return loadBalancer === undefined || core.views.state.get("load-balancer", loadBalancer) === undefined;
}

function hasStatus(
  call: AwsCall,
  held: Held<"certificate">,
  statuses: Shapes["CertificateStatusList"],
): boolean {
  return statuses.length === 0 || statuses.includes(showCertificate(call, held).status);
}

/** A certificate as the platform shows it. */
export function showCertificate({ core }: AwsCall, held: Held<"certificate">): Certificate {
  return viewCertificate(core.views.state, held, core.host.clock.wall(), core.certificates.nextAt(held));
}

function summaryOf(
  call: AwsCall,
  held: Held<"certificate">,
  hasDetail: boolean,
): Shapes["CertificateSummary"] {
  const view = showCertificate(call, held);
  const { name, arn, domainName } = view;
  const tags = shownTags(call, "Certificate", name);
  return {
    certificateArn: arn,
    certificateName: name,
    domainName,
    tags,
    ...(hasDetail ? { certificateDetail: detailOf(view, tags) } : {}),
  };
}

function detailOf(view: Certificate, tags: Shapes["TagList"]): Shapes["Certificate"] {
  const { id, accountId, createdAt, renewalSummary } = view;
  return {
    arn: view.arn,
    name: view.name,
    domainName: view.domainName,
    status: view.status,
    serialNumber: view.serialNumber,
    subjectAlternativeNames: view.subjectAlternativeNames,
    domainValidationRecords: view.domainValidationRecords,
    requestFailureReason: view.requestFailureReason,
    inUseResourceCount: view.inUseResourceCount,
    keyAlgorithm: view.keyAlgorithm,
    createdAt: secondsOf(createdAt),
    ...timesOf(view),
    issuerCA: view.issuerCA,
    eligibleToRenew: view.eligibleToRenew,
    ...(renewalSummary
      ? {
          renewalSummary: {
            domainValidationRecords: view.domainValidationRecords,
            renewalStatus: renewalSummary.renewalStatus,
            renewalStatusReason: renewalSummary.renewalStatusReason,
            updatedAt: secondsOf(renewalSummary.updatedAt),
          },
        }
      : {}),
    tags,
    supportCode: `${accountId}/${id}`,
  };
}

/** When a certificate was issued, and from when to when it is good; nothing while it is not issued. */
export function timesOf({ issuedAt, notBefore, notAfter }: Certificate): {
  readonly issuedAt?: number;
  readonly notBefore?: number;
  readonly notAfter?: number;
} {
  return {
    ...(issuedAt === undefined ? {} : { issuedAt: secondsOf(issuedAt) }),
    ...(notBefore === undefined ? {} : { notBefore: secondsOf(notBefore) }),
    ...(notAfter === undefined ? {} : { notAfter: secondsOf(notAfter) }),
  };
}
