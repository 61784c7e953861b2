// The platform as processes: supervisor, roles, profiles, and the engines that roles run.

export { makeAcmeTransport } from "./acme-transport.ts";
export { keyFilesOf, type KeyFiles } from "./data-key.ts";
export { askServer, type DnsAnswer, type DnsQuestion } from "./dns-client.ts";
export type { DriverName } from "./driver-choice.ts";
export { layoutOf, type Layout } from "./layout.ts";
export {
  makeEdgeEngines,
  makeResolverEngine,
  type EdgeEngines,
  type ResolverEngines,
  type ResolverPorts,
} from "./make-engines.ts";
export { makeNamesEngines, type GroupEngines, type NamesEngines } from "./make-names-engines.ts";
export type { EnginePorts, RoleEngines } from "./role-engines.ts";
export {
  makeProfile,
  plannedListeners,
  type ListenerGroup,
  type NameServerHost,
  type PlannedListener,
  type Profile,
  type ProfileOptions,
  type SocketAddress,
} from "./profile.ts";
export { serveMetrics, type MetricsServer } from "./metrics-server.ts";
export { nothingWatched, usuallyWatched, type WatchPlan } from "./watch-plan.ts";
export { startNameServer } from "./name-server.ts";
export type { RunningNameServer, ServedCatalog, ServedZone, ServedZones } from "./served-zones.ts";
export type { ServedTls } from "./standalone-tls.ts";
export { usableCertificate } from "./service-tls.ts";
export { withZoneFile } from "./zone-file-source.ts";
export type { PlatformTransfers, TransferAccess, TransferPeer } from "./names-transfers.ts";
export type { OutsidePolicy } from "./role-config.ts";
export { RoleStream, type RoleChange, type RoleStreamOptions } from "./role-stream.ts";
export {
  down,
  status,
  up,
  type Platform,
  type PlatformStatus,
  type Progress,
  type RoleProcessStatus,
  type UpOptions,
} from "./supervisor.ts";
