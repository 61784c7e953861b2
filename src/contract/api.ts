// Requests and answers of the native API under /v1 that are no resource of their own: bodies, lists, status, errors.
// The OpenAPI document is made from these; members that are not named here are refused.

import { z } from "zod";
import { certificateStatus } from "./certificate.ts";
import { instanceLimits, maxPortRules, portRule } from "./instance-commands.ts";
import { failureReport } from "./failure-report.ts";
import { change, command, importRecord, plan } from "./operation.ts";
import { operation } from "./progress.ts";
import { mintedKey } from "./identity.ts";
import {
  maxImportRecords,
  maxRrsetRecords,
  recordChange,
  rrsetConflict,
  rrsetEdit,
  zoneDocument,
} from "./record-commands.ts";
import {
  addSignerOptions,
  domainOptions,
  nameServerOptions,
  registerOptions,
  renewOptions,
} from "./registration.ts";
import { alias, assignment, domain, familyAddress, instance, instanceRun, rrset, zone } from "./resource.ts";
import { setMembers } from "./routing-policy.ts";
import { counters, instanceState, roleDriver } from "./stream.ts";
import { traceSummary } from "./trace.ts";
import { assignmentMembers } from "./traffic-commands.ts";

/** The body of every refusal. */
export const errorBody = z
  .strictObject({
    /** A code of docs/reference/errors.md. */
    code: z.string(),
    message: z.string(),
    help: z.string(),
    /** Finds the request in the log of the control role. */
    supportCode: z.string(),
    /** The same as every failure is told. */
    report: failureReport.optional(),
    /** RRsets that are others than whoever asks knew, with both sides: the first 100. */
    conflicts: z.array(rrsetConflict).optional(),
    /** How many there are beyond those. */
    moreConflicts: z.number().optional(),
    /** Everything that stands in the way of an undo, each as a sentence: the first 100. */
    reasons: z.array(z.string()).optional(),
  })
  .meta({ id: "Error" });
export type ErrorBody = z.infer<typeof errorBody>;

const text = z.string().min(1).max(1020);

/** Registers a domain. */
export const registerBody = z.strictObject({ name: text, ...registerOptions });
/** Renews a domain. */
export const renewBody = z.strictObject(renewOptions);
export const addSignerBody = z.strictObject(addSignerOptions);
/** Changes the name servers of a domain. */
export const nameServersBody = z.strictObject(nameServerOptions);
/** Creates a zone whose domain is registered elsewhere. */
export const createZoneBody = z.strictObject({ name: text });
/** Changes a registration. */
export const domainBody = z.strictObject(domainOptions);
/** Creates or replaces an RRset whole. `records` are RDATA in presentation format; `ttl` in seconds, 60 where absent. */
export const putRrsetBody = z.strictObject({
  name: text,
  type: z.string().min(1).max(32),
  ...setMembers,
  ttl: z.int().min(0).max(2147483647).optional(),
  records: z.array(z.string().max(400_000)).min(1).max(maxRrsetRecords),
});
/** Makes a name an alias of a resource or of another name. */
export const putAliasBody = z.strictObject({ name: text, target: text });
/** Adds records to an RRset, takes some out of it, gives it another TTL. */
export const editRrsetBody = z.strictObject(rrsetEdit);
/** Changes one record by its entry's id. */
export const changeRecordBody = z.strictObject(recordChange);
/** Imports records of a zone file into a zone, or the document that an export gave. */
export const importBody = z.union([
  z.strictObject({ records: z.array(importRecord).max(maxImportRecords) }),
  z.strictObject({ document: zoneDocument }),
]);
/** Creates an instance. */
export const createInstanceBody = z.strictObject({
  name: z.string().min(1).max(255),
  run: instanceRun,
  limits: instanceLimits.optional(),
  ports: z.array(portRule).max(maxPortRules).optional(),
});
/** Stops or reboots an instance; `force` does not wait for requests under way. */
export const stopInstanceBody = z.strictObject({ force: z.boolean().optional() });
/** Gives an instance other limits, whole. */
export const limitInstanceBody = z.strictObject({ limits: instanceLimits });
/** Opens, closes or puts public ports. */
export const portsBody = z.strictObject({
  how: z.enum(["open", "close", "put"]),
  ports: z.array(portRule).max(maxPortRules),
});
/** Lets a host name lead to a resource. */
export const assignBody = z.strictObject({ name: text, ...assignmentMembers });
/** Plans a command and changes nothing. */
export const planBody = z.strictObject({ command });
/** Makes a visit and shows its way. `fresh` passes the resolver's cache by. */
export const traceBody = z.strictObject({ url: z.string().min(1).max(4096), fresh: z.boolean().optional() });

