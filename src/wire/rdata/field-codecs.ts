// The wire form of each kind of field (field.ts): passing over it with all checks, reading its value, writing it.
// The checks are those that the wire form needs; what a type's semantics ask beyond that is not judged here.

import { Name } from "../name.ts";
import type { Reader } from "../reader.ts";
import type { FieldCodec } from "./field-codec.ts";
import type { Field, FieldKind, FieldValue } from "./field.ts";
import { addressPrefixes, ednsOptions, svcParams, typeBitmap } from "./list-codecs.ts";

function asNumber(value: FieldValue): number {
  if (typeof value !== "number") throw new TypeError("Cannot write field: expected a number");
  return value;
}

function asOctets(value: FieldValue): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError("Cannot write field: expected octets");
  return value;
}

function asList(value: FieldValue): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("Cannot write field: expected a list");
  return value;
}

function number(octets: 1 | 2 | 4): FieldCodec {
  const max = 2 ** (8 * octets) - 1;
  return {
    skip: (reader) => reader.skip(octets),
    read: (reader) => (octets === 1 ? reader.u8() : octets === 2 ? reader.u16() : reader.u32()),
    write(writer, value) {
      const whole = asNumber(value);
      if (!Number.isInteger(whole) || whole < 0 || whole > max) return false;
      if (octets === 1) writer.u8(whole);
      else if (octets === 2) writer.u16(whole);
      else writer.u32(whole);
      return true;
    },
  };
}

const u48: FieldCodec = {
  skip: (reader) => reader.skip(6),
  read: (reader) => reader.u16() * 2 ** 32 + reader.u32(),
  write(writer, value) {
    const whole = asNumber(value);
    if (!Number.isInteger(whole) || whole < 0 || whole >= 2 ** 48) return false;
    writer.u16(Math.floor(whole / 2 ** 32));
    writer.u32(whole % 2 ** 32);
    return true;
  },
};

function run(count: number): FieldCodec {
  return {
    skip: (reader) => reader.skip(count),
    read: (reader) => reader.take(count),
    write(writer, value) {
      const octets = asOctets(value);
      writer.bytes(octets);
      return octets.length === count;
    },
  };
}

/** Octets after their length; `least` of them at least. */
function counted(lengthOctets: 1 | 2, least: number): FieldCodec {
  const readLength = (reader: Reader): number => (lengthOctets === 1 ? reader.u8() : reader.u16());
  return {
    skip(reader) {
      const length = readLength(reader);
      if (length < least) reader.fail("bad-rdata");
      reader.skip(length);
    },
    read: (reader) => reader.take(readLength(reader)),
    write(writer, value) {
      const octets = asOctets(value);
      if (octets.length < least || octets.length >= 2 ** (8 * lengthOctets)) return false;
      if (lengthOctets === 1) writer.u8(octets.length);
      else writer.u16(octets.length);
      writer.bytes(octets);
      return true;
    },
  };
}

const rest: FieldCodec = {
  skip(reader, field) {
    if (reader.remaining < (field.atLeast ?? 0)) reader.fail("short-input");
    reader.skip(reader.remaining);
  },
  read: (reader) => reader.take(reader.remaining),
  write(writer, value) {
    writer.bytes(asOctets(value));
    return true;
  },
};

/** The number that `field.size` points at. */
function sizeOf(reader: Reader, field: Field, rdataStart: number): number {
  const { offset, octets, mask } = field.size ?? { offset: 0, octets: 1 };
  const first = reader.octets[rdataStart + offset] ?? 0;
  const size = octets === 1 ? first : (first << 8) | (reader.octets[rdataStart + offset + 1] ?? 0);
  return mask === undefined ? size : size & mask;
}

const sized: FieldCodec = {
  skip: (reader, field, rdataStart) => reader.skip(sizeOf(reader, field, rdataStart)),
  read: (reader, field, rdataStart) => reader.take(sizeOf(reader, field, rdataStart)),
  write: (writer, value) => rest.write(writer, value),
};

/** RFC 4025 section 2.5, RFC 8777 section 4.2.4: no gateway, IPv4, IPv6, or an uncompressed name. */
const gateway: FieldCodec = {
  skip(reader, field, rdataStart) {
    switch (sizeOf(reader, field, rdataStart)) {
      case 0:
        return;
      case 1:
        reader.skip(4);
        return;
      case 2:
        reader.skip(16);
        return;
      case 3:
        reader.skipPlainName();
        return;
      default:
        reader.fail("bad-rdata", rdataStart + (field.size?.offset ?? 0));
    }
  },
  read(reader, field, rdataStart) {
    const from = reader.position;
    gateway.skip(reader, field, rdataStart);
    return reader.octets.slice(from, reader.position);
  },
  write: (writer, value) => rest.write(writer, value),
};

const name: FieldCodec = {
  skip: (reader) => reader.skipPlainName(),
  read: (reader) => reader.name(false),
  write(writer, value) {
    if (!(value instanceof Name)) throw new TypeError("Cannot write field: expected a name");
    writer.bytes(value.octets);
    return true;
  },
};

const names: FieldCodec = {
  skip(reader) {
    while (reader.failure === undefined && reader.remaining > 0) reader.skipPlainName();
  },
  read(reader) {
    const list: Name[] = [];
    while (reader.failure === undefined && reader.remaining > 0) list.push(reader.name(false));
    return list;
  },
  write: (writer, value) => asList(value).every((each) => name.write(writer, each as Name)),
};

const charString = counted(1, 0);

const charStrings: FieldCodec = {
  skip(reader, field) {
    const start = reader.position;
    let count = 0;
    while (reader.failure === undefined && reader.remaining > 0) {
      reader.skip(reader.u8());
      count++;
    }
    if (count < (field.atLeast ?? 1)) reader.fail("short-input", start);
    else if (count > (field.atMost ?? Infinity)) reader.fail("leftover-octets", start);
  },
  read(reader) {
    const strings: Uint8Array[] = [];
    while (reader.failure === undefined && reader.remaining > 0) strings.push(reader.take(reader.u8()));
    return strings;
  },
  write(writer, value) {
    return asList(value).every((each) => charString.write(writer, each as Uint8Array));
  },
};

/** The codec of each kind. */
export const fieldCodecs: Readonly<Record<FieldKind, FieldCodec>> = {
  u8: number(1),
  u16: number(2),
  u32: number(4),
  u48,
  "rr-type": number(2),
  algorithm: number(1),
  "certificate-type": number(2),
  rcode: number(2),
  time: number(4),
  period: number(4),
  ipv4: run(4),
  ipv6: run(16),
  eui48: run(6),
  eui64: run(8),
  locator64: run(8),
  "hex-sized": sized,
  "base64-sized": sized,
  gateway,
  "char-string": charString,
  tag: counted(1, 0),
  "hex-8": counted(1, 0),
  "base32hex-8": counted(1, 1),
  "base64-16": counted(2, 0),
  "hex-rest": rest,
  "base64-rest": rest,
  "text-rest": rest,
  "nsap-rest": rest,
  name,
  names,
  "char-strings": charStrings,
  "type-bitmap": typeBitmap,
  "svc-params": svcParams,
  "address-prefixes": addressPrefixes,
  "edns-options": ednsOptions,
};
