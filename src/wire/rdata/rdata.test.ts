// RDATA by example: known octets and values, malformed RDATA and where it is refused, canonical form, compression.

import { describe, expect, it } from "vitest";
import { Name } from "../name.ts";
import { Reader } from "../reader.ts";
import { RrType, typeNumber } from "../rr-type.ts";
import { hex, name, toHex } from "../testing.ts";
import { Writer } from "../writer.ts";
import {
  canonicalRdata,
  checkRdata,
  decodeRdataFields,
  encodeRdataFields,
  rdataNames,
  readRdata,
  writeRdata,
} from "./rdata.ts";
import { rdataTypes } from "./table.ts";
import { decodeRdata, encodeRdata } from "./typed-rdata.ts";

const root = "00";

describe("decodeRdata and encodeRdata", () => {
  it.each([
    ["A", "c0000201", { address: hex("c0000201") }],
    ["AAAA", "20010db8000000000000000000000001", { address: hex("20010db8000000000000000000000001") }],
    ["NS", "02 6e73 00", { nsdname: name("ns") }],
    ["CNAME", "0161 00", { cname: name("a") }],
    ["DNAME", "0161 00", { target: name("a") }],
    ["PTR", "0161 00", { ptrdname: name("a") }],
    ["MX", "000a 0161 00", { preference: 10, exchange: name("a") }],
    ["SRV", "0001 0002 0035 0161 00", { priority: 1, weight: 2, port: 53, target: name("a") }],
    ["TXT", "0161 00 026263", { strings: [hex("61"), hex(""), hex("6263")] }],
    ["CAA", "80 05 6973737565 63612e", { flags: 128, tag: hex("6973737565"), value: hex("63612e") }],
    ["DS", "1234 0d 02 aabb", { keyTag: 0x1234, algorithm: 13, digestType: 2, digest: hex("aabb") }],
    ["DNSKEY", "0101 03 0d aabb", { flags: 257, protocol: 3, algorithm: 13, publicKey: hex("aabb") }],
    ["NSEC", "0162 00 0006 400000000003", { nextDomainName: name("b"), types: [1, 46, 47] }],
    ["NSEC", "0162 00 0001 40 0101 40", { nextDomainName: name("b"), types: [1, 257] }],
    [
      "SOA",
      "016d00 017200 00000001 00000002 00000003 00000004 ffffffff",
      { mname: name("m"), rname: name("r"), serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 0xffffffff },
    ],
    [
      "NSEC3",
      "01 00 0000 00 01aa 0001 40",
      {
        hashAlgorithm: 1,
        flags: 0,
        iterations: 0,
        salt: hex(""),
        nextHashedOwnerName: hex("aa"),
        types: [1],
      },
    ],
    [
      "HTTPS",
      "0001 00 0001 0003 026832 0003 0002 01bb",
      {
        svcPriority: 1,
        targetName: Name.root,
        svcParams: [
          { key: 1, value: hex("026832") },
          { key: 3, value: hex("01bb") },
        ],
      },
    ],
    [
      "TSIG",
      "0161 00 000165000000 012c 0002 aabb 1234 0012 0000",
      {
        algorithmName: name("a"),
        timeSigned: 0x000165000000,
        fudge: 300,
        mac: hex("aabb"),
        originalId: 0x1234,
        error: 18,
        otherData: hex(""),
      },
    ],
  ])("%s %s", (mnemonic, octets, value) => {
    const type = typeNumber(mnemonic) ?? 0;
    expect(encodeRdata(type, value)).toEqual({ ok: true, value: hex(octets) });
    const decoded = decodeRdata(type, hex(octets));
    expect(JSON.stringify(decoded)).toEqual(JSON.stringify({ ok: true, value }));
  });

  it("keeps octets of types without a row (RFC 3597 section 3)", () => {
    expect(decodeRdata(65_280, hex("c00c"))).toEqual({ ok: true, value: { octets: hex("c00c") } });
    expect(encodeRdata(65_280, { octets: hex("c00c") })).toEqual({ ok: true, value: hex("c00c") });
    expect(decodeRdataFields(RrType.A, hex("aa"), 3)).toEqual({ ok: true, value: { octets: hex("aa") } });
  });

  it.each([
    ["MX", { preference: 65_536, exchange: Name.root }, "bad-value", "MX.preference"],
    ["MX", { preference: -1, exchange: Name.root }, "bad-value", "MX.preference"],
    ["MX", { preference: 1.5, exchange: Name.root }, "bad-value", "MX.preference"],
    ["A", { address: hex("c00002") }, "bad-value", "A.address"],
    ["TXT", { strings: [new Uint8Array(256)] }, "bad-value", "TXT.strings"],
    ["TXT", { strings: [] }, "short-input", "TXT.strings"],
    ["TXT", { strings: Array.from({ length: 257 }, () => new Uint8Array(255)) }, "no-room", "TXT.strings"],
    [
      "SVCB",
      { svcPriority: 1, targetName: Name.root, svcParams: [0, 0].map(() => ({ key: 1, value: hex("") })) },
      "bad-rdata",
      "SVCB.svcParams",
    ],
    [
      "SVCB",
      { svcPriority: 1, targetName: Name.root, svcParams: [{ key: 65_536, value: hex("") }] },
      "bad-value",
      "SVCB.svcParams",
    ],
    ["NSEC", { nextDomainName: Name.root, types: [65_536] }, "bad-value", "NSEC.types"],
    [
      "APL",
      { prefixes: [{ family: 1, prefix: 256, isNegated: false, address: hex("") }] },
      "bad-value",
      "APL.prefixes",
    ],
    [
      "APL",
      { prefixes: [{ family: 1, prefix: 33, isNegated: false, address: hex("") }] },
      "bad-rdata",
      "APL.prefixes",
    ],
    [
      "TSIG",
      {
        algorithmName: Name.root,
        timeSigned: 2 ** 48,
        fudge: 0,
        mac: hex(""),
        originalId: 0,
        error: 0,
        otherData: hex(""),
      },
      "bad-value",
      "TSIG.timeSigned",
    ],
  ])("refuses %s %j as %s", (mnemonic, value, code, field) => {
    expect(encodeRdataFields(typeNumber(mnemonic) ?? 0, value)).toMatchObject({
      ok: false,
      failure: { code, field },
    });
  });

  it("throws where the caller forgot a field or gave another kind of value", () => {
    expect(() => encodeRdataFields(RrType.MX, { preference: 1 })).toThrow('field "MX.exchange" is missing');
    expect(() => encodeRdataFields(RrType.MX, { preference: hex(""), exchange: Name.root })).toThrow(
      TypeError,
    );
    expect(() => encodeRdataFields(RrType.A, { address: 1 })).toThrow(TypeError);
    expect(() => encodeRdataFields(RrType.NS, { nsdname: hex("00") })).toThrow(TypeError);
    expect(() => encodeRdataFields(RrType.TXT, { strings: hex("00") })).toThrow(TypeError);
  });
});

