// What becomes of container services, versions and images, in words. Values of environments are not here to be told: only their names are.

import {
  imageName,
  type ContainerImageFact,
  type ContainerServiceFact,
  type DeploymentFact,
} from "./container-facts.ts";
import { findPower } from "./container-powers.ts";

/** A service that appears, or what of it differs. */
export function describeContainerService(
  after: ContainerServiceFact,
  before: ContainerServiceFact | undefined,
): string {
  const { name } = after;
  if (!before) return `Create container service ${name}: ${describeSize(after)}`;
  const said = [
    ...(before.power === after.power && before.scale === after.scale
      ? []
      : [`${describeSize(after)} (was ${describeSize(before)})`]),
    ...(before.isDisabled === after.isDisabled ? [] : [after.isDisabled ? "disable it" : "enable it"]),
    ...(JSON.stringify(before.publicDomainNames) === JSON.stringify(after.publicDomainNames)
      ? []
      : [`domain names ${describeNames(after)}`]),
  ];
  return `Update container service ${name}: ${said.join("; ") || "nothing that is seen"}`;
}

function describeSize({ power, scale }: ContainerServiceFact): string {
  const found = findPower(power);
  const each = found ? ` (${found.cpuCount} processor cores, ${found.ramSizeInGb} GB each)` : "";
  return `${scale} ${scale === 1 ? "node" : "nodes"} of power ${power}${each}`;
}

function describeNames({ publicDomainNames }: ContainerServiceFact): string {
  const parts = Object.entries(publicDomainNames).map(
    ([certificate, names]) => `${names.join(", ")} with certificate ${certificate}`,
  );
  return parts.join("; ") || "none";
}

/** A version that is deployed. */
export function describeDeployment({
  service,
  version,
  containers,
  publicEndpoint,
  rollsBackTo,
}: DeploymentFact): string {
  const parts = Object.entries(containers).map(([name, { image, environmentNames }]) => {
    const variables = environmentNames.length > 0 ? ` with ${environmentNames.join(", ")}` : "";
    return `${name} from ${image}${variables}`;
  });
  const what = rollsBackTo === undefined ? "" : ` as version ${rollsBackTo} was`;
  const where = publicEndpoint
    ? `visitors reach port ${publicEndpoint.containerPort} of ${publicEndpoint.containerName}`
    : "without public endpoint";
  return `Deploy version ${version} of ${service}${what}: ${parts.join("; ")}; ${where}`;
}

/** An image by its name. */
export function describeImage(fact: ContainerImageFact): string {
  return `image ${imageName(fact)} (${fact.digest.slice(0, 19)}…)`;
}
