import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readKeyFile } from "./transfer-options.ts";

let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fl-keys-"));
  path = join(folder, "keys");
  writeFileSync(
    path,
    'key "k" { algorithm hmac-sha256; secret "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; };\n',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  [0o600, []],
  [0o640, []],
  [0o644, ["can read the keys"]],
  [0o666, ["can change the keys"]],
])("keys in a file of mode %o are used, and it is told where everybody can have them", (mode, told) => {
  chmodSync(path, mode);
  const lines: string[] = [];
  const keys = readKeyFile(path, (line) => lines.push(line));
  expect(keys.map(({ name }) => name.toString())).toEqual(["k."]);
  expect(lines).toEqual(told.map((what) => `Warning: everybody on this machine ${what} of "${path}".`));
});

test("without the option there are no keys", () => {
  expect(readKeyFile(undefined, () => {})).toEqual([]);
});
