// The framing of a container's two outputs on one stream of the Docker API: eight octets (which output, three zeros, the length as a big-endian
// number), then so many octets. Read piece by piece: nothing is kept but a header that is not whole.

/** The longest frame that is taken for one; engines send lines or pieces of 16 KiB. */
const maxFrameOctets = 16 << 20;
const headerOctets = 8;
/** The streams that are outputs: 0 is the input, which some engines name for what a terminal shows; 1 output, 2 error output. */
const lastStream = 2;

/** Reads frames. */
export class DockerFrameReader {
  readonly #header: Buffer = Buffer.alloc(headerOctets);
  #headerLength = 0;
  #stream = 0;
  #left = 0;
  #isBroken = false;

  /**
   * Takes the next octets.
   * @param onPart  given each part of a frame with the number of its stream
   * @returns false where this is no such stream: nothing more is read of it
   */
  push(octets: Uint8Array, onPart: (stream: number, part: Uint8Array) => void): boolean {
    let at = 0;
    while (at < octets.length && !this.#isBroken) {
      if (this.#left > 0) {
        const part = octets.subarray(at, at + this.#left);
        at += part.length;
        this.#left -= part.length;
        onPart(this.#stream, part);
        continue;
      }
      const taken = Math.min(headerOctets - this.#headerLength, octets.length - at);
      this.#header.set(octets.subarray(at, at + taken), this.#headerLength);
      this.#headerLength += taken;
      at += taken;
      if (this.#headerLength < headerOctets) break;
      this.#headerLength = 0;
      this.#stream = this.#header.readUInt8(0);
      this.#left = this.#header.readUInt32BE(4);
      const isFrame =
        this.#stream <= lastStream && this.#header.readUIntBE(1, 3) === 0 && this.#left <= maxFrameOctets;
      if (!isFrame) this.#isBroken = true;
    }
    return !this.#isBroken;
  }
}
