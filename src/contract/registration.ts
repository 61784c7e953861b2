// What a registration is made and changed with, and how the API shows it beside the domain itself: contacts, statuses in sentences,
// availability of names, and the delegation of a zone. The rules stand in src/registry.

import { z } from "zod";

/** The form of a telephone number, an address line or a name is the registry's matter; here they are only bounded. */
const line = z.string().min(1).max(255);

/** A contact's own details. @see RFC 5733 section 2 */
export const contactDetails = z
  .strictObject({
    name: line,
    /** The end of the name that is the family's, where it is told apart: `Lovelace` of `Ada Lovelace`. */
    familyName: line.optional(),
    organization: line.optional(),
    /** What the contact is, in Route 53's words. */
    contactType: z.enum(["PERSON", "COMPANY", "ASSOCIATION", "PUBLIC_BODY", "RESELLER"]).optional(),
    /** One to three lines. */
    street: z.array(line).min(1).max(3),
    city: line,
    state: line.optional(),
    postalCode: z.string().min(1).max(16).optional(),
    /** ISO 3166-1: `DE`. */
    countryCode: z.string().min(1).max(16),
    /** `+49.3012345678` */
    phone: z.string().min(1).max(30),
    fax: z.string().min(1).max(30).optional(),
    email: z.string().min(1).max(254),
  })
  .meta({ id: "ContactDetails" });
export type ContactInput = z.infer<typeof contactDetails>;

/** Contacts by role: what is absent stays, null takes a role's contact away. */
export const contactsInput = z.strictObject({
  registrant: contactDetails.nullable().optional(),
  admin: contactDetails.nullable().optional(),
  tech: contactDetails.nullable().optional(),
  billing: contactDetails.nullable().optional(),
});
export type ContactsInput = z.infer<typeof contactsInput>;

/** Whether contacts are kept from strangers, by role: what is absent stays; a new contact is private. */
export const privacyInput = z.strictObject({
  registrant: z.boolean().optional(),
  admin: z.boolean().optional(),
  tech: z.boolean().optional(),
  billing: z.boolean().optional(),
});
export type PrivacyInput = z.infer<typeof privacyInput>;

/** The statuses that a registrant sets through this platform, which is the registrar. @see RFC 5731 section 2.3 */
export const clientStatus = z.enum([
  "clientDeleteProhibited",
  "clientUpdateProhibited",
  "clientRenewProhibited",
  "clientTransferProhibited",
  "clientHold",
]);

const registrationYears = z.int().min(1).max(10);

/** What `register` takes beside the name. */
export const registerOptions = {
  /** 1 where absent. */
  years: registrationYears.optional(),
  /** Renewed by itself 35 days before it expires; true where absent. */
  autoRenew: z.boolean().optional(),
  /** clientTransferProhibited; false where absent. */
  lock: z.boolean().optional(),
  contacts: contactsInput.optional(),
  privacy: privacyInput.optional(),
};

/** What `renew-domain` takes beside the name. */
export const renewOptions = {
  years: registrationYears.optional(),
  /** The day on which it expires today: a request that is sent twice renews once. Today's where absent. */
  currentExpiry: z
    .string()
    .regex(/^\d{4}-\d\d-\d\d$/)
    .optional(),
};

/** What `set-domain` takes beside the name: what is absent stays. */
export const domainOptions = {
  autoRenew: z.boolean().optional(),
  lock: z.boolean().optional(),
  addStatuses: z.array(clientStatus).max(5).optional(),
  removeStatuses: z.array(clientStatus).max(5).optional(),
  contacts: contactsInput.optional(),
  privacy: privacyInput.optional(),
};

/** A domain's contact as the API shows it. */
export const shownContact = z.strictObject({
  ...contactDetails.shape,
  /** The contact object's id. */
  id: z.string(),
  /** True where strangers are not shown it. */
  isPrivate: z.boolean(),
});

/** A DS record that a domain has at its top-level domain, with the key that it was made of. */
export const delegationSigner = z.strictObject({
  id: z.string(),
  keyTag: z.number(),
  algorithm: z.number(),
  digestType: z.number(),
  digest: z.string(),
  flags: z.number().optional(),
  publicKey: z.string().optional(),
});
export type DelegationSigner = z.infer<typeof delegationSigner>;

