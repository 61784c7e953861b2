// Who may do what: users, their roles, access keys and their scopes, sessions and one-time links, as the API shows them.

import { z } from "zod";

/** A viewer reads; an operator reads and changes everything but users, the keys of others and how the platform trusts; an owner all. */
export const role = z.enum(["owner", "operator", "viewer"]);
export type Role = z.infer<typeof role>;

/** `bearer`: one text that is sent as it is. `aws`: an id and a secret that requests are signed with (Signature Version 4). */
export const accessKeyType = z.enum(["bearer", "aws"]);
export type AccessKeyType = z.infer<typeof accessKeyType>;

/** E-mail address, at most 254 characters (RFC 5321 section 4.5.3.1.3); kept in lower case. */
export const email = z.email().max(254);

/** What a key may be used for; each absent member means no limit beside the role. */
const scope = {
  /** `read`, `plan`, `apply` (every command but undo), `undo`, or single commands such as `put-rrset`. */
  verbs: z.array(z.string().min(1).max(64)).min(1).max(64).optional(),
  /** Zones, in which case nothing else can be read or changed. */
  zones: z.array(z.string().min(1).max(1020)).min(1).max(100).optional(),
};

/** What a key is created with. `type` is bearer, `role` operator (or the creator's own, where that is less) where absent. */
export const createKeyBody = z.strictObject({
  name: z.string().min(1).max(64),
  type: accessKeyType.optional(),
  role: role.optional(),
  ...scope,
  /** ISO 8601; the key lasts until it is deleted where absent. */
  expiresAt: z.iso.datetime().optional(),
  /** Whose key it is: the creator's where absent. */
  user: email.optional(),
});

/** Changes a key. */
export const updateKeyBody = z.strictObject({ isDisabled: z.boolean() });

/** A key without its secret. */
export const accessKey = z
  .strictObject({
    /** What requests name: twenty letters and digits. */
    id: z.string(),
    arn: z.string(),
    name: z.string(),
    type: accessKeyType,
    role,
    ...scope,
    /** Whose it is; absent where the first key made it. */
    user: z.string().optional(),
    isDisabled: z.boolean(),
    createdAt: z.string(),
    expiresAt: z.string().optional(),
    /** When a request last came with it; absent where none did since control was started. */
    lastUsedAt: z.string().optional(),
  })
  .meta({ id: "AccessKey" });
export type AccessKey = z.infer<typeof accessKey>;

/** A key as it is shown once, when it was created. */
export const mintedKey = z.strictObject({
  id: z.string(),
  type: accessKeyType,
  /** For `bearer` the whole text to send; for `aws` the secret access key. It is kept nowhere. */
  secret: z.string(),
});
export type MintedKey = z.infer<typeof mintedKey>;

/** All keys that the asker may see, by name. */
export const accessKeyList = z.strictObject({ keys: z.array(accessKey) });

/** A user. */
export const user = z
  .strictObject({
    email: z.string(),
    arn: z.string(),
    role,
    isDisabled: z.boolean(),
    createdAt: z.string(),
  })
  .meta({ id: "User" });
export type User = z.infer<typeof user>;
/** All users, by e-mail. */
export const userList = z.strictObject({ users: z.array(user) });
/** Changes a user. */
export const updateUserBody = z.strictObject({ role: role.optional(), isDisabled: z.boolean().optional() });

/** Who the asker is. */
export const me = z
  .strictObject({
    /** A user in a session, or a key. */
    kind: z.enum(["user", "key"]),
    /** E-mail address, or the key's name. */
    name: z.string(),
    /** What the history says. */
    actor: z.string(),
    role,
    ...scope,
    /** Whose key it is. */
    user: z.string().optional(),
    keyId: z.string().optional(),
    expiresAt: z.string().optional(),
  })
  .meta({ id: "Me" });
export type Me = z.infer<typeof me>;

const password = z.string().min(1).max(1024);

/** Signs in. */
export const signInBody = z.strictObject({ email: z.string().min(1).max(254), password });
/** A code of an authenticator, or a backup code. */
export const codeBody = z.strictObject({ code: z.string().min(1).max(64) });
/** Changes a password. */
export const passwordBody = z.strictObject({ current: password, next: password });
/** What the password is asked for again. */
export const withPasswordBody = z.strictObject({ password });
/** What came of it; `code-needed`: the session begins with the second step. */
export const signInAnswer = z.strictObject({ outcome: z.enum(["signed-in", "code-needed", "signed-out"]) });
/** Whether there is a second factor. */
export const secondFactorState = z.strictObject({ isEnabled: z.boolean() });
/** A second factor that is to be confirmed: the key as a link and in base32, and codes that are good once each. */
export const enrolment = z.strictObject({
  uri: z.string(),
  /** The link as a QR code: one path of a picture (SVG) with `size` units a side, a quiet zone around it among them. */
  picture: z.strictObject({ path: z.string(), size: z.number() }).optional(),
  secret: z.string(),
  backupCodes: z.array(z.string()),
});
/** The sessions of one person, the latest first. */
export const sessionList = z.strictObject({
  sessions: z.array(
    z.strictObject({
      id: z.string(),
      createdAt: z.string(),
      expiresAt: z.string(),
      userAgent: z.string(),
      isCurrent: z.boolean(),
    }),
  ),
});
/** Whether nobody can sign in as owner yet. */
export const setupState = z.strictObject({ needsOwner: z.boolean() });
export type SetupState = z.infer<typeof setupState>;
/** Invites a user. */
export const inviteBody = z.strictObject({ email, role });
/** A one-time link, shown this once. */
export const linkAnswer = z.strictObject({ id: z.string(), url: z.string(), expiresAt: z.string() });
export type LinkAnswer = z.infer<typeof linkAnswer>;
/** One-time links that were not used yet, the latest first; what opens them is not told. */
export const linkList = z.strictObject({
  links: z.array(
    z.strictObject({
      id: z.string(),
      kind: z.enum(["setup", "invitation", "reset"]),
      email: z.string().optional(),
      role: z.string(),
      by: z.string(),
      expiresAt: z.string(),
    }),
  ),
});
