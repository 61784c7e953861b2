// Undo without a change: which one it takes back.

import type { ApiClient } from "./api-client.ts";
import { expect, test } from "vitest";
import { undo } from "./command-history.ts";
import { createOutput } from "./output.ts";
import { write } from "./write-command.ts";

/** The path that `fairlead undo --plan` posts to, of a history of these changes. */
async function undone(changes: readonly object[]): Promise<string | undefined> {
  let posted: string | undefined;
  const api: ApiClient = {
    base: "http://127.0.0.1:1",
    request(method, path) {
      if (method === "GET") return Promise.resolve({ changes });
      posted = path;
      return Promise.resolve({ plan: { title: "", changes: [], records: [], warnings: [] } });
    },
    upload: () => Promise.reject(new Error("nothing is uploaded here")),
  };
  await undo.run(
    { plan: true },
    { output: createOutput(true, () => {}), dataFolder: "", api: () => api },
    [],
  );
  return posted;
}

const set = { id: "set", action: "put-rrset" };

test.each([
  ["the newest", [set, { id: "older", action: "put-rrset" }]],
  [
    "not what was undone, nor the undo",
    [{ id: "u", action: "undo", undoes: "b" }, { id: "b", action: "assign", undoneBy: "u" }, set],
  ],
  ["not a reboot", [{ id: "r", action: "reboot-instance" }, set]],
  [
    "not who may do what",
    [{ id: "k", action: "create-access-key" }, { id: "i", action: "invite-user" }, set],
  ],
  ["not the platform's own", [{ id: "p", action: "platform" }, set]],
])("undo takes back %s", async (_what, changes) => {
  expect(await undone(changes)).toBe("/v1/changes/set/undo?plan=1");
});

test.each([
  ["reboot-instance", "Done."],
  ["create-access-key", "Done."],
  ["put-rrset", "Done; `fairlead undo` takes it back."],
])("after %s the last line is %j", async (action, last) => {
  const lines: string[] = [];
  const answer = {
    plan: { title: "", changes: [], records: [], warnings: [] },
    change: { id: "x", action },
    operation: { id: "o", status: "Succeeded", isTerminal: true, steps: [] },
  };
  const request = (): Promise<unknown> => Promise.resolve(answer);
  const api: ApiClient = { base: "http://127.0.0.1:1", request, upload: request };
  const output = createOutput(false, (text) => lines.push(text.trim()));
  await write({ output, dataFolder: "", api: () => api }, {}, "POST", "/v1/x");
  expect(lines.at(-1)).toBe(last);
});
