// Where instances and the nodes of container services run: processes of this machine or a container engine, and the built-in site server.

export { ImageStore, type ImageBounds } from "./image-store.ts";
export type { ImageRun, StoredImage, StoredLayer } from "./image-record.ts";
export { replaceFile, readJsonFile } from "./json-file.ts";
export { lastLines, openLog, rotateLog } from "./log-file.ts";
export { ownProgram } from "./own-program.ts";
export {
  identifyProcess,
  isAlive,
  isProcessIdentity,
  signalProcess,
  type ProcessIdentity,
} from "./process-identity.ts";
export { DockerEngine } from "./docker-engine.ts";
export { findDocker } from "./find-docker.ts";
export { HeldAddresses } from "./held-addresses.ts";
export { hasLivingNodes, NodeRuntime } from "./node-runtime.ts";
export { ProcessEngine } from "./process-engine.ts";
export { hasLivingInstances, ProcessRuntime } from "./process-runtime.ts";
export { acceptsConnections } from "./readiness.ts";
export type { Runtime, RuntimeOptions } from "./runtime.ts";
export { serveSite } from "./site.ts";
