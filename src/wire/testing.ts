// What the tests of this folder share: octets from hexadecimal text, names, and fast-check arbitraries for names, for
// RDATA of each row of the table, and for whole messages.

import * as fc from "fast-check";
import type { Message, ResourceRecord } from "./message.ts";
import { Name } from "./name.ts";
import type { Field, FieldValue } from "./rdata/field.ts";
import { encodeRdataFields } from "./rdata/rdata.ts";
import { type RdataType, rdataTypes } from "./rdata/table.ts";
import { RrType } from "./rr-type.ts";

/** Octets from hexadecimal digits; blanks between are ignored. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

/** Hexadecimal digits of octets. */
export function toHex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** A name from text that is known to be right. */
export function name(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new Error(`Cannot parse "${text}": ${parsed.failure.code}`);
  return parsed.value;
}

/** A run of octets. */
function octets(minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength, maxLength });
}

/** Names: mostly short ones of few labels that share suffixes, some of any octets. */
export const anyName: fc.Arbitrary<Name> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom("a", "B", "www", "Example", "example", "test", "*", "_tcp") },
      { weight: 1, arbitrary: octets(1, 63) },
    ),
    { maxLength: 5 },
  )
  .map((labels) => {
    let built = Name.root;
    for (const label of labels) {
      built = built.prepend(typeof label === "string" ? new TextEncoder().encode(label) : label) ?? built;
    }
    return built;
  });

function natural(bits: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 2 ** bits - 1 });
}

/** The value of a field. Fields whose size another field says are put right by {@link anyFields}. */
function anyValue(field: Field): fc.Arbitrary<FieldValue> {
  switch (field.kind) {
    case "u8":
    case "algorithm":
      return natural(8);
    case "u16":
    case "rr-type":
    case "certificate-type":
    case "rcode":
      return natural(16);
    case "u32":
    case "time":
    case "period":
      return natural(32);
    case "u48":
      return fc.maxSafeNat().map((value) => value % 2 ** 48);
    case "ipv4":
      return octets(4, 4);
    case "ipv6":
      return octets(16, 16);
    case "eui48":
      return octets(6, 6);
    case "eui64":
    case "locator64":
      return octets(8, 8);
    case "hex-sized":
    case "base64-sized":
      return octets(0, 40);
    case "gateway":
      return fc.oneof(
        fc.constant(new Uint8Array(0)),
        octets(4, 4),
        octets(16, 16),
        anyName.filter((each) => each.octets.length !== 4 && each.octets.length !== 16).map((n) => n.octets),
      );
    case "char-string":
    case "hex-8":
      return octets(0, 255);
    case "tag":
      return fc.constantFrom("issue", "iodef", "x1").map((text) => new TextEncoder().encode(text));
    case "base32hex-8":
      return octets(1, 255);
    case "base64-16":
    case "hex-rest":
    case "base64-rest":
    case "text-rest":
    case "nsap-rest":
      return octets(field.atLeast ?? 0, 80);
    case "name":
      return anyName;
    case "names":
      return fc.array(anyName, { maxLength: 3 });
    case "char-strings":
      return fc.array(octets(0, 255), { minLength: field.atLeast ?? 1, maxLength: field.atMost ?? 4 });
    case "type-bitmap":
      return fc
        .uniqueArray(fc.oneof(natural(8), natural(16)), { maxLength: 12 })
        .map((l) => l.sort((a, b) => a - b));
    case "svc-params":
      return fc
        .uniqueArray(fc.record({ key: natural(16), value: octets(0, 20) }), {
          selector: (p) => p.key,
          maxLength: 4,
        })
        .map((params) => params.sort((a, b) => a.key - b.key));
    case "address-prefixes":
      return fc.array(fc.oneof(anyPrefix(1, 4), anyPrefix(2, 16), anyPrefix(7, 20)), { maxLength: 4 });
    case "edns-options":
      return fc.array(fc.record({ code: natural(16), octets: octets(0, 20) }), { maxLength: 4 });
  }
}

function anyPrefix(family: number, addressOctets: number): fc.Arbitrary<FieldValue> & fc.Arbitrary<never> {
  return fc.record({
    family: fc.constant(family),
    prefix: fc.integer({ min: 0, max: Math.min(255, 8 * addressOctets) }),
    isNegated: fc.boolean(),
    address: octets(0, addressOctets),
  }) as unknown as fc.Arbitrary<never>;
}

/** All fields of a row, with sizes that agree. */
export function anyFields(row: RdataType): fc.Arbitrary<Record<string, FieldValue>> {
  const arbitraries: Record<string, fc.Arbitrary<FieldValue>> = {};
  for (const field of row.fields) arbitraries[field.name] = anyValue(field);
  return fc.record(arbitraries).map((fields) => {
    const { gateway, relay, hit, publicKey } = fields;
    if (row.name === "IPSECKEY") return { ...fields, gatewayType: gatewayType(gateway) };
    if (row.name === "AMTRELAY") return { ...fields, discoveryAndType: gatewayType(relay) | 0x80 };
    if (row.name !== "HIP" || !(hit instanceof Uint8Array) || !(publicKey instanceof Uint8Array))
      return fields;
    return { ...fields, hitLength: hit.length, publicKeyLength: publicKey.length };
  });
}

function gatewayType(gateway: FieldValue | undefined): number {
  const length = gateway instanceof Uint8Array ? gateway.length : 0;
  return length === 0 ? 0 : length === 4 ? 1 : length === 16 ? 2 : 3;
}

/** RDATA of a row, encoded. */
export function anyRdata(row: RdataType): fc.Arbitrary<Uint8Array> {
  return anyFields(row).map((fields) => {
    const encoded = encodeRdataFields(row.number, fields);
    if (!encoded.ok) throw new Error(`Cannot encode ${row.name}: ${JSON.stringify(encoded.failure)}`);
    return encoded.value;
  });
}

/** A record of any type that may be in any section. */
export const anyRecord: fc.Arbitrary<ResourceRecord> = fc
  .constantFrom(...rdataTypes.filter((row) => row.number !== RrType.OPT && row.number !== RrType.TSIG))
  .chain((row) =>
    fc.record({
      name: anyName,
      type: fc.constant(row.number),
      class: fc.constant(1),
      ttl: natural(31),
      rdata: anyRdata(row),
    }),
  );

/** A message of a few records, with or without EDNS. */
export const anyMessage: fc.Arbitrary<Message> = fc.record(
  {
    id: natural(16),
    flags: fc.record({
      qr: fc.boolean(),
      opcode: natural(4),
      aa: fc.boolean(),
      tc: fc.boolean(),
      rd: fc.boolean(),
      ra: fc.boolean(),
      ad: fc.boolean(),
      cd: fc.boolean(),
    }),
    rcode: natural(4),
    question: fc.array(fc.record({ name: anyName, type: natural(16), class: natural(16) }), { maxLength: 2 }),
    answer: fc.array(anyRecord, { maxLength: 4 }),
    authority: fc.array(anyRecord, { maxLength: 2 }),
    additional: fc.array(anyRecord, { maxLength: 2 }),
    edns: fc.record({
      udpPayloadSize: natural(16),
      version: fc.constant(0),
      isDnssecOk: fc.boolean(),
      options: fc.array(fc.record({ code: natural(16), octets: octets(0, 30) }), { maxLength: 3 }),
    }),
  },
  { requiredKeys: ["id", "flags", "rcode", "question", "answer", "authority", "additional"] },
);
