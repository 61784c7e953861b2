// Container nodes on the `docker` engine: the contract suites on a Podman of the test's own.

import { afterAll, expect, test } from "vitest";
import {
  dockerUnderTest,
  runEngineLossContract,
  runKillContract,
  runNodeContract,
  startPodman,
} from "#runtime/contract-suites";

const podman = await startPodman();

if ("failedProbe" in podman) {
  test.skip(`Podman cannot run a container here: ${podman.failedProbe}`, () => {
    expect(podman).toBeUndefined();
  });
} else {
  afterAll(() => podman.close());
  runNodeContract(dockerUnderTest(podman), "all");
  runKillContract(dockerUnderTest(podman), podman.socket);
  runEngineLossContract(podman);
}
