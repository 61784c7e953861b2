// Control: the change log's one writer, the API in front of it, and its side of the streams to the roles.

export {
  defaultSet,
  hostsOf,
  type ControlConfig,
  type ControlProfile,
  type NameService,
  type ZoneUpdateRule,
} from "./config.ts";
export { formatCounters } from "./metrics/counter-families.ts";
export { expositionType } from "./metrics/exposition.ts";
export { createControl, type Control } from "./create-control.ts";
export type { ControlOptions } from "./control.ts";
export { platformPrincipal, type Principal } from "./access/principal.ts";
export { controlSchema } from "./facts.ts";
export type {
  NameServerQueries,
  Clock,
  ConsoleFile,
  ConsoleFiles,
  Host,
  Log,
  HostTimers,
  Resolver,
  TraceShelf,
  Visitor,
  VisitorAnswer,
  VisitorHandshake,
  VisitorResponse,
} from "./ports.ts";
export type { BulkSigner } from "./signing/signing-work.ts";
export { servedPort } from "./public-ports.ts";
export { dataRoles, type DataRole } from "./data-roles.ts";
export { RoleHub, type HubListener, type HubRole, type RoleLink } from "./role-hub.ts";
export type { RoleConnection } from "./role-standing.ts";
