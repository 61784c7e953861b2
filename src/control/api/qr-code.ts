// A QR code of a link, so that an authenticator on a phone can read its key (ISO/IEC 18004). Only what that takes: octets, error
// correction L, versions 1 to 10 (up to 271 octets), the first mask that any reader takes. No Kanji, no structured append.

/** A code as one path of a picture: a square a module, with the quiet zone around it. */
export interface QrPicture {
  readonly path: string;
  /** Modules of a side, quiet zone included. */
  readonly size: number;
}

/** Modules around the code that stay empty. */
const quietModules = 4;

/** For error correction L, versions 1 to 10: data codewords of each block, and error correction codewords a block. ISO/IEC 18004 table 9. */
const blocks: readonly { readonly data: readonly number[]; readonly correction: number }[] = [
  { data: [19], correction: 7 },
  { data: [34], correction: 10 },
  { data: [55], correction: 15 },
  { data: [80], correction: 20 },
  { data: [108], correction: 26 },
  { data: [68, 68], correction: 18 },
  { data: [78, 78], correction: 20 },
  { data: [97, 97], correction: 24 },
  { data: [116, 116], correction: 30 },
  { data: [68, 68, 69, 69], correction: 18 },
];

/** Centres of the alignment patterns, versions 1 to 10. ISO/IEC 18004 table E.1. */
const alignments: readonly (readonly number[])[] = [
  [],
  [6, 18],
  [6, 22],
  [6, 26],
  [6, 30],
  [6, 34],
  [6, 22, 38],
  [6, 24, 42],
  [6, 26, 46],
  [6, 28, 50],
];

/** Makes a code. Undefined for a text that is too long for it. */
export function qrPath(text: string): QrPicture | undefined {
  const modules = qrModules(text);
  if (!modules) return undefined;
  const parts: string[] = [];
  for (const [y, row] of modules.entries())
    for (const [x, isDark] of row.entries())
      if (isDark) parts.push(`M${x + quietModules} ${y + quietModules}h1v1h-1z`);
  return { path: parts.join(""), size: modules.length + 2 * quietModules };
}

/** The modules of a code, row by row; true is dark. Undefined for a text that is too long. */
export function qrModules(text: string): boolean[][] | undefined {
  const octets = new TextEncoder().encode(text);
  for (const [index, { data }] of blocks.entries()) {
    const capacity = data.reduce((sum, count) => sum + count, 0);
    // Mode, count of octets (one octet up to version 9, two from 10 on), then the octets.
    const headBits = 4 + (index + 1 < 10 ? 8 : 16);
    if (Math.ceil((headBits + octets.length * 8) / 8) <= capacity) return new Code(index + 1).draw(octets);
  }
  return undefined;
}

/** One code in the making. */
class Code {
  readonly #version: number;
  readonly #size: number;
  readonly #dark: boolean[][];
  /** Modules that are no data. */
  readonly #fixed: boolean[][];

