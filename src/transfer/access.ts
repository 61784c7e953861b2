// Who may do what with a zone beyond asking about names: by address, by key, or by both. The peers that a zone's server speaks to by itself.

import { type Endpoint, isIpv4, type MessageTransport, type TlsClient } from "#engine";
import type { Name, TsigKey } from "#wire";

/** Addresses that begin alike. */
export interface Network {
  /** 16 octets; IPv4 as mapped. */
  readonly address: Uint8Array;
  /** Bits that count, of 32 for IPv4 and 128 for IPv6. */
  readonly bits: number;
}

/** Lets those in who match all that is said; one that says nothing lets in everybody. */
export interface AccessRule {
  readonly network?: Network;
  /** The name of the key that the message is signed with. */
  readonly key?: Name;
  /** Over TLS only (RFC 9103). */
  readonly isPrivate?: boolean;
}

/** Another server. */
export interface Peer {
  readonly at: Endpoint;
  /** What messages to it are signed with, and its own have to be; absent: nothing. */
  readonly key?: TsigKey;
  /** It is asked over TLS (RFC 9103), transfers and whether there is something new alike; absent: over UDP and TCP. */
  readonly tls?: TlsClient;
  /** The local address that it is spoken to from, 16 octets; absent: as the routes say. */
  readonly from?: Uint8Array;
}

/** Tells whether a rule lets in who sent a message. @param key  the key that its signature was good by */
export function isAllowed(
  rules: readonly AccessRule[],
  from: Uint8Array,
  key: TsigKey | undefined,
  transport: MessageTransport,
): boolean {
  return rules.some(
    (rule) =>
      (rule.isPrivate !== true || transport === "tls") &&
      (rule.network === undefined || isInNetwork(from, rule.network)) &&
      (rule.key === undefined || key?.name.equals(rule.key) === true),
  );
}

function isInNetwork(address: Uint8Array, { address: start, bits }: Network): boolean {
  if (isIpv4(address) !== isIpv4(start)) return false;
  const offset = isIpv4(start) ? 96 : 0;
  const whole = (offset + bits) >>> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== start[i]) return false;
  const rest = (offset + bits) & 7;
  return rest === 0 || ((address[whole]! ^ start[whole]!) & (0xff00 >> rest) & 0xff) === 0;
}

/** Keys by name. */
export class KeyRing {
  #keys = new Map<string, TsigKey>();

  constructor(keys: Iterable<TsigKey> = []) {
    this.replace(keys);
  }

  /** Puts other keys in the place of all. */
  replace(keys: Iterable<TsigKey>): void {
    this.#keys = new Map([...keys].map((key) => [key.name.key, key]));
  }

  find(name: Name): TsigKey | undefined {
    return this.#keys.get(name.key);
  }
}
