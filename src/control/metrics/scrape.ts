// What a scrape of Prometheus gets: whether roles are there, all that they count, and what is counted for each resource. The number of
// series is bounded by that of resources: nothing that a visitor sends becomes a label.

import { alarmStateName, counters, type Counters, type MetricSample, type RoleObject } from "#contract";
import type { DataRole } from "../data-roles.ts";
import type { HubRole, RoleHub } from "../role-hub.ts";
import type { AlarmStanding } from "./alarms.ts";
import { cacheFamilies, classFamilies, resourceFamilies } from "./resource-families.ts";
import type { CollectedSample } from "./collector.ts";
import { addCounters } from "./counter-families.ts";
import { Exposition } from "./exposition.ts";

/** How long a role may take to tell its counters, in milliseconds; one that is slower is left out. */
const counterTimeoutMs = 500;

/** What is scraped. */
export interface Scraped {
  readonly hub: RoleHub;
  readonly version: string;
  readonly revision: number;
  readonly samples: readonly CollectedSample[];
  readonly alarms: readonly AlarmStanding[];
}

/** Answers a scrape. */
export async function scrape({ hub, version, revision, samples, alarms }: Scraped): Promise<string> {
  const out = new Exposition();
  const build = { name: "build_info", type: "gauge", help: "The program's version" } as const;
  out.add(build, { version }, 1);
  const head = { name: "revision", type: "gauge", help: "The last revision of the change log" } as const;
  out.add(head, {}, revision);
  for (const { alarm, state } of alarms) {
    const labels = { alarm: alarm.name, resource: alarm.resource, metric: alarm.metric };
    const help = "1 for the state that an alarm has";
    for (const one of alarmStateName.options)
      out.add({ name: "alarm_state", type: "gauge", help }, { ...labels, state: one }, one === state ? 1 : 0);
  }
  const roles = hub.roles();
  for (const role of roles) addRole(out, role);
  const told = await Promise.all(roles.map(async ({ role }) => ({ role, counted: await ask(hub, role) })));
  for (const { role, counted } of told) addCounters(out, role, counted);
  for (const { role, answer } of samples) {
    const objects = hub.objects(role);
    for (const sample of answer.samples) addSample(out, sample, objects, hub);
  }
  return out.format();
}

function addRole(out: Exposition, { role, isConnected, revision, acknowledged }: HubRole): void {
  const family = (name: string, help: string) => ({ name, help, type: "gauge" }) as const;
  out.add(family("role_up", "1 where control is connected with the role"), { role }, isConnected ? 1 : 0);
  out.add(family("role_revision", "The revision that the role is to have"), { role }, revision);
  out.add(
    family("role_acknowledged_revision", "The revision that the role says it has"),
    { role },
    acknowledged,
  );
}

async function ask(hub: RoleHub, role: DataRole): Promise<Counters> {
  if (!hub.isConnected(role)) return {};
  try {
    const answer = counters.safeParse(await hub.ask(role, { ask: "counters" }, counterTimeoutMs));
    return answer.success ? answer.data : {};
  } catch {
    return {}; // it left or is busy: the rest is worth more than waiting for it
  }
}

function addSample(
  out: Exposition,
  sample: MetricSample,
  objects: ReadonlyMap<string, RoleObject>,
  hub: RoleHub,
): void {
  const { of, id, counts, gauges = {}, responseTime } = sample;
  const count = (name: string, help: string, labels: Record<string, string>, value: number | undefined) => {
    if (value !== undefined) out.add({ name, type: "counter", help }, labels, value);
  };
  const gauge = (name: string, help: string, labels: Record<string, string>, value: number | undefined) => {
    if (value !== undefined) out.add({ name, type: "gauge", help }, labels, value);
  };
  if (of === "resource") {
    const object = objects.get(`resource/${id}`);
    if (object?.kind !== "resource") return;
    const labels = { resource: object.name, type: object.type };
    const families =
      object.type === "distribution" ? [...resourceFamilies, ...cacheFamilies] : resourceFamilies;
    for (const [name, help] of families) count(`resource_${name}`, help, labels, counts[name]);
    for (const [name, help] of classFamilies)
      for (let digit = 1; digit <= 5; digit++)
        count(`resource_${name}`, help, { ...labels, class: `${digit}xx` }, counts[`${name}-${digit}xx`]);
    for (const health of ["healthy", "unhealthy"])
      gauge(
        "resource_hosts",
        "Targets of a load balancer by health",
        { ...labels, health },
        gauges[`${health}-hosts`],
      );
    if (!responseTime) return;
    const help = "From when a request has left for a target until its response begins";
    const family = { name: "resource_response_seconds", type: "summary", help } as const;
    out.add(family, labels, responseTime.sum, "_sum");
    out.add(family, labels, responseTime.count, "_count");
    return;
  }
  if (of === "target") {
    const object = objects.get(`resource/${id}`);
    if (object?.kind !== "resource") return; // a node of a container service: its service is counted
    const labels = { instance: object.name };
    count("instance_octets_in", "Octets that the edge passed on to it", labels, counts["octets-to-target"]);
    count("instance_octets_out", "Octets that the edge took from it", labels, counts["octets-from-target"]);
    return;
  }
  const run = hub.objects("runtime");
  const [prefix, labels] = ((): [string, Record<string, string>] | [] => {
    const object = run.get(`${of}/${id}`);
    if (object?.kind === "instance") return ["instance", { instance: object.name }];
    if (object?.kind !== "container-node") return [];
    const { service, version, number } = object;
    return ["container_node", { service, version: String(version), node: String(number) }];
  })();
  if (prefix === undefined || labels === undefined) return;
  count(`${prefix}_cpu_seconds`, "Processor time that was used", labels, counts["cpu-seconds"]);
  gauge(`${prefix}_memory_octets`, "Memory that is used", labels, gauges["memory-octets"]);
  gauge(`${prefix}_processes`, "Processes that run", labels, gauges["processes"]);
}
