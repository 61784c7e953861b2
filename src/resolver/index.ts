// The recursive resolver as an engine.

export { counterNames, type CounterName } from "./counters.ts";
export type { DesignatedResolver } from "./designated.ts";
export { RecursiveResolver, type ResolverLoad, type ResolverOptions } from "./resolver.ts";
export { defaultSettings, type ResolverSettings } from "./settings.ts";
export type { TraceListener } from "./trace-walk.ts";
export type { ResolverConfiguration } from "./trees.ts";
