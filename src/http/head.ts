// The head of an HTTP/1.1 message (RFC 9112 sections 2 to 5): start line and header fields, or the fields of a trailer
// section. Hot path (bench/relay.ts). One state machine over octets, that goes on where it stopped: however the input is cut, the outcome is
// the same. It keeps offsets, never strings; all offsets count from the start of the message, so that the octets may be
// moved between two calls. What the fields mean is in framing.ts and target.ts; content is in body.ts.

import type { HttpFailure, HttpFailureCode } from "./failure.ts";
import { Field, fieldOf } from "./field.ts";
import { checkFraming, Framing } from "./framing.ts";
import {
  maxFieldLineOctets,
  maxFields,
  maxHeadOctets,
  maxMethodOctets,
  maxStartLineOctets,
  maxTrailerOctets,
} from "./limits.ts";

import { Method, methodOf } from "./method.ts";
import {
  COLON,
  CR,
  HTAB,
  LF,
  octetClasses,
  octetsOf,
  SP,
  spells,
  TARGET,
  textOf,
  TOKEN,
  VALUE,
} from "./octets.ts";
import { checkTarget, TargetForm } from "./target.ts";

/** What {@link MessageHead.parse} found. */
export const HeadStatus = { More: 0, Complete: 1, Failed: 2 } as const;

/** Which kind of head is read. A trailer section has no start line. */
export type HeadKind = "request" | "response" | "trailers";

const State = {
  Start: 0,
  StartLf: 1,
  Method: 2,
  Target: 3,
  Version: 4,
  StatusCode: 5,
  Reason: 6,
  LineLf: 7,
  FieldStart: 8,
  FieldName: 9,
  ValueStart: 10,
  Value: 11,
  ValueLf: 12,
  EndLf: 13,
  Done: 14,
} as const;

/** `HTTP/1.` and then one digit; the digits are looked at on their own, so that other versions have their own failure. */
const versionPattern = octetsOf("HTTP/#.#");

/** Numbers in {@link MessageHead.spans} for each field: name from, name to, value from, value to, its number in `Field`. */
export const spanStride = 5;

/** Added to a field's number in the spans once it is not to be relayed. */
const removedMark = 0x100;

/** The head of one message after another on one connection. */
export class MessageHead {
  readonly kind: HeadKind;
  /** The failure, once `parse` returned `HeadStatus.Failed`. */
  failure: HttpFailure | undefined = undefined;
  /** Octets of the head, with empty lines before it and the one at its end; valid once complete. */
  length = 0;

  /** Request: its method, a number of `Method`, and where it stands. */
  method: number = Method.other;
  methodStart = 0;
  methodEnd = 0;
  /** Request: where the target stands, its form (a number of `TargetForm`) and its path and query (`*` as it is; empty for CONNECT). */
  targetStart = 0;
  targetEnd = 0;
  targetForm: number = TargetForm.origin;
  pathStart = 0;
  pathEnd = 0;
  /** Request: the host that is asked for, without port, from the target or else from Host. Empty where there is none. */
  hostStart = 0;
  hostEnd = 0;
  /** Request: the port beside the host, or -1 where none is named. */
  port = -1;

  /** Response: the status code, 100 to 999, and where the reason phrase stands. */
  status = 0;
  reasonStart = 0;
  reasonEnd = 0;

  /** The second number of the version: HTTP/1.0 or HTTP/1.1. */
  minorVersion = 1;

  /** Header fields, `spanStride` numbers each. Read through the methods below. */
  spans: Int32Array = new Int32Array(24 * spanStride);
  /** How many fields there are. */
  fieldCount = 0;
  /** Index of the one Host field, or -1. */
  hostField = -1;

  /** How the content ends; for a response as if it answered GET: see `framingOfResponse`. */
  framing: Framing = Framing.None;
  /** Octets of content where framing is `Framing.Length`. */
  contentLength = 0;
  /** True where a transfer coding beside chunked is named. */
  hasOtherCoding = false;
  /** True where the connection can serve another message, unless its end is this one's. @see RFC 9112 section 9.3 */
  keepsAlive = false;
  /** True where Upgrade is named and listed in Connection. @see RFC 9110 section 7.8 */
  wantsUpgrade = false;
  /** True where TE lists trailers. @see RFC 9110 section 10.1.4 */
  takesTrailers = false;