describe("checkRdata", () => {
  it.each([
    ["A", "", "short-input", "A.address"],
    ["A", "c00002", "short-input", "A.address"],
    ["A", "c000020101", "leftover-octets", undefined],
    ["AAAA", "00", "short-input", "AAAA.address"],
    ["NS", "", "short-input", "NS.nsdname"],
    ["NS", "0161", "short-input", "NS.nsdname"],
    ["NS", "00 00", "leftover-octets", undefined],
    ["NS", "c00c", "bad-pointer", "NS.nsdname"],
    ["SOA", "00 00 0000", "short-input", "SOA.serial"],
    ["TXT", "", "short-input", "TXT.strings"],
    ["TXT", "0261", "short-input", "TXT.strings"],
    ["HINFO", "00", "short-input", "HINFO.os"],
    ["ISDN", "", "short-input", "ISDN.isdnAddressAndSa"],
    ["ISDN", "00 00 00", "leftover-octets", "ISDN.isdnAddressAndSa"],
    ["CAA", "00 02 61", "short-input", "CAA.tag"],
    ["NSEC", "00 0000", "bad-rdata", "NSEC.types"],
    ["NSEC", "00 0021", "bad-rdata", "NSEC.types"],
    ["NSEC", "00 00", "short-input", "NSEC.types"],
    ["NSEC", "00 0101 40 0001 40", "bad-rdata", "NSEC.types"],
    ["NSEC", "00 0001 40 0001 40", "bad-rdata", "NSEC.types"],
    ["NSEC", "00 0002 40", "short-input", "NSEC.types"],
    ["NSEC3", "01 00 0000 00 00", "bad-rdata", "NSEC3.nextHashedOwnerName"],
    ["NSEC3PARAM", "01 00 0000 01", "short-input", "NSEC3PARAM.salt"],
    ["SVCB", "0001 00 0001 0001", "short-input", "SVCB.svcParams"],
    ["SVCB", "0001 00 0002 0000 0001 0000", "bad-rdata", "SVCB.svcParams"],
    ["SVCB", "0001 00 0001 0000 0001 0000", "bad-rdata", "SVCB.svcParams"],
    ["SVCB", "0001 c000", "bad-pointer", "SVCB.targetName"],
    ["APL", "0001 20 05 0102030405", "bad-rdata", "APL.prefixes"],
    ["APL", "0001 21 00", "bad-rdata", "APL.prefixes"],
    ["APL", "0002 81 00", "bad-rdata", "APL.prefixes"],
    ["APL", "0001 20 02 01", "short-input", "APL.prefixes"],
    ["IPSECKEY", "0a 01 02 c00002", "short-input", "IPSECKEY.gateway"],
    ["IPSECKEY", "0a 03 02 c000", "bad-pointer", "IPSECKEY.gateway"],
    ["IPSECKEY", "0a 04 02", "bad-rdata", "IPSECKEY.gateway"],
    ["AMTRELAY", "0a 84", "bad-rdata", "AMTRELAY.relay"],
    ["HIP", "02 00 0001 aa", "short-input", "HIP.hit"],
    ["HIP", "01 00 0002 aa bb", "short-input", "HIP.publicKey"],
    ["HIP", "01 00 0001 aa bb 01", "short-input", "HIP.rendezvousServers"],
    ["OPT", "0001 0002 00", "short-input", "OPT.options"],
    ["EUI48", "0000000000", "short-input", "EUI48.address"],
    ["EUI64", "00".repeat(9), "leftover-octets", undefined],
    ["LOC", "00".repeat(15), "short-input", "LOC.altitude"],
    ["DS", "0001 0d 02", "short-input", "DS.digest"],
    ["RRSIG", `${"00".repeat(18)} 00`, "short-input", "RRSIG.signature"],
  ])("refuses %s %s as %s", (mnemonic, octets, code, field) => {
    const checked = checkRdata(typeNumber(mnemonic) ?? 0, hex(octets));
    expect(checked).toMatchObject({ ok: false, failure: { code } });
    expect(checked.ok ? "" : checked.failure.field).toBe(field);
  });

  it.each([
    ["NULL", ""],
    ["APL", ""],
    ["APL", "0001 18 83 0a0000 0063 00 02 aabb"],
    ["KEY", "c000 03 00"],
    ["CDS", "0000 00 00 00"],
    ["IPSECKEY", "0a 00 00"],
    ["IPSECKEY", "0a 03 02 0161 00 aabb"],
    ["AMTRELAY", "0a 81 c0000201"],
    ["CSYNC", "00000001 0003"],
    ["ISDN", "0131"],
    ["CAA", "00 00"],
    ["URI", "0001 0001"],
    ["ZONEMD", "00000001 01 01 00"],
    ["TYPE65280", ""],
  ])("takes %s %s", (mnemonic, octets) => {
    expect(checkRdata(typeNumber(mnemonic) ?? 0, hex(octets))).toMatchObject({ ok: true });
  });

  it("takes no more than RDLENGTH can say", () => {
    expect(checkRdata(RrType.NULL, new Uint8Array(65_535)).ok).toBe(true);
    expect(checkRdata(RrType.NULL, new Uint8Array(65_536)).ok).toBe(false);
  });
});

