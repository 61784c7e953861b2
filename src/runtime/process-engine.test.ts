import { runNodeContract } from "./node-runtime.contract.ts";
import { processUnderTest } from "./process-engine-under-test.ts";

// All of the suite runs among the tests of the platform.
runNodeContract(processUnderTest, "quick");
