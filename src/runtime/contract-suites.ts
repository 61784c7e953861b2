// The contract suite of engines and what it runs on, for the tests of the platform.

export { runNodeContract } from "./node-runtime.contract.ts";
export { processUnderTest } from "./process-engine-under-test.ts";
