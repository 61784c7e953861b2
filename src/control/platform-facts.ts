// The platform's own facts: host objects for its name servers, the first serials of root and TLDs, the zone of the resources' names, and
// what the resources' addresses come to. Set up at start, and again where the profile's names or addresses have become others.

import { createHost, findTld, registryClient, updateHost, type DomainObject } from "#registry";
import { nextSerial } from "#zone";
import { defaultSet, hostsOf } from "./config.ts";
import { makeAddress } from "./plan-instance.ts";
import { zoneNegativeTtl } from "./plan-domain.ts";
import type { PlanContext } from "./plan-context.ts";
import { registryView, takeOutcome } from "./registry-view.ts";
import { resourceZone } from "./resources.ts";
import { tldRules } from "./tld-rules.ts";

/** Drafts what is missing or differs; nothing where all is well. */
export function draftPlatform(context: PlanContext): void {
  draftNames(context);
  draftResourceZone(context);
  draftAddresses(context);
}

/** It does not end. 9999-12-31. */
const endless = 253_402_214_400_000;

/**
 * The platform's own zone, in which every resource has a name: registered to the registry itself, so that no registrar changes it, and
 * delegated like any other. What stands in it is derived (publish-aliases.ts).
 */
function draftResourceZone({ draft, state, config, identities, now }: PlanContext): void {
  const { profile } = config;
  if (!findTld({ tlds: tldRules(profile) }, resourceZone)) return;
  const set = defaultSet(profile);
  const known = state.value("domain", resourceZone);
  const domain: DomainObject = {
    name: resourceZone,
    roid: known?.roid ?? `D${identities.hex(12).toUpperCase()}-FAIRLEAD`,
    sponsoringClient: registryClient,
    crDate: known?.crDate ?? now,
    exDate: endless,
    autoRenew: false,
    contacts: {},
    statuses: ["serverDeleteProhibited", "serverTransferProhibited", "serverUpdateProhibited"],
    nameServers: hostsOf(profile, set).map(({ name }) => name),
    dsData: [],
  };
  if (JSON.stringify(known) !== JSON.stringify(domain)) draft.put("domain", resourceZone, domain);
  const zone = state.value("zone", resourceZone);
  if (zone?.nameServerSetId === set) return;
  draft.put("zone", resourceZone, {
    apex: resourceZone,
    nameServerSetId: set,
    negativeTtl: zone?.negativeTtl ?? zoneNegativeTtl,
    createdAt: zone?.createdAt ?? now,
  });
}

/** Addresses of resources under today's profile: where they are others, records and routes follow, and their zones are numbered anew. */
function draftAddresses({ draft, state, config }: PlanContext): void {
  for (const [key, { value }] of state.all("address")) {
    const today = makeAddress(config.profile, value.view, value.number, value.resource);
    if (JSON.stringify(today) !== JSON.stringify(value)) draft.put("address", key, today);
  }
}

function draftNames(context: PlanContext): void {
  const { draft, state, config, identities, now } = context;
  const { profile } = config;
  const tlds = tldRules(profile);
  let isNew = false;
  for (const { hosts } of profile.groups) {
    for (const { name, addresses } of hosts) {
      if (!findTld({ tlds }, name)) continue;
      const view = registryView(state, profile);
      const known = view.host(name);
      if (known && JSON.stringify(known.addresses) === JSON.stringify(addresses)) continue;
      isNew = true;
      const roid = `H${identities.hex(12).toUpperCase()}-FAIRLEAD`;
      const action = `Cannot set up name server "${name}"`;
      if (known) takeOutcome(draft, updateHost(view, name, addresses, registryClient), action);
      else
        takeOutcome(draft, createHost(view, { name, addresses, client: registryClient, roid, now }), action);
    }
  }
  const apexes = [".", ...profile.tlds];
  isNew ||= apexes.some((apex) => !state.get("serial", apex));
  if (!isNew) return;
  // Root and TLDs name these hosts: each of them is another version now.
  numberAnew(context, apexes);
}

/** Gives every zone that is served a new serial. */
export function renumberZones(context: PlanContext): void {
  const { state, config } = context;
  numberAnew(context, [".", ...config.profile.tlds, ...state.all("zone").keys()]);
}

function numberAnew({ draft, state, now }: PlanContext, apexes: Iterable<string>): void {
  for (const apex of apexes) {
    draft.put("serial", apex, { apex, serial: nextSerial(state.value("serial", apex)?.serial, now / 1000) });
  }
}
