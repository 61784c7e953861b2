// What a name can lead to, with how it does now, from the lists of each kind.

import { useQuery } from "@tanstack/react-query";
import type { Instance } from "#contract";
import {
  containerServicesQuery,
  distributionsQuery,
  instancesQuery,
  loadBalancersQuery,
  staticIpsQuery,
} from "../../api/queries.ts";
import type { Tone } from "../../parts/chip.tsx";

/** A resource that can be chosen. */
export interface ChoosableResource {
  readonly name: string;
  /** `Instance`, `Load balancer` … */
  readonly kind: string;
  readonly state: string;
  readonly tone: Tone;
  /** Names that lead to it already. */
  readonly names: readonly string[];
}

const instanceTones: Readonly<Record<Instance["state"], Tone>> = {
  running: "good",
  pending: "warn",
  stopping: "warn",
  stopped: "neutral",
  failed: "bad",
};

/** All resources that names can lead to; undefined until all kinds were read. */
export function useResources(): readonly ChoosableResource[] | undefined {
  const instances = useQuery(instancesQuery).data?.instances;
  const staticIps = useQuery(staticIpsQuery).data?.staticIps;
  const loadBalancers = useQuery(loadBalancersQuery).data?.loadBalancers;
  const distributions = useQuery(distributionsQuery).data?.distributions;
  const containerServices = useQuery(containerServicesQuery).data?.containerServices;
  if (!instances || !staticIps || !loadBalancers || !distributions || !containerServices) return undefined;
  return [
    ...distributions.map(({ name, isEnabled, names }) => ({
      name,
      kind: "Distribution",
      state: isEnabled ? "enabled" : "disabled",
      tone: isEnabled ? ("good" as const) : ("warn" as const),
      names,
    })),
    ...loadBalancers.map(({ name, instanceHealthSummary, names }) => {
      const healthy = instanceHealthSummary.filter(
        ({ instanceHealth }) => instanceHealth === "healthy",
      ).length;
      const all = instanceHealthSummary.length;
      return {
        name,
        kind: "Load balancer",
        state: all === 0 ? "no instance" : `${healthy} of ${all} healthy`,
        tone: healthy === 0 ? ("bad" as const) : healthy < all ? ("warn" as const) : ("good" as const),
        names,
      };
    }),
    ...containerServices.map(({ name, state, names }) => ({
      name,
      kind: "Container service",
      state: state.toLowerCase(),
      tone: state === "RUNNING" ? ("good" as const) : ("warn" as const),
      names,
    })),
    ...instances.map(({ name, state, names }) => ({
      name,
      kind: "Instance",
      state,
      tone: instanceTones[state],
      names,
    })),
    ...staticIps.map(({ name, attachedTo, names }) => ({
      name,
      kind: "Static IP",
      state: attachedTo === undefined ? "attached to nothing" : `attached to ${attachedTo}`,
      tone: attachedTo === undefined ? ("warn" as const) : ("good" as const),
      names,
    })),
  ];
}