  constructor(version: number) {
    this.#version = version;
    this.#size = 17 + 4 * version;
    const empty = (): boolean[][] =>
      Array.from({ length: this.#size }, () => Array<boolean>(this.#size).fill(false));
    this.#dark = empty();
    this.#fixed = empty();
  }

  draw(octets: Uint8Array): boolean[][] {
    this.#patterns();
    this.#place(this.#codewords(octets));
    this.#format();
    return this.#dark;
  }

  #set(x: number, y: number, isDark: boolean): void {
    const [row, fixed] = [this.#dark[y], this.#fixed[y]];
    if (!row || !fixed || x < 0 || x >= this.#size) return;
    row[x] = isDark;
    fixed[x] = true;
  }

  /** Finders with their separators, timing, alignment, and the version from 7 on. ISO/IEC 18004 sections 6.3 and 7.10. */
  #patterns(): void {
    const last = this.#size - 1;
    for (const [cx, cy] of [
      [3, 3],
      [last - 3, 3],
      [3, last - 3],
    ] as const)
      for (let dy = -4; dy <= 4; dy++)
        for (let dx = -4; dx <= 4; dx++) {
          const ring = Math.max(Math.abs(dx), Math.abs(dy));
          this.#set(cx + dx, cy + dy, ring !== 2 && ring !== 4);
        }
    for (let i = 8; i < this.#size - 8; i++) {
      this.#set(i, 6, i % 2 === 0);
      this.#set(6, i, i % 2 === 0);
    }
    const centres = alignments[this.#version - 1] ?? [];
    const end = centres.at(-1);
    for (const cy of centres)
      for (const cx of centres) {
        // Those that would lie on a finder are left out.
        if ((cx === 6 && cy === 6) || (cx === 6 && cy === end) || (cx === end && cy === 6)) continue;
        for (let dy = -2; dy <= 2; dy++)
          for (let dx = -2; dx <= 2; dx++)
            this.#set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
      }
    // Held back for the format; drawn at the end.
    for (let i = 0; i < 9; i++) {
      if (!this.#fixed[8]?.[i]) this.#set(i, 8, false);
      if (!this.#fixed[i]?.[8]) this.#set(8, i, false);
      if (i < 8) {
        this.#set(last - i, 8, false);
        this.#set(8, last - i, false);
      }
    }
    if (this.#version < 7) return;
    let rest = this.#version;
    for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
    const bits = (this.#version << 12) | rest;
    for (let i = 0; i < 18; i++) {
      const isDark = ((bits >>> i) & 1) === 1;
      const [a, b] = [this.#size - 11 + (i % 3), Math.floor(i / 3)];
      this.#set(a, b, isDark);
      this.#set(b, a, isDark);
    }
  }

  /** Data with error correction, interleaved. ISO/IEC 18004 sections 7.4 to 7.6. */
  #codewords(octets: Uint8Array): number[] {
    const { data, correction } = blocks[this.#version - 1] ?? { data: [], correction: 0 };
    const capacity = data.reduce((sum, count) => sum + count, 0);
    const bits: number[] = [];
    const push = (value: number, count: number): void => {
      for (let i = count - 1; i >= 0; i--) bits.push((value >>> i) & 1);
    };
    push(0b0100, 4); // octets
    push(octets.length, this.#version < 10 ? 8 : 16);
    for (const octet of octets) push(octet, 8);
    push(0, Math.min(4, capacity * 8 - bits.length));
    while (bits.length % 8 !== 0) bits.push(0);
    const words: number[] = [];
    for (let i = 0; i < bits.length; i += 8) words.push(Number.parseInt(bits.slice(i, i + 8).join(""), 2));
    for (let i = 0; words.length < capacity; i++) words.push(i % 2 === 0 ? 0xec : 0x11);
    let at = 0;
    const parts = data.map((count) => words.slice(at, (at += count)));
    const checks = parts.map((part) => remainder(part, correction));
    return [...interleave(parts), ...interleave(checks)];
  }

  /** In two columns at a time from the right, up and down, masked by (row + column) mod 2. ISO/IEC 18004 sections 7.7.3 and 7.8. */
  #place(words: readonly number[]): void {
    let bit = 0;
    for (let right = this.#size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5; // the timing column
      const isUp = ((right + 1) & 2) === 0;
      for (let step = 0; step < this.#size; step++) {
        const y = isUp ? this.#size - 1 - step : step;
        for (const x of [right, right - 1]) {
          if (this.#fixed[y]?.[x]) continue;
          const word = words[bit >>> 3] ?? 0;
          const isDark = ((word >>> (7 - (bit & 7))) & 1) === 1;
          bit++;
          const row = this.#dark[y];
          if (row) row[x] = isDark !== ((x + y) % 2 === 0);
        }
      }
    }
  }

  /** Error correction L and mask 0, both copies, and the module that is always dark. ISO/IEC 18004 section 7.9. */
  #format(): void {
    const value = 0b01 << 3;
    let rest = value;
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
    const bits = ((value << 10) | rest) ^ 0x5412;
    const last = this.#size - 1;
    for (let i = 0; i < 15; i++) {
      const isDark = ((bits >>> i) & 1) === 1;
      // Around the first finder, past the timing patterns.
      if (i < 6) this.#set(8, i, isDark);
      else if (i < 8) this.#set(8, i + 1, isDark);
      else if (i === 8) this.#set(7, 8, isDark);
      else this.#set(14 - i, 8, isDark);
      if (i < 8) this.#set(last - i, 8, isDark);
      else this.#set(8, this.#size - 15 + i, isDark);
    }
    this.#set(8, this.#size - 8, true);
  }
}

function interleave(parts: readonly (readonly number[])[]): number[] {
  const longest = Math.max(...parts.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => parts.flatMap((part) => part[i] ?? [])).flat();
}

/** Multiplies in GF(256) with the polynomial 0x11d. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> i) & 1) * a;
  }
  return product;
}

/** Error correction codewords: the remainder by the generator of Reed and Solomon. ISO/IEC 18004 section 7.5.2. */
function remainder(data: readonly number[], count: number): number[] {
  const generator: number[] = Array<number>(count).fill(0);
  generator[count - 1] = 1;
  let root = 1;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++)
      generator[j] = multiply(generator[j] ?? 0, root) ^ (j + 1 < count ? (generator[j + 1] ?? 0) : 0);
    root = multiply(root, 2);
  }
  const result: number[] = Array<number>(count).fill(0);
  for (const word of data) {
    const factor = word ^ (result.shift() ?? 0);
    result.push(0);
    for (let i = 0; i < count; i++) result[i] = (result[i] ?? 0) ^ multiply(generator[i] ?? 0, factor);
  }
  return result;
}
