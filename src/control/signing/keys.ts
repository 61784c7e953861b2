// Signing keys of zones: made when a change is planned, sealed before it is committed, opened when a zone is signed. A plan that is never
// applied leaves nothing behind but what is in memory.

import { encodePrivateKey, decodePrivateKey } from "#certificate";
import { zoneKeyPurpose } from "#contract";
import { algorithmOf, generateKey, KeyFlag, signingKey, type SigningKey } from "#dnssec";
import type { Sealer, Secrets } from "#store";
import { formatBase64 } from "#wire";
import type { Identities } from "../identity.ts";
import { octetsOf } from "../octets.ts";
import type { Clock, Log } from "../ports.ts";
import type { State } from "../state.ts";
import type { ZoneKey, ZoneSigningFact } from "./facts.ts";

/** ECDSA P-256 with SHA-256: a signature of 64 octets, which every resolver verifies (RFC 8624 section 3.1). */
const algorithmNumber = 13;
/** Keys of plans that wait: of more than these the oldest are forgotten, and their plans have to be made again. */
const maxUnsaved = 10_000;

/** See the head of this file. */
export class ZoneKeys {
  readonly #secrets: Secrets;
  readonly #sealer: Sealer;
  readonly #identities: Identities;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Keys that are in no fact yet. */
  readonly #unsaved: Map<string, SigningKey> = new Map();
  /** Sealed private keys by id. */
  readonly #sealed: Map<string, string> = new Map();
  readonly #opened: Map<string, SigningKey> = new Map();

  constructor(secrets: Secrets, sealer: Sealer, identities: Identities, clock: Clock, log: Log) {
    this.#secrets = secrets;
    this.#sealer = sealer;
    this.#identities = identities;
    this.#clock = clock;
    this.#log = log;
  }

  /** Reads the sealed keys, and forgets those that no fact has. */
  async load(state: State): Promise<void> {
    const used = new Set<string>();
    for (const { value } of state.all("zone-signing").values()) for (const { id } of value.keys) used.add(id);
    for (const id of await this.#secrets.list(zoneKeyPurpose)) {
      if (!used.has(id)) {
        await this.#secrets.delete(id);
        continue;
      }
      const sealed = await this.#secrets.getSealed(id);
      if (sealed !== undefined) this.#sealed.set(id, sealed);
    }
  }

  /** Sealed private keys by id, of facts that are committed. */
  get sealed(): ReadonlyMap<string, string> {
    return this.#sealed;
  }

  /**
   * Makes a key for a plan.
   * @param beside  other keys of the zone: none has the tag of the new one, since signatures that are kept are told apart by it
   */
  make(
    role: ZoneKey["role"],
    stage: ZoneKey["stage"],
    since: number,
    beside: readonly Pick<ZoneKey, "tag">[] = [],
  ): ZoneKey {
    const algorithm = algorithmOf(algorithmNumber);
    if (!algorithm) throw new RangeError("Cannot make a key: its algorithm is not there");
    let key = generateKey(algorithm, role === "ksk");
    while (beside.some(({ tag }) => tag === key.tag)) key = generateKey(algorithm, role === "ksk");
    const id = this.#identities.uuid();
    this.#unsaved.set(id, key);
    const [oldest] = this.#unsaved.keys();
    if (this.#unsaved.size > maxUnsaved && oldest !== undefined) this.#unsaved.delete(oldest);
    return { id, role, dnskey: formatBase64(key.rdata), tag: key.tag, stage, since };
  }

  /** Seals the keys of facts that are about to be committed. @returns false where one of them was forgotten */
  async save(facts: readonly ZoneSigningFact[]): Promise<boolean> {
    for (const { keys } of facts) {
      for (const { id } of keys) {
        const key = this.#unsaved.get(id);
        if (!key) {
          if (this.#sealed.has(id)) continue;
          return false;
        }
        const octets = encodePrivateKey(key.key);
        this.#sealed.set(id, await this.#secrets.put(zoneKeyPurpose, id, octets, this.#clock.wall()));
        this.#opened.set(id, key);
        this.#unsaved.delete(id);
      }
    }
    return true;
  }

  /** A key for signing; undefined where its private half is not there, or cannot be read. */
  open({ id, dnskey }: ZoneKey): SigningKey | undefined {
    const known = this.#opened.get(id) ?? this.#unsaved.get(id);
    if (known) return known;
    const sealed = this.#sealed.get(id);
    const rdata = octetsOf(dnskey);
    const algorithm = algorithmOf(rdata[3] ?? 0);
    if (sealed === undefined || !algorithm) return undefined;
    try {
      const key = decodePrivateKey(this.#sealer.open(zoneKeyPurpose, id, sealed));
      const opened = signingKey(algorithm, key, ((rdata[1] ?? 0) & KeyFlag.secureEntryPoint) !== 0);
      this.#opened.set(id, opened);
      return opened;
    } catch (error) {
      this.#log.error({ error, key: id }, "a zone's signing key cannot be read");
      return undefined;
    }
  }
}
