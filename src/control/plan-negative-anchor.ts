// set-negative-anchor and delete-negative-anchor: names at and below which the resolver validates nothing for a while (RFC 7646).

import {
  defaultNegativeAnchorSeconds,
  maxNegativeAnchors,
  PlatformError,
  type NegativeAnchor,
  type RoleObject,
} from "#contract";
import type { NegativeAnchorFact } from "./facts.ts";
import { readName, shown } from "./names.ts";
import type { AnchorLook } from "./negative-anchor-keeper.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import type { State } from "./state.ts";

/** How each command of this area is planned. */
export const negativeAnchorPlans: Plans<"set-negative-anchor" | "delete-negative-anchor"> = {
  "set-negative-anchor": (context, { name, seconds = defaultNegativeAnchorSeconds, reason, force }) => {
    const { draft, state, now } = context;
    const key = readName(name);
    const action = `Cannot set a negative trust anchor at "${shown(key)}"`;
    // RFC 7646 section 2: it is for a name that is broken, and not a way to do without DNSSEC.
    if (key === ".")
      throw new PlatformError("input-malformed", `${action}: nothing would be validated at all`);
    let count = 0;
    for (const [other, { value }] of state.all("negative-anchor")) {
      if (other === key) continue;
      if (value.until > now) count++;
      else draft.remove("negative-anchor", other);
    }
    if (count >= maxNegativeAnchors)
      throw new PlatformError("input-malformed", `${action}: there are ${count} already`);
    warnOf(context, key);
    draft.put("negative-anchor", key, {
      name: key,
      until: now + seconds * 1000,
      ...(reason === undefined || reason === "" ? {} : { reason }),
      ...(force === true ? { isForced: true } : {}),
    });
    return outline(`Set a negative trust anchor at ${shown(key)}`, key);
  },
  "delete-negative-anchor": ({ draft, state }, { name }) => {
    const key = readName(name);
    if (!state.value("negative-anchor", key))
      throw new PlatformError(
        "record-not-found",
        `Cannot delete the negative trust anchor at "${shown(key)}": there is none`,
      );
    draft.remove("negative-anchor", key);
    return outline(`Delete the negative trust anchor at ${shown(key)}`, key);
  },
};

/** Drafts that an anchor goes because its name validates again; nothing where it is another one by now. @param found  in words */
export function endNegativeAnchor(
  { draft, state }: PlanContext,
  name: string,
  revision: number,
  found: string,
): CommandOutline | undefined {
  if (state.get("negative-anchor", name)?.revision !== revision) return undefined;
  draft.remove("negative-anchor", name);
  return outline(`Delete the negative trust anchor at ${shown(name)}: ${found}`, name);
}

function warnOf({ config, warnings }: PlanContext, key: string): void {
  const { tlds } = config.profile;
  if (tlds.includes(key))
    warnings.push(`No name under ${shown(key)} is validated then: rather name the one that is broken`);
  else if (!tlds.some((tld) => key.endsWith(`.${tld}`)))
    warnings.push(
      `The resolver validates nothing at ${shown(key)} anyway: it does so under ${tlds.map(shown).join(", ")} alone`,
    );
}

function outline(title: string, key: string): CommandOutline {
  return {
    title,
    operationType: "UpdateNegativeTrustAnchor",
    resourceName: shown(key),
    resourceType: "NegativeTrustAnchor",
  };
}

/** One as the API shows it. @param look  what was found when the resolver looked past it last */
export function viewNegativeAnchor(
  { name, until, reason, isForced }: NegativeAnchorFact,
  look?: AnchorLook,
): NegativeAnchor {
  return {
    name: shown(name),
    until: new Date(until).toISOString(),
    ...(reason === undefined ? {} : { reason }),
    ...(isForced === true ? { isForced } : {}),
    ...(look
      ? { lastLook: { at: new Date(look.at).toISOString(), isValid: look.isValid, text: look.text } }
      : {}),
  };
}

/** What the resolver is given of one. */
export function negativeAnchorObjects(state: State, key: string): RoleObject[] {
  const fact = state.value("negative-anchor", key);
  return fact ? [{ kind: "negative-anchor", name: fact.name, until: fact.until }] : [];
}

/** A change of one in words. */
export function describeNegativeAnchor(
  verb: string,
  { name, until, reason, isForced }: NegativeAnchorFact,
): string {
  if (verb === "Delete") return `Delete the negative trust anchor at ${shown(name)}: it is validated again`;
  const why = reason === undefined ? "" : ` (${reason})`;
  return `${verb} negative trust anchor at ${shown(name)}: nothing at or below it is validated until ${new Date(until).toISOString()}${isForced === true ? ", whatever is found there" : ""}${why}`;
}
