export * from "./errors.ts";
export * from "./stream.ts";
export * from "./trace.ts";
