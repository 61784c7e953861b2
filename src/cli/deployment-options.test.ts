import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readDeployment, readEnvironment } from "./deployment-options.ts";

const folder = mkdtempSync(join(tmpdir(), "fl-options-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test("a folder with a command is one container that visitors reach at port 80", () => {
  expect(readDeployment({ folder, env: "A=1" }, ["node", "server.js"])).toEqual({
    containers: {
      web: {
        image: `folder:${folder}`,
        command: ["node", "server.js"],
        environment: { A: "1" },
        ports: { "80": "HTTP" },
      },
    },
    publicEndpoint: { containerName: "web", containerPort: 80 },
  });
});

test("an image with a name, a port and a health check of its own; private, it has no endpoint", () => {
  const values = {
    image: "nginx:1.27",
    container: "shop",
    port: "8080",
    "health-path": "/up",
    interval: "0.5",
    codes: "200",
  };
  expect(readDeployment(values, [])?.publicEndpoint).toEqual({
    containerName: "shop",
    containerPort: 8080,
    healthCheck: { path: "/up", intervalMs: 500, successCodes: "200" },
  });
  expect(readDeployment({ ...values, private: true }, [])).not.toHaveProperty("publicEndpoint");
});

test.each([
  ["A=1", { A: "1" }],
  ["A=1,B=2", { A: "1", B: "2" }],
  ["LIST=a,b,c,B=x=y", { LIST: "a,b,c", B: "x=y" }],
  ["EMPTY=", { EMPTY: "" }],
])("variables %j", (text, variables) => expect(readEnvironment(text)).toEqual(variables));

test("a file of variables has one a line, and what is given beside it counts more", () => {
  const path = file("env", "# comment\nA=1\r\n\nB=two words\n");
  const { containers } = readDeployment({ image: "a", "env-file": path, env: "A=9" }, []) ?? {
    containers: {},
  };
  expect(containers["web"]?.environment).toEqual({ A: "9", B: "two words" });
});

test("what is no variable is refused without saying what it is: it may be a password", () => {
  const path = file("bad", "hunter2\n");
  expect(() => readDeployment({ image: "a", "env-file": path }, [])).toThrow(/expected variables such as/);
  expect(() => readDeployment({ image: "a", "env-file": path }, [])).not.toThrow(/hunter2/);
});

test("a file in Lightsail's form: its times are in seconds", () => {
  const path = file(
    "deployment.json",
    JSON.stringify({
      containers: { web: { image: "nginx", ports: { "80": "HTTP" } } },
      publicEndpoint: {
        containerName: "web",
        containerPort: 80,
        healthCheck: { intervalSeconds: 10, timeoutSeconds: 3, path: "/" },
      },
    }),
  );
  expect(readDeployment({ file: path }, [])?.publicEndpoint?.healthCheck).toEqual({
    intervalMs: 10_000,
    timeoutMs: 3000,
    path: "/",
  });
});

test.each<[string, Parameters<typeof readDeployment>[0], RegExp]>([
  [
    "two kinds",
    { image: "a", folder: "/tmp" },
    /expected one of --image, --folder, --file, and got image and folder/,
  ],
  ["options without what they are of", { port: "80" }, /expected what is deployed/],
  ["a folder that is none", { folder: "/nonexistent/folder" }, /there is none at/],
  ["a port that is none", { image: "a", port: "99999" }, /whole number from 1 to 65535/],
  ["a file that is none", { file: "/nonexistent/file" }, /there is no such file/],
  ["a file that is no JSON", { file: file("text", "hello") }, /it is no JSON/],
  [
    "a file that is no deployment",
    { file: file("other.json", '{"containers":{"web":{}}}') },
    /containers\.web\.image/,
  ],
  ["a file that is null", { file: file("null.json", "null") }, /Cannot read deployment/],
])("refuses %s", (_, values, message) => expect(() => readDeployment(values, [])).toThrow(message));

test("without any of it nothing is deployed", () => expect(readDeployment({}, [])).toBeUndefined());
