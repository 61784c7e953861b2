// How a zone is signed, as the log keeps it: its keys with where each stands in its life, and the DS RRset that the parent is to have. What a
// user wished for stands in the zone's own fact; this is how far the platform has come with it, and is never brought back by an undo.

import type { ZoneSigning } from "#contract";

/** How a signed zone says what is not there. */
export type SignedDenial = Exclude<ZoneSigning, "off">;

/**
 * Where a key stands (RFC 7583). `published`: it is in the DNSKEY RRset, and waits until resolvers have seen it. `active`: it signs; of a key
 * that signs keys, the parent has its DS. `retired`: another has taken its place, and it stays until nothing in any cache needs it.
 */
export type KeyStage = "published" | "active" | "retired";

/** One key of a zone. */
export interface ZoneKey {
  /** Of its private half among the secrets. */
  readonly id: string;
  /** `ksk` signs the DNSKEY RRset, and the parent's DS is of it; `zsk` signs all else. */
  readonly role: "ksk" | "zsk";
  /** RDATA of its DNSKEY, base64. */
  readonly dnskey: string;
  readonly tag: number;
  readonly stage: KeyStage;
  /** Milliseconds since 1970: since when it stands there. */
  readonly since: number;
}

/** `zone-signing APEX`. Root and top-level domains have one too. */
export interface ZoneSigningFact {
  readonly apex: string;
  readonly denial: SignedDenial;
  readonly keys: readonly ZoneKey[];
  /** RDATA of the DS records that the parent publishes, base64; empty where it has none. */
  readonly ds: readonly string[];
  /** Since when it is those. */
  readonly dsSince: number;
  /** Keys that somebody has asked to be rolled before their time. */
  readonly rollsAsked: readonly ZoneKey["role"][];
}
