// Octets that arrive piece by piece, in one growing buffer: a TLS hello that is not whole yet, and what the tests' clients are sent.

/** A buffer that doubles as it fills. */
export class GatheredOctets {
  #buffer: Uint8Array = new Uint8Array(1024);
  #length = 0;

  /** Appends a copy. */
  add(octets: Uint8Array): void {
    const length = this.#length + octets.length;
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(length, this.#buffer.length * 2));
      larger.set(this.all);
      this.#buffer = larger;
    }
    this.#buffer.set(octets, this.#length);
    this.#length = length;
  }

  /** All of them so far: a view, good until the next `add`. */
  get all(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}
