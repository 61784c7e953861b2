// Planning of certificates: create, delete, renew, import; and what assigning a name asks for. Plans put down what is wanted; issuing and
// renewal follow by themselves (certificate-keeper.ts).

import { missingHosts, readHostName } from "#certificate";
import { maxCertificateNames, PlatformError, type CertificateIssuer, type Command } from "#contract";
import { formatBase64, Name, RrType } from "#wire";
import type { CertificateFact, ValidationRecord } from "./certificate-facts.ts";
import type { HandedIn } from "./certificate-secrets.ts";
import {
  assignmentsUnder,
  baseOf,
  certificatesFor,
  isPermitted,
  issuanceOf,
  issuerFor,
  usersOf,
} from "./certificate-lookup.ts";
import { rrsetKeyOf } from "./facts.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { resourceZone } from "./resources.ts";
import { suffixesOf } from "./names.ts";
import type { Held, State } from "./state.ts";

/** How each command of this area is planned. */
export const certificatePlans: Plans<
  "create-certificate" | "delete-certificate" | "renew-certificate" | "import-certificate"
> = {
  "create-certificate": planCreateCertificate,
  "delete-certificate": planDeleteCertificate,
  "renew-certificate": (context, { name }) => planRenewCertificate(context, name),
  "import-certificate": (context, command) => planImportCertificate(context, command, context.handedIn),
};

/** TTL of validation records, in seconds: they stay for years. */
const validationTtl = 300;
/** Octets that a validation record's label adds to a name. */
const validationLabelLength = 34;

/** What assigning some hosts comes to: the certificates that will serve them, by name, and what the plan must warn of. */
export interface EnsuredCertificates {
  readonly certificates: readonly string[];
  /** One for each host that will have no certificate, with the reason. They are not in the context's warnings. */
  readonly warnings: readonly string[];
}

/**
 * Makes sure, while a change is planned, that some host names have a certificate: one that is there, or a new one that is drafted and
 * issued by itself once the change is committed. The operation of the change has a step for each certificate that is drafted, without more
 * being done. A host that can have none is no failure: it is served by HTTP, and the warning says why.
 * @param hosts  absolute or without the final dot; wildcards begin with `*.`
 */
export function ensureCertificates(context: PlanContext, hosts: readonly string[]): EnsuredCertificates {
  const certificates = new Set<string>();
  const warnings: string[] = [];
  for (const host of hosts) {
    const name = host.replace(/\.$/, "");
    const usable = certificatesFor(context.state, name).find((held) => isHopeful(context.state, held));
    if (usable) {
      certificates.add(usable.value.name);
      continue;
    }
    try {
      const read = readHostName(name);
      if (!read.ok) throw new PlatformError("name-malformed", `Cannot use name "${name}": ${read.reason}`);
      const own = freeName(context.state, name);
      draftCertificate(context, { name: own, names: [name], origin: "assign" });
      certificates.add(own);
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      const reason = error.message.replace(/^Cannot [^:]*: /, "");
      warnings.push(`${name} will have no certificate and be served by HTTP only: ${reason}`);
    }
  }
  return { certificates: [...certificates], warnings };
}

/** Whether a certificate serves, or is going to. */
function isHopeful(state: State, held: Held<"certificate">): boolean {
  switch (issuanceOf(state, held)?.status) {
    case undefined:
    case "PENDING_VALIDATION":
    case "ISSUED":
    case "INACTIVE":
      return true;
    case "EXPIRED":
      return held.value.issuer !== "imported";
    case "FAILED":
    case "REVOKED":
    case "VALIDATION_TIMED_OUT":
      return false;
  }
}

/** A certificate's name for a host: the host's own, or the next one that is free. */
function freeName(state: State, host: string): string {
  const stem = host.startsWith("*.") ? `wildcard.${host.slice(2)}` : host;
  for (let i = 1; ; i++) {
    const name = i === 1 ? stem : `${stem}-${i}`;
    if (!state.get("certificate", name)) return name;
  }
}

