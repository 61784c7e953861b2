// TLS certificates of load balancers: the platform's certificates that were asked for with a load balancer, or are attached to it. One is in
// use: attaching another takes its place.

import type { Command, LightsailShapes } from "#contract";
import { servedOf } from "../certificate-lookup.ts";
import type { Held } from "../state.ts";
import { invalidInput, locationOf, resourceOf, unknownResource } from "./answers.ts";
import { AwsError } from "./aws-error.ts";
import { showCertificate, timesOf } from "./certificates.ts";
import { idleOperation, runCommands } from "./operations.ts";
import type { AwsCall } from "./service.ts";

type Shapes = LightsailShapes;

/** CreateLoadBalancerTlsCertificate. */
export async function createLoadBalancerTlsCertificate(
  request: Shapes["CreateLoadBalancerTlsCertificateRequest"],
  call: AwsCall,
): Promise<Shapes["CreateLoadBalancerTlsCertificateResult"]> {
  requireBalancer(call, request.loadBalancerName);
  if (request.tags !== undefined && request.tags.length > 0)
    throw invalidInput("a certificate of a load balancer is not taggable");
  const [made] = await runCommands(call, [tlsCertificateCommand(request)]);
  return { operations: made?.operations };
}

/** The command that asks for a certificate of a load balancer. */
export function tlsCertificateCommand({
  loadBalancerName,
  certificateName,
  certificateDomainName,
  certificateAlternativeNames = [],
}: Pick<
  Shapes["CreateLoadBalancerTlsCertificateRequest"],
  "loadBalancerName" | "certificateName" | "certificateDomainName" | "certificateAlternativeNames"
>): Command {
  return {
    action: "create-certificate",
    name: certificateName,
    domainName: certificateDomainName,
    subjectAlternativeNames: [...certificateAlternativeNames],
    loadBalancer: loadBalancerName,
  };
}

/** DeleteLoadBalancerTlsCertificate: of one that is in use only by force. */
export async function deleteLoadBalancerTlsCertificate(
  { loadBalancerName, certificateName, force = false }: Shapes["DeleteLoadBalancerTlsCertificateRequest"],
  call: AwsCall,
): Promise<Shapes["DeleteLoadBalancerTlsCertificateResult"]> {
  const balancer = requireBalancer(call, loadBalancerName);
  requireCertificate(call, balancer, certificateName);
  const isAttached = balancer.value.certificates.includes(certificateName);
  if (isAttached && !force) {
    throw new AwsError(
      "OperationFailureException",
      `The certificate ${certificateName} is attached to the load balancer ${loadBalancerName}: it is deleted with force only`,
      { code: "resource-in-use" },
    );
  }
  const detach: Command[] = isAttached
    ? [{ action: "detach-certificate", loadBalancer: loadBalancerName, certificate: certificateName }]
    : [];
  const done = await runCommands(call, [
    ...detach,
    { action: "delete-certificate", name: certificateName, force },
  ]);
  return { operations: done.at(-1)?.operations };
}

/** AttachLoadBalancerTlsCertificate: in place of the one that was asked for with the load balancer and is attached. */
export async function attachLoadBalancerTlsCertificate(
  { loadBalancerName, certificateName }: Shapes["AttachLoadBalancerTlsCertificateRequest"],
  call: AwsCall,
): Promise<Shapes["AttachLoadBalancerTlsCertificateResult"]> {
  const { state } = call.core.views;
  const balancer = requireBalancer(call, loadBalancerName);
  const held = state.get("certificate", certificateName);
  if (!held) throw unknownResource("LoadBalancerTlsCertificate", certificateName);
  if (!servedOf(state, certificateName)) {
    throw new AwsError(
      "InvalidInputException",
      "Sorry, you can only attach a validated certificate to a load balancer.",
      { code: "InvalidParameter" },
    );
  }
  const { certificates } = balancer.value;
  const replaced = certificates.filter(
    (name) => name !== certificateName && state.value("certificate", name)?.loadBalancer === loadBalancerName,
  );
  const isInUse = certificates[0] === certificateName;
  if (isInUse && replaced.length === 0) {
    const { operations } = idleOperation(call, {
      operationType: "AttachLoadBalancerTlsCertificate",
      resourceName: loadBalancerName,
      resourceType: "LoadBalancer",
      counterparts: [{ resourceName: certificateName, resourceType: "LoadBalancerTlsCertificate" }],
    });
    return { operations };
  }
  const attach: Command = {
    action: "attach-certificate",
    loadBalancer: loadBalancerName,
    certificate: certificateName,
    isDefault: true,
  };
  const done = await runCommands(
    call,
    [
      ...(isInUse ? [] : [attach]),
      ...replaced.map((certificate): Command => ({
        action: "detach-certificate",
        loadBalancer: loadBalancerName,
        certificate,
      })),
    ],
    true,
  );
  return { operations: done[0]?.operations };
}

