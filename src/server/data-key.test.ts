import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyFilesOf, loadSealer, prepareKeys, withoutKeys } from "./data-key.ts";
import { prepareDataFolder, versionOf, type Layout } from "./layout.ts";
import { removeFolder, temporaryFolder } from "./testing.ts";

let base: string;
let layout: Layout;
let own: Record<string, string>;

beforeEach(() => {
  base = temporaryFolder();
  layout = prepareDataFolder(join(base, "data"));
  own = { XDG_CONFIG_HOME: join(base, "config") };
});
afterEach(() => removeFolder(base));

const mode = (path: string): number => statSync(path).mode & 0o777;
const refusal = (code: string): unknown => expect.objectContaining({ code });
const secret = new TextEncoder().encode("secret");

describe("key file", () => {
  test("is made once, 0600, outside the data folder, and opens what was sealed", () => {
    const { folder, dataKey, firstKey } = prepareKeys(layout, own);
    expect(folder).toBe(join(base, "config/fairlead/keys"));
    expect([folder, dataKey, firstKey, layout.dataKey].map(mode)).toEqual([0o700, 0o600, 0o600, 0o600]);
    expect(readFileSync(firstKey, "utf8")).toMatch(/^[\w-]{32}\n$/);
    const before = [dataKey, firstKey, layout.dataKey].map((path) => readFileSync(path, "utf8"));
    const sealed = loadSealer(layout, own).seal("p", "i", secret);
    expect(prepareKeys(layout, own)).toEqual(keyFilesOf(layout, own));
    expect([dataKey, firstKey, layout.dataKey].map((path) => readFileSync(path, "utf8"))).toEqual(before);
    expect(loadSealer(layout, own).open("p", "i", sealed)).toEqual(secret);
    expect(readdirSync(layout.folder)).not.toContain("key");
    expect(readFileSync(layout.dataKey, "utf8")).not.toContain(before[0]?.trim());
  });

  test("that is gone is not made anew", () => {
    const { dataKey } = prepareKeys(layout, own);
    rmSync(dataKey);
    expect(() => prepareKeys(layout, own)).toThrow(refusal("data-key-missing"));
    expect(() => loadSealer(layout, own)).toThrow(refusal("data-key-missing"));
    expect(existsSync(dataKey)).toBe(false);
  });

  test("of another platform is refused, and so is one that holds no key", () => {
    const { dataKey } = prepareKeys(layout, own);
    for (const text of ["A".repeat(43), "", "not a key", "00".repeat(31)]) {
      writeFileSync(dataKey, text);
      expect(() => prepareKeys(layout, own)).toThrow(refusal("data-key-wrong"));
      expect(() => loadSealer(layout, own)).toThrow(refusal("data-key-wrong"));
    }
  });

  test("which anybody could read is closed again", () => {
    const { dataKey, firstKey } = prepareKeys(layout, own);
    for (const file of [dataKey, firstKey]) chmodSync(file, 0o644);
    prepareKeys(layout, own);
    expect([dataKey, firstKey].map(mode)).toEqual([0o600, 0o600]);
  });

  test("is made by the next start where the first one was killed before anything could be sealed", () => {
    const { dataKey, firstKey } = prepareKeys(layout, own);
    const { check, ...begun } = JSON.parse(readFileSync(layout.dataKey, "utf8")) as Record<string, string>;
    expect(check).toMatch(/^1\./);
    writeFileSync(layout.dataKey, JSON.stringify(begun));
    rmSync(dataKey);
    writeFileSync(firstKey, "");
    prepareKeys(layout, own);
    expect(readFileSync(firstKey, "utf8")).toMatch(/^[\w-]{32}\n$/);
    expect(loadSealer(layout, own).open("p", "i", loadSealer(layout, own).seal("p", "i", secret))).toEqual(
      secret,
    );
  });
});

