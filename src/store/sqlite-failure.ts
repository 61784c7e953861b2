// What went wrong with the database file, from SQLite's result codes (https://www.sqlite.org/rescode.html). Imports nothing, so that
// the thread that owns the database can use it.

/** Why a call of the store failed. */
export type FailureKind =
  /** The file is of a newer version. */
  | "newer"
  /** The file cannot be read, or is no database. */
  | "damaged"
  /** There is no room on the disk. */
  | "full"
  /** The file cannot be opened or written as it lies there. */
  | "unusable"
  | "other";

const kinds: Readonly<Record<number, FailureKind>> = {
  8: "unusable", // SQLITE_READONLY
  10: "unusable", // SQLITE_IOERR
  11: "damaged", // SQLITE_CORRUPT
  13: "full", // SQLITE_FULL
  14: "unusable", // SQLITE_CANTOPEN
  26: "damaged", // SQLITE_NOTADB
};

/** Tells what an error of `node:sqlite` means. Extended codes hold the primary one in their lowest octet. */
export function failureKindOf(error: unknown): FailureKind {
  const { errcode } = error as { errcode?: unknown };
  return (typeof errcode === "number" ? kinds[errcode & 0xff] : undefined) ?? "other";
}
