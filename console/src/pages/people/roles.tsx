// Roles in words.

import type { Role } from "#contract";

/** Roles, what each may. */
export const roles: readonly { readonly value: Role; readonly label: string; readonly about: string }[] = [
  { value: "viewer", label: "Viewer", about: "Reads everything, changes nothing" },
  { value: "operator", label: "Operator", about: "Changes everything but users, others' keys and trust" },
  { value: "owner", label: "Owner", about: "Everything, users among it" },
];

/** A role's name. */
export function roleName(role: Role): string {
  return roles.find(({ value }) => value === role)?.label ?? role;
}
