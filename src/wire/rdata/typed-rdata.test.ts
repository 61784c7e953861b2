// Holds the exact types of typed-rdata.ts and the rows of table.ts together: an example for each type, checked by the
// compiler against the one and by this test against the other.

import { expect, it } from "vitest";
import { Name } from "../name.ts";
import { typeName } from "../rr-type.ts";
import { hex, name } from "../testing.ts";
import { rdataType } from "./table.ts";
import { decodeRdata, encodeRdata, type TypedRdata } from "./typed-rdata.ts";

const ds = { keyTag: 1, algorithm: 13, digestType: 2, digest: hex("aabb") };
const dnskey = { flags: 257, protocol: 3, algorithm: 13, publicKey: hex("aabb") };
const svcb = { svcPriority: 1, targetName: Name.root, svcParams: [{ key: 1, value: hex("026832") }] };

const examples: TypedRdata = {
  1: { address: hex("c0000201") },
  2: { nsdname: name("ns.example") },
  5: { cname: name("a.example") },
  6: { mname: name("m"), rname: name("r"), serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
  12: { ptrdname: name("a") },
  15: { preference: 10, exchange: name("mx") },
  16: { strings: [hex("61"), hex("")] },
  28: { address: hex("20010db8000000000000000000000001") },
  33: { priority: 1, weight: 2, port: 53, target: name("a") },
  39: { target: name("a") },
  43: ds,
  46: {
    typeCovered: 1,
    algorithm: 13,
    labels: 2,
    originalTtl: 60,
    signatureExpiration: 0xffffffff,
    signatureInception: 0,
    keyTag: 65_535,
    signersName: name("example"),
    signature: hex("aabb"),
  },
  47: { nextDomainName: name("b"), types: [1, 47] },
  48: dnskey,
  50: { hashAlgorithm: 1, flags: 1, iterations: 0, salt: hex(""), nextHashedOwnerName: hex("aa"), types: [] },
  59: ds,
  60: dnskey,
  64: svcb,
  65: svcb,
  250: {
    algorithmName: name("hmac-sha256"),
    timeSigned: 2 ** 40,
    fudge: 300,
    mac: hex("aabb"),
    originalId: 1,
    error: 0,
    otherData: hex(""),
  },
  257: { flags: 0, tag: hex("6973737565"), value: hex("") },
};

it.each(
  Object.entries(examples).map(
    ([number, value]) => [typeName(Number(number)), Number(number), value] as const,
  ),
)("%s has the fields of its row, with values of their kinds", (_, type, value) => {
  expect(Object.keys(value)).toEqual(rdataType(type)?.fields.map((field) => field.name));
  const encoded = encodeRdata(type, value);
  const decoded = encoded.ok ? decodeRdata(type, encoded.value) : encoded;
  expect(decoded.ok && JSON.stringify(decoded.value)).toBe(JSON.stringify(value));
});
