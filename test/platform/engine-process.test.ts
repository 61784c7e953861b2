// Container nodes on the `process` engine, with load, attacks and kills: folders of this machine, and images in roots of their own.

import { expect, test } from "vitest";
import {
  processImagesUnderTest,
  processUnderTest,
  runImageRootContract,
  runKillContract,
  runNodeContract,
  whyNoRoots,
} from "#runtime/contract-suites";

runNodeContract(processUnderTest, "all");
runKillContract(processUnderTest);

const reason = whyNoRoots();
if (reason === undefined) {
  runNodeContract(processImagesUnderTest, "all");
  runKillContract(processImagesUnderTest);
  runImageRootContract();
} else
  test.skip(`Images cannot be run as processes here: ${reason}`, () => {
    expect(reason).toBeUndefined();
  });
