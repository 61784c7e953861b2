// set-zone-signing and roll-zone-key: how a zone is to be signed, and keys that are to be others. What is wished is one change; the steps to it,
// which wait for what resolvers have in their caches, are the keeper's.

import { PlatformError, type Command } from "#contract";
import type { ControlConfig } from "../config.ts";
import { readName, shown } from "../names.ts";
import type { CommandOutline, PlanContext, Plans } from "../plan-context.ts";
import { vouchingParent } from "./parent.ts";
import { canBeHashed, newSigning, wishOf } from "./stage-signing.ts";

/** How each command of this area is planned. */
export const signingPlans: Plans<"set-zone-signing" | "roll-zone-key"> = {
  "set-zone-signing": planSigning,
  "roll-zone-key": planRoll,
};

const words = {
  off: "unsigned",
  nsec: "signed with NSEC",
  nsec3: "signed with NSEC3",
  compact: "signed with compact denial of existence",
} as const;

function planSigning(
  { draft, state, config, warnings, now, zoneKeys }: PlanContext,
  { zone: text, signing }: Extract<Command, { action: "set-zone-signing" }>,
): CommandOutline {
  const apex = readName(text);
  const action = `Cannot have zone "${shown(apex)}" ${words[signing]}`;
  const zone = state.value("zone", apex);
  if (!zone) throw new PlatformError("zone-not-found", `${action}: it is not served here`);
  if (config.signing === undefined)
    throw new PlatformError("state-wrong", `${action}: this platform was started without signing`);
  if ((zone.signing ?? config.signing) === signing)
    throw new PlatformError("state-wrong", `${action}: it is so already`);
  if (signing === "compact") refuseForeign(config, apex, action);
  if (signing === "nsec3" && !canBeHashed(apex))
    throw new PlatformError("state-wrong", `${action}: with a hash before it its name is too long`);
  draft.put("zone", apex, { ...zone, signing });
  const fact = state.value("zone-signing", apex);
  if (signing === "off") {
    if (fact && fact.ds.length > 0)
      warnings.push(
        "its parent stops vouching for it first; its signatures go two days later, when no resolver can miss them",
      );
    else if (fact && !vouchingParent(state, config, apex))
      warnings.push(
        "take its DS out where the name is registered, two days before: resolvers that have it refuse the zone once it is not signed",
      );
  } else if (fact) {
    // To compact denial the keeper goes over, once name servers have the keys that they are to sign with.
    if (signing !== "compact") draft.put("zone-signing", apex, { ...fact, denial: signing });
  } else draft.put("zone-signing", apex, newSigning(zoneKeys, apex, signing, false, now));
  return outline(apex, `Have ${shown(apex)} ${words[signing]}`, "SetZoneSigning");
}

/** Servers that are not the platform's own have no keys, and could not answer for such a zone. */
function refuseForeign({ secondaries = [] }: ControlConfig, apex: string, action: string): void {
  if (secondaries.some((zone) => zone === undefined || zone === apex))
    throw new PlatformError(
      "state-wrong",
      `${action}: it is given to name servers of others, which cannot sign what they are asked`,
    );
}

function planRoll(
  { draft, state, config }: PlanContext,
  { zone: text, role }: Extract<Command, { action: "roll-zone-key" }>,
): CommandOutline {
  const apex = text === "." ? "." : readName(text);
  const action = `Cannot roll the ${role.toUpperCase()} of "${shown(apex)}"`;
  const fact = state.value("zone-signing", apex);
  if (!fact) throw new PlatformError("state-wrong", `${action}: it is not signed`);
  if (!wishOf(config, state.value("zone", apex)))
    throw new PlatformError("state-wrong", `${action}: it is about to be signed no more`);
  if (fact.rollsAsked.includes(role) || fact.keys.some((key) => key.role === role && key.stage !== "active"))
    throw new PlatformError("state-wrong", `${action}: a roll of it is under way`);
  draft.put("zone-signing", apex, { ...fact, rollsAsked: [...fact.rollsAsked, role] });
  return outline(apex, `Roll the ${role.toUpperCase()} of ${shown(apex)}`, "RollZoneKey");
}

function outline(apex: string, title: string, operationType: string): CommandOutline {
  return {
    title,
    operationType,
    resourceName: shown(apex),
    resourceType: "Domain",
    summary: [{ effect: "update", resourceType: "Domain", resourceName: shown(apex), text: title }],
  };
}
