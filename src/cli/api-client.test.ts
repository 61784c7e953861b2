// The client of the control API against servers that do not behave.

import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createApiClient } from "./api-client.ts";

/** Listens on a free port and says `text` to each connection; undefined for silence. */
async function serverThatSays(text: string | undefined): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => text !== undefined && socket.end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("The server has no port");
  return `http://127.0.0.1:${at.port}`;
}

const json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";

test.each([
  ["accepts and is silent, as the API's socket is with control down", undefined, "role-unreachable"],
  ["stops in the middle", `${json}100\r\n\r\n{`, "platform-unreachable"],
  ["speaks no HTTP", "SSH-2.0-x\r\n", "platform-unreachable"],
  ["gives broken JSON", `${json}1\r\n\r\n{`, "platform-unreachable"],
  ["fails in words of its own", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "platform-unreachable"],
])("a server that %s", async (_what, text, code) => {
  // Only silence is waited for: what is said may come late on a busy machine.
  const api = createApiClient(await serverThatSays(text), "key", text === undefined ? 100 : undefined);
  await expect(api.request("GET", "/v1/status")).rejects.toMatchObject({ code });
});

test("a port where nothing listens", async () => {
  const api = createApiClient("http://127.0.0.1:1", "key");
  await expect(api.request("GET", "/v1/status")).rejects.toMatchObject({ code: "platform-unreachable" });
});

test.each(["", "two words", "line\n"])("a key that cannot be one: %j", (key) => {
  expect(() => createApiClient("http://127.0.0.1:1", key)).toThrow("Cannot use the access key");
});
