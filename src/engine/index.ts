// The port between protocol engines and the drivers that run them: time, chance, endpoints, events and effects.

export type { Now, Random } from "./clock.ts";
export {
  addressOf,
  copyEndpoint,
  endpoint,
  formatAddress,
  formatEndpoint,
  isElsewhere,
  isIpv4,
  isLoopback,
  isNearby,
  isPrivate,
  isSameAddress,
  isSameEndpoint,
  parseAddress,
  type Endpoint,
} from "./endpoint.ts";
export { type Admission, clientOf, ConnectionShares } from "./connection-shares.ts";
export { Histogram } from "./histogram.ts";
export {
  makeRing,
  MessageRing,
  MessageSampler,
  type MessageSampling,
  type WatchedMessage,
} from "./message-ring.ts";
export { Timers } from "./timers.ts";
export type {
  DatagramEngine,
  Effects,
  Engine,
  IoFailure,
  MessageTransport,
  TlsClient,
  Transport,
} from "./port.ts";
