import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// `npm run ok` runs the project "unit"; `npm test` runs "unit" and then "platform".
export default defineConfig({
  ssr: { resolve: { conditions: ["fairlead-source"] } },
  resolve: { conditions: ["fairlead-source"] },
  test: {
    projects: [
      {
        extends: true,
        // One module graph for all unit tests halves their time: they hold no state in modules.
        // The time-out is against hanging only: tests that start processes take seconds on a busy machine.
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "console/**/*.test.ts", "test/repo/**/*.test.ts"],
          isolate: false,
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "platform",
          include: ["test/**/*.test.ts"],
          exclude: ["test/repo/**"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // Platforms keep their keys below it: those of tests are not to lie among a person's own.
          env: { XDG_CONFIG_HOME: join(tmpdir(), `fairlead-tests-${process.getuid?.() ?? 0}`) },
        },
      },
    ],
  },
});
