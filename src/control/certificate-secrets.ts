// Private keys of certificates: put before what refers to them is committed, held sealed in memory for what the edge is given, and
// removed once nothing refers to them. A crash in between leaves a secret that nothing uses; the next sweep takes it.

import {
  decodePrivateKey,
  encodePrivateKey,
  readChain,
  type CertificateDetails,
  type Chain,
} from "#certificate";
import { certificateKeyPurpose, PlatformError, serviceKeyPurpose, type Command } from "#contract";
import type { KeyObject } from "node:crypto";
import type { Secrets } from "#store";
import { acmeKeyPurpose, authorityKeyPurpose, type ServedCertificate } from "./certificate-facts.ts";
import type { Identities } from "./identity.ts";
import type { Clock } from "./ports.ts";
import type { State } from "./state.ts";

/** How long something that was handed in waits for the command that uses it. */
const handedInMs = 3_600_000;
/** Things that wait so, at once. */
const maxHandedIn = 1000;

/** Purposes of the keys that roles are given, sealed. */
const servedPurposes: readonly string[] = [certificateKeyPurpose, serviceKeyPurpose];

/** What came with requests and is in no fact yet: certificates by the id of their key, and ids of other keys. */
export interface HandedIn {
  readonly certificates: ReadonlyMap<string, ServedCertificate>;
  readonly keys: ReadonlySet<string>;
}

/** The secrets of certificates. See the head of this file. */
export class CertificateSecrets {
  readonly #secrets: Secrets;
  readonly #state: State;
  readonly #identities: Identities;
  readonly #clock: Clock;
  /** Sealed keys of certificates, by id. */
  readonly #sealed: Map<string, string> = new Map();
  /** Ids of secrets that no fact may refer to yet, and when they were put. */
  readonly #fresh: Map<string, number> = new Map();
  readonly #certificates: Map<string, ServedCertificate> = new Map();
  readonly #keys: Set<string> = new Set();

  constructor(secrets: Secrets, state: State, identities: Identities, clock: Clock) {
    this.#secrets = secrets;
    this.#state = state;
    this.#identities = identities;
    this.#clock = clock;
  }

