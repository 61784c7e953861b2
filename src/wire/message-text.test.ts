// Messages as text, and commands for a shell that ask again: what hostile names and octets become in both.

import { expect, test } from "vitest";
import { RrClass } from "./constants.ts";
import type { Message } from "./message.ts";
import { encodeMessage } from "./message-encode.ts";
import { describeMessage, formatDigCommand, maxShownOctets } from "./message-text.ts";
import { Name } from "./name.ts";
import { makeRequest } from "./request.ts";
import { RrType } from "./rr-type.ts";

function message(name: string, more: Partial<Message> = {}): Message {
  const parsed = Name.parse(name);
  if (!parsed.ok) throw new RangeError(name);
  return { ...makeRequest(parsed.value, RrType.A, { id: 0x1234, flags: { rd: true } }), ...more };
}

function octetsOf(value: Message): Uint8Array {
  const encoded = encodeMessage(value);
  if (!encoded.ok) throw new RangeError(encoded.failure.code);
  return encoded.value.octets;
}

const edns = { udpPayloadSize: 1232, version: 0, isDnssecOk: true, options: [] };

test("describeMessage() gives header, sections, EDNS and octets", () => {
  const error = Uint8Array.of(0, 22, ...new TextEncoder().encode("no server"));
  const value = message("shop.test.", {
    rcode: 2,
    edns: { ...edns, options: [{ code: 15, octets: error }] },
  });
  expect(describeMessage(octetsOf(value))).toMatchObject({
    id: 0x1234,
    opcode: "QUERY",
    rcode: "SERVFAIL",
    flags: ["rd"],
    question: ["shop.test. IN A"],
    edns: {
      udpPayloadSize: 1232,
      isDnssecOk: true,
      options: [{ code: 15, name: "EXTENDED_ERROR", text: "NO_REACHABLE_AUTHORITY: no server" }],
    },
    octets: expect.stringMatching(/^1234/),
  });
});

test("describeMessage() is bounded, and says how much more there is", () => {
  const { question } = message("shop.test.");
  const [{ name } = { name: Name.root }] = question;
  const record = { name, type: RrType.TXT, class: RrClass.IN, ttl: 60, rdata: Uint8Array.of(2, 97, 97) };
  const text = describeMessage(
    octetsOf(message("shop.test.", { answer: Array.from({ length: 1000 }, () => record) })),
  );
  expect(text?.more).toBe(940);
  expect(text?.octets.length).toBe(2 * maxShownOctets);
  expect(text?.size).toBeGreaterThan(maxShownOctets);
});

test.each([[Uint8Array.of()], [Uint8Array.of(1, 2, 3)], [new Uint8Array(64).fill(0xff)]])(
  "describeMessage() of what is no message",
  (octets) => {
    expect(describeMessage(octets)).toBeUndefined();
  },
);

const here = { address: "127.53.2.1", port: 5301, isTcp: false };

test.each([
  [message("shop.test."), here, "dig @127.53.2.1 -p 5301 shop.test. A +noedns"],
  [
    message("shop.test.", { edns }),
    { ...here, isTcp: true },
    "dig @127.53.2.1 -p 5301 shop.test. A +tcp +bufsize=1232 +nocookie +dnssec",
  ],
  [
    message("shop.test.", { flags: { ...message(".").flags, rd: false, cd: true } }),
    here,
    "dig @127.53.2.1 -p 5301 shop.test. A +norecurse +cdflag +noedns",
  ],
])("formatDigCommand() %#", (query, server, command) => {
  expect(formatDigCommand(query, server)).toBe(command);
});

test.each([
  ["\\036\\040reboot\\041.test.", "'\\$\\(reboot\\).test.'"],
  ["a\\039b\\059c.test.", "'a\\'\\''b\\;c.test.'"],
  ["a\\032b.test.", "'a\\032b.test.'"],
  ["-f.test.", "-q -f.test. -t"],
  ["_http._tcp.test.", "_http._tcp.test."],
])("formatDigCommand() quotes %s for a shell", (name, words) => {
  expect(formatDigCommand(message(name), here)).toBe(`dig @127.53.2.1 -p 5301 ${words} A +noedns`);
});
