import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { seedOfRun } from "./scripts/seed.mjs";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that are run with nothing beside them: they bound times and memory, or write into the checkout. */
const alone = ["attack", "aws-attack", "hostile", "kill", "pack", "supervisor"].map(
  (name) => `test/platform/${name}.test.ts`,
);

/** Files beside the source whose tests start processes and kill them, which takes seconds: they are no part of `npm run ok`. */
const processes = ["reactor/linux-attack", "runtime/launch", "runtime/process-runtime"].map(
  (name) => `src/${name}.test.ts`,
);

/** Files that take a minute or two, though they are short: the last ones that run are to be among the quick ones. */
const long = ["docs", "engine-docker", "engine-process", "container-images"].map(
  (name) => `/test/platform/${name}.test.ts`,
);

/**
 * Files with a browser: Chromium gives up what it is loading wherever a network of the machine comes or goes (ERR_NETWORK_CHANGED), and the tests that
 * run containers, which are among the long ones, bring networks.
 */
const browsers = ["console/", "platform/shop.", "platform/sign-in.", "platform/trust."].map(
  (name) => `/test/${name}`,
);

/** Begins with what takes long, and ends with browsers; the rest is in Vitest's order. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      long.some((end) => moduleId.endsWith(end))
        ? 0
        : browsers.some((part) => moduleId.includes(part))
          ? 2
          : 1;
    const sorted = await super.sort(files);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}

/** What tests of the platform keep outside their own folders. */
const folder = join(tmpdir(), `fairlead-tests-${process.getuid?.() ?? 0}`);

/** Where folders of tests lie: the path of a socket in one may have 103 octets, however long the name of the system's own folder is. */
const temporary = tmpdir().length <= 60 ? tmpdir() : "/tmp";

/** What every test gets to know. */
const seed = { FAIRLEAD_SEED: `${seedOfRun()}`, TMPDIR: temporary };

/** What both platform projects have in common. */
const platform = {
  // Against hanging only: on a busy machine everything takes its time.
  testTimeout: 480_000,
  hookTimeout: 480_000,
  // How long something may take to come about that is looked for again and again.
  expect: { poll: { timeout: 60_000 } },
  env: {
    ...seed,
    // Platforms keep their keys below it: those of tests are not to lie among a person's own.
    XDG_CONFIG_HOME: folder,
    // Each platform has a data folder of its own, and would compile the program anew in each of its processes.
    NODE_COMPILE_CACHE: join(folder, "compiled"),
  },
};

// `npm run ok` runs the project "unit"; `npm test` runs it and then "platform" and "platform-alone", one after the other.
export default defineConfig({
  ssr: { resolve: { conditions: ["fairlead-source"] } },
  resolve: { conditions: ["fairlead-source"] },
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        extends: true,
        // One module graph for all unit tests halves their time: they hold no state in modules.
        // The time-outs are against hanging only: tests that start processes take seconds on a busy machine.
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "console/**/*.test.ts", "test/repo/**/*.test.ts"],
          exclude: processes,
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 60_000 } },
          env: seed,
          setupFiles: ["test/property-seed.ts"],
        },
      },
      {
        extends: true,
        // Each platform has its own addresses and ports, and waits for its own processes half of the time: two files for each processor.
        test: {
          ...platform,
          name: "platform",
          include: ["test/**/*.test.ts", ...processes],
          exclude: ["test/repo/**", ...alone],
          maxWorkers: Math.min(4, 2 * availableParallelism()),
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...platform,
          name: "platform-alone",
          include: alone,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
