// Digests of zones with the real hashes (RFC 8976 appendix A).

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { RrType } from "#wire";
import { RrsetList, verifyZonemd, withZonemd } from "#zone";
import { nameOf, rrsetsOf } from "./testing-transfers.ts";

const apex = nameOf("example.");
const digest =
  "c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c";

/** Appendix A.1. */
function simple(zonemd: string, www = ""): string {
  return `$TTL 86400
    example. SOA ns1 admin 2018031900 1800 900 604800 86400
    example. NS ns1
    example. NS ns2
    ${zonemd}
    ns1 3600 A 203.0.113.63
    NS2.Example. 3600 AAAA 2001:db8::63
    ${www}`;
}

function verdict(text: string): string {
  const found = verifyZonemd(apex, new RrsetList(rrsetsOf("example.", text)), createHash);
  return found.kind === "bad" ? found.reason : found.kind;
}

test.each([
  ["the one of the RFC", `example. ZONEMD 2018031900 1 1 ${digest}`, "", "good"],
  ["none", "", "", "none"],
  [
    "one of another serial",
    `example. ZONEMD 2018031901 1 1 ${digest}`,
    "",
    "its digest is of serial 2018031901",
  ],
  [
    "one that is wrong",
    `example. ZONEMD 2018031900 1 1 ${digest.replace("c6", "c7")}`,
    "",
    "it is not what its digest is of",
  ],
  [
    "one beside a record more",
    `example. ZONEMD 2018031900 1 1 ${digest}`,
    "www A 203.0.113.1",
    "it is not what its digest is of",
  ],
  ["one with another TTL beside it", `example. 60 ZONEMD 2018031900 1 1 ${digest}`, "", "good"],
  [
    "two of one kind",
    `example. ZONEMD 2018031900 1 1 ${digest}\nexample. ZONEMD 2018031900 1 1 ${digest.replace("c6", "c7")}`,
    "",
    "it brings two digests of one kind",
  ],
  ["one of a scheme that is not known", `example. ZONEMD 2018031900 9 1 ${digest}`, "", "none"],
  ["one of a hash that is not known", `example. ZONEMD 2018031900 1 9 ${digest}`, "", "none"],
  ["one that is too short to count", "example. ZONEMD 2018031900 1 1 c68090d9", "", "none"],
  [
    "a good one beside one that is not known",
    `example. ZONEMD 2018031900 1 1 ${digest}\nexample. ZONEMD 2018031900 1 241 abcd`,
    "",
    "good",
  ],
  [
    "a wrong one beside one that is not known",
    `example. ZONEMD 2018031900 1 1 ${digest.replace("c6", "c7")}\nexample. ZONEMD 2018031900 1 241 abcd`,
    "",
    "it is not what its digest is of",
  ],
  [
    "a good one, and one below the apex, which is a record like others",
    `example. ZONEMD 2018031900 1 1 ${digest}`,
    "ns1 ZONEMD 1 1 1 abcdabcdabcdabcdabcdabcd",
    "it is not what its digest is of",
  ],
])("a zone with %s (RFC 8976 section 4)", (_, zonemd, more, expected) => {
  expect(verdict(simple(zonemd, more))).toBe(expected);
});

test("what is made is what the RFC has, and is found good; signatures over it are no part of it", () => {
  const made = withZonemd(apex, rrsetsOf("example.", simple("")), createHash);
  const zonemd = made?.find(({ type }) => type === RrType.ZONEMD)?.rdata[0];
  expect(Buffer.from(zonemd?.subarray(6) ?? []).toString("hex")).toBe(digest);
  const signature = `example. RRSIG ZONEMD 13 1 86400 20300101000000 20260101000000 1 example. AAAA`;
  const signed = rrsetsOf("example.", simple(`example. ZONEMD 2018031900 1 1 ${digest}`, signature));
  expect(verifyZonemd(apex, new RrsetList(signed), createHash)).toEqual({ kind: "good" });
  expect(withZonemd(apex, rrsetsOf("example.", "x TXT y"), createHash)).toBeUndefined();
});
