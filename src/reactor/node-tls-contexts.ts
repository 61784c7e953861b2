// The secure contexts of the node driver: what node:tls makes of a certificate, its key and a policy, kept for the next handshake.

import { createSecureContext, type SecureContext } from "node:tls";
import { constants, createHash, createPrivateKey } from "node:crypto";
import { tlsPolicyTable } from "#contract/plain";
import type { TicketKey, TlsChoice } from "./tls.ts";

/** Contexts that are kept, each some 50 KB of the library's; the one used longest ago makes room. */
const maxContexts = 1024;

/** Contexts by certificate, policy and scope. */
export class NodeTlsContexts {
  readonly #contexts = new Map<string, SecureContext>();
  readonly #sessionSeconds: number;
  #ticketKey: TicketKey | undefined;

  constructor(sessionSeconds: number) {
    this.#sessionSeconds = sessionSeconds;
  }

  /** The context of a choice. Throws what the library says of a chain or key that it cannot use. */
  get(choice: TlsChoice, ticketKey: TicketKey): SecureContext {
    if (this.#ticketKey?.version !== ticketKey.version) {
      this.#contexts.clear();
      this.#ticketKey = ticketKey;
    }
    const key = JSON.stringify([
      choice.certificate.version,
      choice.policy,
      choice.oldest,
      choice.clientAuthorities,
      choice.scope,
    ]);
    const context = this.#contexts.get(key) ?? this.#make(choice, ticketKey);
    this.#contexts.delete(key);
    this.#contexts.set(key, context);
    if (this.#contexts.size > maxContexts) {
      for (const [oldest] of this.#contexts) {
        this.#contexts.delete(oldest);
        break;
      }
    }
    return context;
  }

  #make(
    { certificate, policy, oldest, clientAuthorities, scope }: TlsChoice,
    ticketKey: TicketKey,
  ): SecureContext {
    const { ciphers } = tlsPolicyTable[policy];
    const key = createPrivateKey({ key: Buffer.from(certificate.key), format: "der", type: "pkcs8" });
    return createSecureContext({
      cert: certificate.chain,
      key: key.export({ type: "pkcs8", format: "pem" }),
      minVersion: oldest ?? "TLSv1.2",
      maxVersion: "TLSv1.3",
      ...(clientAuthorities === undefined ? {} : { ca: clientAuthorities }),
      ciphers: ciphers.join(":"),
      honorCipherOrder: true,
      // RFC 5746 secures renegotiation; who has no use for it is better off without.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
      // Sessions are bound to this, to the policy too, because the library would resume one with a cipher that is no longer allowed.
      // 32 octets are its most.
      sessionIdContext: createHash("sha256").update(`${policy} ${scope}`).digest("hex").slice(0, 32),
      sessionTimeout: this.#sessionSeconds,
      ticketKeys: Buffer.from(ticketKey.octets),
    });
  }
}
