// Operations: how far a change has come, in Lightsail's words (`operationType`, `status`, `isTerminal`).

import { z } from "zod";
import { failureReport } from "./failure-report.ts";

/** Lightsail's states of an operation; the last three are terminal. */
export const operationStatus = z.enum(["NotStarted", "Started", "Succeeded", "Completed", "Failed"]);

export const operation = z
  .strictObject({
    id: z.string(),
    /** Such as RegisterDomain, CreateInstance, PutRrset. */
    operationType: z.string(),
    status: operationStatus,
    isTerminal: z.boolean(),
    resourceName: z.string(),
    resourceType: z.string(),
    location: z.strictObject({ regionName: z.string(), availabilityZone: z.string() }),
    createdAt: z.string(),
    statusChangedAt: z.string(),
    operationDetails: z.string(),
    /** What of the resource it changes, in a word: `HealthCheckPath`, `22/tcp`. */
    subject: z.string().optional(),
    /** Other resources that it changes: an instance that a static IP is attached to. */
    counterparts: z.array(z.strictObject({ resourceName: z.string(), resourceType: z.string() })).optional(),
    changeId: z.string(),
    /** What it does one after the other, and how far each has come. */
    steps: z.array(
      z.strictObject({
        title: z.string(),
        status: z.enum(["NotStarted", "Started", "Succeeded", "Failed"]),
        detail: z.string().optional(),
      }),
    ),
    errorCode: z.string().optional(),
    errorDetails: z.string().optional(),
    /** What broke it, once it has failed. */
    failure: failureReport.optional(),
  })
  .meta({ id: "Operation" });
/** The progress of one change. */
export type Operation = z.infer<typeof operation>;
export type OperationStep = Operation["steps"][number];
