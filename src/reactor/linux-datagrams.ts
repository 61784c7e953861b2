// Hot path (bench/names.ts): datagrams in batches. One system call takes up to 64 that have arrived, one sends their answers. All buffers
// and headers are laid out once; per datagram a few words are written. One batch serves all UDP listeners of a loop, one after
// the other.
//
// A listener on all addresses asks the kernel which address each datagram was sent to (IP_PKTINFO, RFC 3542 section 6.2), and its answers
// leave from there. One on a single address needs none of it.

import { isIpv4, type Endpoint } from "#engine";
import { KernelEndpoint, socketAddressOctets, writeSocketAddress } from "./linux-address.ts";
import type { LinuxCalls } from "./linux-calls.ts";
import { Errno, Linux } from "./linux-constants.ts";
import { Memory } from "./linux-memory.ts";
import { DatagramTrains } from "./linux-trains.ts";

/** Datagrams of one system call. */
export const batchSize = 64;
/** Batches taken from one socket in a turn; other sockets and timers come next. */
export const batchesPerTurn = 8;

/** The largest datagram that there is (RFC 768: a length of 16 bits). */
const maxOctets = 65_535;
/** From one buffer to the next: apart from the size by an odd number of cache lines, so that their beginnings share no set. */
const inputStride: number = 65_536 + 192;
const addressStride = 32;
/** Room for a control message with struct in6_pktinfo, the larger of the two: CMSG_SPACE(20). */
const controlStride = 40;
const headerWords = 16; // struct mmsghdr: 64 octets
const cmsgHeaderOctets = 16;
/** Where answers are written, one behind the other; sent when another of the largest size might not fit. */
const outputOctets: number = 512 * 1024;

/** Where a sender writes the receiver, behind the octets. */
const senderAddressAt = 65_536;

/** Answers of a batch that are not worth being put together. */
const fewAnswers = 4;

/** Milliseconds that a full send buffer is waited for before what is left of a batch is dropped. */
const sendWaitMs = 5;

// Words of struct mmsghdr.
const nameWord = 0;
const nameLengthWord = 2;
const vectorWord = 4;
const vectorCountWord = 6;
const controlWord = 8;
const controlLengthWord = 10;
const lengthWord = 14;

/** What a batch works on. */
export interface DatagramSocket {
  readonly fd: number;
  /** The kernel tells the receiver's address of each datagram. */
  readonly hasPacketInfo: boolean;
}

/** A batch of datagrams and of their answers. */
export class DatagramBatch {
  /** The datagrams: the first `length(i)` octets of each. */
  readonly inputs: readonly Uint8Array[];
  /** Where answers are written. */
  readonly output: Uint8Array;
  /** Where the next answer is written to. */
  at = 0;
  /** Datagrams that could not be sent. */
  dropped = 0;
  readonly from: KernelEndpoint = new KernelEndpoint();
  /** The receiver of the datagram that was read last, where the kernel told it. */
  readonly to: KernelEndpoint = new KernelEndpoint();
  readonly #calls: LinuxCalls;
  readonly #input: Memory;
  readonly #outputMemory: Memory;
  readonly #names: Memory;
  readonly #controls: Memory;
  readonly #vectors: Memory;
  readonly #headers: Memory;
  readonly #outVectors: Memory;
  readonly #outHeaders: Memory;
  readonly #poll: Memory;
  readonly #trains: DatagramTrains;
  readonly #headerWords: Uint32Array;
  readonly #nameOctets: Uint8Array;
  readonly #outputLow: number;
  readonly #nameLow: number;
  readonly #controlLow: number;
  #queued = 0;
  /** A full send buffer was waited for: once a batch. */
  #hasWaited = false;
  /** Headers that the last `receive` has filled, and the room for control messages that all of them have; -1: not set yet. */
  #received = 0;
  #controlLength = -1;

