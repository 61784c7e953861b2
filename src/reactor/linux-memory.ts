// Memory that system calls read and write: off the heap, at an address that does not change, and held reachable until it
// is given back. A call's number for an address does not hold it, and an optimised loop forgets what it only wrote to.

import { loadLinuxCalls, type LinuxCalls } from "./linux-calls.ts";
import { Linux } from "./linux-constants.ts";

const held = new Set<Memory>();

/** A block of memory. Pages are taken from the machine when they are first touched. */
export class Memory {
  readonly octets: Uint8Array;
  /** The same, as words of 32 bits in the machine's order. */
  readonly words: Uint32Array;
  readonly address: number;

  /** @param octets  the size, a multiple of 4 */
  constructor(calls: LinuxCalls, octets: number) {
    const buffer = new ArrayBuffer(octets);
    this.octets = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.address = calls.addressOf(buffer);
    held.add(this);
  }

  /** Writes an address of 64 bits as two words. */
  putAddress(word: number, address: number): void {
    this.words[word] = address >>> 0;
    this.words[word + 1] = Math.floor(address / 2 ** 32);
  }

  /** Gives the memory back once nobody else refers to it: no call may be writing to it any more. */
  free(): void {
    held.delete(this);
  }
}

/** The most that a page has on the machines that the driver runs on. */
const maxPageOctets = 65_536;

/** What is as large has a mapping of its own that ends with it: more than malloc ever takes from its heap (M_MMAP_THRESHOLD, mallopt(3)). */
const minHiddenOctets = 64 << 20;

/**
 * Keeps a large buffer out of children that this process starts. The kernel would count all that is reserved once more for a moment, and
 * refuse to start a child where there is not as much. A small one is left as it is: its pages may go back to the heap, where whatever lies in
 * them next would be missing in a child, such as the words that it is started with.
 */
export function hideFromChildren(buffer: SharedArrayBuffer): void {
  if (buffer.byteLength < minHiddenOctets) return;
  const calls = loadLinuxCalls();
  if (typeof calls === "string") return;
  const from = calls.addressOf(buffer);
  const start = Math.ceil(from / maxPageOctets) * maxPageOctets;
  const end = Math.floor((from + buffer.byteLength) / maxPageOctets) * maxPageOctets;
  if (end > start) calls.advise(start, end - start, Linux.MADV_DONTFORK);
}