  #state: number = State.Start;
  #scanned = 0;
  #lineLimit = maxStartLineOctets;
  #versionStart = 0;
  #nameStart = 0;
  #nameEnd = 0;
  #valueStart = 0;
  #headLimit: number;
  #startSeen = false;

  constructor(kind: HeadKind) {
    this.kind = kind;
    this.#headLimit = kind === "trailers" ? maxTrailerOctets : maxHeadOctets;
    this.reset();
  }

  /** Forgets the message, to read the next one. */
  reset(): void {
    this.failure = undefined;
    this.length = 0;
    this.method = Method.other;
    this.status = 0;
    this.fieldCount = 0;
    this.hostField = -1;
    this.hostStart = this.hostEnd = 0;
    this.port = -1;
    this.framing = Framing.None;
    this.contentLength = 0;
    this.hasOtherCoding = this.keepsAlive = this.wantsUpgrade = this.takesTrailers = false;
    this.#scanned = 0;
    this.#startSeen = false;
    this.#state = this.kind === "trailers" ? State.FieldStart : State.Start;
    this.#lineLimit = this.kind === "trailers" ? maxTrailerOctets : maxStartLineOctets;
  }

  /** True once an octet of the message was seen; empty lines before a request do not count. */
  get hasBegun(): boolean {
    return this.#startSeen;
  }

