// A plan's changes in words: one line for each thing that appears, differs or goes. Serials and addresses go without saying.

import type { ChangeLine } from "#contract";
import type { ContactObject, DomainObject, HostObject } from "#registry";
import { formatRdata, typeName } from "#wire";
import { describeDistribution } from "./describe-distribution.ts";
import { describeDomainUpdate } from "./describe-domain.ts";
import { describeInstance } from "./describe-instance.ts";
import { describeLoadBalancer, describeStaticIp } from "./describe-traffic.ts";
import type { AcmeAccountFact, CertificateFact } from "./certificate-facts.ts";
import type { AccessKeyFact, UserFact } from "./access/facts.ts";
import type { AlarmFact } from "./metrics/alarm-facts.ts";
import { describeNegativeAnchor } from "./plan-negative-anchor.ts";
import { describeAlarm } from "./metrics/plan-alarm.ts";
import type { ContainerImageFact, ContainerServiceFact, DeploymentFact } from "./container-facts.ts";
import { describeContainerService, describeDeployment, describeImage } from "./describe-containers.ts";
import type { DistributionFact } from "./distribution-facts.ts";
import type { Draft } from "./draft.ts";
import {
  resourceTypes,
  unrecordedKinds,
  type AliasFact,
  type AssignmentFact,
  type InstanceFact,
  type Kind,
  type LoadBalancerFact,
  type NegativeAnchorFact,
  type NetworkTableFact,
  type RrsetFact,
  type StaticIpFact,
  type ZoneFact,
} from "./facts.ts";
import { shown } from "./names.ts";
import { countPacked } from "./policies/plan-network-table.ts";
import { policyText } from "./policies/policy-sets.ts";
import { octetsOf } from "./octets.ts";
import { publicAddressesOf } from "./resources.ts";
import type { State } from "./state.ts";
import { describeTagged, type TagsFact } from "./tags.ts";

/** Most lines of a plan; what is over is counted in a last one. */
const maxLines = 1000;
/** Most records named in one line. */
const maxRecordsInLine = 5;

type Effect = ChangeLine["effect"];

/** Describes what a draft does. */
export function describeDraft(draft: Draft, state: State): ChangeLine[] {
  const lines: ChangeLine[] = [];
  let left = 0;
  for (const { kind, key, before, after } of draft.changes()) {
    if (kind === "address" || unrecordedKinds.has(kind)) continue;
    if (lines.length === maxLines) {
      left++;
      continue;
    }
    const effect: Effect = before ? (after ? "update" : "delete") : "create";
    const value = (after ?? before)?.value;
    const text = describe(kind, effect, value, state, before?.value);
    lines.push({ effect, resourceType: resourceTypes[kind], resourceName: nameOf(kind, key, value), text });
  }
  for (const { kind, key, held } of draft.foreseen()) {
    if (kind === "address") continue;
    const text = describe(kind, "delete", held.value, state, held.value);
    lines.push({
      effect: "delete",
      resourceType: resourceTypes[kind],
      resourceName: nameOf(kind, key, held.value),
      text,
    });
  }
  if (left > 0)
    lines.push({ effect: "update", resourceType: "Rrset", resourceName: "", text: `And ${left} more` });
  return lines;
}

/** Kinds whose keys are no domain names. */
const namedPlainly: ReadonlySet<Kind> = new Set([
  "instance",
  "static-ip",
  "load-balancer",
  "distribution",
  "container-service",
  "deployment",
  "container-image",
  "alarm",
  "drain",
  "certificate",
  "acme-account",
  "change",
  "contact",
  "user",
  "access-key",
  "tags",
  "network-table",
]);

/** What people call an object: for refusals and lines. */
export function nameOf(kind: Kind, key: string, value: unknown): string {
  if (kind === "rrset") {
    const [, owner = "", type = "", set = ""] = key.split(" ");
    return `${shown(owner)} ${typeName(Number(type))}${set === "" ? "" : ` ${set}`}`;
  }
  if (kind === "alias") return shown(key.split(" ")[1] ?? "");
  if (kind === "address")
    return `address of ${(value as { resource?: string } | undefined)?.resource ?? key}`;
  return namedPlainly.has(kind) ? key : shown(key);
}

