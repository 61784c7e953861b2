// Which zones `fairlead name-server` signs by itself: `--sign NAME=DIR` and `--denial [NAME=]KIND`.

import { PlatformError } from "#contract/plain";
import type { ServedZone } from "#server";
import type { Name } from "#wire";
import type { Values } from "./command.ts";
import { readZonePart } from "./peer-values.ts";
import { readZoneKeys } from "./zone-keys.ts";
import { listOf } from "./transfer-options.ts";

/** A zone that is signed here, and how. */
export interface GivenSigning {
  readonly apex: Name;
  readonly plan: NonNullable<ServedZone["signing"]>;
}

/** Reads the keys and ways of signing. */
export function readSigning(values: Values): GivenSigning[] {
  const denials = listOf(values, "denial").map((given) => {
    const { zone, rest } = readZonePart(given);
    return { zone, denial: readDenial(rest) };
  });
  return listOf(values, "sign").map((given) => {
    const { zone: apex, rest: folder } = readZonePart(given);
    if (!apex) throw new PlatformError("usage", `Cannot read --sign "${given}": expected NAME=DIR`);
    const keys = readZoneKeys(folder, apex, `Cannot sign zone "${apex.toString()}"`);
    if (keys.length === 0)
      throw new PlatformError(
        "path-unusable",
        `Cannot sign zone "${apex.toString()}": "${folder}" has no key of it; "fairlead zone sign" and dnssec-keygen make them`,
      );
    const denial =
      denials.find(({ zone }) => zone?.equals(apex) === true) ?? denials.find(({ zone }) => !zone);
    return { apex, plan: { keys, denial: denial?.denial ?? { kind: "nsec" } } };
  });
}

function readDenial(text: string): GivenSigning["plan"]["denial"] {
  switch (text) {
    case "nsec":
    case "compact":
      return { kind: text };
    case "nsec3": // RFC 9276 section 3.1: no salt, no rounds.
      return { kind: text, iterations: 0, salt: new Uint8Array(0), hasOptOut: false };
    default:
      throw new PlatformError("usage", `Cannot read --denial "${text}": expected nsec, nsec3 or compact`);
  }
}

/** A zone with the way in which it is signed. Throws `usage` where others would be given what only its keys can answer for. */
export function signedBy(signing: readonly GivenSigning[], zone: ServedZone): ServedZone {
  const own = signing.find(({ apex }) => apex.equals(zone.apex));
  if (!own) return zone;
  const { transfer, notify } = zone.policy;
  if (own.plan.denial.kind === "compact" && transfer.length + notify.length > 0)
    throw new PlatformError(
      "usage",
      `Cannot serve zone "${zone.apex.toString()}" with compact denial: other name servers are given it (--allow-transfer, --notify), which cannot sign what they are asked`,
    );
  return { ...zone, signing: own.plan };
}
