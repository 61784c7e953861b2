// The tables of the AWS services that the control endpoint speaks, and what reads them. Apart from the contract's own index: no other process
// has to load them.

export * from "./lightsail-table.ts";
export * from "./model.ts";
export * from "./route53-domains-table.ts";
