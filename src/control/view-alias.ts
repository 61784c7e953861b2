// Aliases as the API shows them: where they lead, what they answer with, and what is known of a target outside.

import type { Alias } from "#contract";
import type { AliasFact } from "./facts.ts";
import { shown } from "./names.ts";
import { findResource, resourceDnsName } from "./resources.ts";
import type { Held, State } from "./state.ts";
import { targetText } from "./alias-rules.ts";
import { families, identity, isoTime, type ViewContext } from "./views.ts";
import { formatRdata } from "#wire";

/** An alias as the API shows it. */
export function viewAlias(
  { state, publisher, aliasWatch }: ViewContext,
  key: string,
  held: Held<"alias">,
): Alias {
  const { zone, owner, target, createdAt } = held.value;
  const chain = state.aliases.chainOf(key);
  const rrsets = publisher.aliasRrsets(held.value);
  const addresses = rrsets.flatMap(({ type, rdata }) => rdata.map((octets) => formatRdata(type, octets)));
  const ttl = rrsets.length > 0 ? { ttl: Math.min(...rrsets.map((rrset) => rrset.ttl)) } : {};
  const end = chain?.end;
  const seen = end?.kind === "outside" ? aliasWatch.seen(end.name) : undefined;
  const reason = end?.kind === "nothing" || end?.kind === "endless" ? end.reason : undefined;
  const problem =
    seen?.problem === undefined
      ? reason
      : `${shown(end?.kind === "outside" ? end.name : "")}: ${seen.problem}`;
  const isKept = seen?.failingSince !== undefined;
  return {
    ...identity(held, createdAt),
    zone: shown(zone),
    name: shown(owner),
    targetType: "resource" in target ? "Resource" : "Name",
    targetName: targetText(target),
    targetDnsName: dnsNameOf(state, target),
    addresses: families(addresses),
    ...ttl,
    way: (chain?.names ?? []).map(shown),
    state: rrsets.length === 0 ? "empty" : isKept ? "kept" : "ok",
    ...(problem === undefined ? {} : { problem }),
    ...(end?.kind === "outside" ? { lookUp: viewLookUp(state, end.name, seen) } : {}),
  };
}

/** Problems that the status shows. */
const maxProblems = 20;

/** Aliases that do not have the addresses of their targets, the first ones. */
export function aliasProblems(
  context: ViewContext,
): { zone: string; name: string; state: "kept" | "empty"; problem: string }[] {
  const found: { zone: string; name: string; state: "kept" | "empty"; problem: string }[] = [];
  for (const [key, held] of context.state.all("alias")) {
    if (found.length >= maxProblems) break;
    const end = context.state.aliases.chainOf(key)?.end;
    const isFollowed = end?.kind === "resource" || end?.kind === "node";
    if (isFollowed) continue;
    const { zone, name, state, problem = "it has no addresses yet" } = viewAlias(context, key, held);
    if (state !== "ok") found.push({ zone, name, state, problem });
  }
  return found;
}

function viewLookUp(
  state: State,
  name: string,
  seen: ReturnType<ViewContext["aliasWatch"]["seen"]>,
): NonNullable<Alias["lookUp"]> {
  const changedAt = state.value("alias-addresses", name)?.changedAt;
  return {
    name: shown(name),
    ...(seen?.at === undefined ? {} : { at: isoTime(seen.at) }),
    ...(seen?.nextAt === undefined ? {} : { nextAt: isoTime(seen.nextAt) }),
    ...(seen?.failingSince === undefined ? {} : { failingSince: isoTime(seen.failingSince) }),
    ...(changedAt === undefined ? {} : { changedAt: isoTime(changedAt) }),
  };
}

function dnsNameOf(state: State, target: AliasFact["target"]): string {
  if ("name" in target) return shown(target.name);
  const resource = findResource(state, target.resource);
  return resource ? shown(resourceDnsName(resource)) : "";
}
