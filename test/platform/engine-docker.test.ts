// Container nodes on the `docker` engine: the contract suite on a Podman of the test's own.

import { afterAll, expect, test } from "vitest";
import { dockerUnderTest, runNodeContract, startPodman } from "#runtime/contract-suites";

const podman = await startPodman();

if ("failedProbe" in podman) {
  test.skip(`Podman cannot run a container here: ${podman.failedProbe}`, () => {
    expect(podman).toBeUndefined();
  });
} else {
  afterAll(() => podman.close());
  runNodeContract(dockerUnderTest(podman), "all");
}
