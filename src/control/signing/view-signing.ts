// How a zone is signed, as the API shows it.

import { PlatformError, type ZoneSigningStatus } from "#contract";
import { algorithmOf } from "#dnssec";
import { readName, shown } from "../names.ts";
import { octetsOf } from "../octets.ts";
import { vouchingParent } from "./parent.ts";
import type { SigningSources, SigningKeeper } from "./keeper.ts";
import { wishOf } from "./stage-signing.ts";
import { dsText, dsRdataOf, vouchedKeys } from "./publish-signing.ts";

/** The signing of a zone, by its name; "." for the root's. Throws `zone-not-found`. */
export function viewSigning(
  { state, config, signer }: Pick<SigningSources, "state" | "config" | "signer">,
  keeper: Pick<SigningKeeper, "stepOf">,
  text: string,
): ZoneSigningStatus {
  const apex = text === "." ? "." : readName(text);
  const zone = state.value("zone", apex);
  const isRegistry = apex === "." || config.profile.tlds.includes(apex);
  if (!zone && !isRegistry)
    throw new PlatformError(
      "zone-not-found",
      `Cannot show the signing of "${shown(apex)}": it is not served here`,
    );
  const signing = wishOf(config, zone) ?? "off";
  const fact = state.value("zone-signing", apex);
  if (!fact) {
    const detail = signing === "off" ? "it is not signed" : "it is about to be signed";
    return { zone: shown(apex), signing, state: "unsigned", detail, keys: [], ds: [] };
  }
  const hasParent = vouchingParent(state, config, apex) !== undefined;
  const step = keeper.stepOf(apex);
  const end = signer.earliestEnd(apex);
  const nextAt = step?.kind === "wait" ? step.until : undefined;
  return {
    zone: shown(apex),
    signing,
    state: signing === "off" ? "leaving" : !hasParent ? "signed" : fact.ds.length > 0 ? "secure" : "signing",
    detail: step?.why ?? "",
    keys: fact.keys.map((key) => ({
      role: key.role,
      tag: key.tag,
      algorithm: algorithmOf(octetsOf(key.dnskey)[3] ?? 0)?.mnemonic ?? "",
      stage: key.stage,
      since: new Date(key.since).toISOString(),
    })),
    ds: vouchedKeys(fact).map((key) => dsText(apex, dsRdataOf(apex, key))),
    ...(end === undefined ? {} : { signaturesEndAt: new Date(end * 1000).toISOString() }),
    ...(nextAt === undefined ? {} : { nextAt: new Date(nextAt).toISOString() }),
  };
}
