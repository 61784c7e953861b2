// Sends the content of a response to a visitor: what is there by now at once, the rest as it arrives, and no more than the visitor takes.
// Hot path (bench/hits.ts): a small response leaves in one write with its head.

import type { Now } from "#engine";
import type { OctetRange } from "#http";
import type { ClientConnection } from "../connections.ts";
import type { RelayFlow } from "../flow.ts";
import type { StoredResponse } from "./stored-response.ts";

/** Octets of one write: so much of a large response lies in the driver's buffers for each visitor. */
const writeOctets = 65_536;

/** Octets of one chunk: it is copied between its framing, so that it is one write. */
const chunkOctets = 16_384;

/** How long a visitor waits for more of a response at most: longer than the origin may take for it. */
const waitMs = 600_000;

/** A part of what is sent: octets as they are, or a range of the content. */
export type Part = Uint8Array | OctetRange;

/** What a reader tells of its end. */
export interface ReaderOwner {
  /** All of it is sent. */
  finished(reader: ContentReader, now: Now): void;
}

/** One visitor that is being sent one response. */
export class ContentReader {
  readonly conn: ClientConnection;
  readonly response: StoredResponse;
  /** Octets of content sent so far. */
  sent = 0;
  /** True where chunks tell the end, because nobody knows the length. */
  readonly isChunked: boolean;
  /** True where the content is the store's, and not on its way from the origin for this visitor. */
  readonly isHit: boolean;
  readonly #flow: RelayFlow;
  readonly #owner: ReaderOwner;
  /** What is still to be sent after the part under way; undefined: all of the content. */
  readonly #parts: Part[] | undefined;
  /** Number of the piece it is in, and where in it; where in the content that is, and where the part under way ends. */
  #piece = 0;
  #offset = 0;
  #at = 0;
  #end = Number.POSITIVE_INFINITY;
  #isOver = false;
  #isPumping = false;

  constructor(
    conn: ClientConnection,
    response: StoredResponse,
    {
      isChunked,
      isHit,
      parts,
    }: { readonly isChunked: boolean; readonly isHit: boolean; readonly parts: Part[] | undefined },
    flow: RelayFlow,
    owner: ReaderOwner,
  ) {
    this.conn = conn;
    this.response = response;
    this.isChunked = isChunked;
    this.isHit = isHit;
    this.#parts = parts;
    this.#flow = flow;
    this.#owner = owner;
    if (parts) this.#end = 0;
  }

  /** Number of the piece that it needs next. */
  get piece(): number {
    return this.#piece;
  }

  /** Octets that have arrived and are not sent. */
  get behind(): number {
    return this.response.contentOctets - this.#at;
  }

  /** Sends on, as far as there is something and the visitor takes it. What waits in the flow's buffer goes first. */
  pump(now: Now): void {
    // A write can lead back here: whatever there is is sent by the call that is at it.
    if (this.#isOver || this.#isPumping) return;
    this.#isPumping = true;
    const wasBlocked = this.conn.isBlocked;
    this.#send();
    this.#isPumping = false;
    if (this.#isOver) {
      this.#owner.finished(this, now);
      return;
    }
    this.#flow.flush(this.conn);
    // Whoever was blocked before has had its time set. Where it is the origin that is waited for, the origin's time is what counts.
    if (!wasBlocked)
      this.#flow.touch(this.conn, this.conn.isBlocked ? this.#flow.timeouts.stallMs : waitMs, now);
  }

  #send(): void {
    const { conn, response } = this;
    while (!conn.isBlocked && conn.phase !== "linger") {
      if (this.#at >= this.#end && !this.#nextPart()) {
        this.#finish();
        return;
      }
      const available = this.#available();
      if (available === 0) {
        if (response.isWhole && this.#at >= response.contentOctets) {
          if (this.#parts && this.#parts.length > 0) continue;
          this.#finish();
          return;
        }
        return;
      }
      const limit = this.isChunked ? chunkOctets : writeOctets;
      const count = Math.min(available, limit, this.#end - this.#at);
      this.#write(count);
    }
  }

  #write(count: number): void {
    const { scratch } = this.#flow;
    const piece = this.response.pieces[this.#piece - this.response.dropped]!;
    if (this.isChunked) {
      scratch.text(`${count.toString(16)}\r\n`);
      scratch.copy(piece, this.#offset, this.#offset + count);
      scratch.line();
      this.#flow.flush(this.conn);
    } else this.#flow.emit(this.conn, piece, this.#offset, this.#offset + count);
    this.#offset += count;
    this.#at += count;
    this.sent += count;
  }

  /** Octets that can be sent from the piece it is in; goes on to the next one where that is used up. */
  #available(): number {
    const { pieces, dropped, lastUsed } = this.response;
    for (;;) {
      const index = this.#piece - dropped;
      const piece = pieces[index];
      if (!piece) return 0;
      const used = index === pieces.length - 1 ? lastUsed : piece.length;
      if (this.#offset < used) return used - this.#offset;
      if (index === pieces.length - 1) return 0;
      this.#piece++;
      this.#offset = 0;
    }
  }

  /** Goes on to the next part. Returns false where there is none. */
  #nextPart(): boolean {
    for (;;) {
      const part = this.#parts?.shift();
      if (!part) return false;
      if (part instanceof Uint8Array) {
        this.#flow.scratch.copy(part, 0, part.length);
        continue;
      }
      this.#seek(part.from);
      this.#end = part.to;
      return true;
    }
  }

  #seek(at: number): void {
    const { pieces } = this.response;
    let from = 0;
    let index = 0;
    while (index < pieces.length - 1 && from + pieces[index]!.length <= at) from += pieces[index++]!.length;
    this.#piece = index;
    this.#offset = at - from;
    this.#at = at;
  }

  #finish(): void {
    if (this.isChunked) this.#flow.scratch.text("0\r\n\r\n");
    this.#flow.flush(this.conn);
    this.#isOver = true;
  }
}
