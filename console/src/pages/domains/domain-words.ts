// A registration's state in plain words: one word that says how it stands, and its tone.

import type { Domain } from "#contract";
import type { Tone } from "../../parts/chip.tsx";

/** How a registration stands, in a word or two. */
export function wordOf({ phase, statuses, nameServers }: Domain): readonly [Tone, string] {
  if (phase === "redemptionPeriod") return ["bad", "expired, can be restored"];
  if (phase === "pendingDelete") return ["bad", "being deleted"];
  if (statuses.some((status) => status === "clientHold" || status === "serverHold"))
    return ["warn", "on hold"];
  if (statuses.some((status) => status.startsWith("pending"))) return ["warn", "in progress"];
  if (nameServers.length === 0) return ["warn", "without name servers"];
  return phase === "autoRenewPeriod" ? ["good", "renewed by itself"] : ["good", "registered"];
}

/** What a status that a registrant can set does, for the switch that sets it. */
export const clientStatuses = [
  ["clientHold", "Hold", "Takes the name out of its top-level domain: nobody finds it"],
  ["clientUpdateProhibited", "No changes", "Nothing of the registration is changed while it is set"],
  ["clientDeleteProhibited", "No deletion", "The domain is not deleted while it is set"],
  ["clientRenewProhibited", "No renewal", "The domain is not renewed while it is set"],
] as const;
