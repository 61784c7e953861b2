// Zone files (master files) to records: RFC 1035 section 5, $TTL of RFC 2308 section 4, TYPE### and CLASS### of RFC 3597,
// and $GENERATE. It opens no file: what $INCLUDE names comes from the caller. Whether the records make a zone (one SOA,
// no data beside a CNAME) is not looked at here. Entries and directives are read in `zone-file-parser.ts`.

import type { ResourceRecord } from "./message.ts";
import type { ZoneFileError } from "./zone-file-error.ts";
import type { ZoneFileOptions, ZoneFileText } from "./zone-file-options.ts";
import { ZoneFileParser } from "./zone-file-parser.ts";

/** A zone file that was read. */
export interface ZoneFile {
  /** In the order of the file; complete where there are no errors. */
  readonly records: ResourceRecord[];
  /** In the order of the file; a fatal one is the last, or followed by those of the files that include it. */
  readonly errors: ZoneFileError[];
}

/**
 * Reads a zone file into an array.
 *
 * A defect in a record costs that record; one in a directive, or a parenthesis that does not add up, ends reading.
 * @see RFC 1035 section 5
 * @example
 * parseZoneFile("www 60 IN A 192.0.2.1\n", { origin })
 */
export function parseZoneFile(text: ZoneFileText, options: ZoneFileOptions = {}): ZoneFile {
  const records: ResourceRecord[] = [];
  const errors = parseZoneFileEach(text, options, (record) => records.push(record));
  return { records, errors };
}

/**
 * Reads a zone file record by record, keeping none.
 *
 * @param onRecord  called for each record, with the file and line it starts on
 * @returns the errors, none where all is well
 */
export function parseZoneFileEach(
  text: ZoneFileText,
  options: ZoneFileOptions,
  onRecord: (record: ResourceRecord, line: number, file: string) => void,
): ZoneFileError[] {
  const parser = new ZoneFileParser(options, (owner, type, ttl, rdata, line, file) =>
    onRecord({ name: owner.name, type, class: options.class ?? 1, ttl, rdata: rdata.take() }, line, file),
  );
  parser.parse(text);
  return parser.errors;
}

/**
 * Takes a record as the octets that it was read to, for who keeps millions of them and makes no object of each.
 *
 * Both buffers are used again for the next record.
 * @param owner  uncompressed, its final zero octet included, from offset 0
 * @param rdata  uncompressed, from offset 0
 */
export type RecordOctetSink = (
  owner: Uint8Array,
  ownerOctets: number,
  type: number,
  ttl: number,
  rdata: Uint8Array,
  rdataOctets: number,
) => void;

/**
 * Reads a zone file record by record into octets, making no objects.
 * @returns the errors, none where all is well
 */
export function parseZoneFileOctets(
  text: ZoneFileText,
  options: ZoneFileOptions,
  onRecord: RecordOctetSink,
): ZoneFileError[] {
  const parser = new ZoneFileParser(options, (owner, type, ttl, rdata) =>
    onRecord(owner.octets, owner.length, type, ttl, rdata.octets, rdata.length),
  );
  parser.parse(text);
  return parser.errors;
}