/** Creates a certificate. */
function planCreateCertificate(
  context: PlanContext,
  command: Extract<Command, { action: "create-certificate" }>,
): CommandOutline {
  const { domainName, subjectAlternativeNames = [], issuer, challenge, loadBalancer, name } = command;
  refuseTaken(context.state, name);
  if (loadBalancer !== undefined) {
    if (!context.state.get("load-balancer", loadBalancer))
      throw new PlatformError(
        "resource-not-found",
        `Cannot create certificate "${name}" for load balancer "${loadBalancer}": there is none of that name`,
      );
    context.draft.require("load-balancer", loadBalancer);
  }
  const names = readNames(name, [domainName, ...subjectAlternativeNames]);
  const fact = draftCertificate(context, {
    name,
    names,
    ...(issuer === undefined ? {} : { issuer }),
    ...(challenge === undefined ? {} : { challenge }),
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
  });
  for (const { owner, target, domainName: host } of fact.validation) {
    if (context.state.zoneOf(owner)) continue;
    context.warnings.push(
      `The zone of ${host} is not served here: enter ${owner} CNAME ${target} where it is, within three days`,
    );
  }
  if (loadBalancer === undefined) return outlineOf("Create", "CreateCertificate", name);
  return {
    ...outlineOf("Create", "CreateLoadBalancerTlsCertificate", name),
    resourceType: "LoadBalancerTlsCertificate",
    counterparts: [{ resourceName: loadBalancer, resourceType: "LoadBalancer" }],
  };
}

function refuseTaken(state: State, name: string): void {
  if (!state.get("certificate", name)) return;
  throw new PlatformError(
    "resource-exists",
    `Cannot create certificate "${name}": there is one of that name`,
  );
}

/** Reads the names of a certificate; what is there twice is dropped. Throws `name-malformed`, `certificate-refused`. */
function readNames(certificate: string, texts: readonly string[]): string[] {
  const names = new Set<string>();
  for (const text of texts) {
    const read = readHostName(text);
    if (!read.ok)
      throw new PlatformError(
        "name-malformed",
        `Cannot use name "${text.slice(0, 300)}" in a certificate: ${read.reason}`,
      );
    names.add(read.value);
  }
  if (names.size <= maxCertificateNames) return [...names];
  throw new PlatformError(
    "certificate-refused",
    `Cannot create certificate "${certificate}": it has ${names.size} names, and at most ${maxCertificateNames} go into one`,
  );
}

/** Drafts a certificate with the records that prove its names. Throws where it could never be issued. */
function draftCertificate(
  context: PlanContext,
  given: {
    readonly name: string;
    readonly names: readonly string[];
    readonly issuer?: CertificateIssuer;
    readonly challenge?: "dns-01" | "http-01";
    readonly loadBalancer?: string;
    readonly origin?: "assign";
  },
): CertificateFact {
  const { draft, state, now } = context;
  const { name, names, challenge, loadBalancer, origin } = given;
  const issuer = chooseIssuer(state, given);
  for (const host of names) checkOwnership(context, name, host, issuer, origin !== "assign");
  // What comes with an assigned name is proven by its zone being here, or by the authority's own challenge.
  const hosts = origin === "assign" ? [] : [...new Set(names.map(baseOf))];
  const validation = hosts.map((host) => validationRecord(context, host));
  const fact: CertificateFact = {
    name,
    names,
    issuer,
    validation,
    createdAt: now,
    requestedAt: now,
    ...(challenge === undefined ? {} : { challenge }),
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    ...(origin === undefined ? {} : { origin }),
  };
  draft.put("certificate", name, fact);
  for (const record of validation) putValidationRecord(context, record);
  return fact;
}

