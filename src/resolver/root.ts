// The root's servers as a delegation: from hints, or from the answer to a priming query (RFC 9609).

import type { Now } from "#engine";
import { Name, RrType, type Message } from "#wire";
import type { Delegation, DelegatedServer } from "./delegations.ts";
import { maxServersPerDelegation } from "./limits.ts";
import { readGlue } from "./reply.ts";
import { Rank, collectRrsets, type TtlBounds } from "./rrset.ts";
import type { Tree } from "./trees.ts";

/** The root servers that a tree was configured with, good for this many milliseconds. */
export function rootFromHints(tree: Tree, now: Now, forMs: number): Delegation {
  return {
    zone: Name.root,
    depth: 0,
    servers: tree.hints,
    ttl: Math.floor(forMs / 1000),
    storedAt: now.monotonic,
    expiresAt: now.monotonic + forMs,
  };
}

/**
 * The root servers that a priming answer names. Servers without an address in the additional section have that of
 * the hint of the same name (RFC 9609); undefined where no server has any.
 */
export function rootFromReply(
  message: Message,
  tree: Tree,
  now: Now,
  bounds: TtlBounds,
): Delegation | undefined {
  const ns = collectRrsets(message.answer, Rank.answer, now.monotonic, bounds).find(
    (set) => set.type === RrType.NS && set.name.isRoot,
  );
  if (!ns) return undefined;
  const servers: DelegatedServer[] = [];
  let ttl = ns.ttl;
  for (const rdata of ns.rdata.slice(0, maxServersPerDelegation)) {
    const name = Name.fromOctets(rdata);
    if (!name) continue;
    const glue = readGlue(message, Name.root, name);
    if (glue.addresses.length > 0) ttl = Math.min(ttl, glue.ttl);
    const hint = tree.hints.find((other) => other.name.equals(name));
    const addresses = glue.addresses.length > 0 ? glue.addresses : (hint?.addresses ?? []);
    if (addresses.length > 0) servers.push({ name, addresses });
  }
  if (servers.length === 0) return undefined;
  return {
    zone: Name.root,
    depth: 0,
    servers,
    ttl,
    storedAt: now.monotonic,
    expiresAt: now.monotonic + ttl * 1000,
  };
}
