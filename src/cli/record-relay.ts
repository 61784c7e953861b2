// Records of zone files on their way from the thread that reads files ahead to the one that puts them into zones: octets in blocks of one shared buffer,
// which the one fills and the other empties in turns, so that what is under way is bounded. Each waits for the other where it has to.
//
// A block is a row of entries. A record: 1, octets of its owner (1), type (2), TTL (4), octets of its RDATA (2), owner, RDATA. The end of a file: 2 where
// all of it was good, 3 where not. The end of the block: 0. Numbers are in network order.

import type { RecordOctetSink } from "#wire";

const blockOctets: number = 1 << 17;
const blockCount = 16;
const headOctets = 64;
const entryOctets = 10;
/** The longest record (owner 255, RDATA 65,535), the end of a file and that of the block. */
const roomForOne: number = entryOctets + 255 + 65_535 + 2;

/** The octet that each entry of a block begins with. */
const EntryMark = { endOfBlock: 0, record: 1, goodFile: 2, badFile: 3 } as const;
/** Words of the head: how many blocks were filled so far, and how many emptied. */
const Word = { filled: 0, emptied: 1 } as const;

/** Makes the buffer that both sides share. */
export function makeRelayBuffer(): SharedArrayBuffer {
  return new SharedArrayBuffer(headOctets + blockCount * blockOctets);
}

/** The side that reads files. */
export class RecordSender {
  readonly #words: Int32Array;
  readonly #octets: Uint8Array;
  #filled = 0;
  #at = headOctets;
  #end = headOctets + blockOctets;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, headOctets / 4);
    this.#octets = new Uint8Array(buffer);
  }

  /** Sends a record. Waits where all blocks are full. */
  readonly put: RecordOctetSink = (owner, ownerOctets, type, ttl, rdata, rdataOctets) => {
    if (this.#end - this.#at < roomForOne) this.flush();
    const octets = this.#octets;
    let at = this.#at;
    octets[at] = EntryMark.record;
    octets[at + 1] = ownerOctets;
    octets[at + 2] = type >>> 8;
    octets[at + 3] = type;
    octets[at + 4] = ttl >>> 24;
    octets[at + 5] = ttl >>> 16;
    octets[at + 6] = ttl >>> 8;
    octets[at + 7] = ttl;
    octets[at + 8] = rdataOctets >>> 8;
    octets[at + 9] = rdataOctets;
    at += entryOctets;
    for (let i = 0; i < ownerOctets; i++) octets[at + i] = owner[i]!;
    at += ownerOctets;
    for (let i = 0; i < rdataOctets; i++) octets[at + i] = rdata[i]!;
    this.#at = at + rdataOctets;
  };

  /** Ends a file. The other side is given what there is where it has nothing else to do. */
  endFile(isGood: boolean): void {
    this.#octets[this.#at++] = isGood ? EntryMark.goodFile : EntryMark.badFile;
    const isWanting = Atomics.load(this.#words, Word.emptied) === this.#filled;
    if (isWanting || this.#end - this.#at < roomForOne) this.flush();
  }

  /** Gives the other side what there is, and waits for a block that is empty. */
  flush(): void {
    this.#octets[this.#at] = EntryMark.endOfBlock;
    this.#filled++;
    Atomics.store(this.#words, Word.filled, this.#filled);
    Atomics.notify(this.#words, Word.filled);
    for (;;) {
      const emptied = Atomics.load(this.#words, Word.emptied);
      if (this.#filled - emptied < blockCount) break;
      Atomics.wait(this.#words, Word.emptied, emptied);
    }
    this.#at = headOctets + (this.#filled % blockCount) * blockOctets;
    this.#end = this.#at + blockOctets;
  }
}

/** What became of a file: all of it was given; it is not as it should be; nothing came for as long as the other side was waited for. */
export type RelayedFile = "good" | "bad" | "silent";

/** The side that is given records. */
export class RecordReceiver {
  readonly #words: Int32Array;
  readonly #octets: Uint8Array;
  readonly #patienceMs: number;
  readonly #owner = new Uint8Array(255);
  readonly #rdata = new Uint8Array(65_535);
  #emptied = 0;
  #at = headOctets;
  #isOpen = false;

  /** @param patienceMs  how long the other side is waited for while nothing comes */
  constructor(buffer: SharedArrayBuffer, patienceMs: number) {
    this.#words = new Int32Array(buffer, 0, headOctets / 4);
    this.#octets = new Uint8Array(buffer);
    this.#patienceMs = patienceMs;
  }

  /** Gives the records of the next file. What `put` throws is thrown on, and nothing is to be read after that. */
  nextFile(put: RecordOctetSink): RelayedFile {
    for (;;) {
      if (!this.#isOpen && !this.#waitForBlock()) return "silent";
      for (
        let mark = this.#octets[this.#at]!;
        mark !== EntryMark.endOfBlock;
        mark = this.#octets[this.#at]!
      ) {
        if (mark === EntryMark.record) this.#giveRecord(put);
        else {
          this.#at++;
          return mark === EntryMark.goodFile ? "good" : "bad";
        }
      }
      this.#isOpen = false;
      this.#emptied++;
      Atomics.store(this.#words, Word.emptied, this.#emptied);
      Atomics.notify(this.#words, Word.emptied);
    }
  }

  #giveRecord(put: RecordOctetSink): void {
    const octets = this.#octets;
    const owner = this.#owner;
    const rdata = this.#rdata;
    let at = this.#at;
    const ownerOctets = octets[at + 1]!;
    const type = (octets[at + 2]! << 8) | octets[at + 3]!;
    const ttl =
      ((octets[at + 4]! << 24) | (octets[at + 5]! << 16) | (octets[at + 6]! << 8) | octets[at + 7]!) >>> 0;
    const rdataOctets = (octets[at + 8]! << 8) | octets[at + 9]!;
    at += entryOctets;
    for (let i = 0; i < ownerOctets; i++) owner[i] = octets[at + i]!;
    at += ownerOctets;
    for (let i = 0; i < rdataOctets; i++) rdata[i] = octets[at + i]!;
    this.#at = at + rdataOctets;
    put(owner, ownerOctets, type, ttl, rdata, rdataOctets);
  }

  #waitForBlock(): boolean {
    while (Atomics.load(this.#words, Word.filled) === this.#emptied)
      if (Atomics.wait(this.#words, Word.filled, this.#emptied, this.#patienceMs) === "timed-out")
        return false;
    this.#at = headOctets + (this.#emptied % blockCount) * blockOctets;
    this.#isOpen = true;
    return true;
  }
}
