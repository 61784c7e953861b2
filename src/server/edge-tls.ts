// The edge's TLS port: the certificates that control sends, with their keys opened, given to the driver connection by connection. Keys
// are in the clear here only, in memory. The key of session tickets is made here too, lives for some hours, and is never written down.

import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import type { CertificateObject, Counters, RoleObject } from "#contract";
import type { Now } from "#engine";
import {
  handshakeOutcomes,
  type HandshakeOutcome,
  type HandshakePlace,
  type TicketKey,
  type TlsCertificate,
  type TlsChoice,
  type TlsHello,
  type TlsServer,
} from "#reactor";
import { TicketKeys } from "./ticket-keys.ts";
import { CertificateTable, type CertificateNames } from "./certificate-table.ts";

/** Opens the sealed key of a certificate: PKCS #8, DER. Throws where it cannot. */
export type OpenKey = (keyId: string, sealedKey: string) => Uint8Array;

/** Told of a certificate that cannot be used: it is left out, or the one before it is served on. */
export type UnusableListener = (certificate: CertificateObject, error: unknown) => void;

/** A certificate that can be served. */
interface OpenedCertificate extends CertificateNames, TlsCertificate {}

/** Where there is nothing to open keys with. */
const refuseKey: OpenKey = () => {
  throw new RangeError("there is no data key");
};

/** The TLS port of the edge. It serves nothing until `apply`. */
export class EdgeTls implements TlsServer {
  readonly #openKey: OpenKey;
  readonly #onUnusable: UnusableListener;
  #table = new CertificateTable<OpenedCertificate>([], [], new Map());
  /** By certificate id; what was opened last stays until its certificate is taken away. */
  #opened = new Map<string, OpenedCertificate>();
  /** What was made of an object; undefined where it cannot be used. An object that did not change is the same. */
  readonly #known = new WeakMap<CertificateObject, OpenedCertificate | undefined>();
  #unusable = 0;
  readonly #ticketKeys: TicketKeys;
  readonly #ends = Object.fromEntries(handshakeOutcomes.map((kind) => [kind, 0])) as Record<
    HandshakeOutcome["kind"],
    number
  >;
  #resumed = 0;
  /** Told of each handshake that came to nothing, by the resource that it was for. */
  onFailure: (resourceId: string) => void = () => {};

  constructor(
    openKey: OpenKey = refuseKey,
    onUnusable: UnusableListener = () => {},
    makeTicketKey?: () => Uint8Array,
  ) {
    this.#openKey = openKey;
    this.#onUnusable = onUnusable;
    this.#ticketKeys = new TicketKeys(makeTicketKey);
  }

  /** Swaps what is served for these objects, all at once. A certificate that cannot be used does not keep the others out. */
  apply(objects: Iterable<RoleObject>): void {
    const list = [...objects];
    const opened = new Map<string, OpenedCertificate>();
    this.#unusable = 0;
    for (const object of list) {
      if (object.kind !== "certificate") continue;
      const now = this.#open(object);
      if (!now) this.#unusable++;
      const served = now ?? this.#opened.get(object.id);
      if (served) opened.set(object.id, served);
    }
    this.#opened = opened;
    this.#table = new CertificateTable(
      list.filter((object) => object.kind === "resource"),
      list.filter((object) => object.kind === "host"),
      opened,
    );
  }

  #open(object: CertificateObject): OpenedCertificate | undefined {
    if (this.#known.has(object)) return this.#known.get(object);
    let opened: OpenedCertificate | undefined;
    try {
      const { id, names, notAfter, chain, keyId, sealedKey } = object;
      const key = this.#openKey(keyId, sealedKey);
      const pair = createPrivateKey({ key: Buffer.from(key), format: "der", type: "pkcs8" });
      if (!new X509Certificate(chain).checkPrivateKey(pair))
        throw new RangeError("the key is not the certificate's");
      const version = createHash("sha256")
        .update(JSON.stringify([chain, keyId, sealedKey]))
        .digest("hex");
      opened = { id, names, notAfter, chain, key, version };
    } catch (error) {
      this.#onUnusable(object, error);
    }
    this.#known.set(object, opened);
    return opened;
  }

  choose({ local, serverName }: TlsHello, { wall }: Now): TlsChoice | undefined {
    const found = this.#table.find(local, serverName, wall);
    if (!found) return undefined;
    const { certificate, policy, resourceId } = found;
    return { certificate, policy, protocols: ["http/1.1"], scope: resourceId };
  }

  ticketKey(now: Now): TicketKey {
    return this.#ticketKeys.at(now);
  }

  ended(outcome: HandshakeOutcome, { scope, local }: HandshakePlace): void {
    this.#ends[outcome.kind]++;
    if (outcome.kind === "finished") {
      if (outcome.isResumed) this.#resumed++;
      return;
    }
    const resourceId = scope ?? (local && this.#table.ownerOf(local));
    // Who connects and says nothing has negotiated nothing.
    const isSilent = outcome.kind === "timeout" || outcome.kind === "evicted" || outcome.kind === "failed";
    if (resourceId !== undefined && !(isSilent && scope === undefined)) this.onFailure(resourceId);
  }

  /** Handshakes by how they ended, sessions resumed, and certificates held that cannot be used. */
  readCounters(): Counters {
    return {
      ...Object.fromEntries(
        handshakeOutcomes.map((kind) => [`handshakes{outcome=${kind}}`, this.#ends[kind]]),
      ),
      "sessions-resumed": this.#resumed,
      "certificates-unusable": this.#unusable,
    };
  }
}
