// The client subnet option (RFC 7871): what is malformed is FORMERR, what is well-formed is repeated to who sent it, with scope 0 where the answer
// is everybody's.

import { decodeMessage, EdnsOption, Rcode } from "#wire";
import { describe, expect, test } from "vitest";
import { engineOf, query, send, zonesOf } from "./testing.ts";

const engine = engineOf(
  zonesOf({ "example.org. s1": "@ SOA a. b. 1 1 1 1 1\n@ NS a.\nwww A 192.0.2.1\n" }),
  "s1",
);

/** Asks with options given as hexadecimal digits; the code of each first. */
function ask(...options: readonly { readonly code?: number; readonly hex: string }[]): {
  rcode: number;
  subnets: string[];
} {
  const asked = query("www.example.org. A", {
    edns: {
      options: options.map(({ code = EdnsOption.CLIENT_SUBNET, hex }) => ({
        code,
        octets: Uint8Array.from((hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))),
      })),
    },
  });
  const decoded = decodeMessage(send(engine, asked));
  if (!decoded.ok) throw new Error(decoded.failure.code);
  const { rcode, edns } = decoded.value;
  const subnets = (edns?.options ?? [])
    .filter(({ code }) => code === EdnsOption.CLIENT_SUBNET)
    .map(({ octets }) => Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join(""));
  return { rcode, subnets };
}

describe("RFC 7871 section 6", () => {
  test.each([
    ["IPv4 /24", "00011800c00002"],
    ["IPv4 /32", "00012000c0000201"],
    ["IPv4 /25, whose last octet has one bit", "00011900c0000280"],
    ["IPv6 /56", "0002380020010db8000000"],
    ["IPv6 /128", "0002800020010db8000000000000000000000001"],
    ["nothing of an IPv4 client", "00010000"],
    ["nothing of an IPv6 client", "00020000"],
    ["nothing of no family", "00000000"],
  ])("%s is repeated with scope 0", (_, hex) =>
    expect(ask({ hex })).toEqual({ rcode: Rcode.NOERROR, subnets: [hex] }),
  );

  test.each([
    ["nothing at all", ""],
    ["less than its head", "000118"],
    ["a family that there is none of", "00031800c00002"],
    ["no family with a prefix", "00000800c0"],
    ["IPv4 with 33 bits", "00012100c000020100"],
    ["IPv6 with 129 bits", `00028100${"00".repeat(17)}`],
    ["too few octets", "00011800c000"],
    ["too many octets", "00011800c0000201"],
    ["a bit beyond the prefix", "00011900c0000281"],
    ["a bit beyond a prefix of seven", "0001070003"],
    ["a scope in a query", "00011818c00002"],
    ["65,000 octets", "00".repeat(1000)],
  ])("%s is FORMERR and not repeated", (_, hex) =>
    expect(ask({ hex })).toEqual({ rcode: Rcode.FORMERR, subnets: [] }),
  );

  test("of several the first counts", () => {
    expect(ask({ hex: "00011800c00002" }, { hex: "ff" })).toEqual({
      rcode: Rcode.NOERROR,
      subnets: ["00011800c00002"],
    });
    expect(ask({ hex: "ff" }, { hex: "00011800c00002" }).rcode).toBe(Rcode.FORMERR);
  });

  test("who does not ask is told nothing", () => {
    expect(ask()).toEqual({ rcode: Rcode.NOERROR, subnets: [] });
    expect(ask({ code: EdnsOption.PADDING, hex: "0000" }).subnets).toEqual([]);
  });
});
