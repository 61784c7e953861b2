// Numbers and their mnemonics, RFC 3597 forms included.

import { describe, expect, it } from "vitest";
import { className, classNumber, opcodeName, rcodeName } from "./constants.ts";
import { isMetaType, RrType, typeName, typeNumber } from "./rr-type.ts";

describe("typeNumber and typeName", () => {
  it.each([
    ["A", 1, "A"],
    ["aaaa", 28, "AAAA"],
    ["TYPE1", 1, "A"],
    ["type65535", 65_535, "TYPE65535"],
    ["TYPE0", 0, "TYPE0"],
    ["Https", 65, "HTTPS"],
  ])("%s is %i, written %s", (text, number, written) => {
    expect(typeNumber(text)).toBe(number);
    expect(typeName(number)).toBe(written);
  });

  it.each([
    "",
    "TYPE",
    "TYPE65536",
    "TYPE123456",
    "TYPE-1",
    "TYPE1x",
    "TYPE 1",
    "B",
    "toString",
    "constructor",
  ])("%j is no type", (text) => {
    expect(typeNumber(text)).toBeUndefined();
  });

  it("tells types that no zone holds (RFC 6895 section 3.1)", () => {
    expect([RrType.OPT, RrType.ANY, RrType.AXFR, RrType.TSIG, 0, 65_535].every(isMetaType)).toBe(true);
    expect([RrType.A, RrType.URI, RrType.EUI64, 65_280].some(isMetaType)).toBe(false);
  });
});

describe("classNumber and className", () => {
  it.each([
    ["IN", 1, "IN"],
    ["ch", 3, "CH"],
    ["CLASS1", 1, "IN"],
    ["class42", 42, "CLASS42"],
  ])("%s is %i, written %s", (text, number, written) => {
    expect(classNumber(text)).toBe(number);
    expect(className(number)).toBe(written);
  });

  it.each(["", "CLASS", "CLASS65536", "INN"])("%j is no class", (text) => {
    expect(classNumber(text)).toBeUndefined();
  });
});

it("names response and operation codes", () => {
  expect([rcodeName(3), rcodeName(16), rcodeName(4095)]).toEqual(["NXDOMAIN", "BADVERS", "RCODE4095"]);
  expect([opcodeName(5), opcodeName(15)]).toEqual(["UPDATE", "OPCODE15"]);
});
