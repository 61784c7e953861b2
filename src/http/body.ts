// The content of an HTTP/1.1 message (RFC 9112 sections 6 and 7): finds where it ends and which octets are to be passed on.
// Hot path (bench/relay.ts). Nothing is copied: the reader names runs of the caller's input. Chunked content is either passed on as it is
// framed (extensions dropped, RFC 9112 section 7.1.1 lets any recipient ignore them) or as bare data. Trailer fields are
// read into a buffer of the reader's own, and the caller writes those that may be relayed (`writeTrailers`).

import type { HttpFailure, HttpFailureCode } from "./failure.ts";
import { Framing } from "./framing.ts";
import { HeadStatus, MessageHead } from "./head.ts";
import { maxChunkExtensionOctets, maxChunkSizeDigits, maxTrailerOctets } from "./limits.ts";
import { CR, HEX, isOf, LF, octetClasses, QUOTED, TOKEN, VALUE } from "./octets.ts";

/** What {@link BodyReader.read} found; a run may come with any but `Failed`. */
export const BodyStatus = {
  /** The input is used up and the content goes on. */
  More: 0,
  /** Call again with the same input: another run follows after octets that are dropped. */
  Again: 1,
  /** The content ended. `at` is the first octet after the message. */
  Done: 2,
  Failed: 3,
} as const;

const State = {
  Size: 0,
  SizeLf: 1,
  ExtensionName: 2,
  ExtensionValue: 3,
  ExtensionToken: 4,
  ExtensionQuoted: 5,
  ExtensionEscaped: 6,
  ExtensionQuotedEnd: 7,
  Data: 8,
  DataCr: 9,
  DataLf: 10,
  LastSizeLf: 11,
  TrailerStart: 12,
  EndLf: 13,
  Trailers: 14,
  Done: 15,
} as const;

const SEMICOLON = 59;
const EQUALS = 61;
const QUOTE = 34;

/** Reads the content of one message after another. */
export class BodyReader {
  /** The run to pass on, in the input of the last call; empty where `from === to`. */
  from = 0;
  to = 0;
  /** The first octet of the input that was not used. */
  at = 0;
  failure: HttpFailure | undefined = undefined;
  /** The trailer section, where the content ended with one. Read its octets in `trailerOctets`, from 0. */
  trailers: MessageHead | undefined = undefined;
  trailerOctets: Uint8Array = noOctets;
  /** Octets of content so far, without framing. */
  contentOctets = 0;

  #framing: Framing = Framing.None;
  #isFramed = true;
  #state: number = State.Done;
  /** Octets left of the content or chunk. */
  #left = 0;
  #digits = 0;
  #extensionOctets = 0;
  #trailerHead: MessageHead | undefined = undefined;
  #trailerLength = 0;
  #offset = 0;

  /**
   * Begins the content of a message.
   * @param isFramed  for chunked: true passes chunk sizes on, false data only. With true and trailers, the run ends after
   * the last chunk's line, and the trailer section with its empty line is the caller's to write.
   */
  begin(framing: Framing, contentLength: number, isFramed: boolean): void {
    this.#framing = framing;
    this.#isFramed = isFramed;
    this.#left = framing === Framing.Length ? contentLength : 0;
    this.#state =
      framing === Framing.None ? State.Done : framing === Framing.Chunked ? State.Size : State.Data;
    this.#digits = 0;
    this.#extensionOctets = 0;
    this.#offset = 0;
    this.#trailerLength = 0;
    this.contentOctets = 0;
    this.failure = undefined;
    this.trailers = undefined;
  }

  /** Gives the trailer section's buffer back. */
  release(): void {
    this.trailers = undefined;
    this.trailerOctets = noOctets;
  }

  /** True once the content has ended. */
  get isDone(): boolean {
    return this.#state === State.Done;
  }

