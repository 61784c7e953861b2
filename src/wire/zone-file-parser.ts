// The parser of zone files (RFC 1035 section 5.1): entries, records and directives of a file and of those that it includes. Words and strings
// are in `scanner.ts`, RDATA in `rdata/presentation.ts`, the templates of $GENERATE in `zone-file-generate.ts`.

import { classNumber, className, RrClass } from "./constants.ts";
import { Name } from "./name.ts";
import { putRdata } from "./rdata/presentation.ts";
import { isMetaType, isReservedType, RrType, typeName, typeNumber } from "./rr-type.ts";
import { TextScanner, TokenKind } from "./scanner.ts";
import type { TextFailure, TextFailureCode } from "./scanner-failure.ts";
import { OctetSink, putNameToken, putTextPart, readTtl, tokenText, ttlOf } from "./scanner-values.ts";
import { type ZoneFileError, zoneFileError, type ZoneFilePlace } from "./zone-file-error.ts";
import { type Frame, goOn, Owner, scanned } from "./zone-file-frame.ts";
import { fillTemplate, readOwnerTemplate, readRange, readRestTemplate } from "./zone-file-generate.ts";
import type { ZoneFileOptions, ZoneFileText } from "./zone-file-options.ts";
import { maxEntryOctets } from "./zone-file-pieces.ts";

/** Files that may include one another in a row: more is a loop. */
export const maxIncludeDepth = 16;

/** Files that one zone file may include in all, so that files which include others twice end at some time. */
export const maxIncludes = 1024;

/** Records that all $GENERATE of a zone file may make together. */
export const maxGeneratedRecords = 262_144;

/** Errors that are collected before reading ends. */
export const maxZoneFileErrors = 1000;

/** Octets in the path of an $INCLUDE: the longest that Linux opens. */
export const maxPathOctets = 4096;

/** Told of each record; `rdata` is used again for the next one, `line` is where it starts. */
type OnRecord = (
  owner: Owner,
  type: number,
  ttl: number,
  rdata: OctetSink,
  line: number,
  file: string,
) => void;

const decoder = new TextDecoder("utf-8");

const typeWords = "an RR type such as A or TYPE65280";
const DOLLAR = 36;

/** What nobody uses at the moment: a hundred thousand small files are read with the same two sinks and the same owner. */
const spareSinks: OctetSink[] = [];
const spareOwners: Owner[] = [];

/** Reads one zone file, with all that it includes. */
export class ZoneFileParser {
  /** In the order of the file; complete once `parse` has returned. */
  readonly errors: ZoneFileError[] = [];
  readonly #options: ZoneFileOptions;
  readonly #class: number;
  readonly #onRecord: OnRecord;
  readonly #sink = spareSinks.pop() ?? new OctetSink();
  readonly #rdata = spareSinks.pop() ?? new OctetSink();
  readonly #frames: Frame[] = [];
  #includes = 0;
  #generated = 0;
  #isStopped = false;
  /** What is being read, for errors. */
  #what = "";

  constructor(options: ZoneFileOptions, onRecord: OnRecord) {
    this.#options = options;
    this.#class = options.class ?? 1;
    this.#onRecord = onRecord;
  }