function describe(kind: Kind, effect: Effect, value: unknown, state: State, before: unknown): string {
  switch (kind) {
    case "domain": {
      const { name, exDate, nameServers } = value as DomainObject;
      if (effect === "delete") return `End the registration of ${shown(name)} and take its delegation away`;
      if (effect === "update") return describeDomainUpdate(before as DomainObject, value as DomainObject);
      const servers = nameServers.map(shown).join(", ");
      return `Register ${shown(name)} until ${new Date(exDate).toISOString().slice(0, 10)}, delegated to ${servers || "nobody"}`;
    }
    case "host":
      return `${verbs[effect]} name server ${shown((value as HostObject).name)} at ${(value as HostObject).addresses.join(", ")}`;
    case "contact": {
      const { id, postalInfo, email } = value as ContactObject;
      return `${verbs[effect]} contact ${id}: ${postalInfo.name}, ${email}`;
    }
    case "zone": {
      const { apex, nameServerSetId } = value as ZoneFact;
      return `${verbs[effect]} zone ${shown(apex)}${effect === "delete" ? "" : ` on the four name servers of set ${nameServerSetId}`}`;
    }
    case "rrset": {
      const { owner, type, ttl, entries, setIdentifier, policy } = value as RrsetFact;
      const set = policy ? ` (set ${setIdentifier}, ${policyText(policy)})` : "";
      const what = `${typeName(type)} at ${shown(owner)}${set}`;
      if (effect === "delete") return `Delete ${what}`;
      const data = entries.slice(0, maxRecordsInLine).map(({ rdata }) => formatRdata(type, octetsOf(rdata)));
      const more = entries.length > data.length ? `, and ${entries.length - data.length} more` : "";
      return `${verbs[effect]} ${what}: ${data.join(", ")}${more} (TTL ${ttl})`;
    }
    case "network-table": {
      const { places, packed } = value as NetworkTableFact;
      if (effect === "delete") return "Delete the table of networks: every client is then at no place";
      return `${verbs[effect]} the table of networks: ${countPacked(packed)} networks at ${places.length} places`;
    }
    case "negative-anchor":
      return describeNegativeAnchor(verbs[effect], value as NegativeAnchorFact);
    case "instance":
      return describeInstance(
        before as InstanceFact | undefined,
        effect === "delete" ? undefined : (value as InstanceFact),
        state,
      );
    case "static-ip": {
      const fact = value as StaticIpFact;
      if (effect === "delete") return `Release static IP ${fact.name}`;
      const where = publicAddressesOf(state, fact.name).join(", ");
      return describeStaticIp(fact, before as StaticIpFact | undefined, where);
    }
    case "load-balancer": {
      const fact = value as LoadBalancerFact;
      if (effect === "delete") return `Delete load balancer ${fact.name}`;
      return describeLoadBalancer(fact, before as LoadBalancerFact | undefined);
    }
    case "distribution": {
      const fact = value as DistributionFact;
      if (effect === "delete") return `Delete distribution ${fact.name}`;
      return describeDistribution(fact, before as DistributionFact | undefined);
    }
    case "container-service": {
      const fact = value as ContainerServiceFact;
      if (effect === "delete") return `Delete container service ${fact.name}`;
      return describeContainerService(fact, before as ContainerServiceFact | undefined);
    }
    case "deployment": {
      const fact = value as DeploymentFact;
      if (effect === "delete") return `Delete version ${fact.version} of ${fact.service}`;
      return describeDeployment(fact);
    }
    case "alarm":
      return `${verbs[effect]} ${describeAlarm(value as AlarmFact)}`;
    case "container-image":
      return `${verbs[effect]} ${describeImage(value as ContainerImageFact)}`;
    case "assignment": {
      const { owner, resource } = value as AssignmentFact;
      if (effect === "delete") return `${shown(owner)} no longer leads to ${resource}`;
      return `${shown(owner)} leads to ${resource}: its address records and the edge's route follow`;
    }
    case "certificate":
      return describeCertificate(effect, value as CertificateFact);
    case "acme-account":
      return `${verbs[effect]} the account at ${(value as AcmeAccountFact).directoryUrl}`;
    case "alias": {
      const { owner, target } = value as AliasFact;
      if (effect === "delete") return `${shown(owner)} is no longer an alias`;
      const what = "resource" in target ? target.resource : shown(target.name);
      return `${shown(owner)} is an alias of ${what}: its address records follow`;
    }
    case "user": {
      const { email, role, isDisabled } = value as UserFact;
      if (effect === "delete") return `Remove user ${email}`;
      return `${verbs[effect]} user ${email}: ${role}${isDisabled ? ", disabled" : ""}`;
    }
    case "tags": {
      const { tags, ...tagged } = value as TagsFact;
      const { resourceType, resourceName } = describeTagged(tagged);
      if (effect === "delete") return `Take the tags of ${resourceType} ${resourceName} away`;
      const words = tags.map((one) => (one.value === "" ? one.key : `${one.key}=${one.value}`)).join(", ");
      return `${verbs[effect]} the tags of ${resourceType} ${resourceName}: ${words}`;
    }
    case "access-key":
      return `${verbs[effect]} ${describeKey(value as AccessKeyFact)}`;
    default:
      return `${verbs[effect]} ${kind}`;
  }
}

function describeKey({
  name,
  type,
  role,
  verbs: limits,
  zones,
  user,
  isDisabled,
  expiresAt,
}: AccessKeyFact): string {
  return [
    `${type} key ${name} of ${user ?? "the first key"}: ${role}`,
    ...(limits ? [`only ${limits.join(", ")}`] : []),
    ...(zones ? [`only in ${zones.map(shown).join(", ")}`] : []),
    ...(expiresAt === undefined ? [] : [`until ${new Date(expiresAt).toISOString()}`]),
    ...(isDisabled ? ["disabled"] : []),
  ].join(", ");
}

const verbs: Readonly<Record<Effect, string>> = { create: "Create", update: "Update", delete: "Delete" };

function describeCertificate(effect: Effect, { name, names, issuer, imported }: CertificateFact): string {
  if (effect === "delete") return `Delete certificate ${name} with its private key`;
  const until = imported ? `, good until ${new Date(imported.notAfter).toISOString().slice(0, 10)}` : "";
  const whose = {
    "built-in": "issued by the built-in authority and renewed by itself",
    acme: "issued by the ACME authority and renewed by itself",
    imported: `brought by you${until}`,
  };
  return `${verbs[effect]} certificate ${name} for ${names.join(", ")}, ${whose[issuer]}`;
}
