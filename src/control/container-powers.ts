// The powers of container services: Lightsail's, with what each gives a node.

import type { ContainerServicePower, InstanceLimits } from "#contract";

/** All of them, the smallest first. Prices are Lightsail's, in US dollars a month and node. */
export const powers: readonly ContainerServicePower[] = [
  power("nano", 7, 0.25, 0.5),
  power("micro", 10, 0.25, 1),
  power("small", 15, 0.5, 1),
  power("medium", 40, 1, 2),
  power("large", 80, 2, 4),
  power("xlarge", 160, 4, 8),
];

function power(name: string, price: number, cpuCount: number, ramSizeInGb: number): ContainerServicePower {
  return { powerId: `${name}-1`, name, price, cpuCount, ramSizeInGb, isActive: true };
}

/** A power by its name or id; undefined where there is none. */
export function findPower(text: string): ContainerServicePower | undefined {
  return powers.find(({ name, powerId }) => text === name || text === powerId);
}

/** What the containers of a node may use together. */
export function powerLimits(name: string): InstanceLimits {
  const found = findPower(name);
  return found ? { cpus: found.cpuCount, memoryOctets: found.ramSizeInGb * 2 ** 30 } : {};
}
