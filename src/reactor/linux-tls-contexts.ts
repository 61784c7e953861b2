// The contexts of TLS on the linux driver: what OpenSSL makes of a certificate, its key and a policy, kept for the next handshake. Each thread
// has its own; the key of session tickets is all threads' where the host gives all of them the same.

import { createHash } from "node:crypto";
import { tlsPolicyTable } from "#contract/plain";
import type { LinuxCalls } from "./linux-calls.ts";
import { Memory } from "./linux-memory.ts";
import { LinuxTlsParts } from "./linux-tls-parts.ts";
import { Ssl, type OpenSsl } from "./openssl.ts";
import type { TicketKey, TlsChoice } from "./tls.ts";

/** Contexts that are kept; the one used longest ago makes room. Connections that have it keep it alive. */
const maxContexts = 1024;
/** Octets of a key as OpenSSL wants it: a name of 16, two keys of 32. */
const ticketKeyOctets = 80;

/** A context, and the protocols of ALPN that are served with it. */
export interface LinuxTlsContext {
  readonly handle: number;
  readonly protocols: readonly string[];
  /** The protocols' names, one behind the other. */
  readonly names: Memory;
}

/** Contexts by certificate, policy, protocols and scope. */
export class LinuxTlsContexts {
  readonly #openSsl: OpenSsl;
  readonly #calls: LinuxCalls;
  readonly #parts: LinuxTlsParts;
  readonly #sessionSeconds: number;
  readonly #contexts = new Map<string, LinuxTlsContext>();
  #ticketKey: TicketKey | undefined;

  constructor(openSsl: OpenSsl, calls: LinuxCalls, sessionSeconds: number) {
    this.#openSsl = openSsl;
    this.#calls = calls;
    this.#parts = new LinuxTlsParts(openSsl, calls, "Cannot serve TLS");
    this.#sessionSeconds = sessionSeconds;
  }

  /** The context of a choice. Throws an Error with what the library says of a chain or key that it cannot use. */
  get(choice: TlsChoice, ticketKey: TicketKey): LinuxTlsContext {
    if (this.#ticketKey?.version !== ticketKey.version) {
      this.free();
      this.#ticketKey = ticketKey;
    }
    const { certificate, policy, oldest, clientAuthorities, protocols, scope } = choice;
    const key = JSON.stringify([certificate.version, policy, oldest, clientAuthorities, protocols, scope]);
    const context = this.#contexts.get(key) ?? this.#make(choice, ticketKey);
    this.#contexts.delete(key);
    this.#contexts.set(key, context);
    if (this.#contexts.size > maxContexts) {
      for (const [oldestKey, unused] of this.#contexts) {
        this.#drop(unused);
        this.#contexts.delete(oldestKey);
        break;
      }
    }
    return context;
  }

  #make(choice: TlsChoice, ticketKey: TicketKey): LinuxTlsContext {
    const openSsl = this.#openSsl;
    const handle = openSsl.contextNew();
    if (handle === 0) throw new Error(`Cannot serve TLS: ${openSsl.errorText()}`);
    try {
      this.#fill(handle, choice, ticketKey);
    } catch (error) {
      openSsl.contextFree(handle);
      throw error;
    }
    const text = choice.protocols.join("");
    const names = new Memory(this.#calls, Math.max(4, Math.ceil(text.length / 4) * 4));
    for (let i = 0; i < text.length; i++) names.octets[i] = text.charCodeAt(i);
    return { handle, protocols: choice.protocols, names };
  }

  #fill(handle: number, choice: TlsChoice, ticketKey: TicketKey): void {
    const { certificate, policy, oldest, clientAuthorities, scope } = choice;
    const openSsl = this.#openSsl;
    this.#parts.setManners(handle, oldest === undefined ? Ssl.TLS1_2 : Ssl.TLS1_3);
    openSsl.contextSetOptions(
      handle,
      // RFC 5746 secures renegotiation; who has no use for it is better off without. An end without close_notify is an end: see tls.ts.
      Ssl.OP_NO_RENEGOTIATION +
        Ssl.OP_NO_COMPRESSION +
        Ssl.OP_CIPHER_SERVER_PREFERENCE +
        Ssl.OP_IGNORE_UNEXPECTED_EOF,
    );
    const { ciphers } = tlsPolicyTable[policy];
    const isSuite = (name: string): boolean => name.startsWith("TLS_");
    this.#parts.check(openSsl.contextSetSuites(handle, ciphers.filter(isSuite).join(":")));
    this.#parts.check(openSsl.contextSetCiphers(handle, ciphers.filter((name) => !isSuite(name)).join(":")));
    this.#setTickets(handle, policy, scope, ticketKey);
    this.#parts.setCertificate(handle, certificate.chain, certificate.key);
    if (clientAuthorities !== undefined) {
      // A handshake without a certificate of theirs fails.
      this.#parts.trust(handle, clientAuthorities);
      openSsl.contextSetVerify(handle, Ssl.VERIFY_PEER + Ssl.VERIFY_FAIL_IF_NO_PEER_CERT, 0);
    }
    openSsl.contextChooseProtocol(handle);
  }

  /** Sessions are bound to policy and scope, because the library would resume one with a cipher that is no longer allowed. */
  #setTickets(handle: number, policy: string, scope: string, ticketKey: TicketKey): void {
    const openSsl = this.#openSsl;
    const memory = new Memory(this.#calls, ticketKeyOctets);
    const context = createHash("sha256").update(`${policy} ${scope}`).digest().subarray(0, 32);
    memory.octets.set(context);
    this.#parts.check(openSsl.contextSetSessionContext(handle, memory.address, context.length));
    openSsl.contextSetTimeout(handle, this.#sessionSeconds);
    const digest = createHash("sha512").update(ticketKey.octets);
    memory.octets.set(digest.digest());
    memory.octets.set(
      createHash("sha256").update("name").update(ticketKey.octets).digest().subarray(0, 16),
      64,
    );
    this.#parts.check(
      openSsl.contextControl(handle, Ssl.CTRL_SET_TICKET_KEYS, ticketKeyOctets, memory.address),
    );
    memory.octets.fill(0);
    memory.free();
  }

  #drop({ handle, names }: LinuxTlsContext): void {
    this.#openSsl.contextFree(handle);
    names.free();
  }

  /** Gives all of them back. */
  free(): void {
    for (const context of this.#contexts.values()) this.#drop(context);
    this.#contexts.clear();
  }
}