function chooseIssuer(
  state: State,
  { name, names, issuer }: { name: string; names: readonly string[]; issuer?: CertificateIssuer },
): CertificateIssuer {
  const able = issuerFor(state, names);
  if (issuer === "built-in" && able !== "built-in") {
    const outside = names.filter((host) => !isPermitted(state, [host])).join(", ");
    throw new PlatformError(
      "certificate-refused",
      `Cannot create certificate "${name}": the built-in authority is not trusted for ${outside}`,
    );
  }
  if (issuer === "acme" && issuerFor(state, ["example.com"]) === undefined)
    throw new PlatformError("issuer-missing", `Cannot create certificate "${name}": no ACME account is set`);
  const chosen = issuer ?? able;
  if (chosen !== undefined) return chosen;
  const outside = names.filter((host) => !isPermitted(state, [host])).join(", ");
  throw new PlatformError(
    "issuer-missing",
    `Cannot create certificate "${name}": ${outside} is a public name, and no ACME account is set`,
  );
}

/** Refuses names of which it is certain already that they are not ours, or cannot be proven. */
function checkOwnership(
  { state }: PlanContext,
  certificate: string,
  host: string,
  issuer: CertificateIssuer,
  isProvenByRecord: boolean,
): void {
  const base = baseOf(host);
  const zone = state.zoneOf(`${base}.`);
  const isOurs =
    zone !== undefined || [...suffixesOf(`${base}.`)].some((suffix) => state.get("domain", suffix));
  if (!isOurs && isPermitted(state, [base])) {
    throw new PlatformError(
      "zone-not-found",
      `Cannot create certificate "${certificate}": ${host} is not ours, since no domain registered here holds it`,
    );
  }
  if (host !== base && issuer === "acme" && !zone) {
    throw new PlatformError(
      "certificate-refused",
      `Cannot create certificate "${certificate}": a wildcard is proven by DNS, and the zone of ${base} is not served here`,
    );
  }
  if (isProvenByRecord && base.length + validationLabelLength > 253) {
    throw new PlatformError(
      "certificate-refused",
      `Cannot create certificate "${certificate}": ${base} is too long for a validation record below it`,
    );
  }
}

function validationRecord({ identities }: PlanContext, host: string): ValidationRecord {
  // Ten letters: hexadecimal digits with those of ten and above as they are.
  const letters = identities.hex(10).replaceAll(/\d/g, (digit) => "ghijklmnop"[Number(digit)] ?? "g");
  return {
    domainName: host,
    owner: `_${identities.hex(32)}.${host}.`,
    target: `_${identities.hex(32)}.${letters}.acm-validations.${resourceZone}`,
  };
}

/** Puts a validation record where its zone is served here. @returns whether it is */
export function putValidationRecord(context: PlanContext, { owner, target }: ValidationRecord): boolean {
  const { draft, state, identities } = context;
  const zone = state.zoneOf(owner);
  const name = Name.parse(target);
  if (!zone || !name.ok) return false;
  const place = { zone: zone.apex, owner, type: RrType.CNAME, setIdentifier: "" };
  const key = rrsetKeyOf(place);
  const rdata = formatBase64(name.value.octets);
  if (state.value("rrset", key)?.entries[0]?.rdata === rdata) return true;
  draft.put("rrset", key, {
    ...place,
    ttl: validationTtl,
    origin: "validation",
    entries: [{ id: identities.uuid(), rdata }],
  });
  draft.require("zone", zone.apex);
  return true;
}

/** The validation record as it is served here; undefined where it is not. */
export function keyOfValidation(state: State, { owner }: ValidationRecord): string | undefined {
  const zone = state.zoneOf(owner);
  if (!zone) return undefined;
  const key = rrsetKeyOf({ zone: zone.apex, owner, type: RrType.CNAME, setIdentifier: "" });
  return state.value("rrset", key)?.origin === "validation" ? key : undefined;
}