  /** Reads a text, once. */
  parse(text: ZoneFileText): void {
    this.#frames.push({
      ...scanned(text),
      file: this.#options.file ?? "",
      origin: this.#options.origin,
      owner: spareOwners.pop() ?? new Owner(),
      hasOwner: false,
      defaultTtl: -1,
      lastTtl: -1,
      hasErrors: false,
    });
    // Files are a stack of our own: depth of input never is depth of calls.
    for (let frame = this.#frames.at(-1); frame; frame = this.#frames.at(-1)) {
      if (frame.scanner.isDone && !this.#isStopped) {
        if (goOn(frame)) continue;
        if (frame.pieces?.isTooLong === true) this.#failTooLong(frame);
      }
      if (frame.scanner.isDone || this.#isStopped) {
        this.#frames.pop();
        frame.owner.clear();
        spareOwners.push(frame.owner);
        this.#endInclude(frame);
      } else {
        this.#entry(frame);
      }
    }
    spareSinks.push(this.#sink, this.#rdata);
  }

  /** Reads one entry: a record, a directive or an empty line. */
  #entry(frame: Frame): void {
    const { scanner } = frame;
    this.#what = "record";
    const hasBlankOwner = scanner.beginRecord();
    let isDirective = false;
    if (scanner.hasNext()) {
      isDirective = scanner.octets[scanner.recordStart] === DOLLAR;
      if (isDirective) this.#directive(frame);
      else this.#record(frame, scanner, hasBlankOwner, scanner.recordLine);
    }
    if (!scanner.failure) {
      scanner.endRecord();
      if (!scanner.failure) return;
    }
    this.#report(frame, isDirective);
  }

  #report(frame: Frame, isDirective: boolean): void {
    const { scanner } = frame;
    const failure = scanner.failure as TextFailure;
    // After a directive that failed, records would get another origin or TTL than was meant.
    if (scanner.isFatal || isDirective) return this.#fail(frame, failure, true);
    scanner.skipRecord();
    const unclosed = scanner.failure;
    // Where a parenthesis was forgotten, the lines behind it are not what is wrong.
    if (!unclosed || failure.code !== "unexpected-value") this.#fail(frame, failure, false);
    if (unclosed && !this.#isStopped) this.#fail(frame, unclosed, true);
  }

  #failTooLong(frame: Frame): void {
    this.#what = "record";
    const failure = textFailure("record-too-long", `one of at most ${maxEntryOctets} octets`);
    this.#fail(frame, { ...failure, offset: frame.scanner.at }, true);
  }

  /** Adds an error, and ends reading where it is fatal or the last that is wanted. */
  #fail(frame: Frame, failure: TextFailure, isFatal: boolean, at?: ZoneFilePlace): void {
    const place = at ?? { file: frame.file, ...frame.scanner.position(failure.offset) };
    frame.hasErrors = true;
    this.#add(zoneFileError(failure, place, this.#what, isFatal));
    this.#isStopped = this.#isStopped || isFatal || this.#options.stopAtFirstError === true;
    if (this.#isStopped || this.errors.length < maxZoneFileErrors) return;
    this.#isStopped = true;
    this.#what = "further records";
    const tooMany = textFailure("too-many-errors", `at most ${maxZoneFileErrors} errors`);
    this.#add(zoneFileError(tooMany, place, this.#what, true));
  }

  #add(error: ZoneFileError): void {
    this.errors.push(error);
    this.#options.onError?.(error);
  }

  // Records

  /** Reads a record up to its end: owner, TTL and class in either order, type, RDATA. `line` is where it starts. */
  #record(frame: Frame, scanner: TextScanner, hasBlankOwner: boolean, line: number): void {
    if (!hasBlankOwner) this.#owner(frame, scanner);
    if (scanner.failure) return;
    if (!frame.hasOwner) {
      scanner.fail(
        "missing-owner",
        "an owner name at the start of the line: no record before has one",
        scanner.at,
      );
      return;
    }
    let ttl = -1;
    let hasClass = false;
    let type = -1;
    while (type < 0) {
      if (scanner.next() !== TokenKind.word) return scanner.failToken("unknown-type", typeWords);
      const first = scanner.octets[scanner.tokenStart]!;
      if (ttl < 0 && first >= 48 && first <= 57) {
        ttl = ttlOf(scanner);
        frame.lastTtl = ttl;
        if (scanner.failure) return;
        continue;
      }
      const text = tokenText(scanner);
      const isClass = !hasClass && this.#checkClass(scanner, text);
      if (scanner.failure) return;
      if (isClass) hasClass = true;
      else type = typeNumber(text) ?? this.#failType(scanner);
      if (scanner.failure) return;
    }
    this.#what = `${typeName(type)} record`;
    if (isMetaType(type) && !isReservedType(type))
      return scanner.failToken("unknown-type", "a type that a zone can hold");
    const typeAt = scanner.tokenStart;
    const rdata = this.#rdata;
    putRdata(type, scanner, rdata, frame.origin, this.#class);
    if (scanner.failure) return;
    if (ttl < 0) ttl = this.#missingTtl(frame, type, rdata);
    if (ttl < 0) {
      scanner.fail("missing-ttl", "a TTL before the type: there is no $TTL and no TTL before", typeAt);
      return;
    }
    this.#onRecord(frame.owner, type, ttl, rdata, line, frame.file);
  }

  #failType(scanner: TextScanner): number {
    scanner.failToken("unknown-type", typeWords);
    return -1;
  }

  /** Reads the owner name and keeps it for lines without one. */
  #owner(frame: Frame, scanner: TextScanner): void {
    // A line without owner behind a bad one would land on a name that was not meant.
    frame.hasOwner = false;
    const sink = this.#sink;
    sink.length = 0;
    if (scanner.next() === TokenKind.word) putNameToken(scanner, sink, frame.origin?.octets);
    else scanner.failToken("bad-character", "an owner name without quotes");
    if (scanner.failure) return;
    frame.owner.set(sink);
    frame.hasOwner = true;
  }

  /** Tells whether a word is the class; another class than the zone's is a failure. */
  #checkClass(scanner: TextScanner, text: string): boolean {
    // Most words here are types, and few types start as a class does.
    const first = text.charCodeAt(0) | 0x20;
    if (first !== 0x69 && first !== 0x63 && first !== 0x68) return false;
    if (text === "IN" && this.#class === RrClass.IN) return true;
    const rrClass = classNumber(text);
    if (rrClass !== undefined && rrClass !== this.#class) {
      scanner.failToken("wrong-class", `class ${className(this.#class)}, which the zone has`);
    }
    return rrClass !== undefined;
  }

  /** The TTL of a record that states none (RFC 2308 section 4, RFC 1035 section 5.1), or -1. */
  #missingTtl(frame: Frame, type: number, { octets, length }: OctetSink): number {
    if (frame.defaultTtl >= 0) return frame.defaultTtl;
    if (frame.lastTtl >= 0) return frame.lastTtl;
    if (this.#options.ttl !== undefined) return this.#options.ttl;
    if (type !== RrType.SOA) return -1;
    // As BIND does: an SOA without any TTL has that of negative answers, its last field, and so have those behind it.
    const minimum = [4, 3, 2, 1].reduce((value, i) => value * 256 + octets[length - i]!, 0);
    frame.lastTtl = minimum;
    return minimum;
  }

  // Directives

  #directive(frame: Frame): void {
    const { scanner } = frame;
    scanner.next();
    const directive = tokenText(scanner).toUpperCase();
    this.#what = directive;
    switch (directive) {
      case "$ORIGIN":
        scanner.next();
        frame.origin = this.#originName(frame) ?? frame.origin;
        return;
      case "$TTL": {
        const ttl = readTtl(scanner);
        if (!scanner.failure) frame.defaultTtl = ttl;
        return;
      }
      case "$INCLUDE":
        return this.#include(frame);
      case "$GENERATE":
        return this.#generate(frame);
      default:
        this.#what = "directive";
        scanner.failToken("unknown-directive", "$ORIGIN, $TTL, $INCLUDE or $GENERATE");
    }
  }

  /** The name that the token is, as an origin; undefined after a failure. */
  #originName(frame: Frame): Name | undefined {
    const { scanner } = frame;
    this.#sink.length = 0;
    // Right below the root, a missing final dot is a slip, and all names behind it would be wrong.
    const base = frame.origin && !frame.origin.isRoot ? frame.origin.octets : undefined;
    if (scanner.kind === TokenKind.word) putNameToken(scanner, this.#sink, base);
    else scanner.failToken("bad-character", "a name with a final dot, such as example.org.");
    return scanner.failure ? undefined : Name.fromOctets(this.#sink.octets);
  }

  /** Reads $INCLUDE and opens what it names; reading goes on there once this entry is over. */
  #include(frame: Frame): void {
    const { scanner } = frame;
    if (scanner.next() === TokenKind.end) scanner.failToken("missing-value", "the path of a file");
    if (scanner.failure) return;
    this.#sink.length = 0;
    const pathAt = scanner.tokenStart;
    putTextPart(scanner, this.#sink, scanner.tokenStart, scanner.tokenEnd, maxPathOctets);
    const path = decoder.decode(this.#sink.take());
    const origin = scanner.hasNext() && scanner.next() ? this.#originName(frame) : frame.origin;
    if (!scanner.failure && scanner.next() !== TokenKind.end) {
      scanner.failToken("unexpected-value", "the end of the line behind the path and the origin");
    }
    if (scanner.failure) return;
    if (this.#frames.length > maxIncludeDepth) {
      scanner.fail("include-too-deep", `at most ${maxIncludeDepth} files that include one another`, pathAt);
    } else if (++this.#includes > maxIncludes) {
      scanner.fail("too-many-includes", `at most ${maxIncludes} files in all`, pathAt);
    } else if (!this.#options.include) {
      scanner.fail("include-refused", "no $INCLUDE: here is nothing to take files from", pathAt);
    }
    if (scanner.failure || !this.#options.include) return;
    const included = this.#options.include(path, frame.file);
    if (!included.ok) {
      scanner.fail("include-refused", `a file that can be read: ${included.reason}`, pathAt);
      return;
    }
    this.#frames.push({
      ...scanned(included.text),
      file: included.file,
      includedAt: { file: frame.file, ...scanner.position(pathAt) },
      origin,
      owner: spareOwners.pop() ?? new Owner(),
      hasOwner: false,
      defaultTtl: frame.defaultTtl,
      lastTtl: frame.lastTtl,
      hasErrors: false,
    });
  }

  /** At the end of an included file: one with errors is not taken in part. */
  #endInclude(frame: Frame): void {
    const parent = this.#frames.at(-1);
    if (!frame.hasErrors || !frame.includedAt || !parent || this.#options.stopAtFirstError) return;
    this.#what = "$INCLUDE";
    const failure = textFailure("include-failed", "a file without errors", frame.file);
    this.#fail(parent, failure, true, frame.includedAt);
  }

  #generate(frame: Frame): void {
    const { scanner } = frame;
    const { first, last, step } = readRange(scanner);
    const owner = readOwnerTemplate(scanner);
    const rest = readRestTemplate(scanner);
    if (scanner.failure) return;
    const { recordStart, recordLine } = scanner;
    for (let number = first; number <= last; number += step) {
      const ownerText = fillTemplate(owner, number);
      const restText = fillTemplate(rest, number);
      if (!ownerText || !restText) {
        scanner.fail("bad-value", `templates that can be filled with ${number}`, recordStart);
        return;
      }
      if (++this.#generated > maxGeneratedRecords) {
        scanner.fail("too-many-records", `at most ${maxGeneratedRecords} records by $GENERATE`, recordStart);
        return;
      }
      const line = new Uint8Array(ownerText.length + 1 + restText.length);
      line.set(ownerText);
      line[ownerText.length] = 32;
      line.set(restText, ownerText.length + 1);
      const lineScanner = new TextScanner(line, recordLine);
      this.#record(frame, lineScanner, false, recordLine);
      // A template in quotes may have held a line feed.
      if (!lineScanner.failure && !lineScanner.isDone) lineScanner.fail("unexpected-value", "one record");
      if (lineScanner.failure) {
        const { code, expected } = lineScanner.failure;
        scanner.fail(code, `${expected}, for number ${number}`, recordStart);
        return;
      }
      this.#what = "$GENERATE";
    }
  }
}

function textFailure(code: TextFailureCode, expected: string, found = ""): TextFailure {
  return { code, offset: 0, expected, found };
}