describe("places of the key", () => {
  const octets = Buffer.alloc(32, 5);
  const sealedWith = (environment: Record<string, string>): string => {
    prepareKeys(layout, environment);
    return loadSealer(layout, environment).seal("p", "i", secret);
  };

  test.each([
    ["octets", octets],
    ["hexadecimal digits", `${octets.toString("hex").toUpperCase()}\n`],
    ["base64", `${octets.toString("base64")}\n`],
    ["base64url", octets.toString("base64url")],
  ])("a file of %s, by name or as a systemd credential, before all others", (_, content) => {
    const credentials = join(base, "credentials");
    mkdirSync(credentials);
    const file = join(base, "master");
    writeFileSync(file, content);
    const byFile = { ...own, ["FAIRLEAD_MASTER_KEY_FILE"]: file, FAIRLEAD_PASSPHRASE: "x" };
    const sealed = sealedWith(byFile);
    expect(existsSync(keyFilesOf(layout, own).dataKey)).toBe(false);
    // The folder of credentials counts only where ours is among them.
    expect(
      loadSealer(layout, { ...byFile, CREDENTIALS_DIRECTORY: credentials }).open("p", "i", sealed),
    ).toEqual(secret);
    renameSync(file, join(credentials, "fairlead-master-key"));
    const byCredential = { ...byFile, CREDENTIALS_DIRECTORY: credentials };
    expect(loadSealer(layout, byCredential).open("p", "i", sealed)).toEqual(secret);
    expect(() => loadSealer(layout, byFile)).toThrow(refusal("data-key-missing"));
    expect(() => loadSealer(layout, own)).toThrow(refusal("data-key-missing"));
  });

  test("a passphrase, in either form of Unicode", () => {
    const sealed = sealedWith({ ...own, FAIRLEAD_PASSPHRASE: "g\u00fcnstig" });
    expect(existsSync(keyFilesOf(layout, own).dataKey)).toBe(false);
    expect(
      loadSealer(layout, { ...own, FAIRLEAD_PASSPHRASE: "gu\u0308nstig" }).open("p", "i", sealed),
    ).toEqual(secret);
    for (const FAIRLEAD_PASSPHRASE of ["guenstig", "g\u00fcnstig "]) {
      expect(() => prepareKeys(layout, { ...own, FAIRLEAD_PASSPHRASE })).toThrow(refusal("data-key-wrong"));
    }
    expect(() => prepareKeys(layout, own)).toThrow(refusal("data-key-missing"));
  });
});

test.each(["", "{", "[]", '{"id":"../../x","salt":""}', '{"id":"0123","salt":"a"}'])(
  "a record that says %j is damaged, and nothing is made of it",
  (text) => {
    prepareKeys(layout, own);
    writeFileSync(layout.dataKey, text);
    expect(() => prepareKeys(layout, own)).toThrow(refusal("data-damaged"));
    expect(() => keyFilesOf(layout, own)).toThrow(refusal("data-damaged"));
  },
);

test("a record that is gone while the store is there is damage, not a new platform", () => {
  prepareKeys(layout, own);
  rmSync(layout.dataKey);
  prepareKeys(layout, own);
  writeFileSync(layout.store, "x");
  rmSync(layout.dataKey);
  expect(() => prepareKeys(layout, own)).toThrow(refusal("data-damaged"));
});

test("a data folder of version 1 gives its API key up to the key files", () => {
  writeFileSync(layout.version, '{"data":1}\n');
  writeFileSync(join(layout.folder, "key"), "an-earlier-key\n");
  writeFileSync(layout.store, "x");
  const { firstKey } = prepareKeys(layout, own);
  expect(readFileSync(firstKey, "utf8")).toBe("an-earlier-key\n");
  expect(existsSync(join(layout.folder, "key"))).toBe(false);
  expect(versionOf(layout)).toBe(2);
});

test("withoutKeys() leaves what leads to the data key behind", () => {
  const environment = {
    PATH: "/bin",
    FAIRLEAD_PASSPHRASE: "a",
    ["FAIRLEAD_MASTER_KEY_FILE"]: "b",
    CREDENTIALS_DIRECTORY: "c",
  };
  expect(withoutKeys(environment)).toEqual({ PATH: "/bin" });
});
