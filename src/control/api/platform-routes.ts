// Routes of the platform itself: status and traces.

import { z } from "@hono/zod-openapi";
import {
  counters,
  PlatformError,
  status,
  trace,
  traceBody,
  traceComparison,
  traceList,
  type Counters,
  type RoleStatus,
  type Status,
} from "#contract";
import type { ControlCore } from "../control.ts";
import { shown } from "../names.ts";
import { resourceZone } from "../resources.ts";
import type { DataRole } from "../data-roles.ts";
import type { RoleHub } from "../role-hub.ts";
import { aliasProblems } from "../view-alias.ts";
import { certificateProblems } from "../view-certificate.ts";
import { families } from "../views.ts";
import { declare, type Api } from "./routes.ts";

/** How long a role may take to tell its counters, in milliseconds; one that is slower is shown without. */
const counterTimeoutMs = 500;

/** Alarms that a status names. */
const maxAlarmsTold = 20;

/** Declares the routes of status and traces. */
export function declarePlatformRoutes(api: Api, core: ControlCore): void {
  declare(api, { method: "get", path: "/v1/status", summary: "How the platform is", answer: status }, () =>
    viewStatus(core),
  );
  declare(
    api,
    {
      method: "post",
      path: "/v1/traces",
      summary: "Make a visit and show its way",
      access: "read",
      body: traceBody,
      answer: trace,
    },
    ({ body }) => core.traces.trace(body.url, body.fresh ?? false),
  );
  declare(
    api,
    { method: "get", path: "/v1/traces", summary: "The last traces, the latest first", answer: traceList },
    () => ({
      traces: core.traces.list(),
    }),
  );
  declare(
    api,
    { method: "get", path: "/v1/traces/{id}", summary: "One trace", answer: trace },
    ({ params }) => core.traces.get(params["id"] ?? "") ?? unknownTrace(params["id"] ?? ""),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/traces/{id}/comparison",
      summary: "One trace, held against the last good one of its URL, or another one",
      query: z.strictObject({ with: z.string().max(64).optional() }),
      answer: traceComparison,
    },
    ({ params, query }) => {
      const found = core.traces.compare(params["id"] ?? "", query["with"]);
      return found ?? unknownTrace([params["id"], query["with"]].filter(Boolean).join('" or "'));
    },
  );
}

function unknownTrace(id: string): never {
  throw new PlatformError("not-found", `Cannot find trace "${id}": there is none, or it is long ago`);
}

async function viewStatus({ config, hub, views, metrics }: ControlCore): Promise<Status> {
  const { state, instanceStates } = views;
  const { profile } = config;
  const roles = await Promise.all(
    hub.roles().map(async (role): Promise<RoleStatus> => ({
      ...role,
      counters: role.isConnected ? await askCounters(hub, role.role) : {},
    })),
  );
  return {
    profile: profile.name,
    version: config.version,
    revision: state.revision,
    isReady: hub.roles().every(({ role }) => hub.serves(role, state.revision)),
    topLevelDomains: profile.tlds.map(shown),
    nameServers: profile.groups.flatMap(({ group, hosts }) =>
      hosts.map(({ name, addresses }) => ({
        group,
        name: shown(name),
        addresses: families(addresses),
        port: profile.authorityPort,
      })),
    ),
    roles,
    counts: {
      domains: state.all("domain").size - (state.get("domain", resourceZone) ? 1 : 0),
      zones: state.all("zone").size - (state.get("zone", resourceZone) ? 1 : 0),
      rrsets: state.all("rrset").size,
      instances: state.all("instance").size,
      staticIps: state.all("static-ip").size,
      loadBalancers: state.all("load-balancer").size,
      distributions: state.all("distribution").size,
      containerServices: state.all("container-service").size,
      assignments: state.all("assignment").size,
      aliases: state.all("alias").size,
      certificates: state.all("certificate").size,
    },
    certificateProblems: certificateProblems(state),
    aliasProblems: aliasProblems(views),
    alarmProblems: metrics.alarms
      .standings()
      .filter(({ state: standing }) => standing === "ALARM")
      .slice(0, maxAlarmsTold)
      .map(({ alarm, reason }) => ({
        name: alarm.name,
        resourceName: alarm.resource,
        metricName: alarm.metric,
        reason,
      })),
    places: [...config.places],
    instances: [...instanceStates.values()],
  };
}

async function askCounters(hub: RoleHub, role: DataRole): Promise<Counters> {
  try {
    const answer = counters.safeParse(await hub.ask(role, { ask: "counters" }, counterTimeoutMs));
    return answer.success ? answer.data : {};
  } catch {
    return {}; // it left or is busy: the rest of the status is worth more than waiting for it
  }
}
