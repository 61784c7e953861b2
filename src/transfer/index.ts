// How name servers speak with name servers: transfers, NOTIFY, UPDATE, TSIG, catalog zones.

export { type AccessRule, isAllowed, KeyRing, type Network, type Peer } from "./access.ts";
export { type CatalogChange, CatalogKeeper } from "./catalog-keeper.ts";
export { defaultTransferLimits, type TransferLimits, type TransferOutcome } from "./incoming-transfer.ts";
export { Notifier, type NotifierOptions } from "./notifier.ts";
export { SecondaryEngine, type SecondaryEngineOptions, type SecondaryEvent } from "./secondary-engine.ts";
export type { KeptVersion, SecondaryConfig } from "./secondary-zone.ts";
export type { TransactionEvent } from "./responses.ts";
export { TransactionServer, type TransactionServerOptions } from "./transaction-server.ts";
export { TransferCounters } from "./transfer-counters.ts";
export { parseTsigKeys } from "./tsig-file.ts";
export type { ForwardedUpdate, UpdateAnswer } from "./update-answers.ts";
export type { UpdateRule } from "./update.ts";
export type { ZonePolicy } from "./zone-policy.ts";
