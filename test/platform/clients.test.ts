// Clients that nobody here wrote see what the design promises: dig, kdig and curl against a running platform.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { RoleName } from "#contract";
import { run, startPlatform, type Platform } from "./harness.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ example: true });
});
afterAll(async () => platform?.remove());

interface DigAnswer {
  rcode: string;
  flags: string[];
  /** Records a section, as `owner ttl class type data` with single spaces. */
  answer: string[];
  authority: string[];
  additional: string[];
}

/** Asks with dig; `at` is an address of the design (127.53.x.y is moved to where this platform has it). */
function dig(at: string, port: number, ...words: string[]): DigAnswer {
  const { stdout } = run("dig", [
    `@${platform.address(at)}`,
    "-p",
    String(platform.port(port)),
    "+noall",
    "+comments",
    "+answer",
    "+authority",
    "+additional",
    ...words,
  ]);
  const sections: Record<string, string[]> = {};
  let section = "";
  for (const line of stdout.split("\n")) {
    const title = /^;; (ANSWER|AUTHORITY|ADDITIONAL) SECTION/.exec(line)?.[1];
    if (title) section = title.toLowerCase();
    else if (line !== "" && !line.startsWith(";"))
      (sections[section] ??= []).push(line.replaceAll(/\s+/g, " "));
  }
  return {
    rcode: /status: (\w+)/.exec(stdout)?.[1] ?? stdout,
    flags: /flags: ([a-z ]*);/.exec(stdout)?.[1]?.split(" ") ?? [],
    answer: (sections["answer"] ?? []).sort(),
    authority: (sections["authority"] ?? []).sort(),
    additional: (sections["additional"] ?? []).sort(),
  };
}

/** A counter summed over its labels. */
function counter(role: RoleName, matches: RegExp): number {
  return Object.entries(platform.counters(role)).reduce(
    (sum, [name, value]) => (matches.test(name) ? sum + value : sum),
    0,
  );
}

test("the root refers to the TLD's servers and never answers itself", () => {
  const found = dig("127.53.0.1", 5301, "shop.test", "A", "+norecurse");
  expect(found.rcode).toBe("NOERROR");
  expect(found.flags).toEqual(["qr"]);
  expect(found.answer).toEqual([]);
  expect(found.authority).toEqual(["test. 172800 IN NS a.nic.test.", "test. 172800 IN NS b.nic.test."]);
  expect(found.additional).toContain(`a.nic.test. 172800 IN A ${platform.address("127.53.1.1")}`);
});

test("the TLD has four NS at 172800 with glue", () => {
  const found = dig("127.53.1.2", 5301, "shop.test", "A", "+norecurse");
  expect(found.flags).toEqual(["qr"]);
  expect(found.answer).toEqual([]);
  expect(found.authority).toEqual([1, 2, 3, 4].map((i) => `shop.test. 172800 IN NS ns${i}.s1.nic.test.`));
  expect(found.additional).toEqual(
    expect.arrayContaining(
      [1, 2, 3, 4].map((i) => `ns${i}.s1.nic.test. 172800 IN A ${platform.address(`127.53.2.${i}`)}`),
    ),
  );
});

test("each of the four name servers gives the same authoritative answer, over UDP and TCP", () => {
  const first = dig("127.53.2.1", 5301, "shop.test", "A", "+norecurse");
  expect(first.rcode).toBe("NOERROR");
  expect(first.flags).toEqual(["qr", "aa"]);
  expect(first.answer).toHaveLength(1);
  for (const i of [1, 2, 3, 4]) {
    for (const transport of ["+notcp", "+tcp"]) {
      expect(dig(`127.53.2.${i}`, 5301, "shop.test", "A", "+norecurse", transport)).toEqual(first);
    }
  }
});

test("a second resolution of another name in the domain asks neither root nor TLD", () => {
  expect(dig("127.0.0.1", 5300, "shop.test", "A").rcode).toBe("NOERROR");
  const before = [
    counter("names", /^queries\{.*group=root/),
    counter("names", /^queries\{.*group=tlds/),
    counter("names", /^queries\{.*group=s1/),
  ];
  const other = dig("127.0.0.1", 5300, `other-${process.pid}.shop.test`, "A");
  expect(other.rcode).toBe("NXDOMAIN");
  const after = [
    counter("names", /^queries\{.*group=root/),
    counter("names", /^queries\{.*group=tlds/),
    counter("names", /^queries\{.*group=s1/),
  ];
  expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
  expect(after[2]).toBeGreaterThan(before[2] ?? 0);
});

test("kdig reads what dig reads", () => {
  const { stdout } = run("kdig", [
    `@${platform.address("127.53.2.3")}`,
    "-p",
    String(platform.port(5301)),
    "shop.test",
    "SOA",
    "+short",
  ]);
  expect(stdout).toMatch(/^ns1\.s1\.nic\.test\. hostmaster\.shop\.test\. \d+ 7200 900 1209600 \d+\n$/);
  const tcp = run("kdig", [
    `@${platform.address("127.53.2.3")}`,
    "-p",
    String(platform.port(5301)),
    "shop.test",
    "NS",
    "+tcp",
    "+short",
  ]);
  expect(tcp.stdout.trim().split("\n").sort()).toEqual([1, 2, 3, 4].map((i) => `ns${i}.s1.nic.test.`));
});

test("curl opens the page through the visitor proxy under its own name and port", () => {
  const { stdout } = run("curl", [
    "-sS",
    "-x",
    `http://127.0.0.1:${platform.port(7780)}`,
    "http://shop.test/",
  ]);
  expect(stdout).toContain("<h1>shop.test</h1>");
});

test("the resolver refuses what is outside the private tree", () => {
  expect(dig("127.0.0.1", 5300, "example.org", "A").rcode).toBe("REFUSED");
});

test("names outside a group are refused: a name server knows nothing of the root", () => {
  expect(dig("127.53.2.1", 5301, ".", "NS", "+norecurse").rcode).toBe("REFUSED");
  expect(dig("127.53.0.1", 5301, "version.bind", "TXT", "CH", "+norecurse").rcode).toBe("REFUSED");
});
