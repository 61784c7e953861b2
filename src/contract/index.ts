// What all processes agree on: API schemas, role objects and the stream's messages, trace steps, the error table.

export * from "./alarm.ts";
export * from "./api.ts";
export * from "./caching.ts";
export type * from "./aws/shapes.ts";
export * from "./certificate.ts";
export * from "./container-commands.ts";
export * from "./container-objects.ts";
export * from "./distribution.ts";
export * from "./container-service.ts";
export * from "./edge-objects.ts";
export * from "./errors.ts";
export * from "./instance-commands.ts";
export * from "./identity.ts";
export * from "./operation.ts";
export * from "./record-commands.ts";
export * from "./registration.ts";
export * from "./resource.ts";
export * from "./metric-samples.ts";
export * from "./metrics.ts";
export * from "./stream.ts";
export * from "./tags.ts";
export * from "./tls-policies.ts";
export * from "./trace.ts";
export * from "./traffic.ts";
export * from "./traffic-commands.ts";