  /**
   * Reads on.
   *
   * @param octets  holds the message from `start` up to `end`: all octets since the message began, at any place
   * @returns a number of {@link HeadStatus}; once it is not `More`, it stays so until `reset`
   */
  parse(octets: Uint8Array, start: number, end: number): number {
    if (this.failure) return HeadStatus.Failed;
    if (this.#state === State.Done) return HeadStatus.Complete;
    let at = start + this.#scanned;
    while (at < end) {
      const lineEnd = start + this.#lineLimit;
      if (at >= lineEnd) return this.#fail(this.#tooLong(), at - start);
      const stop = end < lineEnd ? end : lineEnd;
      const octet = octets[at]!;
      switch (this.#state) {
        case State.Start:
          // RFC 9112 section 2.2: empty lines before a request line are passed over. Deviates for responses: refused.
          if (octet === CR && this.kind === "request") {
            this.#state = State.StartLf;
            at++;
            break;
          }
          this.#startSeen = true;
          if (this.kind === "request") {
            this.methodStart = at - start;
            this.#state = State.Method;
          } else {
            this.#versionStart = at - start;
            this.#state = State.Version;
          }
          break;

        case State.StartLf:
          if (octet !== LF) return this.#fail("line-end-malformed", at - start);
          this.#state = State.Start;
          at++;
          break;

        case State.Method: {
          const methodLimit = start + this.methodStart + maxMethodOctets;
          while (at < stop && isToken(octets[at]!) && at <= methodLimit) at++;
          if (at > methodLimit) return this.#fail("method-too-long", at - start);
          if (at === stop) break;
          if (octets[at] !== SP || at - start === this.methodStart)
            return this.#fail("method-malformed", at - start);
          this.methodEnd = at - start;
          this.method = methodOf(octets, start + this.methodStart, at);
          at++;
          this.targetStart = at - start;
          this.#state = State.Target;
          break;
        }

        case State.Target:
          while (at < stop && (octetClasses[octets[at]!]! & TARGET) !== 0) at++;
          if (at === stop) break;
          if (octets[at] === CR || octets[at] === LF) return this.#fail("version-malformed", at - start);
          if (octets[at] !== SP || at - start === this.targetStart)
            return this.#fail("target-malformed", at - start);
          this.targetEnd = at - start;
          at++;
          this.#versionStart = at - start;
          this.#state = State.Version;
          break;

        case State.Version: {
          const index = at - start - this.#versionStart;
          if (index === versionPattern.length) {
            const code = this.#endVersion(octet);
            if (code) return this.#fail(code, at - start);
            at++;
            break;
          }
          const expected = versionPattern[index]!;
          if (expected === 35 /* # */) {
            if (octet < 48 || octet > 57) return this.#fail("version-malformed", at - start);
            if (index === 5) {
              if (octet !== 49) return this.#fail("version-unsupported", at - start);
            } else {
              if (octet > 49) return this.#fail("version-unsupported", at - start);
              this.minorVersion = octet - 48;
            }
          } else if (octet !== expected) return this.#fail("version-malformed", at - start);
          at++;
          break;
        }

        case State.StatusCode: {
          const index = at - start - this.reasonStart; // reasonStart holds where the code begins until it is read
          if (index < 3) {
            if (octet < 48 || octet > 57 || (index === 0 && octet === 48))
              return this.#fail("status-malformed", at - start);
            this.status = this.status * 10 + (octet - 48);
            at++;
            break;
          }
          // The space before an empty reason phrase is often left out; nothing can be mistaken without it.
          if (octet !== SP && octet !== CR) return this.#fail("status-malformed", at - start);
          if (octet === SP) at++;
          this.reasonStart = at - start;
          this.#state = State.Reason;
          break;
        }

        case State.Reason:
          while (at < stop && isValue(octets[at]!)) at++;
          if (at === stop) break;
          if (octets[at] !== CR) return this.#fail("line-end-malformed", at - start);
          this.reasonEnd = at - start;
          this.#state = State.LineLf;
          at++;
          break;

        case State.LineLf:
          if (octet !== LF) return this.#fail("line-end-malformed", at - start);
          at++;
          this.#beginFieldLine(at - start);
          break;

        case State.FieldStart:
          if (octet === CR) {
            this.#state = State.EndLf;
            at++;
            break;
          }
          if (octet === SP || octet === HTAB) return this.#fail("field-folded", at - start);
          this.#nameStart = at - start;
          this.#state = State.FieldName;
          break;

        case State.FieldName:
          while (at < stop && isToken(octets[at]!)) at++;
          if (at === stop) break;
          // RFC 9112 section 5.1: no whitespace between name and colon.
          if (octets[at] !== COLON || at - start === this.#nameStart)
            return this.#fail("field-name-malformed", at - start);
          this.#nameEnd = at - start;
          this.#state = State.ValueStart;
          at++;
          break;

        case State.ValueStart:
          while (at < stop && (octets[at] === SP || octets[at] === HTAB)) at++;
          if (at === stop) break;
          this.#valueStart = at - start;
          this.#state = State.Value;
          break;

        case State.Value:
          while (at < stop && isValue(octets[at]!)) at++;
          if (at === stop) break;
          if (octets[at] !== CR) {
            return this.#fail(octets[at] === LF ? "line-end-malformed" : "field-value-malformed", at - start);
          }
          this.#state = State.ValueLf;
          at++;
          break;

        case State.ValueLf:
          if (octet !== LF) return this.#fail("line-end-malformed", at - start);
          if (this.fieldCount === maxFields) return this.#fail("fields-too-many", at - start);
          this.#addField(octets, start, at - 1);
          at++;
          this.#beginFieldLine(at - start);
          break;

        case State.EndLf: {
          if (octet !== LF) return this.#fail("line-end-malformed", at - start);
          this.length = at + 1 - start;
          if (this.kind !== "trailers") {
            const code =
              checkFraming(this, octets, start) ??
              (this.kind === "request" ? checkTarget(this, octets, start) : undefined);
            if (code) return this.#fail(code, at - start);
          }
          this.#state = State.Done;
          return HeadStatus.Complete;
        }
      }
    }
    this.#scanned = at - start;
    return HeadStatus.More;
  }

  /** The number of a field in `Field`, 0 for those without a rule. */
  field(index: number): number {
    return this.spans[index * spanStride + 4]! & (removedMark - 1);
  }

  /** Marks a field as not to be relayed. */
  remove(index: number): void {
    this.spans[index * spanStride + 4] = this.spans[index * spanStride + 4]! | removedMark;
  }

  /** Tells whether a field was marked by {@link remove}. */
  isRemoved(index: number): boolean {
    return this.spans[index * spanStride + 4]! >= removedMark;
  }

  /** Offset of a field's line. */
  lineStart(index: number): number {
    return this.spans[index * spanStride]!;
  }

  /** Offset of the first octet after a field's name. */
  nameEnd(index: number): number {
    return this.spans[index * spanStride + 1]!;
  }

  /** Offset of a field's value, without the spaces around it. */
  valueStart(index: number): number {
    return this.spans[index * spanStride + 2]!;
  }

  /** Offset of the first octet after a field's value. */
  valueEnd(index: number): number {
    return this.spans[index * spanStride + 3]!;
  }

  /** Offset of the line after a field's: of the next field, or of the empty line that ends the head. */
  lineEnd(index: number): number {
    return index + 1 < this.fieldCount ? this.lineStart(index + 1) : this.length - 2;
  }

  /** Finds the first field of a number of `Field` at or after an index; -1 where there is none. */
  find(field: number, from: number = 0): number {
    for (let i = from; i < this.fieldCount; i++) if (this.field(i) === field) return i;
    return -1;
  }

  /**
   * Finds the first field of a name at or after an index; -1 where there is none.
   * @param name  lower case, as octets
   */
  findName(octets: Uint8Array, start: number, name: Uint8Array, from: number = 0): number {
    for (let i = from; i < this.fieldCount; i++) {
      if (spells(octets, start + this.lineStart(i), start + this.nameEnd(i), name)) return i;
    }
    return -1;
  }

  /** A field's name as it was written. */
  nameText(octets: Uint8Array, start: number, index: number): string {
    return textOf(octets, start + this.lineStart(index), start + this.nameEnd(index));
  }

  /** A field's value as text, a character an octet. */
  valueText(octets: Uint8Array, start: number, index: number): string {
    return textOf(octets, start + this.valueStart(index), start + this.valueEnd(index));
  }

  #endVersion(octet: number): HttpFailureCode | undefined {
    if (this.kind === "request") {
      if (octet === LF) return "line-end-malformed";
      if (octet !== CR) return "version-malformed";
      this.#state = State.LineLf;
    } else {
      if (octet !== SP) return "version-malformed";
      this.reasonStart = this.#versionStart + versionPattern.length + 1;
      this.#state = State.StatusCode;
    }
    return undefined;
  }

  #beginFieldLine(offset: number): void {
    this.#state = State.FieldStart;
    this.#lineLimit = Math.min(offset + maxFieldLineOctets, this.#headLimit);
  }

