// The part of the contract that needs no schema: failures, limits, words of the wire. Who loads it does not load the schema library and every schema,
// which takes longer than all else of a command or a name server; what it has is in `#contract` too.

export * from "./errors.ts";
export * from "./policy-limits.ts";
export * from "./tls-policies.ts";
export * from "./trace-option.ts";
export * from "./visit-failures.ts";
