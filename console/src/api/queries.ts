// Reads that several areas share. What one area alone reads stands in its own folder.

import { queryOptions } from "@tanstack/react-query";
import type {
  Assignment,
  Certificate,
  ContainerService,
  Distribution,
  Domain,
  Instance,
  LoadBalancer,
  Me,
  StaticIp,
  Status,
  Zone,
} from "#contract";
import { at, request } from "./client.ts";

/** Describes a GET whose key is its path: `read<Zone>("zones", "shop.test")`. */
export function read<Answer>(...segments: readonly string[]) {
  return queryOptions({
    queryKey: segments,
    queryFn: ({ signal }) => request<Answer>("GET", at(...segments), undefined, signal),
  });
}

/** Who is signed in, and what they may. */
export const meQuery = read<Me>("me");
/** How the platform is. */
export const statusQuery = read<Status>("status");
/** All registered domains. */
export const domainsQuery = read<{ domains: Domain[] }>("domains");
/** All zones. */
export const zonesQuery = read<{ zones: Zone[] }>("zones");
/** All names that lead to resources. */
export const assignmentsQuery = read<{ assignments: Assignment[] }>("assignments");
/** All instances. */
export const instancesQuery = read<{ instances: Instance[] }>("instances");
/** All static IPs. */
export const staticIpsQuery = read<{ staticIps: StaticIp[] }>("static-ips");
/** All load balancers. */
export const loadBalancersQuery = read<{ loadBalancers: LoadBalancer[] }>("load-balancers");
/** All distributions. */
export const distributionsQuery = read<{ distributions: Distribution[] }>("distributions");
/** All container services. */
export const containerServicesQuery = read<{ containerServices: ContainerService[] }>("container-services");
/** All certificates. */
export const certificatesQuery = read<{ certificates: Certificate[] }>("certificates");
