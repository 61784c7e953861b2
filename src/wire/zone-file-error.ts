// What is wrong in a zone file, and where: for people, and for programs by its code.

import { describeTextFailure } from "./rdata/presentation.ts";
import type { TextFailure, TextFailureCode } from "./scanner-failure.ts";

/** A defect of a zone file. */
export interface ZoneFileError {
  /** The file as the caller or its `include` named it; empty where it has no name. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  readonly code: TextFailureCode;
  /** What should have stood there, as words that follow "expected". */
  readonly expected: string;
  /** What stood there, shortened; empty where nothing did. */
  readonly found: string;
  /** The field of RDATA, such as `MX.preference`, where the defect is in one. */
  readonly field?: string;
  /** Whether reading ended here. Others cost the records of one line. */
  readonly isFatal: boolean;
  /** The defect in one sentence, with its place. */
  readonly message: string;
}

/** Where a defect is. */
export interface ZoneFilePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Makes the error for a failure.
 * @param what  what could not be read, such as `A record` or `$TTL`
 */
export function zoneFileError(
  failure: TextFailure,
  place: ZoneFilePlace,
  what: string,
  isFatal: boolean,
): ZoneFileError {
  const { file, line, column } = place;
  const where = file === "" ? `line ${line}, column ${column}` : `${file}:${line}:${column}`;
  return {
    file,
    line,
    column,
    code: failure.code,
    expected: failure.expected,
    found: failure.found,
    ...(failure.field === undefined ? {} : { field: failure.field }),
    isFatal,
    message: `Cannot read ${what} at ${where}: ${describeTextFailure(failure)}`,
  };
}
