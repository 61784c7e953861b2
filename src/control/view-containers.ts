// Container services, their deployments, nodes and images as the API shows them, with what the runtime and the edge last said.

import type {
  ContainerImage,
  ContainerNode,
  ContainerNodeState,
  ContainerService,
  ContainerServiceState,
  ContainerServiceStateDetail,
  Deployment,
} from "#contract";
import { servedCertificates, servingCertificate } from "./certificate-lookup.ts";
import {
  imageName,
  type ContainerImageFact,
  type ContainerServiceFact,
  type DeploymentFact,
} from "./container-facts.ts";
import { findPower } from "./container-powers.ts";
import { describeNodes } from "./container-steps.ts";
import {
  currentDeployment,
  isSettled,
  nextDeployment,
  progressOf,
  situationOf,
  versionProgress,
  type ServiceSituation,
} from "./container-state.ts";
import { shown } from "./names.ts";
import { usersOfImage } from "./plan-deployment.ts";
import { nodeEndpoint, nodeName } from "./publish-containers.ts";
import { publicAddressesOf, resourceDnsName } from "./resources.ts";
import type { Held, State } from "./state.ts";
import { families, identity, isoTime, namesOf, type ViewContext } from "./views.ts";

/** What views of container services are made from. */
export interface ContainerViewContext extends ViewContext {
  /** The nodes, as the runtime reported last. */
  readonly nodeStates: ReadonlyMap<string, ContainerNodeState>;
  /** Whether the edge serves a revision. */
  readonly isServed: (revision: number) => boolean;
}

/** A container service as the API shows it. */
export function viewContainerService(
  context: ContainerViewContext,
  service: Held<"container-service">,
): ContainerService {
  const { state } = context;
  const { name, power, scale, isDisabled, publicDomainNames, createdAt } = service.value;
  const situation = situationOf(state, name) ?? {
    service,
    progress: progressOf(state, name),
    deployments: [],
    nodes: [],
  };
  const dnsName = shown(resourceDnsName({ type: "ContainerService", name, held: service }));
  const served = servedCertificates(state, name, Object.keys(publicDomainNames));
  const [current, next] = [currentDeployment(situation), nextDeployment(situation)];
  return {
    ...identity(service, createdAt),
    name,
    power,
    powerId: findPower(power)?.powerId ?? power,
    scale,
    ...stateOf(context, situation),
    isDisabled,
    ...problemOf(context, situation),
    dnsName,
    url: urlOf(context, service.value, dnsName),
    privateDomainName: dnsName,
    principalArn: `arn:aws:iam::${service.accountId}:role/amazon/lightsail/${service.region}/containers/${name}/private-repo-access`,
    publicAddresses: families(publicAddressesOf(state, name)),
    publicDomainNames: Object.fromEntries(
      Object.entries(publicDomainNames).map(([certificate, names]) => [certificate, [...names]]),
    ),
    servedCertificates: served,
    redirectsToHttps: served.length > 0,
    ...(current ? { currentDeployment: viewDeployment(situation, current) } : {}),
    ...(next && next !== current ? { nextDeployment: viewDeployment(situation, next) } : {}),
    nodes: situation.nodes.map((node) => viewNode(context, service, node)),
    names: namesOf(state, name),
  };
}

/** What a browser opens: by HTTPS a name that it has a certificate for, else its own name. */
function urlOf(
  { state, config }: ContainerViewContext,
  { name, publicDomainNames }: ContainerServiceFact,
  dnsName: string,
): string {
  const { httpPort, httpsPort } = config.profile.edge;
  const names = [...namesOf(state, name), ...Object.values(publicDomainNames).flat()];
  const secured = names.find((host) => servingCertificate(state, host) !== undefined);
  if (secured === undefined) return `http://${dnsName}${httpPort === 80 ? "" : `:${httpPort}`}/`;
  return `https://${secured}${httpsPort === 443 ? "" : `:${httpsPort}`}/`;
}

/** What is wrong though the service stands: an update that came to nothing, else the first node that does not run. */
function problemOf(
  { nodeStates }: ContainerViewContext,
  { progress, nodes }: ServiceSituation,
): { problem?: string } {
  if (progress.failedUpdate) return { problem: progress.failedUpdate.reason };
  for (const { id, value } of nodes) {
    const { state, reason = "a container failed" } = nodeStates.get(id) ?? {};
    if (value.stage === "serving" && state === "failed")
      return { problem: `${nodeName(value)}: ${reason.split("\n", 1)[0]}` };
  }
  return {};
}

