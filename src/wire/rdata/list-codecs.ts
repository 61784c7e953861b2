// The wire forms of the four fields that are lists of small structures: type bitmaps, SvcParams, APL items and EDNS
// options. For field-codecs.ts; field-codec.ts says what each function of a codec is for.

import type { Writer } from "../writer.ts";
import type { FieldCodec } from "./field-codec.ts";
import type { AddressPrefix, EdnsOptionValue, SvcParam } from "./field.ts";

/** Octets in the bitmap of one window: 256 types (RFC 4034 section 4.1.2). */
const maxWindowOctets = 32;

/** Address families that APL items are defined for: octets and bits of an address (RFC 3123 section 4). */
const familyOctets: Readonly<Record<number, number>> = { 1: 4, 2: 16 };

function isU16(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff;
}

/** RFC 4034 section 4.1.2: windows in ascending order, 1 to 32 octets each. */
export const typeBitmap: FieldCodec = {
  skip(reader) {
    let previous = -1;
    while (reader.failure === undefined && reader.remaining > 0) {
      const at = reader.position;
      const window = reader.u8();
      const length = reader.u8();
      if (window <= previous || length === 0 || length > maxWindowOctets) reader.fail("bad-rdata", at);
      reader.skip(length);
      previous = window;
    }
  },
  read(reader) {
    const types: number[] = [];
    while (reader.failure === undefined && reader.remaining > 0) {
      const window = reader.u8();
      const length = reader.u8();
      for (let i = 0; i < length; i++) {
        const octet = reader.u8();
        for (let bit = 0; bit < 8; bit++) {
          if ((octet & (0x80 >> bit)) !== 0) types.push((window << 8) | (i << 3) | bit);
        }
      }
    }
    return types;
  },
  write(writer, value) {
    const types = Uint16Array.from(value as readonly number[]).sort();
    if (!(value as readonly number[]).every(isU16)) return false;
    for (let i = 0; i < types.length;) {
      const window = (types[i] ?? 0) >> 8;
      const bits = new Uint8Array(maxWindowOctets);
      let length = 0;
      for (; i < types.length && (types[i] ?? 0) >> 8 === window; i++) {
        const type = types[i] ?? 0;
        const octet = (type & 0xff) >> 3;
        bits[octet] = (bits[octet] ?? 0) | (0x80 >> (type & 7));
        length = octet + 1;
      }
      writer.u8(window);
      writer.u8(length);
      writer.bytes(bits, 0, length);
    }
    return true;
  },
};

/** RFC 9460 section 2.2: keys in strictly ascending order. Values are not looked into. */
export const svcParams: FieldCodec = {
  skip(reader) {
    let previous = -1;
    while (reader.failure === undefined && reader.remaining > 0) {
      const at = reader.position;
      const key = reader.u16();
      if (key <= previous) reader.fail("bad-rdata", at);
      reader.skip(reader.u16());
      previous = key;
    }
  },
  read(reader) {
    const params: SvcParam[] = [];
    while (reader.failure === undefined && reader.remaining > 0) {
      const key = reader.u16();
      params.push({ key, value: reader.take(reader.u16()) });
    }
    return params;
  },
  write(writer, value) {
    const params = [...(value as readonly SvcParam[])].sort((a, b) => a.key - b.key);
    return params.every((param) => writeCounted(writer, param.key, param.value));
  },
};

/** RFC 3123 section 4. Addresses of families other than IPv4 and IPv6 have no known bounds. */
export const addressPrefixes: FieldCodec = {
  skip(reader) {
    while (reader.failure === undefined && reader.remaining > 0) {
      const at = reader.position;
      const octets = familyOctets[reader.u16()] ?? 0x7f;
      const prefix = reader.u8();
      const length = reader.u8() & 0x7f;
      if (length > octets || (octets < 0x7f && prefix > 8 * octets)) reader.fail("bad-rdata", at);
      reader.skip(length);
    }
  },
  read(reader) {
    const prefixes: AddressPrefix[] = [];
    while (reader.failure === undefined && reader.remaining > 0) {
      const family = reader.u16();
      const prefix = reader.u8();
      const length = reader.u8();
      prefixes.push({ family, prefix, isNegated: length >= 0x80, address: reader.take(length & 0x7f) });
    }
    return prefixes;
  },
  write(writer, value) {
    return (value as readonly AddressPrefix[]).every((item) => {
      if (!isU16(item.family) || !(item.prefix >= 0 && item.prefix <= 255) || item.address.length > 0x7f) {
        return false;
      }
      writer.u16(item.family);
      writer.u8(item.prefix);
      writer.u8((item.isNegated ? 0x80 : 0) | item.address.length);
      writer.bytes(item.address);
      return true;
    });
  },
};

/** RFC 6891 section 6.1.2. */
export const ednsOptions: FieldCodec = {
  skip(reader) {
    while (reader.failure === undefined && reader.remaining > 0) {
      reader.skip(2);
      reader.skip(reader.u16());
    }
  },
  read(reader) {
    const options: EdnsOptionValue[] = [];
    while (reader.failure === undefined && reader.remaining > 0) {
      const code = reader.u16();
      options.push({ code, octets: reader.take(reader.u16()) });
    }
    return options;
  },
  write: (writer, value) =>
    (value as readonly EdnsOptionValue[]).every((option) => writeCounted(writer, option.code, option.octets)),
};

/** A 16-bit number and octets after their 16-bit length. */
function writeCounted(writer: Writer, number: number, octets: Uint8Array): boolean {
  if (!isU16(number) || octets.length > 0xffff) return false;
  writer.u16(number);
  writer.u16(octets.length);
  writer.bytes(octets);
  return true;
}
