import { describe } from "vitest";
import { createMemoryStore } from "./memory-store.ts";
import { contractSchema, runStoreContract } from "./store.contract.ts";

describe("store in memory", () => {
  runStoreContract(() => Promise.resolve(createMemoryStore(contractSchema)));
});
