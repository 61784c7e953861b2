// Facts of who may do what: users and access keys. Passwords, second factors and sessions are no facts: src/identity keeps them.

import type { AccessKeyType, Role } from "#contract";

/** `user EMAIL`. */
export interface UserFact {
  /** In lower case. */
  readonly email: string;
  readonly role: Role;
  readonly isDisabled: boolean;
  readonly createdAt: number;
}

/** `access-key ID`. The secret of an `aws` key is sealed under its id (purpose `access-key`); of a bearer key there is the digest only. */
export interface AccessKeyFact {
  readonly id: string;
  readonly name: string;
  readonly type: AccessKeyType;
  /** At most this; the user's own role where that is less by now. */
  readonly role: Role;
  readonly verbs?: readonly string[];
  /** Absolute names. */
  readonly zones?: readonly string[];
  /** Whose it is; absent: the platform's own, made with the first key. */
  readonly user?: string;
  readonly isDisabled: boolean;
  readonly createdAt: number;
  readonly expiresAt?: number;
  /** SHA-256 of a bearer key's secret part, in base64url. */
  readonly digest?: string;
}
