// TLS of connections that engines open on the linux driver: who the server is, by a chain and a name or by its key, before anything is said to it
// (RFC 8310 sections 5 and 8.1), unless whoever connects has nothing to hide.

import { createHash } from "node:crypto";
import { getCACertificates } from "node:tls";
import { formatAddress, parseAddress, type Endpoint, type IoFailure, type TlsClient } from "#engine";
import type { LinuxCalls } from "./linux-calls.ts";
import { Linux } from "./linux-constants.ts";
import { Memory } from "./linux-memory.ts";
import { brokenBy, LinuxSecure } from "./linux-secure.ts";
import { LinuxTlsParts } from "./linux-tls-parts.ts";
import { Ssl, type OpenSsl } from "./openssl.ts";
import { usualAuthoritiesAnd } from "./usual-authorities.ts";

/** Contexts that are kept; the one used longest ago makes room. Connections that have it keep it alive. */
const maxContexts = 64;

/** The contexts of one engine, by whom is trusted and what is shown. */
export class LinuxTlsClients {
  readonly #openSsl: OpenSsl;
  readonly #calls: LinuxCalls;
  readonly #parts: LinuxTlsParts;
  readonly #contexts = new Map<string, number>();

  constructor(openSsl: OpenSsl, calls: LinuxCalls) {
    this.#openSsl = openSsl;
    this.#calls = calls;
    this.#parts = new LinuxTlsParts(openSsl, calls, "Cannot connect with TLS");
  }

  /** Begins a handshake with the server at `to`. Throws an Error with what the library says of what it was given. */
  begin(to: Endpoint, tls: TlsClient): LinuxTlsOpening {
    const openSsl = this.#openSsl;
    const connection = openSsl.connectionNew(this.#contextOf(tls));
    if (connection === 0) throw new Error("Cannot connect with TLS: there is no memory");
    try {
      this.#expect(connection, to, tls.serverName);
    } catch (error) {
      openSsl.connectionFree(connection);
      throw error;
    }
    openSsl.connectState(connection);
    return new LinuxTlsOpening(openSsl, this.#calls, connection, tls);
  }

  /** Sets what the certificate is to be of, and whom the server is told that it is asked for. */
  #expect(connection: number, to: Endpoint, serverName: string | undefined): void {
    const openSsl = this.#openSsl;
    const verification = openSsl.verificationOf(connection);
    // A name stands among the alternative ones or nowhere, and a wildcard for whole labels (RFC 9525 sections 6.3 and 6.4).
    openSsl.setHostFlags(
      verification,
      Ssl.CHECK_FLAG_NO_PARTIAL_WILDCARDS | Ssl.CHECK_FLAG_NEVER_CHECK_SUBJECT,
    );
    if (serverName === undefined || parseAddress(serverName)) {
      this.#parts.check(openSsl.expectAddress(verification, serverName ?? formatAddress(to.address)));
      return;
    }
    const name = serverName.endsWith(".") ? serverName.slice(0, -1) : serverName;
    this.#parts.check(openSsl.expectHost(verification, name, Buffer.byteLength(name)));
    this.#parts.check(openSsl.setServerName(connection, name));
  }

  #contextOf(tls: TlsClient): number {
    const { authorities, pins, protocols, certificate, canBeAnyone, hasUsualAuthorities, oldest } = tls;
    const parts = [
      authorities,
      pins !== undefined,
      protocols,
      certificate?.chain,
      canBeAnyone,
      hasUsualAuthorities,
      oldest,
    ];
    const key = createHash("sha256")
      .update(JSON.stringify(parts))
      .update(certificate?.key ?? "")
      .digest("base64");
    const context = this.#contexts.get(key) ?? this.#make(tls);
    this.#contexts.delete(key);
    this.#contexts.set(key, context);
    if (this.#contexts.size > maxContexts) {
      for (const [oldest, unused] of this.#contexts) {
        this.#openSsl.contextFree(unused);
        this.#contexts.delete(oldest);
        break;
      }
    }
    return context;
  }

  #make(tls: Trust): number {
    const { authorities, pins, protocols, certificate, canBeAnyone, hasUsualAuthorities, oldest } = tls;
    const openSsl = this.#openSsl;
    const context = openSsl.clientContextNew();
    this.#parts.check(context);
    try {
      this.#parts.setManners(context, oldest === undefined ? Ssl.TLS1_3 : Ssl.TLS1_2);
      openSsl.contextSetOptions(context, Ssl.OP_NO_COMPRESSION + Ssl.OP_IGNORE_UNEXPECTED_EOF);
      if (protocols.length > 0) this.#offer(context, protocols);
      if (certificate) this.#parts.setCertificate(context, certificate.chain, certificate.key);
      // With pins the chain says nothing: the key is looked at once the handshake is done.
      if (!pins && canBeAnyone !== true) {
        const usual =
          hasUsualAuthorities === true ? usualAuthoritiesAnd(authorities).join("\n") : authorities;
        this.#trust(context, usual ?? getCACertificates("default").join("\n"));
        openSsl.contextSetVerify(context, Ssl.VERIFY_PEER, 0);
      }
      return context;
    } catch (error) {
      openSsl.contextFree(context);
      throw error;
    }
  }

  /** Who cannot be read vouches for nobody. */
  #trust(context: number, authorities: string): void {
    try {
      this.#parts.trust(context, authorities);
    } catch {
      // What the server shows is held against those that could be read.
    }
  }

  #offer(context: number, protocols: readonly string[]): void {
    const octets = protocols.flatMap((protocol) => [protocol.length, ...Buffer.from(protocol, "latin1")]);
    const memory = new Memory(this.#calls, Math.ceil(octets.length / 4) * 4);
    memory.octets.set(octets);
    const result = this.#openSsl.contextOfferProtocols(context, memory.address, octets.length);
    memory.free();
    if (result !== 0) throw new Error("Cannot connect with TLS: a protocol has no name");
  }

  /** Gives all contexts back. */
  free(): void {
    for (const context of this.#contexts.values()) this.#openSsl.contextFree(context);
    this.#contexts.clear();
  }
}

