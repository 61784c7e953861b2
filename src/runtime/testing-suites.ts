// The contract suite of engines and what it runs on, for the tests of the platform.

export { dockerUnderTest } from "./testing-docker-engine.ts";
export { runEngineLossContract } from "./engine-loss.contract.ts";
export { runKillContract } from "./node-kill.contract.ts";
export { runNodeContract } from "./node-runtime.contract.ts";
export { startPodman, testImage } from "./testing-podman.ts";
export { runImageRootContract } from "./image-root.contract.ts";
export { whyNoRoots } from "./image-root.ts";
export { busyboxLayer, ociArchive } from "./testing-images.ts";
export { runProcessAttackContract } from "./process-attack.contract.ts";
export { processImagesUnderTest, processUnderTest } from "./testing-process-engine.ts";