describe("canonicalRdata", () => {
  it.each([
    ["NS", "0141 00", "0161 00"],
    ["SOA", `0141 00 0142 00 ${"41".repeat(20)}`, `0161 00 0162 00 ${"41".repeat(20)}`],
    ["SRV", "0041 0041 0041 0141 00", "0041 0041 0041 0161 00"],
    ["NAPTR", "0041 0041 0141 0141 0141 0141 00", "0041 0041 0141 0141 0141 0161 00"],
    ["DNAME", "0141 00", "0161 00"],
    ["RRSIG", `${"41".repeat(18)} 0141 00 41`, `${"41".repeat(18)} 0161 00 41`],
    // RFC 6840 section 5.1: not those of NSEC. Types after RFC 4034 keep theirs (RFC 3597 section 7).
    ["NSEC", "0141 00 0001 40", "0141 00 0001 40"],
    ["SVCB", "0001 0141 00", "0001 0141 00"],
    ["LP", "0001 0141 00", "0001 0141 00"],
    ["TXT", "0141", "0141"],
    ["NS", "0241 00", "0241 00"],
  ])("of %s %s is %s", (mnemonic, octets, canonical) => {
    expect(toHex(canonicalRdata(typeNumber(mnemonic) ?? 0, hex(octets)))).toBe(toHex(hex(canonical)));
  });
});

