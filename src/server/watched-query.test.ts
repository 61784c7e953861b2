import { expect, test } from "vitest";
import { endpoint, type WatchedMessage } from "#engine";
import { describeWatchedMessage } from "./watched-query.ts";

/** A query for a name of labels, with its type and class. */
function query(labels: readonly Uint8Array[], type = 1, rrClass = 1): Uint8Array {
  const name = [...labels.flatMap((label) => [label.length, ...label]), 0];
  return Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, type, 0, rrClass]);
}

function described(octets: Uint8Array): string {
  const message: WatchedMessage = {
    source: 0,
    transport: "udp",
    from: endpoint("192.0.2.1", 5),
    to: endpoint("192.0.2.2", 53),
    askedAt: 1_800_000_000_000,
    answeredAt: 1_800_000_000_001,
    query: octets,
    response: new Uint8Array(),
    queryOctets: octets.length,
    responseOctets: 0,
    rcode: -1,
  };
  return JSON.stringify(describeWatchedMessage(message, "s1"));
}

test("whatever octets a name has, a line has printable ones alone: no terminal is told anything, no line is two", () => {
  const octets = Array.from({ length: 256 }, (_, i) => i);
  for (let at = 0; at < 256; at += 48) {
    const line = described(query([Uint8Array.from(octets.slice(at, at + 48))]));
    expect(line).toMatch(/^[\x20-\x7e]+$/);
  }
  const { name } = JSON.parse(described(query([Buffer.from('\u001b[2J\r\n"x\\')]))) as { name: string };
  expect(name).toBe(String.raw`\027\0912J\013\010\"x\092.`);
});

test("messages that are cut anywhere, or whose name never ends, are told without a name", () => {
  const whole = query([Buffer.from("www"), Buffer.from("test")]);
  for (let length = 0; length < whole.length; length++)
    expect(JSON.parse(described(whole.slice(0, length)))).not.toHaveProperty("name");
  const loop = Uint8Array.from([...whole.slice(0, 12), 0xc0, 0x0c, 0, 1, 0, 1]);
  expect(JSON.parse(described(loop))).not.toHaveProperty("name");
});