  #addField(octets: Uint8Array, start: number, valueEnd: number): void {
    let end = valueEnd - start;
    while (end > this.#valueStart && (octets[start + end - 1] === SP || octets[start + end - 1] === HTAB))
      end--;
    const at = this.fieldCount * spanStride;
    if (at === this.spans.length) {
      const larger = new Int32Array(Math.min(this.spans.length * 2, maxFields * spanStride));
      larger.set(this.spans);
      this.spans = larger;
    }
    const field = fieldOf(octets, start + this.#nameStart, start + this.#nameEnd);
    this.spans[at] = this.#nameStart;
    this.spans[at + 1] = this.#nameEnd;
    this.spans[at + 2] = this.#valueStart;
    this.spans[at + 3] = end;
    this.spans[at + 4] = field;
    if (field === Field.host && this.hostField < 0) this.hostField = this.fieldCount;
    this.fieldCount++;
  }

  #tooLong(): HttpFailureCode {
    if (this.#state < State.FieldStart && this.kind === "request") return "target-too-long";
    return "fields-too-large";
  }

  #fail(code: HttpFailureCode, offset: number): number {
    this.failure = { code, offset };
    return HeadStatus.Failed;
  }
}

function isToken(octet: number): boolean {
  return (octetClasses[octet]! & TOKEN) !== 0;
}

function isValue(octet: number): boolean {
  return (octetClasses[octet]! & VALUE) !== 0;
}
