// Container nodes on the `process` engine, with load and attacks: folders of this machine, and images in roots of their own.

import { expect, test } from "vitest";
import {
  processImagesUnderTest,
  processUnderTest,
  runNodeContract,
  whyNoRoots,
} from "#runtime/contract-suites";

runNodeContract(processUnderTest, "all");

const reason = whyNoRoots();
if (reason === undefined) runNodeContract(processImagesUnderTest, "all");
else
  test.skip(`Images cannot be run as processes here: ${reason}`, () => {
    expect(reason).toBeUndefined();
  });
