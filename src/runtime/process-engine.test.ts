import { runNodeContract } from "./node-runtime.contract.ts";
import { processUnderTest } from "./testing-process-engine.ts";

// All of the suite runs among the tests of the platform.
runNodeContract(processUnderTest, "quick");
