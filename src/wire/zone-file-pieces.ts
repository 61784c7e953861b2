// A zone file that is read piece by piece: what comes is cut where a record may begin, so that a file of gigabytes takes the memory of one piece.
// Where that is follows from quotes, comments, escapes and parentheses alone (RFC 1035 section 5.1), by the rules by which `TextScanner` goes on behind a
// record that it cannot read.

/** Octets that a piece has room for at first; it grows where a record has more. */
export const pieceOctets: number = 1 << 18;

/**
 * Octets that one entry may have: RDATA has 65,535, which are four characters each at most, so that there is room for sixty comments as long. What is
 * longer is no zone file.
 */
export const maxEntryOctets: number = 1 << 24;

const LF = 10;
const QUOTE = 34;
const OPEN = 40;
const CLOSE = 41;
const SEMICOLON = 59;
const BACKSLASH = 92;

/** 1 for each octet that the search for a cut has to look at. */
const marks = new Uint8Array(256);
for (const octet of [LF, QUOTE, OPEN, CLOSE, SEMICOLON, BACKSLASH]) marks[octet] = 1;

/** Where the search for a cut stands. */
const State = { plain: 0, quoted: 1, comment: 2 } as const;

/**
 * Reads octets into a part of a buffer, as a file gives them.
 * @returns how many were read; 0 at the end
 */
export type ReadOctets = (into: Uint8Array, at: number, length: number) => number;

/** The pieces of one text after the other: its buffer is used again. */
export class ZoneFilePieces {
  #read: ReadOctets = () => 0;
  #buffer = new Uint8Array(pieceOctets);
  /** What is read and not given yet begins here and ends there. */
  #start = 0;
  #end = 0;
  /** Up to here the search has come; the last place to cut at, and the state. */
  #searched = 0;
  #cut = 0;
  #state: number = State.plain;
  #isOpen = false;
  #isOver = false;
  #isTooLong = false;

  /** Whether it has ended because one entry has more than {@link maxEntryOctets}. */
  get isTooLong(): boolean {
    return this.#isTooLong;
  }

  /** Octets that are held at the moment. */
  get heldOctets(): number {
    return this.#buffer.length;
  }

  /** Begins a text. */
  begin(read: ReadOctets): this {
    this.#read = read;
    if (this.#buffer.length > pieceOctets) this.#buffer = new Uint8Array(pieceOctets);
    this.#start = this.#end = this.#searched = this.#cut = 0;
    this.#state = State.plain;
    this.#isOpen = this.#isOver = this.#isTooLong = false;
    return this;
  }

  /**
   * Gives the next piece, which ends behind a record or with the text; undefined behind the last one. It is good until the next call.
   * Throws what reading throws.
   */
  next(): Uint8Array | undefined {
    this.#moveToFront();
    for (;;) {
      if (!this.#isOver && this.#end < this.#buffer.length) {
        const octets = this.#read(this.#buffer, this.#end, this.#buffer.length - this.#end);
        if (octets === 0) this.#isOver = true;
        this.#end += octets;
      }
      if (this.#isOver) {
        this.#start = this.#searched = this.#cut = this.#end;
        return this.#end === 0 ? undefined : this.#buffer.subarray(0, this.#end);
      }
      if (this.#end < this.#buffer.length) continue;
      this.#search();
      if (this.#cut > 0) {
        this.#start = this.#cut;
        return this.#buffer.subarray(0, this.#cut);
      }
      if (this.#buffer.length >= maxEntryOctets) {
        // Nothing of it is given: what begins like a record is none.
        this.#isTooLong = this.#isOver = true;
        this.#start = this.#searched = this.#cut = this.#end = 0;
        return undefined;
      }
      const larger = new Uint8Array(2 * this.#buffer.length);
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
  }

  #moveToFront(): void {
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#searched -= this.#start;
    this.#start = this.#cut = 0;
  }

  /** Looks for the last line end that is in no string and no parentheses. */
  #search(): void {
    const buffer = this.#buffer;
    const end = this.#end;
    let state = this.#state;
    let isOpen = this.#isOpen;
    let at = this.#searched;
    for (; at < end; at++) {
      const octet = buffer[at]!;
      if (marks[octet] === 0) continue;
      if (octet === LF) {
        // A string that runs over the line end is one only in parentheses.
        if (state === State.comment || !isOpen) state = State.plain;
        if (!isOpen) this.#cut = at + 1;
      } else if (state === State.comment) {
        continue;
      } else if (octet === BACKSLASH) {
        if (at + 1 === end) break; // looked at again with what follows
        if (buffer[at + 1] !== LF) at++;
      } else if (octet === QUOTE) {
        state = state === State.quoted ? State.plain : State.quoted;
      } else if (state === State.plain) {
        if (octet === SEMICOLON) state = State.comment;
        else isOpen = octet === OPEN;
      }
    }
    this.#searched = at;
    this.#state = state;
    this.#isOpen = isOpen;
  }
}
