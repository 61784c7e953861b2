// The AWS services that the control endpoint speaks, as types: what all of the contract can name. The tables themselves are in index.ts,
// which control alone loads.

export type * from "./lightsail-shapes.ts";
export type * from "./model.ts";
export type * from "./route53-domains-shapes.ts";
