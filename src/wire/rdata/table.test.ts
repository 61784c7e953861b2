// What every row of the table gets for free: its RDATA goes to values and back, into messages and back (compressed or
// not), has a canonical form, and is refused when cut or grown.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "../message-decode.ts";
import { encodeMessage } from "../message-encode.ts";
import type { Message } from "../message.ts";
import { makeRequest } from "../request.ts";
import { Name } from "../name.ts";
import { RrType, typeName } from "../rr-type.ts";
import { anyFields, anyName, anyRdata, name } from "../testing.ts";
import { canonicalRdata, checkRdata, decodeRdataFields, encodeRdataFields, rdataNames } from "./rdata.ts";
import { rdataType, rdataTypes } from "./table.ts";

const runs = { numRuns: 25 };

function messageOf(owner: Name, type: number, rrClass: number, rdata: Uint8Array): Message {
  const record = { name: owner, type, class: rrClass, ttl: 60, rdata };
  return makeRequest(name("www.Example.test"), type, {
    id: 1,
    flags: { qr: true },
    answer: [record, record],
  });
}

describe("rdataTypes", () => {
  it("has a row for each type that is no query type, in order", () => {
    const queryTypes = ["NXNAME", "IXFR", "AXFR", "MAILB", "MAILA", "ANY"];
    expect(rdataTypes.map((row) => row.name)).toEqual(
      Object.keys(RrType).filter((each) => !queryTypes.includes(each)),
    );
    expect(rdataTypes.every((row) => typeName(row.number) === row.name)).toBe(true);
  });

  it("has a row for each type that a zone or message is to hold", () => {
    const wanted =
      "A AAAA CNAME DNAME NS SOA MX TXT SRV CAA PTR DS DNSKEY RRSIG NSEC NSEC3 NSEC3PARAM TLSA SMIMEA SVCB HTTPS NAPTR " +
      "SSHFP LOC URI ZONEMD CDS CDNSKEY CSYNC HINFO MINFO RP AFSDB RT KX CERT APL KEY SIG IPSECKEY DHCID OPENPGPKEY EUI48 " +
      "EUI64 NID L32 L64 LP SPF WALLET RESINFO DSYNC OPT TSIG";
    const types = wanted.split(" ");
    const names = rdataTypes.map((row) => row.name);
    expect(types.filter((type) => !names.includes(type))).toEqual([]);
    // These two are of messages only and have no presentation format of their own.
    const generic = rdataTypes.filter(({ presentation }) => presentation === "generic");
    expect(generic.map(({ name }) => name)).toEqual(expect.arrayContaining(["OPT", "TSIG"]));
    expect(generic.filter(({ name }) => wanted.includes(name)).map(({ name }) => name)).toEqual([
      "OPT",
      "TSIG",
    ]);
  });

  it("has unique fields, and the open-ended ones last", () => {
    for (const row of rdataTypes) {
      expect(new Set(row.fields.map((field) => field.name)).size).toBe(row.fields.length);
      for (const field of row.fields.slice(0, -1)) {
        expect(field.kind).not.toMatch(/-rest$|^names$|strings$|bitmap$|params$|prefixes$|options$/);
      }
    }
  });

  it("holds class IN apart where it must (RFC 3597 section 4)", () => {
    expect(rdataType(RrType.A, 3)).toBeUndefined();
    expect(rdataType(RrType.NS, 3)?.name).toBe("NS");
    expect(rdataType(65_280)).toBeUndefined();
    expect(rdataType(11)).toBeUndefined();
  });
});

describe.each(rdataTypes.map((row) => [row.name, row] as const))("%s", (_, row) => {
  it("goes to values and back", () => {
    fc.assert(
      fc.property(anyFields(row), (fields) => {
        const encoded = encodeRdataFields(row.number, fields);
        expect(encoded).toMatchObject({ ok: true });
        if (!encoded.ok) return;
        const decoded = decodeRdataFields(row.number, encoded.value);
        expect(decoded.ok && encodeRdataFields(row.number, decoded.value)).toEqual(encoded);
        for (const field of row.fields) {
          const before = fields[field.name];
          const after = decoded.ok ? decoded.value[field.name] : undefined;
          if (before instanceof Name) expect(after instanceof Name && after.octets).toEqual(before.octets);
          else if (field.kind !== "names") expect(after).toEqual(before);
        }
      }),
      runs,
    );
  });

  if (row.number !== RrType.OPT && row.number !== RrType.TSIG) {
    it("goes into a message and back, octet by octet", () => {
      fc.assert(
        fc.property(anyName, anyRdata(row), (owner, rdata) => {
          const message = messageOf(owner, row.number, 1, rdata);
          const encoded = encodeMessage(message);
          expect(encoded.ok && encoded.value.omittedRecords).toBe(0);
          const decoded = encoded.ok ? decodeMessage(encoded.value.octets) : encoded;
          expect(decoded.ok && decoded.value.answer.map((record) => record.rdata)).toEqual([rdata, rdata]);
          expect(decoded.ok && decoded.value.answer.map((record) => String(record.name))).toEqual([
            String(owner),
            String(owner),
          ]);
        }),
        runs,
      );
    });
  }

  it("has a canonical form that only lowers names (RFC 4034 section 6.2)", () => {
    fc.assert(
      fc.property(anyRdata(row), (rdata) => {
        const canonical = canonicalRdata(row.number, rdata);
        expect(canonical.length).toBe(rdata.length);
        expect(canonicalRdata(row.number, canonical)).toEqual(canonical);
        const names = rdataNames(row.number, rdata);
        const lowered = rdataNames(row.number, canonical);
        expect(lowered.map((each) => each.key)).toEqual(names.map((each) => each.key));
        if (row.hasLoweredName)
          expect(lowered.map(String)).toEqual(names.map((each) => String(each.toLowerCase())));
        else expect(canonical).toEqual(rdata);
      }),
      runs,
    );
  });

  it("is checked at every length without a throw", () => {
    fc.assert(
      fc.property(anyRdata(row), fc.nat(), (rdata, at) => {
        const cut = rdata.subarray(0, at % (rdata.length + 1));
        const checked = checkRdata(row.number, cut);
        const decoded = decodeRdataFields(row.number, cut);
        expect(decoded.ok).toBe(checked.ok);
        if (!checked.ok) expect(checked.failure.field).toMatch(new RegExp(`^${row.name}\\.`));
        expect(canonicalRdata(row.number, cut).length).toBe(cut.length);
      }),
      runs,
    );
  });

  it("is checked with any octets without a throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (rdata) => {
        const decoded = decodeRdataFields(row.number, rdata);
        expect(decoded.ok).toBe(checkRdata(row.number, rdata).ok);
        if (!decoded.ok) return;
        // Bitmaps are written without their empty octets, so only the values have to be the same again.
        const again = encodeRdataFields(row.number, decoded.value);
        if (row.fields.at(-1)?.kind !== "type-bitmap") expect(again).toEqual({ ok: true, value: rdata });
      }),
      runs,
    );
  });
});
