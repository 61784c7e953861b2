// dnstap (https://dnstap.info): a message of the DNS with who sent it, to whom and when, as Protocol Buffers. Writing only, and of the fields of
// dnstap.proto that a server knows.

/** What data frames of a stream of dnstap hold. */
export const dnstapContentType = "protobuf:dnstap.Dnstap";

/** Kinds of messages: what an authoritative server, a resolver's client and an update are told by. */
export const DnstapType: {
  readonly AUTH_QUERY: 1;
  readonly AUTH_RESPONSE: 2;
  readonly CLIENT_QUERY: 5;
  readonly CLIENT_RESPONSE: 6;
  readonly UPDATE_QUERY: 13;
  readonly UPDATE_RESPONSE: 14;
} = {
  AUTH_QUERY: 1,
  AUTH_RESPONSE: 2,
  CLIENT_QUERY: 5,
  CLIENT_RESPONSE: 6,
  UPDATE_QUERY: 13,
  UPDATE_RESPONSE: 14,
};

/** Numbers of transports. */
export const DnstapTransport: {
  readonly UDP: 1;
  readonly TCP: 2;
  readonly DOT: 3;
  readonly DOH: 4;
} = { UDP: 1, TCP: 2, DOT: 3, DOH: 4 };

/** One message. */
export interface DnstapMessage {
  /** One of {@link DnstapType}. */
  readonly type: number;
  /** One of {@link DnstapTransport}. */
  readonly transport: number;
  /** Who asked, and who answered or is to: addresses of 4 or 16 octets, both alike. */
  readonly queryAddress: Uint8Array;
  readonly queryPort: number;
  /** Absent: it is not known which. */
  readonly responseAddress?: Uint8Array;
  readonly responsePort?: number;
  /** Milliseconds since 1970. */
  readonly askedAt: number;
  /** Absent for a query. */
  readonly answeredAt?: number;
  readonly query?: Uint8Array;
  readonly response?: Uint8Array;
}

/** Who tells of messages. */
export interface DnstapSender {
  /** What the server is called; empty: it does not say. */
  readonly identity: string;
  readonly version: string;
}

const text = new TextEncoder();

/** Encodes a message. */
export function encodeDnstap(message: DnstapMessage, sender: DnstapSender): Uint8Array {
  const inner = new ProtobufWriter();
  inner.number(1, message.type);
  inner.number(2, message.queryAddress.length === 4 ? 1 : 2);
  inner.number(3, message.transport);
  inner.octets(4, message.queryAddress);
  if (message.responseAddress) inner.octets(5, message.responseAddress);
  inner.number(6, message.queryPort);
  if (message.responsePort !== undefined) inner.number(7, message.responsePort);
  inner.number(8, Math.floor(message.askedAt / 1000));
  inner.fixed32(9, nanoseconds(message.askedAt));
  if (message.query) inner.octets(10, message.query);
  if (message.answeredAt !== undefined) {
    inner.number(12, Math.floor(message.answeredAt / 1000));
    inner.fixed32(13, nanoseconds(message.answeredAt));
  }
  if (message.response) inner.octets(14, message.response);
  const outer = new ProtobufWriter();
  if (sender.identity !== "") outer.octets(1, text.encode(sender.identity));
  outer.octets(2, text.encode(sender.version));
  outer.octets(14, inner.written());
  outer.number(15, 1); // MESSAGE
  return outer.written();
}

function nanoseconds(ms: number): number {
  return Math.floor((ms % 1000) * 1e6);
}

/** Writes fields of Protocol Buffers: numbers (type 0), octets (type 2) and 32 bits (type 5). */
class ProtobufWriter {
  #octets = new Uint8Array(256);
  #at = 0;

  number(field: number, value: number): void {
    this.#varint(field * 8);
    this.#varint(value);
  }

  octets(field: number, value: Uint8Array): void {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.#reserve(value.length);
    this.#octets.set(value, this.#at);
    this.#at += value.length;
  }

  fixed32(field: number, value: number): void {
    this.#varint(field * 8 + 5);
    this.#reserve(4);
    new DataView(this.#octets.buffer).setUint32(this.#at, value, true);
    this.#at += 4;
  }

  written(): Uint8Array {
    return this.#octets.subarray(0, this.#at);
  }

  /** Seven bits an octet, the lowest first; not by shifts, which have 32 bits. */
  #varint(value: number): void {
    this.#reserve(10);
    let left = value;
    while (left > 127) {
      this.#octets[this.#at++] = 128 + (left % 128);
      left = Math.floor(left / 128);
    }
    this.#octets[this.#at++] = left;
  }

  #reserve(octets: number): void {
    if (this.#at + octets <= this.#octets.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#octets.length, this.#at + octets));
    larger.set(this.#octets);
    this.#octets = larger;
  }
}
