// What a codec of one kind of field has to do. The codecs are in field-codecs.ts and list-codecs.ts.

import type { Reader } from "../reader.ts";
import type { Writer } from "../writer.ts";
import type { Field, FieldValue } from "./field.ts";

/** How one kind of field is decoded and encoded. The reader's bound is the end of the RDATA. */
export interface FieldCodec {
  /**
   * Passes over the field, checking it. Malformed octets set the reader's failure.
   * @param rdataStart  where the RDATA begins, for fields whose size an earlier one says
   */
  skip(reader: Reader, field: Field, rdataStart: number): void;
  /** Reads the value of a field that `skip` has passed. */
  read(reader: Reader, field: Field, rdataStart: number): FieldValue;
  /**
   * Writes a value, names uncompressed. A value of the wrong JavaScript type throws a TypeError; one that the field
   * cannot hold gives false.
   */
  write(writer: Writer, value: FieldValue): boolean;
}
