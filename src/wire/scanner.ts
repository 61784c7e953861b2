// The tokens of presentation format: words, quoted strings, comments, parentheses and line ends, over octets
// (RFC 1035 section 5.1). It copies nothing and knows no record types: what a token means is for its reader,
// see `scanner-values.ts`. A failure sticks: after it every token is `end` until `skipRecord`.

import { maxFoundOctets, type TextFailure, type TextFailureCode } from "./scanner-failure.ts";

/** What kind of token stands at `tokenStart`. */
export const TokenKind = {
  /** The line, or the record inside parentheses, is over. `next` gives it again and again. */
  end: 0,
  /** Octets without spaces. Escapes are still in it. */
  word: 1,
  /** What stood between quotes, without them. Escapes are still in it. */
  quoted: 2,
} as const;

const TAB = 9;
const LF = 10;
const CR = 13;
const QUOTE = 34;
const HASH = 35;
const OPEN = 40;
const CLOSE = 41;
const SEMICOLON = 59;
const EQUALS = 61;
const BACKSLASH = 92;

// One row per octet: 0 belongs to a word, 1 ends a word, 2 needs a look.
const ordinary = 0;
const delimiter = 1;
const special = 2;
const octetKinds = new Uint8Array(256);
for (let octet = 0; octet < 32; octet++) octetKinds[octet] = special;
octetKinds[127] = special;
for (const octet of [TAB, LF, 32, OPEN, CLOSE, SEMICOLON]) octetKinds[octet] = delimiter;
for (const octet of [CR, QUOTE, BACKSLASH]) octetKinds[octet] = special;

/**
 * Walks over a text in presentation format, token by token.
 *
 * After `next`, `kind`, `tokenStart` and `tokenEnd` describe the token. One record may span lines inside
 * parentheses. Reading goes on from record to record with `endRecord`, after a failure with `skipRecord`.
 */
export class TextScanner {
  /** The whole text. */
  octets: Uint8Array;
  /** Offset of the octet that is read next. */
  at = 0;
  kind: number = TokenKind.end;
  tokenStart = 0;
  tokenEnd = 0;
  /** Whether a backslash stands in the token. */
  hasEscape = false;
  /** Offset where the record being read starts. */
  recordStart = 0;
  /** Line on which the record being read starts, from 1. */
  recordLine = 1;
  failure: TextFailure | undefined = undefined;
  /** Whether what failed leaves no sound place to go on from. */
  isFatal = false;

  #line = 1;
  #openedAt = -1;
  /** Where the token before ended: the place of a value that is missing. */
  #lastEnd = 0;

  constructor(octets: Uint8Array, line = 1) {
    this.octets = octets;
    this.#line = line;
    this.recordLine = line;
    // A byte order mark at the start belongs to no record (RFC 3629 section 6).
    if (octets[0] === 0xef && octets[1] === 0xbb && octets[2] === 0xbf) this.at = this.recordStart = 3;
  }

  /** Whether all octets are read. */
  get isDone(): boolean {
    return this.at >= this.octets.length;
  }

  /** The line that is read now, from 1. */
  get line(): number {
    return this.#line;
  }

  /** Goes on with the next piece of the text, once all of the one before is read. */
  goOn(octets: Uint8Array): void {
    this.octets = octets;
    this.at = this.recordStart = this.#lastEnd = 0;
  }

  /** Begins a record. Tells whether its line starts with a space: then it has the owner of the record before. */
  beginRecord(): boolean {
    this.recordStart = this.at;
    this.recordLine = this.#line;
    this.#lastEnd = this.at;
    const octet = this.octets[this.at];
    return octet === 32 || octet === TAB;
  }

