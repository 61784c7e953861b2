// Hot path (bench/answer.ts): SipHash-2-4 (Aumasson and Bernstein, 2012), the keyed hash of DNS cookies (RFC 9018 section 4.4). Its 64-bit
// words stand as two 32-bit halves, so that nothing is allocated.

/** A key, ready to hash with. */
export class SipHash {
  readonly #k0: number;
  readonly #k1: number;
  readonly #k2: number;
  readonly #k3: number;
  /** v0 to v3, low half and high half each. */
  readonly #v = new Int32Array(8);

  /** @param key  16 octets */
  constructor(key: Uint8Array) {
    if (key.length !== 16)
      throw new RangeError(`Cannot hash with a key of ${key.length} octets: expected 16`);
    this.#k0 = readWord(key, 0);
    this.#k1 = readWord(key, 4);
    this.#k2 = readWord(key, 8);
    this.#k3 = readWord(key, 12);
  }

  /** Writes the hash of `length` octets from `at` on: 8 octets, the least significant first. */
  hash(input: Uint8Array, at: number, length: number, output: Uint8Array, outputAt: number): void {
    const v = this.#v;
    v[0] = this.#k0 ^ 0x70736575;
    v[1] = this.#k1 ^ 0x736f6d65;
    v[2] = this.#k2 ^ 0x6e646f6d;
    v[3] = this.#k3 ^ 0x646f7261;
    v[4] = this.#k0 ^ 0x6e657261;
    v[5] = this.#k1 ^ 0x6c796765;
    v[6] = this.#k2 ^ 0x79746573;
    v[7] = this.#k3 ^ 0x74656462;
    const end = at + length;
    let offset = at;
    for (; offset + 8 <= end; offset += 8)
      this.#compress(readWord(input, offset), readWord(input, offset + 4));
    // The last word: what is left, and the length in its highest octet.
    let low = 0;
    let high = length << 24;
    for (let i = 0; offset + i < end; i++) {
      if (i < 4) low |= input[offset + i]! << (8 * i);
      else high |= input[offset + i]! << (8 * (i - 4));
    }
    this.#compress(low, high);
    v[4] ^= 0xff;
    for (let i = 0; i < 4; i++) round(v);
    writeWord(output, outputAt, v[0] ^ v[2] ^ v[4] ^ v[6]);
    writeWord(output, outputAt + 4, v[1] ^ v[3] ^ v[5] ^ v[7]);
  }

  #compress(low: number, high: number): void {
    const v = this.#v;
    v[6]! ^= low;
    v[7]! ^= high;
    round(v);
    round(v);
    v[0]! ^= low;
    v[1]! ^= high;
  }
}

/** One SipRound. Additions carry from low half to high half: the sum of two unsigned halves is below 2^33. */
function round(v: Int32Array): void {
  add(v, 0, 2);
  rotate(v, 2, 13);
  mix(v, 2, 0);
  swap(v, 0);
  add(v, 4, 6);
  rotate(v, 6, 16);
  mix(v, 6, 4);
  add(v, 0, 6);
  rotate(v, 6, 21);
  mix(v, 6, 0);
  add(v, 4, 2);
  rotate(v, 2, 17);
  mix(v, 2, 4);
  swap(v, 4);
}

function add(v: Int32Array, to: number, from: number): void {
  const low = (v[to]! >>> 0) + (v[from]! >>> 0);
  v[to + 1] = v[to + 1]! + v[from + 1]! + (low > 0xffffffff ? 1 : 0);
  v[to] = low;
}

/** Rotates a word left by less than 32. */
function rotate(v: Int32Array, at: number, bits: number): void {
  const low = v[at]!;
  const high = v[at + 1]!;
  v[at] = (low << bits) | (high >>> (32 - bits));
  v[at + 1] = (high << bits) | (low >>> (32 - bits));
}

function mix(v: Int32Array, to: number, from: number): void {
  v[to]! ^= v[from]!;
  v[to + 1]! ^= v[from + 1]!;
}

/** Rotates a word by 32. */
function swap(v: Int32Array, at: number): void {
  const low = v[at]!;
  v[at] = v[at + 1]!;
  v[at + 1] = low;
}

function readWord(octets: Uint8Array, at: number): number {
  return octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24);
}

function writeWord(octets: Uint8Array, at: number, word: number): void {
  octets[at] = word;
  octets[at + 1] = word >> 8;
  octets[at + 2] = word >> 16;
  octets[at + 3] = word >> 24;
}
