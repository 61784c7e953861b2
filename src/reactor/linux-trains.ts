// Hot path (bench/names.ts): answers of one batch that go to one receiver and have one length are handed to the kernel as one message, which it cuts up
// itself (UDP_SEGMENT, udp(7)). Its way through routes, filters and queues, most of what a query costs, is gone once for all of them. Who asks much
// from one port, such as a forwarder, a resolver's connected socket or a generator of load, has many of them in a batch.
//
// What a receiver gets is the same datagrams. Where the kernel refuses a train, because its way takes no such length or its device cannot, its answers
// are sent one by one.

import type { LinuxCalls } from "./linux-calls.ts";
import { Linux } from "./linux-constants.ts";
import { Memory } from "./linux-memory.ts";

/** Most datagrams that the kernel takes as one message (UDP_MAX_SEGMENTS of older kernels), and octets: an IPv4 packet's. */
const maxSegments = 64;
const maxTrainOctets = 65_000;

/** Trains that the kernel may refuse before none is tried any more. */
const maxRefusals = 16;

const headerWords = 16; // struct mmsghdr
const controlOctets = 24; // CMSG_SPACE of 16 bits
const ipv4AddressOctets = 16;
const slots = 256;

/** Where a batch has its answers: what trains are put together from. */
export interface TrainSource {
  /** Headers of single messages, as sendmmsg takes them; their vectors, one each. */
  readonly headers: Memory;
  readonly vectors: Memory;
  /** Addresses of receivers; all of it lies within 4 GiB. */
  readonly names: Memory;
}

/** The trains of one batch after the other. */
export class DatagramTrains {
  /** Trains that stand ready, one header each. */
  count = 0;
  /** Of each train the place in `members` of its first answer; behind the last one where all end. */
  readonly starts: Int32Array;
  /** Numbers of answers, train by train. */
  readonly members: Int32Array;
  readonly #source: TrainSource;
  readonly #headers: Memory;
  readonly #vectors: Memory;
  readonly #controls: Memory;
  readonly #slots = new Int32Array(slots);
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  readonly #next: Int32Array;
  readonly #size: Int32Array;
  #refusals = 0;

  constructor(calls: LinuxCalls, source: TrainSource, batchSize: number) {
    this.#source = source;
    this.#headers = new Memory(calls, batchSize * headerWords * 4);
    this.#vectors = new Memory(calls, batchSize * 16);
    this.#controls = new Memory(calls, batchSize * controlOctets);
    this.starts = new Int32Array(batchSize + 1);
    this.members = new Int32Array(batchSize);
    this.#first = new Int32Array(batchSize);
    this.#last = new Int32Array(batchSize);
    this.#next = new Int32Array(batchSize);
    this.#size = new Int32Array(batchSize);
    const { words } = this.#controls;
    for (let i = 0; i < batchSize; i++) {
      const control = (i * controlOctets) / 4;
      words[control] = 18; // CMSG_LEN of 16 bits
      words[control + 2] = Linux.IPPROTO_UDP;
      words[control + 3] = Linux.UDP_SEGMENT;
    }
  }

  /** Whether trains are worth trying. */
  get isAllowed(): boolean {
    return this.#refusals < maxRefusals;
  }

  /** The header of a train, as sendmmsg takes it. */
  headerAt(train: number): number {
    return this.#headers.address + train * headerWords * 4;
  }

  /** Notes that the kernel has refused a train. */
  refused(): void {
    this.#refusals++;
  }

  /** Puts answers 0 to `count` - 1 together. @returns how many trains there are; as many as answers where no two go together */
  build(count: number): number {
    const { headers, vectors, names } = this.#source;
    const nameWords = names.words;
    const nameLow = names.address >>> 0;
    const first = this.#first;
    const table = this.#slots;
    table.fill(-1);
    let trains = 0;
    for (let i = 0; i < count; i++) {
      const at = (headers.words[i * headerWords]! - nameLow) >> 2;
      const length = vectors.words[i * 4 + 2]!;
      let hash = Math.imul(nameWords[at]! ^ Math.imul(nameWords[at + 1]! ^ length, 31), 0x9e3779b1);
      hash >>>= 24;
      let train = table[hash]!;
      while (train >= 0 && !this.#takes(train, at, length, i))
        train = table[(hash = (hash + 1) & (slots - 1))]!;
      if (train < 0) {
        table[hash] = train = trains++;
        first[train] = i;
        this.#size[train] = 1;
      } else {
        this.#next[this.#last[train]!] = i;
        this.#size[train]!++;
      }
      this.#last[train] = i;
    }
    this.count = trains;
    if (trains < count) this.#write(trains);
    return trains;
  }

  /** Whether an answer of a length to the address at a word of `names` may follow those of a train. */
  #takes(train: number, at: number, length: number, i: number): boolean {
    const { headers, vectors, names } = this.#source;
    const other = this.#first[train]!;
    if (vectors.words[other * 4 + 2] !== length) return false;
    const size = this.#size[train]!;
    if (size >= maxSegments || (size + 1) * length > maxTrainOctets) return false;
    const { words } = names;
    const its = (headers.words[other * headerWords]! - (names.address >>> 0)) >> 2;
    if (words[at] !== words[its] || words[at + 1] !== words[its + 1]) return false;
    const nameLength = headers.words[i * headerWords + 2]!;
    if (nameLength !== headers.words[other * headerWords + 2]) return false;
    if (nameLength === ipv4AddressOctets) return true;
    for (let k = 2; 4 * k < nameLength; k++) if (words[at + k] !== words[its + k]) return false;
    return true;
  }

  #write(trains: number): void {
    const source = this.#source;
    const { members, starts } = this;
    const headers = this.#headers.words;
    const vectors = this.#vectors.words;
    const controls = this.#controls.words;
    let to = 0;
    for (let train = 0; train < trains; train++) {
      starts[train] = to;
      const one = this.#first[train]!;
      const size = this.#size[train]!;
      const header = train * headerWords;
      for (let k = 0; k < 4; k++) headers[header + k] = source.headers.words[one * headerWords + k]!;
      this.#headers.putAddress(header + 4, this.#vectors.address + to * 16);
      headers[header + 6] = size;
      const control = (train * controlOctets) / 4;
      if (size > 1) {
        this.#headers.putAddress(header + 8, this.#controls.address + train * controlOctets);
        controls[control + 4] = source.vectors.words[one * 4 + 2]!;
      }
      headers[header + 10] = size > 1 ? controlOctets : 0;
      for (let left = size, i = one; left > 0; left--, i = this.#next[i]!) {
        members[to] = i;
        for (let k = 0; k < 4; k++) vectors[to * 4 + k] = source.vectors.words[i * 4 + k]!;
        to++;
      }
    }
    starts[trains] = to;
  }

  /** Gives the memory back. */
  free(): void {
    this.#headers.free();
    this.#vectors.free();
    this.#controls.free();
  }
}
