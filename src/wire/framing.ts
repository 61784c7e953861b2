// DNS messages on a stream: two octets of length before each (RFC 1035 section 4.2.2, RFC 7766 section 8). For clients and
// resolvers; the authoritative engine (src/answer) finds its messages in the driver's buffer, without a copy.

/** A message with its length before it, in one piece, so that it leaves in one write (RFC 7766 section 8). */
export function frame(message: Uint8Array): Uint8Array {
  const octets = new Uint8Array(2 + message.length);
  octets[0] = message.length >> 8;
  octets[1] = message.length & 0xff;
  octets.set(message, 2);
  return octets;
}

/**
 * Puts messages together from the pieces that arrive.
 *
 * Holds one message's octets at most: what is announced is 65,535 at most, and only what has arrived is held.
 */
export class FrameReader {
  #held = new Uint8Array(512);
  #length = 0;

  /** Octets of a message that is not whole yet. */
  get pending(): number {
    return this.#length;
  }

  /** Takes octets and gives back the messages they complete: copies, each without its length. */
  push(input: Uint8Array, length: number): Uint8Array[] {
    const messages: Uint8Array[] = [];
    let at = 0;
    while (at < length) {
      const wanted = this.#wanted();
      const take = Math.min(wanted - this.#length, length - at);
      this.#hold(input.subarray(at, at + take));
      at += take;
      if (this.#length >= 2 && this.#length === this.#wanted()) {
        messages.push(this.#held.slice(2, this.#length));
        this.#length = 0;
      }
    }
    return messages;
  }

  /** Octets to have before the next decision: the length field, or the whole message with it. */
  #wanted(): number {
    return this.#length < 2 ? 2 : 2 + (((this.#held[0] ?? 0) << 8) | (this.#held[1] ?? 0));
  }

  #hold(octets: Uint8Array): void {
    if (this.#length + octets.length > this.#held.length) {
      const larger = new Uint8Array(Math.max(this.#length + octets.length, this.#held.length * 2));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(octets, this.#length);
    this.#length += octets.length;
  }
}
