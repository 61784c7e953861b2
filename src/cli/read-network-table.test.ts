// The file of `fairlead networks set`.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readNetworkTable } from "./read-network-table.ts";

const folder = mkdtempSync(join(tmpdir(), "fl-networks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string): ReturnType<typeof readNetworkTable> {
  const path = join(folder, "networks");
  writeFileSync(path, text);
  return readNetworkTable(path);
}

test("lines with blanks, tabs or commas; places that only networks name; comments", () => {
  expect(
    read(
      "# all\r\nplace berlin 52.5 13.4\nplace\tsydney,-33.9,151.2\n\n192.0.2.0/24\tberlin # here\n2001:db8::/32,attic\n",
    ),
  ).toEqual({
    places: [
      { name: "berlin", latitude: 52.5, longitude: 13.4 },
      { name: "sydney", latitude: -33.9, longitude: 151.2 },
      { name: "attic" },
    ],
    networks: ["192.0.2.0/24 berlin", "2001:db8::/32 attic"],
  });
});

test("what is printed as JSON is read back", () => {
  const table = { places: [{ name: "a" }], networks: ["192.0.2.0/24 a"] };
  expect(read(JSON.stringify(table))).toEqual(table);
});

test.each([
  ["place", "line 1: expected place NAME"],
  ["\nplace a 1", "line 2: expected place NAME"],
  ["place a 91 0", '"91 0" are no latitude and longitude'],
  ["place a x y", '"x y" are no latitude and longitude'],
  ["place a\nplace a", "line 2: place a is there twice"],
  ["192.0.2.0/24", "line 1: expected NETWORK PLACE"],
  ["192.0.2.0/24 a b", "line 1: expected NETWORK PLACE"],
  ["{", "it is no JSON"],
  ["{}", "places"],
])("%j is refused", (text, reason) => {
  expect(() => read(text)).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining(reason) }),
  );
});
