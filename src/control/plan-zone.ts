// create-zone and delete-zone: a zone on this platform's name servers whose domain is registered elsewhere. What to enter there stands in
// the plan; whether it was entered is watched (delegation-watch.ts).

import { PlatformError, type Command } from "#contract";
import { findTld, updateDomain } from "#registry";
import { defaultSet, hostsOf } from "./config.ts";
import { watchability } from "./delegation-watch.ts";
import { asciiDomain } from "./idna.ts";
import { readName, shown } from "./names.ts";
import { endZone, zoneNegativeTtl } from "./plan-domain.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { platformClient, registryView, takeOutcome } from "./registry-view.ts";
import { refuseOwned } from "./resources.ts";
import { hiddenName, zoneAbove } from "./zone-cuts.ts";
import { tldRules } from "./tld-rules.ts";

/** How each command of this area is planned. */
export const zonePlans: Plans<"create-zone" | "delete-zone"> = {
  "create-zone": (context, { name }) => planCreateZone(context, name),
  "delete-zone": planDeleteZone,
};

/** Creates a zone without registering its domain. */
function planCreateZone(context: PlanContext, text: string): CommandOutline {
  const { draft, state, config, now, warnings } = context;
  const name = readName(asciiDomain(text));
  const action = `Cannot create zone "${shown(name)}"`;
  const { profile } = config;
  const tlds = tldRules(profile);
  if (name === "." || tlds.some((tld) => tld.name === name || tld.name.endsWith(`.${name}`)))
    throw new PlatformError("registry-policy", `${action}: it is this platform's registry itself`);
  // RFC 4592 section 4.2: what a wildcard means at the apex of a zone is nobody's to rely on.
  if (name.startsWith("*."))
    throw new PlatformError("name-malformed", `${action}: a wildcard is a name inside a zone, not a zone`);
  const tld = findTld({ tlds }, name);
  if (tld) {
    const label =
      name
        .slice(0, -tld.name.length - 1)
        .split(".")
        .at(-1) ?? "";
    if (tld.reservedLabels.includes(label))
      throw new PlatformError(
        "registry-policy",
        `${action}: "${label}" is reserved for the platform's own names`,
      );
  }
  if (state.get("zone", name))
    throw new PlatformError("resource-exists", `${action}: it is served here already`);
  const above = zoneAbove(state, name);
  if (above !== undefined) {
    refuseOwned(above, `create zone "${shown(name)}"`);
    const hidden = hiddenName(state, name);
    if (hidden !== undefined)
      throw new PlatformError(
        "record-conflict",
        `${action}: zone "${shown(above)}" has records at "${shown(hidden)}", which would be hidden by it; remove them first`,
      );
  }
  if (state.get("instance", shown(name)))
    throw new PlatformError("resource-exists", `${action}: an instance has that name`);
  const set = defaultSet(profile);
  draft.put("zone", name, { apex: name, nameServerSetId: set, negativeTtl: zoneNegativeTtl, createdAt: now });
  const why = above === undefined ? watchability(config, name) : undefined;
  if (why !== undefined) warnings.push(`its delegation cannot be watched: ${why}`);
  if (!tld && above === undefined) {
    warnings.push(
      "the name servers below have their names and addresses in this platform's private network: whoever is to resolve the zone must reach them there",
    );
  }
  return {
    title: `Create zone ${shown(name)}`,
    operationType: "CreateDomain",
    resourceName: shown(name),
    resourceType: "Domain",
    evidence:
      above === undefined
        ? hostsOf(profile, set).map(
            (host) =>
              `enter at the registrar: name server ${shown(host.name)}, address ${host.addresses.join(", ")} (port ${profile.authorityPort})`,
          )
        : [`zone ${shown(above)} delegates it by itself`],
  };
}

/** Deletes a zone that no domain here is delegated to; on wish, one whose domain goes on without name servers. */
function planDeleteZone(
  context: PlanContext,
  command: Extract<Command, { action: "delete-zone" }>,
): CommandOutline {
  const { draft, state, config, warnings, now } = context;
  const name = readName(command.name);
  const action = `Cannot delete zone "${shown(name)}"`;
  const zone = state.value("zone", name);
  if (!zone) throw new PlatformError("zone-not-found", `${action}: it is not served here`);
  const own = new Set(hostsOf(config.profile, zone.nameServerSetId).map((host) => host.name));
  const domain = state.value("domain", name);
  if (domain?.nameServers.some((server) => own.has(server))) {
    if (command.withDelegation !== true)
      throw new PlatformError(
        "resource-in-use",
        `${action}: the domain is registered here and delegated to it; delete the domain, or give it other name servers`,
      );
    refuseOwned(name, `delete zone "${shown(name)}"`);
    const request = { name, client: platformClient, now, nameServers: [] };
    takeOutcome(draft, updateDomain(registryView(state, config.profile), request), action);
    warnings.push(`${shown(name)} has no name servers afterwards: nobody finds it until it is given some`);
  }
  draft.require("domain", name);
  const above = zoneAbove(state, name);
  if (above !== undefined && (state.value("zone-signing", name)?.ds.length ?? 0) > 0)
    warnings.push(
      `who validates and has its DS takes nothing else at ${shown(name)} for up to an hour: have it signed no more first where something follows it there`,
    );
  endZone(context, name);
  if (!domain && above === undefined)
    warnings.push(
      `take the name servers out at the registrar of ${shown(name)} first: they will refuse to answer for it`,
    );
  return {
    title: `Delete zone ${shown(name)}`,
    operationType: "DeleteDomain",
    resourceName: shown(name),
    resourceType: "Domain",
  };
}
