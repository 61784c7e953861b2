// Authoritative answers: queries in, responses out, from the zones of one listener group.

export { AnswerEngine, type AnswerEngineOptions, minOutputOctets } from "./answer-engine.ts";
export type { AnswerFailure } from "./answer-faults.ts";
export { AnswerStreamEngine, type AnswerStreamEngineOptions } from "./answer-stream-engine.ts";
export { QueryWatch, type QueryWatchOptions } from "./query-watch.ts";
export type { OnlineSigning } from "./online-signing.ts";
export type { ResponseSink, Transaction, TransactionRequest, Transactions } from "./transactions.ts";
export { type ResponseRateOptions, ResponseRates, usualResponseRates } from "./response-rates.ts";
export { maxChainLength } from "./lookup.ts";