  /** What was handed in. */
  get handedIn(): HandedIn {
    return { certificates: this.#certificates, keys: this.#keys };
  }

  /** Sealed keys of certificates by id, as the edge is given them. */
  get sealedKeys(): ReadonlyMap<string, string> {
    return this.#sealed;
  }

  /** Reads the sealed keys of all certificates. */
  async load(): Promise<void> {
    for (const { keyId } of servedIn(this.#state)) {
      const sealed = await this.#secrets.getSealed(keyId);
      if (sealed !== undefined) this.#sealed.set(keyId, sealed);
    }
  }

  /** Keeps a private key. @returns its id */
  async keep(purpose: string, octets: Uint8Array): Promise<string> {
    const id = this.#identities.uuid();
    const now = this.#clock.wall();
    this.#fresh.set(id, now);
    const sealed = await this.#secrets.put(purpose, id, octets, now);
    if (servedPurposes.includes(purpose)) this.#sealed.set(id, sealed);
    return id;
  }

  /** Keeps the key of a chain. @returns what a fact holds of the two */
  async keepChain(
    { certificates, key, pem }: Chain,
    purpose: string = certificateKeyPurpose,
  ): Promise<ServedCertificate> {
    const [leaf] = certificates;
    if (!leaf) throw new RangeError("Cannot keep a chain: it is empty");
    const keyId = await this.keep(purpose, encodePrivateKey(key));
    return servedCertificate(leaf, pem, keyId, this.#clock.wall());
  }

  /** A private key; undefined where it is not there. Throws `secret-unreadable`. */
  async key(purpose: string, id: string): Promise<KeyObject | undefined> {
    const octets = await this.#secrets.get(purpose, id);
    return octets && decodePrivateKey(octets);
  }

  /** A secret that is no private key, as text. */
  async text(purpose: string, id: string): Promise<string | undefined> {
    const octets = await this.#secrets.get(purpose, id);
    return octets && new TextDecoder().decode(octets);
  }

  /**
   * Takes a user's certificate in, for a command that follows.
   * @returns the id of its key and its chain in order
   * Throws `certificate-malformed`.
   */
  async handInCertificate(
    certificate: string,
    privateKey: string,
  ): Promise<{ keyId: string; chain: string }> {
    const read = readChain(certificate, privateKey, this.#clock.wall());
    if (!read.ok)
      throw new PlatformError("certificate-malformed", `Cannot import the certificate: ${read.reason}`);
    this.#refuseMore();
    const served = await this.keepChain(read.value);
    this.#certificates.set(served.keyId, served);
    return { keyId: served.keyId, chain: served.chain };
  }

  /** Takes a secret of an ACME account in, for a command that follows. @returns its id */
  async handInKey(octets: Uint8Array): Promise<string> {
    this.#refuseMore();
    const id = await this.keep(acmeKeyPurpose, octets);
    this.#keys.add(id);
    return id;
  }

  #refuseMore(): void {
    if (this.#certificates.size + this.#keys.size < maxHandedIn) return;
    throw new PlatformError(
      "input-too-large",
      `Cannot take more keys in: ${maxHandedIn} wait for their commands`,
    );
  }

  /** Facts were committed: keys that they refer to need no care of their own any more. */
  noticed(): void {
    if (this.#fresh.size === 0) return;
    const used = new Set(referredKeys(this.#state));
    for (const id of this.#fresh.keys()) if (used.has(id)) this.#settle(id);
  }

  /** The command that keys were handed in for is refused: they wait for none any more. One that a fact refers to is kept as before. */
  refused(command: Command): void {
    if (command.action === "import-certificate") this.#settle(command.keyId);
    if (command.action !== "set-acme-account") return;
    this.#settle(command.keyId);
    if (command.externalHmacId !== undefined) this.#settle(command.externalHmacId);
  }

  #settle(id: string): void {
    this.#fresh.delete(id);
    this.#certificates.delete(id);
    this.#keys.delete(id);
  }

  /** Removes what no fact refers to. */
  async sweep(): Promise<void> {
    const used = new Set(referredKeys(this.#state));
    this.noticed();
    const before = this.#clock.wall() - handedInMs;
    for (const [id, at] of this.#fresh) if (at < before) this.#settle(id);
    for (const purpose of [...servedPurposes, authorityKeyPurpose, acmeKeyPurpose]) {
      for (const id of await this.#secrets.list(purpose)) {
        // Again: facts may have come while the list was read.
        if (used.has(id) || this.#fresh.has(id) || isReferred(this.#state, id)) continue;
        await this.#secrets.delete(id);
        this.#sealed.delete(id);
      }
    }
  }
}

function isReferred(state: State, id: string): boolean {
  for (const used of referredKeys(state)) if (used === id) return true;
  return false;
}

function* servedIn(state: State): Generator<ServedCertificate> {
  for (const { value } of state.all("certificate").values()) if (value.imported) yield value.imported;
  for (const { value } of state.all("issuance").values()) if (value.served) yield value.served;
  for (const { value } of state.all("service-certificate").values()) yield value.served;
}

/** Every key that a fact refers to. */
function* referredKeys(state: State): Generator<string> {
  for (const { keyId } of servedIn(state)) yield keyId;
  for (const { value } of state.all("authority").values()) {
    yield value.rootKeyId;
    yield value.issuingKeyId;
  }
  for (const { value } of state.all("acme-account").values()) {
    yield value.keyId;
    if (value.externalHmacId !== undefined) yield value.externalHmacId;
  }
}

function servedCertificate(
  leaf: CertificateDetails,
  chain: string,
  keyId: string,
  issuedAt: number,
): ServedCertificate {
  const { names, notBefore, notAfter, serial, fingerprint, issuer, keyAlgorithm } = leaf;
  return {
    chain,
    keyId,
    names,
    notBefore,
    notAfter,
    serial,
    fingerprint,
    issuerCA: issuer,
    keyAlgorithm,
    issuedAt,
  };
}