  /** Says that the connection ended: content that goes on until then is whole now. Returns whether the content is whole. */
  end(): boolean {
    if (this.#framing === Framing.UntilClose) this.#state = State.Done;
    return this.isDone;
  }

  /**
   * Reads on through `octets` from `at` up to `end`.
   * @returns a number of {@link BodyStatus}
   */
  read(octets: Uint8Array, at: number, end: number): number {
    this.from = this.to = this.at = at;
    if (this.#state === State.Done) return BodyStatus.Done;
    if (this.#framing === Framing.UntilClose) {
      this.to = this.at = end;
      this.contentOctets += end - at;
      return BodyStatus.More;
    }
    if (this.#framing === Framing.Length) {
      const taken = Math.min(end - at, this.#left);
      this.to = this.at = at + taken;
      this.#left -= taken;
      this.contentOctets += taken;
      if (this.#left > 0) return BodyStatus.More;
      this.#state = State.Done;
      return BodyStatus.Done;
    }
    const status = this.#readChunks(octets, at, end);
    this.#offset += this.at - at;
    return status;
  }

  #readChunks(octets: Uint8Array, start: number, end: number): number {
    let at = start;
    // The run stays open over everything that is passed on; what is dropped ends it.
    let runStart = at;
    while (at < end) {
      const octet = octets[at]!;
      switch (this.#state) {
        case State.Size:
          if (isOf(HEX, octet)) {
            if (++this.#digits > maxChunkSizeDigits) return this.#fail("chunk-size-malformed", at, start);
            this.#left = this.#left * 16 + (octet <= 57 ? octet - 48 : (octet | 32) - 87);
            if (this.#left > Number.MAX_SAFE_INTEGER) return this.#fail("chunk-size-malformed", at, start);
            at++;
            break;
          }
          if (this.#digits === 0) return this.#fail("chunk-size-malformed", at, start);
          if (octet === CR) {
            this.#endSize();
            at++;
            break;
          }
          // Deviates from RFC 9112 section 7.1.1, which lets a recipient pass over spaces here: refused.
          if (octet !== SEMICOLON) return this.#fail("chunk-size-malformed", at, start);
          this.#state = State.ExtensionName;
          this.#extensionOctets++;
          return this.#stop(BodyStatus.Again, runStart, at, at + 1);

        case State.ExtensionName:
        case State.ExtensionValue:
        case State.ExtensionToken:
        case State.ExtensionQuoted:
        case State.ExtensionEscaped:
        case State.ExtensionQuotedEnd: {
          const code = this.#extension(octets, at);
          if (code) return this.#fail(code, at, start);
          if (this.#isInExtension()) {
            if (++this.#extensionOctets > maxChunkExtensionOctets) {
              return this.#fail("chunk-extensions-too-large", at, start);
            }
            at++;
            runStart = at;
            break;
          }
          runStart = at; // the CR is passed on
          at++;
          break;
        }

        case State.SizeLf:
        case State.LastSizeLf:
          if (octet !== LF) return this.#fail("line-end-malformed", at, start);
          at++;
          this.#state = this.#state === State.LastSizeLf ? State.TrailerStart : State.Data;
          if (!this.#isFramed) runStart = at;
          break;

        case State.Data: {
          const taken = Math.min(end - at, this.#left);
          at += taken;
          this.#left -= taken;
          this.contentOctets += taken;
          if (this.#left > 0) return this.#stop(BodyStatus.More, runStart, at, at);
          this.#state = State.DataCr;
          if (!this.#isFramed) return this.#stop(BodyStatus.Again, runStart, at, at);
          break;
        }

        case State.DataCr:
          if (octet !== CR) return this.#fail("chunk-end-malformed", at, start);
          this.#state = State.DataLf;
          at++;
          break;

        case State.DataLf:
          if (octet !== LF) return this.#fail("chunk-end-malformed", at, start);
          this.#state = State.Size;
          this.#left = 0;
          this.#digits = 0;
          at++;
          break;

        case State.TrailerStart:
          if (octet === CR) {
            this.#state = State.EndLf;
            at++;
            break;
          }
          this.#state = State.Trailers;
          return this.#stop(BodyStatus.Again, runStart, at, at);

        case State.EndLf:
          if (octet !== LF) return this.#fail("line-end-malformed", at, start);
          this.#state = State.Done;
          at++;
          return this.#stop(BodyStatus.Done, runStart, at, at);

        case State.Trailers:
          return this.#readTrailers(octets, at, end, start);

        default:
          return BodyStatus.Done;
      }
    }
    return this.#stop(BodyStatus.More, runStart, at, at);
  }

  #stop(status: number, from: number, to: number, at: number): number {
    this.at = at;
    // Without framing only data is passed on; every other state leaves an empty run.
    const isData = this.#isFramed || this.#state === State.Data || this.#state === State.DataCr;
    this.from = from;
    this.to = isData ? to : from;
    return status;
  }

  #endSize(): void {
    this.#state = this.#left === 0 ? State.LastSizeLf : State.SizeLf;
  }

  #isInExtension(): boolean {
    return this.#state >= State.ExtensionName && this.#state <= State.ExtensionQuotedEnd;
  }

  /** One octet of `*( ";" chunk-ext-name [ "=" chunk-ext-val ] )`, up to the CR. */
  #extension(octets: Uint8Array, at: number): HttpFailureCode | undefined {
    const octet = octets[at]!;
    const isToken = (octetClasses[octet]! & TOKEN) !== 0;
    switch (this.#state) {
      case State.ExtensionName: // after ";": at least one character
        if (!isToken) return "chunk-extension-malformed";
        this.#state = State.ExtensionToken;
        return undefined;
      case State.ExtensionToken: // inside a name, or a value that is a token
        if (isToken) return undefined;
        if (octet === EQUALS) this.#state = State.ExtensionValue;
        else return this.#endExtension(octet);
        return undefined;
      case State.ExtensionValue:
        if (octet === QUOTE) this.#state = State.ExtensionQuoted;
        else if (isToken) this.#state = State.ExtensionToken;
        else return "chunk-extension-malformed";
        return undefined;
      case State.ExtensionQuoted:
        if (octet === QUOTE) this.#state = State.ExtensionQuotedEnd;
        else if (octet === 92 /* \ */) this.#state = State.ExtensionEscaped;
        else if (!isOf(QUOTED, octet)) return "chunk-extension-malformed";
        return undefined;
      case State.ExtensionEscaped:
        if (!isOf(VALUE, octet)) return "chunk-extension-malformed";
        this.#state = State.ExtensionQuoted;
        return undefined;
      default:
        return this.#endExtension(octet);
    }
  }

  #endExtension(octet: number): HttpFailureCode | undefined {
    if (octet === SEMICOLON) this.#state = State.ExtensionName;
    else if (octet === CR) this.#endSize();
    else return "chunk-extension-malformed";
    return undefined;
  }

  /** Gathers the trailer section in a buffer of its own: it is rare, and its fields must be looked at as a whole. */
  #readTrailers(octets: Uint8Array, at: number, end: number, start: number): number {
    const head = (this.#trailerHead ??= new MessageHead("trailers"));
    if (this.trailerOctets.length === 0) this.trailerOctets = new Uint8Array(maxTrailerOctets + 1);
    if (this.#trailerLength === 0) head.reset();
    const before = this.#trailerLength;
    const taken = Math.min(end - at, this.trailerOctets.length - before);
    this.trailerOctets.set(octets.subarray(at, at + taken), before);
    this.#trailerLength += taken;
    const status = head.parse(this.trailerOctets, 0, this.#trailerLength);
    if (status === HeadStatus.Failed) return this.#fail(head.failure?.code ?? "fields-too-large", at, start);
    if (status === HeadStatus.More) return this.#stop(BodyStatus.More, at + taken, at + taken, at + taken);
    this.#state = State.Done;
    this.trailers = head;
    const after = at + head.length - before;
    return this.#stop(BodyStatus.Done, after, after, after);
  }

  #fail(code: HttpFailureCode, at: number, start: number): number {
    this.failure = { code, offset: this.#offset + at - start };
    this.from = this.to = this.at = at;
    return BodyStatus.Failed;
  }
}

const noOctets: Uint8Array = new Uint8Array(0);
