// Who a request is of, and what that one may do: found by the guard, asked by everything that changes or shows something.

import type { Me, Role } from "#contract";

/** Who asks. */
export interface Principal {
  readonly kind: "user" | "key";
  /** E-mail address of a user, id of a key. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  /** How the history names it: `user:ada@example.org`, `key:laptop (ada@example.org)`. */
  readonly actor: string;
  readonly role: Role;
  /** The user behind it, by e-mail; absent for keys of the platform's own. */
  readonly user?: string;
  /** What it is limited to; absent: to nothing beside its role. */
  readonly verbs?: readonly string[];
  /** Zones it is limited to, as absolute names. */
  readonly zones?: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
  /** The session, of a user who signed in. */
  readonly sessionId?: string;
}

const ranks: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, owner: 2 };

/** Tells whether a role has all the rights of another one. */
export function hasRole(role: Role, wanted: Role): boolean {
  return ranks[role] >= ranks[wanted];
}

/** The one of two roles that may less. */
export function lesserRole(a: Role, b: Role): Role {
  return hasRole(a, b) ? b : a;
}

/** Tells whether a principal is a key with limits beside its role: it does nothing by which it could shed them. */
export function isLimited({ verbs, zones, expiresAt }: Principal): boolean {
  return verbs !== undefined || zones !== undefined || expiresAt !== undefined;
}

/** The platform itself, where it changes something without being asked. @param name  what it acts as: `certificates` */
export function platformPrincipal(name: string): Principal {
  return { kind: "key", id: name, name, actor: `platform:${name}`, role: "owner" };
}

/** A principal as the API shows it to itself. */
export function viewPrincipal({ kind, id, name, actor, role, user, verbs, zones, expiresAt }: Principal): Me {
  return {
    kind,
    name,
    actor,
    role,
    ...(verbs ? { verbs: [...verbs] } : {}),
    ...(zones ? { zones: zones.map((zone) => (zone === "." ? zone : zone.slice(0, -1))) } : {}),
    ...(user === undefined ? {} : { user }),
    ...(kind === "key" ? { keyId: id } : {}),
    ...(expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt).toISOString() }),
  };
}
