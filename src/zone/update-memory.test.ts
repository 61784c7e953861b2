import { expect, test } from "vitest";
import { UpdateMemory } from "./update-memory.ts";

const key = "k.";
const done = { rcode: 0 };

/** The update with a number, signed at a time. */
function signed(n: number, signedAt: number, fudge = 300) {
  return { id: `mac ${n}`, signedAt, until: signedAt + fudge };
}

test("an update is remembered by its key and signature, for as long as the signature is good", () => {
  const memory = new UpdateMemory(50);
  expect(memory.find(key, signed(1, 1000))).toBeUndefined();
  memory.keep(key, signed(1, 1000), done, 1000);
  expect(memory.find(key, signed(1, 1000))).toBe(done);
  expect(memory.find("other.", signed(1, 1000))).toBeUndefined();
  memory.keep(key, signed(2, 1301), done, 1301);
  expect([memory.size, memory.find(key, signed(2, 1301))]).toEqual([1, done]);
  // What is over raises no bar: nobody takes its signature.
  expect(memory.find(key, signed(3, 1000))).toBeUndefined();
});

test("of a key that sends more than is remembered, what was signed before is not taken, and another key's is (RFC 8945 section 5.2.3)", () => {
  const memory = new UpdateMemory(3);
  for (let n = 0; n < 5; n++) memory.keep(key, signed(n, 1000 + n), done, 1005);
  expect(memory.size).toBe(3);
  expect([0, 1, 2, 3, 4].map((n) => memory.find(key, signed(n, 1000 + n)))).toEqual([
    "stale",
    "stale",
    done,
    done,
    done,
  ]);
  expect(memory.find(key, signed(9, 1001))).toBe("stale");
  expect(memory.find(key, signed(9, 1002))).toBeUndefined();
  expect(memory.find("other.", signed(9, 1))).toBeUndefined();
});

test("what is remembered has its bound at all times, and room is made for some at once", () => {
  const memory = new UpdateMemory(640);
  let most = 0;
  for (let n = 0; n < 5000; n++) {
    memory.keep(key, signed(n, 1000 + Math.floor(n / 100)), done, 1050);
    most = Math.max(most, memory.size);
    expect(memory.find(key, signed(n, 1000 + Math.floor(n / 100)))).toBe(done);
  }
  expect([most, memory.size > 600]).toEqual([640, true]);
  expect(memory.find(key, signed(0, 1000))).toBe("stale");
});