/** State and what is being done, by what is wanted and what has come of it. */
function stateOf(
  { isServed, isEdgeConnected, nodeStates }: ContainerViewContext,
  situation: ServiceSituation,
): { state: ContainerServiceState; stateDetail?: ContainerServiceStateDetail } {
  const { progress, service, nodes } = situation;
  if (progress.deletion) return { state: "DELETING" };
  if (progress.readyAt === undefined)
    return { state: "PENDING", stateDetail: { code: "CREATING_SYSTEM_RESOURCES" } };
  if (!service.value.isDisabled && nextDeployment(situation)) {
    const stages = new Set(nodes.map(({ value }) => value.stage));
    const code =
      stages.has("starting") || nodes.length === 0 ? "CREATING_DEPLOYMENT" : "EVALUATING_HEALTH_CHECK";
    return { state: "DEPLOYING", stateDetail: { code, message: describeWork(situation, nodeStates) } };
  }
  if (!isSettled(situation)) {
    const message = describeWork(situation, nodeStates);
    return { state: "UPDATING", stateDetail: { code: "PROVISIONING_SERVICE", message } };
  }
  if (service.value.isDisabled) return { state: "DISABLED" };
  // What was changed of its names is to be served first.
  if (isEdgeConnected() && !isServed(service.revision))
    return { state: "UPDATING", stateDetail: { code: "PROVISIONING_CERTIFICATE" } };
  return { state: progress.active ? "RUNNING" : "READY" };
}

/** How far it has come, and what the first node that fails meanwhile says. */
function describeWork(situation: ServiceSituation, nodeStates: ContainerViewContext["nodeStates"]): string {
  const failing = situation.nodes.find(
    ({ id, value }) => value.stage !== "serving" && nodeStates.get(id)?.state === "failed",
  );
  const reason = failing && nodeStates.get(failing.id)?.reason?.split("\n", 1)[0];
  return `${describeNodes(situation)}${failing ? `; ${nodeName(failing.value)}: ${reason ?? "a container failed"}` : ""}`;
}

/** A version as the API shows it, without the values of its environments. */
export function viewDeployment(
  situation: Pick<ServiceSituation, "progress" | "deployments">,
  fact: DeploymentFact,
): Deployment {
  const { state, reason } = versionProgress(situation, fact.version);
  return {
    service: fact.service,
    version: fact.version,
    state,
    ...(reason === undefined ? {} : { reason }),
    createdAt: isoTime(fact.createdAt),
    containers: Object.fromEntries(
      Object.entries(fact.containers).map(([name, { image, command, environmentNames, ports }]) => [
        name,
        { image, command: [...command], environmentNames: [...environmentNames], ports: { ...ports } },
      ]),
    ),
    ...(fact.publicEndpoint ? { publicEndpoint: { ...fact.publicEndpoint } } : {}),
    ...(fact.rollsBackTo === undefined ? {} : { rollsBackTo: fact.rollsBackTo }),
  };
}

/** The versions of a service as the API shows them, the latest first. */
export function viewDeployments(state: State, name: string): Deployment[] {
  const situation = situationOf(state, name);
  return situation ? situation.deployments.map((fact) => viewDeployment(situation, fact)).reverse() : [];
}

function viewNode(
  { state, config, nodeStates, targetReports }: ContainerViewContext,
  service: Held<"container-service">,
  { id, value }: Held<"container-node">,
): ContainerNode {
  const { version, number, stage, power, address } = value;
  const reported = nodeStates.get(id);
  const target = targetReports.get(service.id, id);
  const endpoint = nodeEndpoint(state, config.profile, value);
  return {
    id,
    version,
    number,
    stage,
    power,
    state: reported?.state ?? "pending",
    ...(reported?.reason === undefined ? {} : { reason: reported.reason }),
    ...(reported?.engine === undefined ? {} : { engine: reported.engine }),
    ...(reported?.unlimited === undefined ? {} : { unlimited: reported.unlimited }),
    address: state.value("address", address)?.own[0] ?? "",
    ...(endpoint ? { port: endpoint.port } : {}),
    ...(target ? { health: target.state } : {}),
    ...(target?.detail === undefined ? {} : { healthDetail: target.detail }),
    requestsUnderWay: target?.underWay ?? 0,
    containers: reported?.containers ?? [],
  };
}

/** An image as the API shows it. */
export function viewImage(state: State, fact: ContainerImageFact): ContainerImage {
  return {
    image: imageName(fact),
    label: fact.label,
    digest: fact.digest,
    createdAt: isoTime(fact.createdAt),
    usedBy: usersOfImage(state, fact),
  };
}
