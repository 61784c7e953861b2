// Trust anchors, and negative ones (RFC 7646): which of them a name is under.

import type { Name } from "#wire";
import { type Judgement, text, type TrustAnchor, type TrustContext, type TrustReason } from "./trust.ts";

/** The deepest anchor that a name is at or below. */
export function nearestAnchor(name: Name, { anchors }: TrustContext): TrustAnchor | undefined {
  let nearest: TrustAnchor | undefined;
  for (const anchor of anchors) {
    if (!name.isSubdomainOf(anchor.zone)) continue;
    if (!nearest || anchor.zone.labelCount > nearest.zone.labelCount) nearest = anchor;
  }
  return nearest;
}

/**
 * The judgement of what is said of a name that is not to be validated. It goes by the name and not by who signed: a signature that does not
 * hold is what nobody is to look at.
 */
export function unvalidated(name: Name, context: TrustContext): Judgement | undefined {
  let nearest: Name | undefined;
  for (const anchor of context.negativeAnchors ?? []) {
    if (!name.isSubdomainOf(anchor)) continue;
    if (!nearest || anchor.labelCount > nearest.labelCount) nearest = anchor;
  }
  if (!nearest) return undefined;
  const above = nearestAnchor(name, context);
  if (above && above.zone.labelCount > nearest.labelCount) return undefined;
  const reason: TrustReason = {
    code: "negative-anchor",
    text: `nothing at or below ${text(nearest)} is validated: a negative trust anchor is there`,
  };
  return { kind: "insecure", reason };
}