  /**
   * Goes to the next token.
   *
   * @param allowQuotedValue  whether quotes may follow a `=` inside a word, as in `alpn="h2,h3"` (RFC 9460 section 2.1);
   *   the quotes are then part of the token
   * @returns `kind`: `TokenKind.end` also after a failure
   */
  next(allowQuotedValue = false): number {
    this.hasEscape = false;
    if (!this.#skipToToken()) return this.#end();
    return this.octets[this.at] === QUOTE ? this.#quoted() : this.#word(allowQuotedValue);
  }

  /** Tells whether a token is left in the record; false after a failure. */
  hasNext(): boolean {
    return this.#skipToToken();
  }

  /** Tells whether the next token is the word `\\#`, which begins RDATA in generic form (RFC 3597 section 5). */
  isGenericNext(): boolean {
    if (!this.#skipToToken() || this.octets[this.at] !== BACKSLASH || this.octets[this.at + 1] !== HASH) {
      return false;
    }
    const after = this.octets[this.at + 2];
    return after === undefined || octetKinds[after] === delimiter || isLineEnd(this.octets, this.at + 2);
  }

  /** Skips blanks, comments, parentheses and what they let it skip. Tells whether a token starts at `at`. */
  #skipToToken(): boolean {
    if (this.failure) return false;
    const octets = this.octets;
    const length = octets.length;
    while (this.at < length) {
      const octet = octets[this.at]!;
      if (octet === 32 || octet === TAB) {
        this.at++;
      } else if (octetKinds[octet] === ordinary || octet === BACKSLASH || octet === QUOTE) {
        return true;
      } else if (octet === LF) {
        if (this.#openedAt < 0) return false;
        this.at++;
        this.#line++;
      } else if (octet === SEMICOLON) {
        this.at = this.#lineEnd(this.at);
      } else if (octet === OPEN) {
        if (this.#openedAt >= 0) {
          this.#failNested();
          return false;
        }
        this.#openedAt = this.at++;
      } else if (octet === CLOSE) {
        if (this.#openedAt < 0) {
          this.#failUnopened();
          return false;
        }
        this.#openedAt = -1;
        this.at++;
      } else if (isLineEnd(octets, this.at)) {
        this.at++;
      } else {
        this.#badCharacter(this.at);
        return false;
      }
    }
    if (this.#openedAt >= 0) this.#failUnclosed();
    return false;
  }

  /** Fails unless the record is over, then goes to the next line. */
  endRecord(): void {
    if (this.next() !== TokenKind.end) this.failToken("unexpected-value", "the end of the record");
    if (!this.failure) this.#nextLine();
  }

  /**
   * Forgets a failure that is not fatal, and goes on behind the record that has it.
   *
   * Quotes and parentheses are heeded on the way; where they do not add up, a fatal failure stands afterwards.
   */
  skipRecord(): void {
    const octets = this.octets;
    const length = octets.length;
    this.failure = undefined;
    let quoteAt = -1;
    for (; this.at < length; this.at++) {
      const octet = octets[this.at]!;
      if (octet === LF) {
        if (this.#openedAt < 0) return this.#nextLine();
        this.#line++;
      } else if (octet === BACKSLASH) {
        if (octets[this.at + 1] !== LF) this.at++;
      } else if (octet === QUOTE) {
        quoteAt = quoteAt < 0 ? this.at : -1;
      } else if (quoteAt < 0) {
        if (octet === SEMICOLON) this.at = this.#lineEnd(this.at) - 1;
        else if (octet === OPEN && this.#openedAt >= 0) return this.#failNested();
        else if (octet === OPEN) this.#openedAt = this.at;
        else if (octet === CLOSE && this.#openedAt < 0) return this.#failUnopened();
        else if (octet === CLOSE) this.#openedAt = -1;
      }
    }
    this.at = length;
    if (this.#openedAt >= 0) this.#failUnclosed();
  }

  /**
   * Notes a failure; the first one stays.
   * @returns `TokenKind.end`
   */
  fail(code: TextFailureCode, expected: string, offset: number = this.tokenStart, isFatal = false): number {
    if (!this.failure) {
      this.failure = { code, offset, expected, found: this.#found(offset) };
      this.isFatal = isFatal;
    }
    return this.#end();
  }

  /** Notes a failure at the token; a missing one as `missing-value`. */
  failToken(code: TextFailureCode, expected: string): void {
    this.fail(this.kind === TokenKind.end ? "missing-value" : code, expected, this.tokenStart);
  }

  /** The line and the column of an offset in the record being read, both from 1; a column is one UTF-8 character. */
  position(offset: number): { line: number; column: number } {
    let line = this.recordLine;
    let column = 1;
    for (let i = this.recordStart; i < offset; i++) {
      const octet = this.octets[i]!;
      if (octet === LF) {
        line++;
        column = 1;
      } else if ((octet & 0xc0) !== 0x80) {
        column++;
      }
    }
    return { line, column };
  }

  #end(): number {
    this.kind = TokenKind.end;
    this.tokenStart = this.tokenEnd = this.#lastEnd;
    return TokenKind.end;
  }

  #nextLine(): void {
    if (this.octets[this.at] === LF) {
      this.at++;
      this.#line++;
    }
  }

  #lineEnd(from: number): number {
    const lineEnd = this.octets.indexOf(LF, from);
    return lineEnd < 0 ? this.octets.length : lineEnd;
  }

  #failNested(): void {
    this.fail("nested-parenthesis", 'a ")" before the next "("', this.at, true);
  }

  #failUnopened(): void {
    this.fail("unopened-parenthesis", 'a "(" before this ")"', this.at, true);
  }

  #failUnclosed(): void {
    this.fail("unclosed-parenthesis", 'a ")" for the "(" that stands here', this.#openedAt, true);
  }

  #word(allowQuotedValue: boolean): number {
    const octets = this.octets;
    const length = octets.length;
    let at = this.at;
    this.tokenStart = at;
    while (at < length) {
      const octet = octets[at]!;
      const kind = octetKinds[octet];
      if (kind === ordinary) {
        at++;
      } else if (kind === delimiter) {
        break;
      } else if (octet === BACKSLASH) {
        this.hasEscape = true;
        if (at + 1 >= length || isLineEnd(octets, at + 1)) return this.#badEscape(at);
        at += 2;
      } else if (octet === QUOTE && allowQuotedValue && octets[at - 1] === EQUALS) {
        at = this.#closingQuote(at);
        if (at < 0) return this.#end();
        break;
      } else if (octet === QUOTE) {
        this.at = at;
        return this.fail("bad-character", 'a space before this quote, or \\" for the character itself', at);
      } else if (octet === CR && isLineEnd(octets, at)) {
        break;
      } else {
        return this.#badCharacter(at);
      }
    }
    this.at = this.tokenEnd = this.#lastEnd = at;
    this.kind = TokenKind.word;
    return TokenKind.word;
  }

  #quoted(): number {
    const start = this.at;
    this.tokenStart = start;
    const end = this.#closingQuote(start);
    if (end < 0) return this.#end();
    this.at = this.#lastEnd = end;
    this.tokenStart = start + 1;
    this.tokenEnd = end - 1;
    this.kind = TokenKind.quoted;
    return TokenKind.quoted;
  }