describe("compression (RFC 3597 section 4)", () => {
  const header = new Uint8Array(12);

  it.each(rdataTypes.filter((row) => row.hasCompressibleName).map((row) => row.name))(
    "is used for %s",
    (mnemonic) => {
      expect(
        ["NS", "MD", "MF", "CNAME", "SOA", "MB", "MG", "MR", "PTR", "MINFO", "MX"].includes(mnemonic),
      ).toBe(true);
    },
  );

  it.each([
    ["MX", "0001 076578616d706c6500", "0001 c00c"],
    ["SRV", "0001 0001 0001 076578616d706c6500", "0001 0001 0001 076578616d706c6500"],
    ["DNAME", "076578616d706c6500", "076578616d706c6500"],
    ["MX", "0001 07", "0001 07"],
    ["MX", "0001 00 00", "0001 00 00"],
  ])("writes %s %s as %s after a name", (mnemonic, rdata, expected) => {
    const writer = new Writer(new Uint8Array(100));
    writer.bytes(header);
    writer.name(name("example"));
    const at = writer.position;
    writeRdata(writer, typeNumber(mnemonic) ?? 0, 1, hex(rdata));
    expect(toHex(writer.octets.subarray(at, writer.position))).toBe(toHex(hex(expected)));
  });

  it.each([
    ["MX", "0001 c00c", "0001 0161 00"],
    ["SRV", "0001 0001 0001 c00c", "0001 0001 0001 0161 00"],
    ["NAPTR", "0001 0001 00 00 00 0162 c00c", "0001 0001 00 00 00 0162 0161 00"],
    ["RP", "c00c c00c", "0161 00 0161 00"],
    ["SIG", `${"00".repeat(18)} c00c aa`, `${"00".repeat(18)} 0161 00 aa`],
    ["TYPE65280", "c00c", "c00c"],
  ])("reads %s %s as %s", (mnemonic, octets, expected) => {
    const rdata = hex(octets);
    const reader = new Reader(Uint8Array.of(...header, 1, 0x61, 0, ...rdata), 15);
    expect(toHex(readRdata(reader, typeNumber(mnemonic) ?? 0, 1, rdata.length))).toBe(toHex(hex(expected)));
    expect([reader.failure, reader.remaining]).toEqual([undefined, 0]);
  });

  it.each(["DNAME c00c", "NSEC c00c 0001 40", "LP 0001 c00c", "HTTPS 0001 c00c"])(
    "is refused in %s",
    (record) => {
      const [mnemonic = "", ...octets] = record.split(" ");
      const rdata = hex(octets.join(""));
      const reader = new Reader(Uint8Array.of(...header, 1, 0x61, 0, ...rdata), 15);
      expect(readRdata(reader, typeNumber(mnemonic) ?? 0, 1, rdata.length).length).toBe(0);
      expect(reader.failure?.code).toBe("bad-pointer");
    },
  );

  it("reads a signature of almost 65,535 octets, and refuses one that grows beyond", () => {
    const owner = hex(`3f${"61".repeat(63)}00`);
    const rdataAt = 12 + owner.length + 10;
    const grown = (length: number): { length: number; code: string | undefined } => {
      const octets = new Uint8Array(rdataAt + length);
      octets.set(owner, 12);
      octets.set([0xc0, 12], rdataAt + 18);
      const reader = new Reader(octets, rdataAt);
      return { length: readRdata(reader, RrType.SIG, 1, length).length, code: reader.failure?.code };
    };
    expect(grown(65_535 - 63)).toEqual({ length: 65_535, code: undefined });
    expect(grown(65_535 - 62).code).toBe("bad-rdata");
  });
});

it("rdataNames gives all names of RDATA", () => {
  expect(rdataNames(RrType.SOA, hex(`0141 00 0162 00 ${"00".repeat(20)}`)).map(String)).toEqual(["A.", "b."]);
  expect(rdataNames(RrType.HIP, hex(`00 00 0000 0141 00 0162 00`)).map(String)).toEqual(["A.", "b."]);
  expect(rdataNames(RrType.A, hex("c0000201"))).toEqual([]);
  expect(rdataNames(RrType.NS, hex("01"))).toEqual([]);
  expect(rdataNames(65_280, hex(root))).toEqual([]);
});
