import { rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askRole, connectRole, serveRoleSocket, type RoleDescription } from "./role-socket.ts";
import { removeFolder, temporaryFolder, until } from "./testing.ts";

let folder: string;
let path: string;
let server: { close(): void } | undefined;
let stops: string[];
const description: RoleDescription = {
  version: 1,
  role: "edge",
  pid: 4,
  start: "then",
  configuration: "c",
  isReady: true,
  isSynced: false,
  revision: 9,
};

async function serve(): Promise<void> {
  server = await serveRoleSocket(
    path,
    () => description,
    (instances) => void stops.push(instances),
  );
}

/** Puts another server in the role's place. */
async function listening(foreign: Server): Promise<void> {
  server = foreign;
  await new Promise<void>((resolve) => foreign.listen(path, resolve));
}

beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "edge.role");
  stops = [];
});

afterEach(() => {
  server?.close();
  server = undefined;
  removeFolder(folder);
});

test("a role says who it is, on a socket of mode 0600, in place of what was there", async () => {
  writeFileSync(path, "left behind");
  await serve();
  expect(await askRole(path, 60_000)).toEqual(description);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a role takes the order to stop, and its link tells when it is gone", async () => {
  await serve();
  const link = await connectRole(path);
  expect(await link?.describe(60_000)).toEqual(description);
  link?.stop("leave");
  await until("the order", () => stops.length > 0);
  expect(stops).toEqual(["leave"]);
  link?.close();
  await link?.closed;
  expect(await link?.describe(1000)).toBeUndefined();
});

test("nobody is there: no socket, and a socket that nobody listens on", async () => {
  expect(await connectRole(path)).toBeUndefined();
  expect(await askRole(path, 1000)).toBeUndefined();
  writeFileSync(path, "no socket");
  expect(await askRole(path, 1000)).toBeUndefined();
});

test.each([
  ["of another version", `${JSON.stringify({ ...description, version: 2 })}\n`],
  ["that is no JSON", "hello\n"],
  ["without an end", "x".repeat(100_000)],
])("an answer %s is no role", async (_, text) => {
  const foreign = createServer((socket) => {
    socket.on("error", () => {}); // the other side hangs up
    socket.once("data", () => socket.write(text));
  });
  await listening(foreign);
  expect(await askRole(path, 2000)).toBeUndefined();
});

test("an answer that does not come is given up", async () => {
  await listening(createServer(() => {}));
  expect(await askRole(path, 20)).toBeUndefined();
});

test("garbage on a role's socket ends that connection only", async () => {
  await serve();
  const socket = connect(path);
  socket.on("error", () => {});
  socket.write(Buffer.alloc(100_000, 0xff));
  await new Promise<void>((resolve) => socket.once("close", () => resolve()));
  expect(await askRole(path, 60_000)).toEqual(description);
});

test("a role's socket comes back when its file was removed", async () => {
  await serve();
  rmSync(path);
  expect(await until("the socket is there again", () => askRole(path, 1000))).toEqual(description);
});
