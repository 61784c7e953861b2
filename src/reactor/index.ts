// Drivers that run engines: `node` on real sockets, `simulated` on a virtual network and clock; and listening sockets to hand on.

export type {
  DriverAttachment,
  BoundListener,
  Driver,
  EngineFault,
  FaultListener,
  Listener,
} from "./driver.ts";
export { canOpenListeners, closeListeners, openListeners, type ListenerPlan } from "./listeners.ts";
export { hideFromChildren } from "./linux-memory.ts";
export { linuxDriverProblem } from "./linux-probe.ts";
export { LinuxWorker, runLinuxWorker, type WorkerContext, type WorkerProgram } from "./linux-worker.ts";
export { linuxTlsProblem } from "./openssl.ts";
export { NodeDriver } from "./node-driver.ts";
export { SeededRandom, systemRandom } from "./random.ts";
export {
  ClientStream,
  SimulatedExchange,
  SimulatedClient,
  type SimulatedTarget,
} from "./simulated-client.ts";
export type { Fate, SimulatedLink, Packet } from "./simulated-core.ts";
export { SimulatedHost } from "./simulated-host.ts";
export { SimulatedNetwork, type NetworkOptions } from "./simulated-network.ts";
export type { StreamLimits } from "./simulated-stream.ts";
export {
  defaultTlsLimits,
  handshakeOutcomes,
  type HandshakeOutcome,
  type HandshakePlace,
  type TicketKey,
  type TlsCertificate,
  type TlsChoice,
  type TlsHello,
  type TlsLimits,
  type TlsServer,
} from "./tls.ts";
export { HelloReader, maxHelloOctets, type ClientHello, type HelloResult } from "./client-hello.ts";
