// Files that are read ahead give what reading them gives, in their order; one with a defect is told by its line, and what was not read ahead is read all
// the same.

import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withZoneFile } from "#server/zone-file-source";
import { Name } from "#wire";
import { feedZoneFile } from "./served-zone-file.ts";
import { ZonesAhead } from "./zones-ahead.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-ahead-"));
const cache = join(folder, "compiled");
const count = 1200;
const broken = 1150;
let files: string[] = [];

beforeAll(() => {
  writeFileSync(join(folder, "below"), "included 60 IN A 192.0.2.9\n");
  files = Array.from({ length: count }, (_, i) => {
    const path = join(folder, `${i}`);
    const rest = i === 7 ? "$INCLUDE below\n" : i === broken ? "x 60 IN A 192.0.2.300\n" : "";
    writeFileSync(path, `@ 60 IN SOA ns h ${i} 1 1 1 1\nww${i} A 192.0.2.1\n${rest}`);
    return `z${i}.test.=${path}`;
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a file has, as it is fed. */
function feed(given: string, ahead: ZonesAhead | undefined): string[] {
  const at = given.indexOf("=");
  const apex = Name.parse(given.slice(0, at));
  if (!apex.ok) throw new Error(given);
  const records: string[] = [];
  feedZoneFile(
    given.slice(at + 1),
    apex.value,
    withZoneFile,
    (owner, ownerOctets, type, ttl, rdata, rdataOctets) =>
      records.push(
        `${owner.slice(0, ownerOctets).join()} ${type} ${ttl} ${rdata.slice(0, rdataOctets).join()}`,
      ),
    ahead && ((put) => ahead.take(given, put)),
  );
  return records;
}

test.runIf(ZonesAhead.isPossible)(
  "what is read ahead is what is read, up to a file with a defect, which is told",
  async () => {
    const ahead = ZonesAhead.start(files, cache);
    expect(ahead).toBeDefined();
    try {
      for (const given of files.slice(0, broken)) expect(feed(given, ahead)).toEqual(feed(given, undefined));
      expect(feed(files[7] ?? "", undefined)).toHaveLength(3);
      expect(() => feed(files[broken] ?? "", ahead)).toThrow(/1150":\s+1 defect\n.*:3/);
      // Nothing more comes of the thread.
      expect(feed(files[broken + 1] ?? "", ahead)).toHaveLength(2);
    } finally {
      await ahead?.close();
    }
  },
);

test.runIf(ZonesAhead.isPossible)("a file that is asked for out of turn is read by who asks", async () => {
  const ahead = ZonesAhead.start(files, cache);
  try {
    expect(feed(files[5] ?? "", ahead)).toHaveLength(2);
    expect(feed(files[0] ?? "", ahead)).toHaveLength(2);
    expect(feed(files[1] ?? "", ahead)).toHaveLength(2);
  } finally {
    await ahead?.close();
  }
});

test("few small files, and what can be read once only, are not read ahead", () => {
  expect(ZonesAhead.start(files.slice(0, 10), cache)).toBeUndefined();
  expect(ZonesAhead.start(["z.test.=/nowhere"], cache)).toBeUndefined();
  expect(ZonesAhead.start([...files, "z.test.=-"], cache)).toBeUndefined();
  expect(ZonesAhead.start([...files, "z.test.=/dev/fd/63"], cache)).toBeUndefined();
});

test("what cannot be looked at is left to who reads it, and said by that", () => {
  const loop = join(folder, "loop");
  symlinkSync("loop", loop);
  for (const path of [loop, join(folder, "nothing"), folder]) {
    expect(ZonesAhead.start([`z.test.=${path}`], cache)).toBeUndefined();
    expect(() => feed(`z.test.=${path}`, undefined)).toThrow(/^Cannot read zone file "/);
  }
});