  /** The offset behind the quote that closes the one at `start`, or -1 after a failure. */
  #closingQuote(start: number): number {
    const octets = this.octets;
    const length = octets.length;
    const line = this.#line;
    let badAt = -1;
    let at = start + 1;
    for (; at < length; at++) {
      const octet = octets[at]!;
      const kind = octetKinds[octet];
      if (kind === ordinary) continue;
      if (octet === QUOTE) {
        if (badAt >= 0) break;
        const after = octets[at + 1];
        if (after === undefined || octetKinds[after] === delimiter || isLineEnd(octets, at + 1))
          return at + 1;
        this.at = at + 1;
        this.fail("bad-character", 'a space after this quote, or \\" for the character itself', at);
        return -1;
      }
      if (octet === LF) {
        // Only parentheses let a record, and so a string, run over a line end.
        if (this.#openedAt < 0) break;
        this.#line++;
      } else if (octet === BACKSLASH) {
        this.hasEscape = true;
        if (at + 1 >= length || isLineEnd(octets, at + 1)) badAt = badAt < 0 ? at : badAt;
        else at++;
      } else if (kind === special && !(octet === CR && octets[at + 1] === LF) && badAt < 0) {
        badAt = at;
      }
    }
    if (octets[at] === QUOTE) {
      this.#badCharacter(badAt);
      this.at = at + 1;
      return -1;
    }
    // Where the string is open to the end of the text, nothing tells where the next record starts.
    const isFatal = at >= length && this.#openedAt >= 0;
    if (isFatal) this.#line = line;
    this.at = Math.min(at, length);
    this.fail("unclosed-quote", "a quote that closes the one that stands here", start, isFatal);
    return -1;
  }

  #badEscape(at: number): number {
    this.at = at + 1;
    return this.fail("bad-escape", "a character after the backslash", at);
  }

  #badCharacter(at: number): number {
    if (this.octets[at] === BACKSLASH) return this.#badEscape(at);
    this.at = at + 1;
    const octet = this.octets[at]!;
    const expected =
      octet === CR
        ? "a line feed after the carriage return"
        : `\\${String(octet).padStart(3, "0")} for this control character`;
    return this.fail("bad-character", expected, at);
  }

  /** The octets from an offset to the end of the token there, for a description. */
  #found(offset: number): string {
    const first = this.octets[offset];
    if (first === OPEN || first === CLOSE) return String.fromCharCode(first);
    let text = "";
    let at = offset;
    const limit = Math.min(this.octets.length, offset + maxFoundOctets);
    for (; at < limit; at++) {
      const octet = this.octets[at]!;
      if (at > offset && octet !== CR && octetKinds[octet] === delimiter) break;
      if (octet === 32 || octet === TAB || octet === LF || octet === SEMICOLON) break;
      if (octet === CR && isLineEnd(this.octets, at)) break;
      text += octet > 32 && octet < 127 ? String.fromCharCode(octet) : `\\${String(octet).padStart(3, "0")}`;
    }
    return at === limit && at < this.octets.length ? `${text}…` : text;
  }
}

/** Tells whether a line feed, alone or behind a carriage return, stands at an offset. */
function isLineEnd(octets: Uint8Array, at: number): boolean {
  const octet = octets[at];
  return octet === LF || (octet === CR && (at + 1 >= octets.length || octets[at + 1] === LF));
}
