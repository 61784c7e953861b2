// Publishes the challenges of ACME authorities: TXT records in zones of ours (RFC 8555 section 8.4), and content that the edge answers with
// (section 8.3). What is published is remembered as `challenge` facts, so that a control that starts anew takes away what the one before left.

import {
  AcmeFailure,
  type ChallengeKind,
  type ChallengePublisher,
  type PublishedChallenge,
} from "#certificate";
import { formatBase64, RrType } from "#wire";
import type { CertificatePlatform, Waits } from "./certificate-platform.ts";
import type { ChallengeFact } from "./certificate-facts.ts";
import { awaitZone } from "./certificate-validation.ts";
import { rrsetKeyOf } from "./facts.ts";
import type { PlanContext } from "./plan-context.ts";
import type { State } from "./state.ts";

/** TTL of challenge records, in seconds: the next one at the name must not meet the one before in a cache. */
const challengeTtl = 1;
/** How long the edge may take to answer with what was committed. */
const servedLimitMs = 60_000;

/** Makes the publisher of one attempt. @param first  the kind that is tried first where both can be */
export function challengePublisher(
  platform: CertificatePlatform,
  waits: Waits,
  first: ChallengeKind,
): ChallengePublisher {
  const { state, hub } = platform;
  return {
    kindsFor: (name, isWildcard) => {
      const able: ChallengeKind[] = [];
      if (canWriteText(state, name)) able.push("dns-01");
      if (!isWildcard && state.get("assignment", `${name}.`)) able.push("http-01");
      return able.sort((a, b) => Number(b === first) - Number(a === first));
    },
    async publish(challenges) {
      const facts = challenges.map((challenge) => factOf(state, challenge));
      await platform.write((context) => {
        for (const fact of facts) putChallenge(context, fact);
      });
      const zones = new Set(facts.flatMap((fact) => (fact.kind === "dns-01" ? [fact.zone] : [])));
      for (const apex of zones) {
        const missing = await awaitZone(platform, waits, apex);
        if (missing !== undefined)
          throw new AcmeFailure("unpublished", `Cannot publish the challenge: ${missing}`);
      }
      if (!facts.some(({ kind }) => kind === "http-01")) return;
      const { revision } = state;
      const missing = await waits.until(
        () => (hub.serves("edge", revision) ? undefined : "the edge has not taken it over"),
        servedLimitMs,
      );
      if (missing !== undefined)
        throw new AcmeFailure("unpublished", `Cannot publish the challenge: ${missing}`);
    },
    async withdraw(challenges) {
      const keys = new Set(challenges.map((challenge) => keyOf(factOf(state, challenge))));
      await platform.write((context) => {
        for (const key of keys) removeChallenge(context, key);
      });
    },
  };
}

/** Takes away all challenges that are published: at a start, nobody looks at them any more. */
export function removeChallenges(context: PlanContext): void {
  for (const key of context.state.all("challenge").keys()) removeChallenge(context, key);
}

function textOwner(name: string): string {
  return `_acme-challenge.${name}.`;
}

/** A CNAME that its user put there leads the authority elsewhere. */
function canWriteText(state: State, name: string): boolean {
  const owner = textOwner(name);
  const zone = state.zoneOf(owner);
  return zone !== undefined && !state.rrsetsAt(zone.apex, owner).some(({ type }) => type === RrType.CNAME);
}

function factOf(state: State, { kind, name, token, content, text }: PublishedChallenge): ChallengeFact {
  if (kind === "http-01") return { kind, host: name, token, content };
  const owner = textOwner(name);
  return { kind, zone: state.zoneOf(owner)?.apex ?? "", owner, rdata: rdataOf(text) };
}

/** One character string. @see RFC 1035 section 3.3.14 */
function rdataOf(text: string): string {
  const octets = new TextEncoder().encode(text);
  return formatBase64(Uint8Array.of(octets.length, ...octets));
}

function keyOf(fact: ChallengeFact): string {
  return fact.kind === "http-01" ? `${fact.host} ${fact.token}` : `${fact.owner} ${fact.rdata}`;
}

function putChallenge({ draft, state, identities }: PlanContext, fact: ChallengeFact): void {
  draft.put("challenge", keyOf(fact), fact);
  if (fact.kind === "http-01") return;
  const { zone, owner, rdata } = fact;
  const place = { zone, owner, type: RrType.TXT, setIdentifier: "" };
  const key = rrsetKeyOf(place);
  const before = state.value("rrset", key);
  if (before?.entries.some((entry) => entry.rdata === rdata) || !state.get("zone", zone)) return;
  // Texts that its user put there stay, and stay the user's.
  draft.put("rrset", key, {
    ...place,
    origin: before?.origin ?? "validation",
    ttl: before?.ttl ?? challengeTtl,
    entries: [...(before?.entries ?? []), { id: identities.uuid(), rdata }],
  });
}

function removeChallenge({ draft, state }: PlanContext, challengeKey: string): void {
  const fact = state.value("challenge", challengeKey);
  draft.remove("challenge", challengeKey);
  if (fact?.kind !== "dns-01") return;
  const key = rrsetKeyOf({ zone: fact.zone, owner: fact.owner, type: RrType.TXT, setIdentifier: "" });
  const before = state.value("rrset", key);
  if (!before) return;
  const entries = before.entries.filter(({ rdata }) => rdata !== fact.rdata);
  if (entries.length === before.entries.length) return;
  if (entries.length === 0) draft.remove("rrset", key);
  else draft.put("rrset", key, { ...before, entries });
}
