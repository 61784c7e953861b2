// Zone files as they are written, and that reading gives the same records, octet for octet.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkRdata } from "./rdata/rdata.ts";
import { isMetaType } from "./rr-type.ts";
import { anyName, anyRecord, name, toHex } from "./testing.ts";
import { parseZoneFile } from "./zone-file.ts";
import { formatRecord, formatZoneFile } from "./zone-file-format.ts";
import type { ResourceRecord } from "./message.ts";

const origin = name("example.org.");

const zone = `$ORIGIN example.org.
$TTL 60
@         172800 IN SOA   ns1 hostmaster.example.net. (
             2024010101 ; serial
             7200       ; refresh
             3600       ; retry
             1209600    ; expire
             60         ; negative TTL
             )
          172800 IN NS    ns1
ns1       172800 IN A     192.0.2.1
*                IN TXT   "a b" "\\"c\\""
_sip._tcp        IN SRV   0 5 5060 @
                 IN HTTPS 1 . alpn=h2,h3
a\\,b             IN APL
`;

test("formatZoneFile() is what its own output is read from", () => {
  const { records, errors } = parseZoneFile(zone);
  expect(errors).toEqual([]);
  expect(formatZoneFile(records, { origin })).toBe(zone);
});

test("formatZoneFile() without origin writes names in full", () => {
  const { records } = parseZoneFile("a 5 NS b\n", { origin });
  expect(formatZoneFile(records)).toBe("$TTL 5\na.example.org. IN NS b.example.org.\n");
  expect(formatZoneFile(records, { ttl: 6 })).toBe("$TTL 6\na.example.org. 5 IN NS b.example.org.\n");
  expect(formatZoneFile([])).toBe("");
});

test("formatRecord() writes one line with names in full", () => {
  const { records } = parseZoneFile("a 5 MX 10 b\n", { origin });
  expect(records.map(formatRecord)).toEqual(["a.example.org. 5 IN MX 10 b.example.org."]);
});

/** A record with its octets in hexadecimal digits, to compare. */
function plain(record: ResourceRecord): unknown {
  return { ...record, name: toHex(record.name.octets), rdata: toHex(record.rdata) };
}

test("parse(format(records)) is records", () => {
  const inZone = anyRecord.filter(({ type, rdata }) => !isMetaType(type) && checkRdata(type, rdata).ok);
  fc.assert(
    fc.property(fc.array(inZone, { maxLength: 8 }), anyName, fc.boolean(), (records, base, isRelative) => {
      // Owners below the origin, so that some are written relative to it.
      const owned = records.map((record) => ({
        ...record,
        name: record.name.replaceSuffix(name("."), base) ?? base,
      }));
      const text = formatZoneFile(owned, isRelative ? { origin: base } : {});
      const read = parseZoneFile(text);
      expect(read.errors).toEqual([]);
      expect(read.records.map(plain)).toEqual(owned.map(plain));
    }),
    { numRuns: 200 },
  );
});
