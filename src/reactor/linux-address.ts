// Hot path (bench/names.ts): between the kernel's socket addresses and the port's 16-octet endpoints, octet by octet in place.

import { isIpv4, type Endpoint } from "#engine";
import { Linux } from "./linux-constants.ts";

/** The size of struct sockaddr_in6, the larger of the two. */
export const socketAddressOctets = 28;

/** An endpoint that is used again for each event. */
export class KernelEndpoint implements Endpoint {
  readonly address: Uint8Array = new Uint8Array(16);
  port = 0;
  #isV4 = false;

  /** Takes over the struct sockaddr_in or sockaddr_in6 that stands at `at`. */
  read(octets: Uint8Array, at: number): this {
    this.port = (octets[at + 2]! << 8) | octets[at + 3]!;
    if (octets[at] === Linux.AF_INET) {
      this.#setIpv4(octets, at + 4);
    } else {
      this.#setIpv6(octets, at + 8);
    }
    return this;
  }

  /** Takes over an address of 4 or 16 octets that stands at `at`, as the kernel tells of a packet's receiver. */
  setAddress(octets: Uint8Array, at: number, isV4: boolean): void {
    if (isV4) this.#setIpv4(octets, at);
    else this.#setIpv6(octets, at);
  }

  /** Takes over another endpoint. */
  set(from: Endpoint): this {
    this.#isV4 = false;
    this.address.set(from.address);
    this.port = from.port;
    return this;
  }

  #setIpv4(octets: Uint8Array, at: number): void {
    const { address } = this;
    if (!this.#isV4) {
      this.#isV4 = true;
      address.fill(0, 0, 10);
      address[10] = address[11] = 0xff;
    }
    address[12] = octets[at]!;
    address[13] = octets[at + 1]!;
    address[14] = octets[at + 2]!;
    address[15] = octets[at + 3]!;
  }

  #setIpv6(octets: Uint8Array, at: number): void {
    this.#isV4 = false;
    for (let i = 0; i < 16; i++) this.address[i] = octets[at + i]!;
  }
}

/** Writes the socket address of an endpoint to `at`. Returns its length in octets. */
export function writeSocketAddress(octets: Uint8Array, at: number, to: Endpoint): number {
  const isV4 = isIpv4(to.address);
  const length = isV4 ? 16 : socketAddressOctets;
  octets.fill(0, at, at + length);
  octets[at] = isV4 ? Linux.AF_INET : Linux.AF_INET6; // little-endian, as all architectures that the driver runs on
  octets[at + 2] = to.port >> 8;
  octets[at + 3] = to.port & 0xff;
  const { address } = to;
  if (isV4) for (let i = 0; i < 4; i++) octets[at + 4 + i] = address[12 + i]!;
  else for (let i = 0; i < 16; i++) octets[at + 8 + i] = address[i]!;
  return length;
}

/** Tells whether an address stands for all addresses of its family. */
export function isUnspecified(address: Uint8Array): boolean {
  return address.every((octet, i) => octet === 0 || (i === 10 || i === 11 ? octet === 0xff : false));
}