/** Deletes a certificate with its validation records; its private key follows. */
function planDeleteCertificate(
  context: PlanContext,
  { name, force }: Extract<Command, { action: "delete-certificate" }>,
): CommandOutline {
  const { state, warnings } = context;
  const held = findCertificate(state, name);
  const holders = state.resourcesOfCertificate(name);
  if (holders.length > 0) {
    throw new PlatformError(
      "resource-in-use",
      `Cannot delete certificate "${name}": it is attached to ${holders.join(", ")}`,
    );
  }
  const users = usersOf(state, held);
  removeCertificate(context, held);
  const bare = users.filter((host) => !certificatesFor(state, host).some((one) => isHopeful(state, one)));
  if (bare.length > 0 && force !== true) {
    throw new PlatformError(
      "resource-in-use",
      `Cannot delete certificate "${name}": ${bare.join(", ")} would have none; with --force it is deleted all the same`,
    );
  }
  for (const host of bare) warnings.push(`${host} will have no certificate`);
  if (held.value.issuer === "imported")
    warnings.push("Its private key is deleted with it, so this cannot be undone");
  const { loadBalancer } = held.value;
  if (loadBalancer === undefined) return outlineOf("Delete", "DeleteCertificate", name);
  return {
    ...outlineOf("Delete", "DeleteLoadBalancerTlsCertificate", name),
    resourceType: "LoadBalancerTlsCertificate",
    counterparts: [{ resourceName: loadBalancer, resourceType: "LoadBalancer" }],
  };
}

/** Takes a certificate away with its validation records. */
function removeCertificate({ draft, state }: PlanContext, { value }: Held<"certificate">): void {
  draft.remove("certificate", value.name);
  for (const record of value.validation) {
    const key = keyOfValidation(state, record);
    if (key !== undefined) draft.remove("rrset", key);
  }
}

/** Takes the certificates away that assignments of a host asked for, and that serve nothing any more. @param host  without final dot */
export function releaseCertificates(context: PlanContext, host: string): void {
  const { state } = context;
  for (const held of certificatesFor(state, host)) {
    const isUsed =
      assignmentsUnder(state, held.value.names).length > 0 ||
      state.resourcesOfCertificate(held.value.name).length > 0;
    if (held.value.origin === "assign" && !isUsed) removeCertificate(context, held);
  }
}

/** Asks for a certificate anew. */
function planRenewCertificate(context: PlanContext, name: string): CommandOutline {
  const { draft, state, now } = context;
  const { value } = findCertificate(state, name);
  if (value.issuer === "imported") {
    throw new PlatformError(
      "certificate-refused",
      `Cannot renew certificate "${name}": it was brought here; import the one that follows it`,
    );
  }
  draft.put("certificate", name, { ...value, requestedAt: now });
  return outlineOf("Renew", "RenewCertificate", name);
}

/**
 * Takes over a certificate of a user's, in place of one of the same name that was brought here too.
 * @param handedIn  what came with its key
 */
function planImportCertificate(
  context: PlanContext,
  { name, keyId, chain }: Extract<Command, { action: "import-certificate" }>,
  handedIn: HandedIn,
): CommandOutline {
  const { draft, state, now, warnings } = context;
  const imported = handedIn.certificates.get(keyId);
  if (!imported || imported.chain !== chain) {
    throw new PlatformError(
      "certificate-malformed",
      `Cannot import certificate "${name}": the key "${keyId}" was not handed in with it`,
    );
  }
  const before = state.value("certificate", name);
  if (before && before.issuer !== "imported") {
    throw new PlatformError(
      "resource-exists",
      `Cannot import certificate "${name}": one of that name is issued and renewed here`,
    );
  }
  const lost = before ? missingHosts(imported.names, before.names) : [];
  if (lost.length > 0) warnings.push(`The one before was for ${lost.join(", ")} too`);
  draft.put("certificate", name, {
    name,
    names: imported.names,
    issuer: "imported",
    validation: [],
    imported,
    createdAt: before?.createdAt ?? now,
    requestedAt: now,
  });
  return outlineOf("Import", "ImportCertificate", name);
}

/** A certificate by its name. Throws `resource-not-found`. */
export function findCertificate(state: State, name: string): Held<"certificate"> {
  const held = state.get("certificate", name);
  if (!held)
    throw new PlatformError("resource-not-found", `Cannot find certificate "${name}": there is none`);
  return held;
}

function outlineOf(verb: string, operationType: string, name: string): CommandOutline {
  return {
    title: `${verb} certificate ${name}`,
    operationType,
    resourceName: name,
    resourceType: "Certificate",
  };
}
