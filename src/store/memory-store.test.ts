import { describe } from "vitest";
import { createMemoryStore } from "./memory-store.ts";
import { runMetricTableContract } from "./metric-table.contract.ts";
import { contractSchema, runStoreContract } from "./store.contract.ts";

describe("store in memory", () => {
  runStoreContract(() => Promise.resolve(createMemoryStore(contractSchema)));
  runMetricTableContract(() => Promise.resolve(createMemoryStore(contractSchema).metrics));
});
