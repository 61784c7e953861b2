// Between Node's address texts and the port's 16-octet endpoints, without an allocation for IPv4.

import { isIpv4, parseAddress, type Endpoint } from "#engine";

/** An endpoint that is used again for each event. */
export class ReusedEndpoint implements Endpoint {
  readonly address: Uint8Array = new Uint8Array(16);
  port = 0;

  /** Takes over an address in text, as Node gives it, and a port. */
  set(text: string, port: number): this {
    this.port = port;
    if (!this.#setIpv4(text)) {
      const percent = text.indexOf("%"); // the interface of a link-local address
      const parsed = parseAddress(percent < 0 ? text : text.slice(0, percent));
      if (parsed) this.address.set(parsed);
      else this.address.fill(0);
    }
    return this;
  }

  /** Dotted decimal only: the kernel wrote it, so its form is not checked again. */
  #setIpv4(text: string): boolean {
    let value = 0;
    let at = 12;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code === 0x2e) {
        this.address[at++] = value;
        value = 0;
      } else if (code >= 0x30 && code <= 0x39) {
        value = value * 10 + code - 0x30;
      } else {
        return false;
      }
    }
    if (at !== 15) return false;
    this.address[15] = value;
    this.address.fill(0, 0, 10);
    this.address[10] = this.address[11] = 0xff;
    return true;
  }
}

/** The kind of datagram socket for an address. */
export function datagramType(address: Uint8Array): "udp4" | "udp6" {
  return isIpv4(address) ? "udp4" : "udp6";
}

/**
 * The octets of a Buffer as a plain Uint8Array over the same memory: engines copy with `slice`, which on a Buffer
 * would only make another view.
 */
export function plainOctets(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
