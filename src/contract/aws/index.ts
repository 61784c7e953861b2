// The AWS services that the control endpoint speaks, as their clients know them.

export * from "./lightsail-shapes.ts";
export * from "./lightsail-table.ts";
export * from "./model.ts";
export * from "./route53-domains-shapes.ts";
export * from "./route53-domains-table.ts";
