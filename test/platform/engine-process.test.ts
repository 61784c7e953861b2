// Container nodes on the `process` engine, with load and attacks.

import { processUnderTest, runNodeContract } from "#runtime/contract-suites";

runNodeContract(processUnderTest, "all");
