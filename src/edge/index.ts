// The edge and the visitor proxy as engines: requests in, what their targets answer out.

export { EdgeEngine, type EdgeOptions } from "./edge-engine.ts";
export { HealthProber } from "./health-prober.ts";
export { PortEngine } from "./port-engine.ts";
export type { TargetTraffic } from "./resource-counters.ts";
export type { RelayOptions } from "./relay.ts";
export { defaultLimits, defaultTimeouts, type RelayLimits, type RelayTimeouts } from "./settings.ts";
export {
  type LookupOutcome,
  type NameLookup,
  VisitorProxyEngine,
  type VisitorProxyOptions,
} from "./visitor-proxy.ts";
