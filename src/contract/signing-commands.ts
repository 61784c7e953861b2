// Signing of zones (DNSSEC): what can be asked of it, and how the API shows it.

import { z } from "zod";

/** What private keys of zones are sealed for. */
export const zoneKeyPurpose = "zone-key";

export const zoneSigning = z.enum(["off", "nsec", "nsec3", "compact"]);
/**
 * How a zone is signed: not at all, or with what says that something is not there: a chain of names (NSEC), one of hashed names (NSEC3), or records that
 * name servers make and sign when they are asked (compact denial of existence, RFC 9824).
 */
export type ZoneSigning = z.infer<typeof zoneSigning>;

export const zoneKeyRole = z.enum(["ksk", "zsk"]);
/** `ksk` signs the zone's keys, and its parent vouches for it; `zsk` signs all else. */
export type ZoneKeyRole = z.infer<typeof zoneKeyRole>;

/** What `set-zone-signing` has beside its zone. */
export const signingOptions = { signing: zoneSigning };

/** What `roll-zone-key` has beside its zone. */
export const rollOptions = { role: zoneKeyRole };

/** Has a zone signed, or not. */
export const zoneSigningBody = z.strictObject(signingOptions);
/** Has a key rolled. */
export const rollBody = z.strictObject(rollOptions);

/** One key of a signed zone. */
export const shownZoneKey = z.strictObject({
  role: zoneKeyRole,
  tag: z.int(),
  algorithm: z.string(),
  /** `published`: in the zone, and waits until resolvers have seen it. `active`: it signs. `retired`: it is taken away when nothing needs it. */
  stage: z.enum(["published", "active", "retired"]),
  since: z.iso.datetime(),
});

/** How a zone is signed. */
export const zoneSigningStatus = z.strictObject({
  zone: z.string(),
  /** What was asked for. */
  signing: zoneSigning,
  /**
   * `unsigned`; `signing`: signed, and its parent does not vouch for it yet; `secure`: its parent vouches for it; `signed`: signed, and its
   * parent is not on this platform; `leaving`: its parent has stopped, and the signatures go when no resolver can miss them.
   */
  state: z.enum(["unsigned", "signing", "secure", "signed", "leaving"]),
  /** In words: what is waited for. */
  detail: z.string(),
  keys: z.array(shownZoneKey),
  /** DS records in presentation format: those that the parent has, or is to be given. */
  ds: z.array(z.string()),
  /** When the next step is, at the earliest. */
  nextAt: z.iso.datetime().optional(),
  /** The earliest end of any signature. */
  signaturesEndAt: z.iso.datetime().optional(),
});
export type ZoneSigningStatus = z.infer<typeof zoneSigningStatus>;