/** What a context is made of. */
type Trust = Omit<TlsClient, "serverName">;

/** What the library finds wrong with a certificate that is told apart (openssl/x509_vfy.h); all else makes it untrusted. */
const verdicts: Readonly<Record<number, IoFailure>> = {
  9: "expired", // X509_V_ERR_CERT_NOT_YET_VALID
  10: "expired", // X509_V_ERR_CERT_HAS_EXPIRED
  62: "misnamed", // X509_V_ERR_HOSTNAME_MISMATCH
  64: "misnamed", // X509_V_ERR_IP_ADDRESS_MISMATCH
};

/** A connection that is on its way: TLS of it. */
export class LinuxTlsOpening {
  /** What the socket has to be ready for before the next step. */
  interest: number = Linux.EPOLLOUT;
  /** Why it came to nothing. */
  failure: IoFailure = "reset";
  readonly #openSsl: OpenSsl;
  readonly #calls: LinuxCalls;
  readonly #pins: readonly string[] | undefined;
  /** Whether the library looks at the server's certificate. */
  readonly #isTrustAsked: boolean;
  #connection: number;
  #hasSocket = false;

  /** @param connection  this object's from then on */
  constructor(
    openSsl: OpenSsl,
    calls: LinuxCalls,
    connection: number,
    { pins, canBeAnyone }: Pick<TlsClient, "pins" | "canBeAnyone">,
  ) {
    this.#isTrustAsked = pins === undefined && canBeAnyone !== true;
    this.#openSsl = openSsl;
    this.#calls = calls;
    this.#connection = connection;
    this.#pins = pins;
  }

  /** Goes on as far as the socket lets it. Returns the stream's TLS once the server is trusted. */
  step(fd: number): LinuxSecure | "waiting" | "failed" {
    const openSsl = this.#openSsl;
    if (!this.#hasSocket) {
      this.#hasSocket = true;
      openSsl.setReadBio(this.#connection, openSsl.socketBio(fd, Ssl.BIO_NOCLOSE));
      openSsl.setWriteBio(this.#connection, openSsl.socketBio(fd, Ssl.BIO_NOCLOSE));
    }
    openSsl.clearErrors();
    const result = openSsl.handshake(this.#connection);
    if (result === 1) return this.#finish();
    const errno = this.#calls.errno();
    const error = openSsl.error(this.#connection, result);
    if (error === Ssl.ERROR_WANT_READ || error === Ssl.ERROR_WANT_WRITE) {
      this.interest = error === Ssl.ERROR_WANT_READ ? Linux.EPOLLIN : Linux.EPOLLOUT;
      return "waiting";
    }
    const verdict = this.#isTrustAsked ? openSsl.verdict(this.#connection) : 0;
    if (verdict !== 0) this.failure = verdicts[verdict] ?? "untrusted";
    else if (error === Ssl.ERROR_SSL) this.failure = "no-tls";
    else if (error === Ssl.ERROR_SYSCALL && errno !== 0) this.failure = brokenBy(errno);
    this.free();
    return "failed";
  }

  #finish(): LinuxSecure | "failed" {
    if (this.#pins && !this.#pins.includes(this.#pinOfServer())) {
      this.failure = "untrusted";
      this.free();
      return "failed";
    }
    const connection = this.#connection;
    this.#connection = 0;
    return new LinuxSecure(this.#openSsl, this.#calls, connection);
  }

  /** SHA-256 of the server's public key with its algorithm, base64. @see RFC 7858 section 4.2 */
  #pinOfServer(): string {
    const openSsl = this.#openSsl;
    const certificate = openSsl.peerCertificate(this.#connection);
    if (certificate === 0) return "";
    const key = openSsl.publicKeyOf(certificate);
    const length = openSsl.writePublicKey(key, 0);
    const size = Math.ceil(Math.max(length, 0) / 8) * 8;
    const memory = new Memory(this.#calls, size + 8);
    memory.putAddress(size / 4, memory.address);
    openSsl.writePublicKey(key, memory.address + size);
    openSsl.freeCertificate(certificate);
    const pin = createHash("sha256").update(memory.octets.subarray(0, length)).digest("base64");
    memory.free();
    return pin;
  }

  /** Gives the memory back where it has come to nothing. */
  free(): void {
    if (this.#connection !== 0) this.#openSsl.connectionFree(this.#connection);
    this.#connection = 0;
  }
}