/** What a write answers: the plan alone (`?plan=1`), or with the change that was committed and the operation that follows it. */
export const writeAnswer = z
  .strictObject({
    plan,
    change: change.optional(),
    operation: operation.optional(),
    /** The key that the change created; shown this once. */
    accessKey: mintedKey.optional(),
  })
  .meta({ id: "WriteAnswer" });
export type WriteAnswer = z.infer<typeof writeAnswer>;

/** All registered domains, by name. */
export const domainList = z.strictObject({ domains: z.array(domain) });
/** All zones, by name. */
export const zoneList = z.strictObject({ zones: z.array(zone) });
/** RRsets of a zone, by name and type: all of them, or a page; `nextPageToken` is absent on the last one. */
export const rrsetList = z.strictObject({ rrsets: z.array(rrset), nextPageToken: z.string().optional() });
export type RrsetPage = z.infer<typeof rrsetList>;
/** All aliases of a zone, by name. */
export const aliasList = z.strictObject({ aliases: z.array(alias) });
/** All instances, by name. */
export const instanceList = z.strictObject({ instances: z.array(instance) });
/** All assigned names. */
export const assignmentList = z.strictObject({ assignments: z.array(assignment) });
/** A page of the history, the latest change first; `nextPageToken` is absent on the last page. */
export const changeList = z.strictObject({ changes: z.array(change), nextPageToken: z.string().optional() });
/** The operations that are remembered, the latest first. */
export const operationList = z.strictObject({ operations: z.array(operation) });
/** The traces that are kept, the latest first. */
export const traceList = z.strictObject({ traces: z.array(traceSummary) });
/** The last lines of an instance's log, oldest first. */
export const logLines = z.strictObject({ lines: z.array(z.string()) });
/** A role as control sees it. */
export const roleStatus = z.strictObject({
  role: z.enum(["control", "names", "resolver", "edge", "runtime"]),
  isConnected: z.boolean(),
  pid: z.number().optional(),
  /** What its engines run on, where it could be something else. */
  driver: roleDriver.optional(),
  /** The revision it was last given, and the one that it last acknowledged. */
  revision: z.number(),
  acknowledged: z.number(),
  /** Why it refused its state, where it did. */
  problem: z.string().optional(),
  counters,
});
export type RoleStatus = z.infer<typeof roleStatus>;

/** How the platform is. */
export const status = z
  .strictObject({
    profile: z.string(),
    version: z.string(),
    revision: z.number(),
    /** True where every role is connected and has acknowledged what it was given. */
    isReady: z.boolean(),
    topLevelDomains: z.array(z.string()),
    nameServers: z.array(
      z.strictObject({
        group: z.string(),
        name: z.string(),
        addresses: z.array(familyAddress),
        port: z.number(),
      }),
    ),
    roles: z.array(roleStatus),
    counts: z.strictObject({
      domains: z.number(),
      zones: z.number(),
      rrsets: z.number(),
      instances: z.number(),
      staticIps: z.number(),
      loadBalancers: z.number(),
      distributions: z.number(),
      containerServices: z.number(),
      assignments: z.number(),
      aliases: z.number(),
      certificates: z.number(),
    }),
    /** Certificates that are not issued or not renewed as they should be, the first ones. */
    certificateProblems: z.array(
      z.strictObject({ name: z.string(), status: certificateStatus, problem: z.string() }),
    ),
    /** Aliases with which something is wrong, the first ones: their target cannot be looked up, or has no addresses. */
    aliasProblems: z.array(
      z.strictObject({
        zone: z.string(),
        name: z.string(),
        state: z.enum(["kept", "empty"]),
        problem: z.string(),
      }),
    ),
    /** Alarms that have gone off, the first ones. */
    alarmProblems: z.array(
      z.strictObject({
        name: z.string(),
        resourceName: z.string(),
        metricName: z.string(),
        reason: z.string(),
      }),
    ),
    /** Where to look: what and where, such as `resolver` and `127.0.0.1:5300`. */
    places: z.array(z.strictObject({ title: z.string(), at: z.string() })),
    instances: z.array(instanceState),
  })
  .meta({ id: "Status" });
export type Status = z.infer<typeof status>;
