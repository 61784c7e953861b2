export type { Now, Random } from "./clock.ts";
export {
  copyEndpoint,
  endpoint,
  formatAddress,
  formatEndpoint,
  isIpv4,
  isLoopback,
  isPrivate,
  isSameAddress,
  isSameEndpoint,
  parseAddress,
  type Endpoint,
} from "./endpoint.ts";
export type { DatagramEngine, Effects, Engine, IoFailure } from "./port.ts";
