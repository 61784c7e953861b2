// What changes of a registration, in one line: only what differs.

import { contactRoles, formatDay, type DomainObject } from "#registry";
import { signerId } from "./delegation-signer.ts";
import { shown } from "./names.ts";

/** Describes how a registration differs. */
export function describeDomainUpdate(before: DomainObject, after: DomainObject): string {
  const parts: string[] = [];
  if (after.exDate !== before.exDate)
    parts.push(`it expires on ${formatDay(after.exDate)} instead of ${formatDay(before.exDate)}`);
  if (after.autoRenew !== before.autoRenew)
    parts.push(after.autoRenew ? "it renews itself" : "it no longer renews itself");
  for (const status of after.statuses)
    if (!before.statuses.includes(status)) parts.push(`status ${status} is set`);
  for (const status of before.statuses)
    if (!after.statuses.includes(status)) parts.push(`status ${status} is taken away`);
  if (after.nameServers.join() !== before.nameServers.join())
    parts.push(`it is delegated to ${after.nameServers.map(shown).join(", ") || "nobody"}`);
  for (const ds of after.dsData)
    if (!before.dsData.some((old) => signerId(old) === signerId(ds)))
      parts.push(`key ${ds.keyTag} vouches for its zone`);
  for (const ds of before.dsData)
    if (!after.dsData.some((now) => signerId(now) === signerId(ds)))
      parts.push(`key ${ds.keyTag} no longer vouches for its zone`);
  for (const role of contactRoles) {
    const [old, now] = [before.contacts[role], after.contacts[role]];
    if (now && now.contact !== old?.contact) parts.push(`its ${role} contact is ${now.contact}`);
    else if (old && !now) parts.push(`it has no ${role} contact any more`);
    if (now && old && now.isPrivate !== old.isPrivate)
      parts.push(`its ${role} contact is ${now.isPrivate ? "kept from strangers" : "shown to everybody"}`);
  }
  if (after.authInfo?.digest !== before.authInfo?.digest) parts.push("it has a new authorization code");
  return `Update ${shown(after.name)}: ${parts.join("; ") || "nothing differs"}`;
}