/** GetLoadBalancerTlsCertificates. */
export function getLoadBalancerTlsCertificates(
  { loadBalancerName }: Shapes["GetLoadBalancerTlsCertificatesRequest"],
  call: AwsCall,
): Shapes["GetLoadBalancerTlsCertificatesResult"] {
  const balancer = requireBalancer(call, loadBalancerName);
  return { tlsCertificates: certificatesOf(call, balancer).map((held) => show(call, balancer, held)) };
}

/** Certificates that were asked for with a load balancer, or are attached to it, by name. */
export function certificatesOf(
  { core }: AwsCall,
  { value: { name, certificates } }: Held<"load-balancer">,
): Held<"certificate">[] {
  return [...core.views.state.all("certificate").values()]
    .filter(({ value }) => value.loadBalancer === name || certificates.includes(value.name))
    .sort((a, b) => (a.value.name < b.value.name ? -1 : 1));
}

/** The load balancer of a name. Throws `NotFoundException`. */
export function requireBalancer({ core }: AwsCall, name: string): Held<"load-balancer"> {
  const held = core.views.state.get("load-balancer", name);
  if (!held) throw unknownResource("LoadBalancer", name);
  return held;
}

function requireCertificate(call: AwsCall, balancer: Held<"load-balancer">, name: string): void {
  if (!certificatesOf(call, balancer).some(({ value }) => value.name === name))
    throw unknownResource("LoadBalancerTlsCertificate", name);
}

/** Words for how a renewal stands, in the spelling that this kind of certificate has. */
const renewalWords = {
  PendingAutoRenewal: "PENDING_AUTO_RENEWAL",
  PendingValidation: "PENDING_VALIDATION",
  Success: "SUCCESS",
  Failed: "FAILED",
} as const;

function show(
  call: AwsCall,
  { value: balancer }: Held<"load-balancer">,
  held: Held<"certificate">,
): Shapes["LoadBalancerTlsCertificate"] {
  const view = showCertificate(call, held);
  const { requestFailureReason, renewalSummary } = view;
  return {
    name: view.name,
    ...resourceOf(view, "LoadBalancerTlsCertificate", locationOf(call)),
    tags: [],
    loadBalancerName: balancer.name,
    isAttached: balancer.certificates.includes(view.name),
    status: view.status,
    domainName: view.domainName,
    domainValidationRecords: view.domainValidationRecords.map(
      ({ domainName, resourceRecord, dnsRecordCreationState, validationStatus }) => ({
        ...resourceRecord,
        domainName,
        dnsRecordCreationState,
        validationStatus,
      }),
    ),
    ...(requestFailureReason === undefined || view.status !== "FAILED" ? {} : { failureReason: "OTHER" }),
    ...timesOf(view),
    issuer: view.issuerCA,
    keyAlgorithm: view.keyAlgorithm,
    ...(renewalSummary
      ? {
          renewalSummary: {
            renewalStatus: renewalWords[renewalSummary.renewalStatus],
            domainValidationOptions: view.domainValidationRecords.map(({ domainName, validationStatus }) => ({
              domainName,
              validationStatus,
            })),
          },
        }
      : {}),
    serial: view.serialNumber,
    subject: view.issuedAt === undefined ? undefined : `CN=${view.domainName}`,
    subjectAlternativeNames: view.subjectAlternativeNames,
  };
}
