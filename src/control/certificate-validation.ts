// Whether the validation records of a certificate are there: asked of DNS itself, never of our own tables. A zone that is served here is
// asked for at each of its name servers, any other name through the platform's resolver, past its cache.

import type { DomainValidationStatus } from "#contract";
import { formatRdata, Rcode, rcodeName, RrType, type Message } from "#wire";
import type { CertificatePlatform, Waits } from "./certificate-platform.ts";
import type { CertificateFact, ValidationRecord } from "./certificate-facts.ts";
import { baseOf } from "./certificate-lookup.ts";
import { keyOfValidation, putValidationRecord } from "./certificates.ts";
import { hostsOf } from "./config.ts";
import { shown } from "./names.ts";

/** How long the name servers may take to answer with what was committed, before the attempt is given up for now. */
const servedLimitMs = 60_000;

/** What came of looking: a status for each record, and what is missing in words. */
export interface NameValidation {
  readonly statuses: readonly DomainValidationStatus[];
  readonly isProven: boolean;
  readonly missing?: string;
}

/** Looks at all records of a certificate; those that belong into zones of ours are put there first. */
export async function validate(
  platform: CertificatePlatform,
  waits: Waits,
  { validation, origin, issuer, names }: CertificateFact,
): Promise<NameValidation> {
  const { state } = platform;
  const lacking = validation.filter(
    (record) => state.zoneOf(record.owner) && keyOfValidation(state, record) === undefined,
  );
  if (lacking.length > 0)
    await platform.write((context) => {
      for (const record of lacking) putValidationRecord(context, record);
    });
  const found = await Promise.all(validation.map((record) => look(platform, waits, record)));
  const zones =
    origin === "assign" && issuer === "built-in" ? await lookForZones(platform, waits, names) : undefined;
  const missing = found.find((reason) => reason !== undefined) ?? zones;
  return {
    statuses: found.map((reason) => (reason === undefined ? "SUCCESS" : "PENDING_VALIDATION")),
    isProven: missing === undefined,
    ...(missing === undefined ? {} : { missing }),
  };
}

/** @returns in words why names are not in zones that are served here; undefined where they are */
async function lookForZones(
  platform: CertificatePlatform,
  waits: Waits,
  names: readonly string[],
): Promise<string | undefined> {
  const { state } = platform;
  const apexes = new Set<string>();
  for (const name of names.map(baseOf)) {
    const zone = state.zoneOf(`${name}.`);
    if (!zone) return `no zone that is served here holds ${name}`;
    apexes.add(zone.apex);
  }
  for (const apex of apexes) {
    const missing = await awaitZone(platform, waits, apex);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

/** @returns in words why a record is not seen; undefined where it is */
async function look(
  platform: CertificatePlatform,
  waits: Waits,
  record: ValidationRecord,
): Promise<string | undefined> {
  const zone = platform.state.zoneOf(record.owner);
  return zone ? lookHere(platform, waits, record, zone.apex) : lookElsewhere(platform, record);
}

async function lookHere(
  platform: CertificatePlatform,
  waits: Waits,
  { owner, target }: ValidationRecord,
  apex: string,
): Promise<string | undefined> {
  const late = await awaitZone(platform, waits, apex);
  if (late !== undefined) return late;
  const { config, state, host } = platform;
  const set = state.value("zone", apex)?.nameServerSetId;
  if (set === undefined) return `zone ${shown(apex)} is served here no more`;
  for (const { name, addresses } of hostsOf(config.profile, set)) {
    for (const address of addresses) {
      const at = { address, port: config.profile.authorityPort };
      const answer = await host.authority.ask(at, owner, RrType.CNAME);
      const said = typeof answer === "string" ? answer : targetIn(answer);
      if (said !== target.toLowerCase()) return `${shown(name)} answers ${said} for ${shown(owner)}`;
    }
  }
  return undefined;
}

/** What a name server says of a CNAME: its target in lower case, or in words what else. */
function targetIn({ rcode, answer }: Message): string {
  const record = answer.find(({ type }) => type === RrType.CNAME);
  if (record) return formatRdata(RrType.CNAME, record.rdata).toLowerCase();
  return rcode === Rcode.NOERROR ? "no CNAME record" : rcodeName(rcode);
}

async function lookElsewhere(
  { host, identities }: CertificatePlatform,
  { owner, target }: ValidationRecord,
): Promise<string | undefined> {
  const { answer, outcome } = await host.visitor
    .query(owner, "A", identities.hex(32), true)
    .catch(() => ({ answer: [] as readonly string[], outcome: "no answer" }));
  const wanted = new RegExp(`^${escape(owner)}\\s+\\d+\\s+IN\\s+CNAME\\s+${escape(target)}$`, "i");
  if (answer.some((line) => wanted.test(line))) return undefined;
  const other = answer.find((line) => /\sCNAME\s/.test(line));
  return `waiting for ${owner} CNAME ${target}; the resolver answers ${other ?? outcome}`;
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/**
 * Waits until all name servers of a zone answer with what is committed.
 * @returns in words what is missing where they do not in time; undefined where they do
 */
export async function awaitZone(
  { state, checks }: CertificatePlatform,
  waits: Waits,
  apex: string,
): Promise<string | undefined> {
  const revision = state.revision;
  const serial = state.value("serial", apex)?.serial ?? 1;
  return waits.until(() => {
    const { isDone, detail } = checks.evidence({ step: "zone", apex, serial }, "", revision);
    return isDone ? undefined : detail;
  }, servedLimitMs);
}
