// The keys that name servers sign with when they are asked (compact denial of existence, RFC 9824): opened in the names role's main thread, which has the
// data key, and handed to the threads that answer. Only zones that are signed so have keys here; all others are signed by control alone.

import { createPrivateKey } from "node:crypto";
import type { RoleObject, ZoneKeysObject } from "#contract";
import { algorithmOf, KeyFlag, type OnlineSigner, signingKey, type SigningKey } from "#dnssec";
import { areSameOctets, Name, parseBase64 } from "#wire";

/** A key in the clear, as it goes from one thread to another. */
export interface OpenedKey {
  /** RDATA of its DNSKEY. */
  readonly dnskey: Uint8Array;
  /** The private half (PKCS #8, DER). */
  readonly privateKey: Uint8Array;
}

/** Keys of zones that are others now. */
export interface OnlineKeysChange {
  /** Without keys where none of a zone's can be opened: what would have to be signed is answered SERVFAIL. */
  readonly put: readonly { readonly apex: string; readonly keys: readonly OpenedKey[] }[];
  readonly removed: readonly string[];
}

/** Opens a sealed key by its id. Throws where it cannot. */
export type OpenZoneKey = (id: string, sealedKey: string) => Uint8Array;

/** Told of a zone with a key that cannot be used. */
export type UnusableZoneKey = (apex: string, error: unknown) => void;

/** Reads from a change what is new of keys, and opens them; undefined where it says nothing of keys. */
export function openZoneKeys(
  { put, removed }: { readonly put: Iterable<RoleObject>; readonly removed: Iterable<RoleObject> },
  openKey: OpenZoneKey,
  onUnusable: UnusableZoneKey,
): OnlineKeysChange | undefined {
  const gone = [...removed].flatMap((object) => (object.kind === "zone-keys" ? [object.apex] : []));
  const opened = [...put].flatMap((object) =>
    object.kind === "zone-keys" ? [{ apex: object.apex, keys: openKeysOf(object, openKey, onUnusable) }] : [],
  );
  return gone.length + opened.length === 0 ? undefined : { put: opened, removed: gone };
}

function openKeysOf(
  { apex, keys }: ZoneKeysObject,
  openKey: OpenZoneKey,
  onUnusable: UnusableZoneKey,
): OpenedKey[] {
  return keys.flatMap(({ id, dnskey, sealedKey }) => {
    try {
      const opened = { dnskey: parseBase64(dnskey) ?? new Uint8Array(), privateKey: openKey(id, sealedKey) };
      readSigningKey(opened);
      return [opened];
    } catch (error) {
      onUnusable(apex, error);
      return [];
    }
  });
}

/** Puts changed keys in force in the thread that answers. */
export function applyZoneKeys(signer: OnlineSigner, { put, removed }: OnlineKeysChange): void {
  for (const apex of removed) signer.remove(readApex(apex));
  for (const { apex, keys } of put) signer.put(readApex(apex), keys.map(readSigningKey));
}

/** Throws a RangeError where the halves are not of one key. */
function readSigningKey({ dnskey, privateKey }: OpenedKey): SigningKey {
  const algorithm = algorithmOf(dnskey[3] ?? 0);
  if (!algorithm) throw new RangeError("Cannot sign: the key's algorithm is not known");
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: "der", type: "pkcs8" });
  const made = signingKey(algorithm, key, ((dnskey[1] ?? 0) & KeyFlag.secureEntryPoint) !== 0);
  if (!areSameOctets(made.rdata, dnskey)) throw new RangeError("Cannot sign: the key is not the zone's");
  return made;
}

function readApex(text: string): Name {
  const parsed = Name.parse(text);
  if (!parsed.ok) throw new RangeError(`Cannot sign for "${text}": ${parsed.failure.code}`);
  return parsed.value;
}