/** What a registration shows beside names, dates and servers. */
export const registrationView = {
  /** With letters of other scripts as they are written, where the name has some. */
  unicodeName: z.string().optional(),
  autoRenew: z.boolean(),
  /** When it renews itself; absent where it does not. */
  renewsAt: z.string().optional(),
  isLocked: z.boolean(),
  /** Where it stands in its life cycle (RFC 3915). */
  phase: z.enum(["registered", "autoRenewPeriod", "redemptionPeriod", "pendingDelete"]),
  /** Every status and grace period in a sentence; `until` where it ends by itself. */
  states: z.array(z.strictObject({ code: z.string(), text: z.string(), until: z.string().optional() })),
  /** The keys that a signed zone is vouched for with. Empty for a zone that is not signed. */
  delegationSigners: z.array(delegationSigner),
  contacts: z.strictObject({
    registrant: shownContact.optional(),
    admin: shownContact.optional(),
    tech: shownContact.optional(),
    billing: shownContact.optional(),
  }),
};

/** Route 53's words for whether a name can be registered, as far as this registry gives them. */
const nameAvailability = {
  name: z.string(),
  isAvailable: z.boolean(),
  /** `DONT_KNOW`: its TLD is another registry's. */
  availability: z.enum(["AVAILABLE", "UNAVAILABLE", "RESERVED", "INVALID_NAME_FOR_TLD", "DONT_KNOW"]),
  /** Why not, where it is not. */
  reason: z.string().optional(),
  takenSince: z.string().optional(),
  /** When a name that expired is free again, unless it is renewed or restored. */
  freeFrom: z.string().optional(),
};

/** Whether a name can be registered. */
export const availability = z.strictObject(nameAvailability);

/** One name of a search. */
export const foundName = z.strictObject({
  ...nameAvailability,
  unicodeName: z.string().optional(),
  /** True for the name that was looked for, under each TLD; false for names like it. */
  isExact: z.boolean(),
});
export type FoundName = z.infer<typeof foundName>;

/** What a search takes: `count` names like it (12), of which only those that can be had with `onlyAvailable=1`. */
export const domainSearchQuery = z.strictObject({
  query: z.string().min(1).max(255),
  count: z.coerce.number().int().min(0).max(100).optional(),
  onlyAvailable: z.enum(["0", "1"]).optional(),
});

/** What a search finds: the name itself first, under each TLD, then names like it, the nearest first. */
export const domainSearch = z
  .strictObject({ query: z.string(), results: z.array(foundName) })
  .meta({ id: "DomainSearch" });
export type DomainSearch = z.infer<typeof domainSearch>;

/** How a zone's name is delegated, as far as it is known. */
export const zoneDelegation = z.strictObject({
  /**
   * `PENDING`: not delegated yet. `LAME`: delegated, but nobody there answers for it. `ELSEWHERE`: delegated to others. `HELD`: registered
   * here, and out of its parent's zone by a status. `UNKNOWN`: it cannot be watched.
   */
  state: z.enum(["PENDING", "DELEGATED", "LAME", "ELSEWHERE", "HELD", "UNKNOWN"]),
  /** What was seen, or what is waited for. */
  text: z.string(),
  /** True where it is asked for again and again. */
  isWatched: z.boolean(),
  checkedAt: z.string().optional(),
  nextCheckAt: z.string().optional(),
});
export type ZoneDelegation = z.infer<typeof zoneDelegation>;

/** A name server as it is given: with addresses where its name lies inside the domain. */
const nameServerInput = z.strictObject({
  name: z.string().min(1).max(1020),
  addresses: z.array(z.string().min(1).max(64)).min(1).max(8).optional(),
});

/** What `set-name-servers` takes beside the name. */
export const nameServerOptions = {
  /** The whole new list; absent: the platform's own. */
  nameServers: z.array(nameServerInput).min(1).max(13).optional(),
  /** Delegates although the servers do not answer as they should; recorded in the change. */
  force: z.boolean().optional(),
};

/** What `add-delegation-signer` takes beside the name: a public key of the zone. @see RFC 4034 section 2.1 */
export const addSignerOptions = {
  /** 257 for a key that signs keys, 256 for one that signs the zone. */
  flags: z.literal([256, 257]),
  /** Number of the algorithm: 13 is ECDSA P-256 with SHA-256. */
  algorithm: z.int().min(0).max(255),
  /** Base64. */
  publicKey: z.string().min(1).max(8192),
  /** Puts it there although the zone does not have that key; resolvers that validate then refuse the domain. */
  force: z.boolean().optional(),
};

/** What `remove-delegation-signer` takes beside the name. */
export const removeSignerOptions = { id: z.string().min(1).max(100) };

/** An authorization code: shown once, and good until the next one is asked for. @see RFC 9154 */
export const authCodeAnswer = z
  .strictObject({ name: z.string(), authCode: z.string(), changeId: z.string() })
  .meta({ id: "AuthCode" });
export type AuthCodeAnswer = z.infer<typeof authCodeAnswer>;