  constructor(calls: LinuxCalls) {
    this.#calls = calls;
    this.#input = new Memory(calls, batchSize * inputStride);
    this.#outputMemory = withoutCarry(calls, outputOctets);
    this.#names = withoutCarry(calls, batchSize * addressStride);
    this.#controls = withoutCarry(calls, batchSize * controlStride);
    this.#vectors = new Memory(calls, batchSize * 16);
    this.#headers = new Memory(calls, batchSize * headerWords * 4);
    this.#outVectors = new Memory(calls, batchSize * 16);
    this.#outHeaders = new Memory(calls, batchSize * headerWords * 4);
    this.#poll = new Memory(calls, 8);
    this.#trains = new DatagramTrains(
      calls,
      { headers: this.#outHeaders, vectors: this.#outVectors, names: this.#names },
      batchSize,
    );
    this.#headerWords = this.#headers.words;
    this.#nameOctets = this.#names.octets;
    this.#outputLow = this.#outputMemory.address >>> 0;
    this.#nameLow = this.#names.address >>> 0;
    this.#controlLow = this.#controls.address >>> 0;
    this.output = this.#outputMemory.octets;
    this.inputs = Array.from(
      { length: batchSize },
      (_, i) => new Uint8Array(this.#input.octets.buffer, i * inputStride, maxOctets),
    );
    for (let i = 0; i < batchSize; i++) this.#layOut(i);
  }

  #layOut(i: number): void {
    const at = i * headerWords;
    this.#vectors.putAddress(i * 4, this.#input.address + i * inputStride);
    this.#vectors.words[i * 4 + 2] = maxOctets;
    for (const [headers, vectors] of [
      [this.#headers, this.#vectors],
      [this.#outHeaders, this.#outVectors],
    ] as const) {
      headers.putAddress(at + nameWord, this.#names.address + i * addressStride);
      headers.putAddress(at + vectorWord, vectors.address + i * 16);
      headers.words[at + vectorCountWord] = 1;
      headers.putAddress(at + controlWord, this.#controls.address + i * controlStride);
    }
    this.#outVectors.putAddress(i * 4, this.#outputMemory.address);
  }

  /**
   * Takes what has arrived.
   *
   * @returns how many datagrams; below zero where the system refused
   */
  receive({ fd, hasPacketInfo }: DatagramSocket): number {
    const words = this.#headerWords;
    const controlLength = hasPacketInfo ? controlStride : 0;
    // The kernel has written to those headers only that it has filled; and all are to have the room that this socket wants.
    const stale = controlLength === this.#controlLength ? this.#received : batchSize;
    for (let i = 0, at = 0; i < stale; i++, at += headerWords) {
      words[at + nameLengthWord] = socketAddressOctets;
      words[at + controlLengthWord] = controlLength;
    }
    this.#controlLength = controlLength;
    this.#received = 0;
    const count = this.#calls.receiveMany(fd, this.#headers.address, batchSize, Linux.MSG_DONTWAIT, 0);
    if (count > 0) this.#received = count;
    return count;
  }

  /** Octets of datagram `i`. */
  length(i: number): number {
    return this.#headerWords[i * headerWords + lengthWord]!;
  }

  /** Reads who sent datagram `i` into `from`. */
  readFrom(i: number): void {
    this.from.read(this.#nameOctets, i * addressStride);
  }

  /** Reads whom datagram `i` was sent to into `to`; where the kernel did not tell, `to` stays as it is. */
  readTo(i: number): void {
    if (this.#headerWords[i * headerWords + controlLengthWord]! < cmsgHeaderOctets + 12) return;
    const { octets, words } = this.#controls;
    const at = i * controlStride;
    const word = at >> 2;
    const level = words[word + 2]!;
    const type = words[word + 3]!;
    // struct in_pktinfo: interface, the local address that was reached, the header's; in6_pktinfo: address, interface.
    if (level === Linux.IPPROTO_IP && type === Linux.IP_PKTINFO) {
      this.to.setAddress(octets, at + cmsgHeaderOctets + 4, true);
      words[word + 4] = 0; // the answer takes what way the routes say
    } else if (level === Linux.IPPROTO_IPV6 && type === Linux.IPV6_PKTINFO) {
      this.to.setAddress(octets, at + cmsgHeaderOctets, false);
      // Of a link-local address (fe80::/10) the interface is a part; with others the answer takes what way the routes say.
      const isLinkLocal =
        octets[at + cmsgHeaderOctets] === 0xfe && (octets[at + cmsgHeaderOctets + 1]! & 0xc0) === 0x80;
      if (!isLinkLocal) words[word + 8] = 0;
    }
  }

  /** Queues the answer to datagram `i`: the `length` octets at `at` of the output. */
  answer(i: number, length: number): void {
    const out = this.#queued++;
    const vectors = this.#outVectors.words;
    const headers = this.#outHeaders.words;
    const header = out * headerWords;
    vectors[out * 4] = this.#outputLow + this.at;
    vectors[out * 4 + 2] = length;
    headers[header + nameWord] = this.#nameLow + i * addressStride;
    headers[header + nameLengthWord] = this.#headerWords[i * headerWords + nameLengthWord]!;
    headers[header + controlWord] = this.#controlLow + i * controlStride;
    // With no control message asked for, the kernel left its length at 0.
    headers[header + controlLengthWord] = this.#headerWords[i * headerWords + controlLengthWord]!;
    this.at += (length + 7) & ~7;
  }

  /** Tells whether another answer of the largest size might not fit: `send` first. */
  get isFull(): boolean {
    return this.at + maxOctets > outputOctets;
  }

  /** Sends what is queued. What the system does not take is dropped and counted: a datagram may be lost. */
  send(fd: number): void {
    const count = this.#queued;
    if (count === 1 && this.#sendOne(fd)) {
      this.discard();
      return;
    }
    this.#hasWaited = false;
    if (count < fewAnswers || !this.#sendTrains(fd, count)) this.#sendEach(fd, 0, count);
    this.discard();
  }

  /** Sends answers in trains, where two or more of them go together. Returns false where that is not so. */
  #sendTrains(fd: number, count: number): boolean {
    const trains = this.#trains;
    // What tells the kernel where an answer leaves from is of one answer each.
    if (!trains.isAllowed || this.#outHeaders.words[controlLengthWord] !== 0) return false;
    const total = trains.build(count);
    if (total === count) return false;
    for (let sent = 0; sent < total;) {
      const flags = Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL;
      const result = this.#calls.sendMany(fd, trains.headerAt(sent), total - sent, flags);
      if (result > 0) {
        sent += result;
        continue;
      }
      const errno = this.#calls.errno();
      if (errno === Errno.EINTR) continue;
      const from = trains.starts[sent]!;
      const end = trains.starts[sent + 1]!;
      // The train that was not taken goes one by one, which also tells what is wrong with it.
      const dropped = this.dropped;
      for (let i = from; i < end; i++) this.#sendEach(fd, trains.members[i]!, 1);
      // Where none of its answers could go either it was the receiver's: who asks from port 0 does not end trains for all.
      if (end - from > 1 && errno !== Errno.EAGAIN && this.dropped - dropped < end - from) trains.refused();
      sent++;
    }
    return true;
  }

  /** Sends answers one by one. */
  #sendEach(fd: number, first: number, count: number): void {
    let sent = 0;
    while (sent < count) {
      const result = this.#calls.sendMany(
        fd,
        this.#outHeaders.address + (first + sent) * headerWords * 4,
        count - sent,
        Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL,
      );
      if (result > 0) {
        sent += result;
        continue;
      }
      const errno = this.#calls.errno();
      if (errno === Errno.EINTR) continue;
      if (errno === Errno.EAGAIN) {
        // A moment's rest is the only way to slow those down who ask: what they send waits in the kernel meanwhile.
        if (!this.#hasWaited && this.#waitToSend(fd)) {
          this.#hasWaited = true;
          continue;
        }
        this.dropped += count - sent;
        break;
      }
      this.dropped++; // of this receiver alone: no route, a port of 0, a firewall, no memory for it
      sent++;
    }
  }

  /** Forgets what is queued. */
  discard(): void {
    this.#queued = 0;
    this.at = 0;
  }

  /** A single answer, where it needs no control message, has a cheaper call. Where the system refuses, it is tried again as the others are. */
  #sendOne(fd: number): boolean {
    const headers = this.#outHeaders.words;
    if (headers[controlLengthWord] !== 0) return false;
    const flags = Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL;
    const length = this.#outVectors.words[2]!;
    const name = this.#names.address + (headers[nameWord]! - this.#nameLow);
    const output = this.#outputMemory.address;
    return this.#calls.sendTo(fd, output, length, flags, name, headers[nameLengthWord]!) >= 0;
  }

  #waitToSend(fd: number): boolean {
    const { words, address } = this.#poll;
    words[0] = fd;
    words[1] = Linux.EPOLLOUT;
    return this.#calls.poll(address, 1, sendWaitMs) > 0;
  }

  /** Gives the memory back. */
  free(): void {
    this.#input.free();
    this.#outputMemory.free();
    this.#names.free();
    this.#controls.free();
    this.#vectors.free();
    this.#headers.free();
    this.#trains.free();
    this.#outVectors.free();
    this.#outHeaders.free();
    this.#poll.free();
  }
}

/** Memory whose addresses all have the same upper 32 bits, so that one word of each is written once and for all. */
function withoutCarry(calls: LinuxCalls, octets: number): Memory {
  for (;;) {
    const memory = new Memory(calls, octets);
    if ((memory.address >>> 0) + octets <= 2 ** 32) return memory;
    // It lies across a border of 4 GiB: this block stays held, so that the next one lies elsewhere.
  }
}

/** Asks the kernel to tell each datagram's receiver, where the listener is on all addresses. Returns whether it does. */
export function requestPacketInfo(calls: LinuxCalls, fd: number, address: Uint8Array): boolean {
  const memory = new Memory(calls, 4);
  memory.words[0] = 1;
  const result = isIpv4(address)
    ? calls.setOption(fd, Linux.IPPROTO_IP, Linux.IP_PKTINFO, memory.address, 4)
    : calls.setOption(fd, Linux.IPPROTO_IPV6, Linux.IPV6_RECVPKTINFO, memory.address, 4);
  memory.free();
  return result === 0;
}

/** Sends single datagrams, from sockets of every kind. */
export class DatagramSender {
  readonly #calls: LinuxCalls;
  readonly #memory: Memory;

  constructor(calls: LinuxCalls) {
    this.#calls = calls;
    this.#memory = new Memory(calls, senderAddressAt + addressStride);
  }

  /**
   * Sends a datagram.
   *
   * @param to  absent: the socket is connected
   * @returns 0, or errno
   */
  send(fd: number, octets: Uint8Array, to?: Endpoint): number {
    const { octets: memory, address } = this.#memory;
    memory.set(octets);
    const toLength = to ? writeSocketAddress(memory, senderAddressAt, to) : 0;
    const toAddress = to ? address + senderAddressAt : 0;
    for (;;) {
      const flags = Linux.MSG_DONTWAIT | Linux.MSG_NOSIGNAL;
      const result = this.#calls.sendTo(fd, address, octets.length, flags, toAddress, toLength);
      if (result >= 0) return 0;
      const errno = this.#calls.errno();
      if (errno !== Errno.EINTR) return errno;
    }
  }

  /** Gives the memory back. */
  free(): void {
    this.#memory.free();
  }
}
