// set-name-servers: the delegation of a domain, with the host objects and glue that it needs. Planned on what its name servers said
// beforehand (name-server-check.ts): what would not work is refused unless it is forced, and then it stands in the history.

import { PlatformError, type ChangeLine, type Command } from "#contract";
import { createHost, deleteHost, findTld, registryClient, updateDomain, updateHost } from "#registry";
import { hostsOf } from "./config.ts";
import { readName, shown } from "./names.ts";
import type { DelegationFinding, WantedServer } from "./name-server-check.ts";
import { registrationOutline } from "./plan-registration.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { platformClient, registryView, takeOutcome } from "./registry-view.ts";

/** How each command of this area is planned. */
export const nameServersPlans: Plans<"set-name-servers"> = {
  "set-name-servers": (context, command, { finding }) => {
    if (!finding) throw new RangeError("Cannot plan name servers that nobody asked");
    return planNameServers(context, command, finding);
  },
};

/** Most problems named in one refusal. */
const maxProblems = 10;

/** Changes a domain's name servers. Throws `delegation-unsafe` where they would not serve it. */
function planNameServers(
  context: PlanContext,
  command: Extract<Command, { action: "set-name-servers" }>,
  finding: DelegationFinding,
): CommandOutline {
  const { draft, state, config, now, warnings } = context;
  const name = readName(command.name);
  const action = `Cannot change the name servers of "${shown(name)}"`;
  const isOwn = command.nameServers === undefined;
  const zone = state.value("zone", name);
  const { servers } = finding;
  const held = state.value("domain", name);
  if (isOwn && held && !zone) {
    throw new PlatformError(
      "zone-not-found",
      `${action}: there is no zone "${shown(name)}" on this platform's name servers; \`fairlead zone create\` makes one`,
    );
  }
  const before = held?.nameServers ?? [];
  for (const server of held ? servers : []) putHost(context, name, server, action);
  const nameServers = servers.map((server) => server.name);
  const isSame =
    nameServers.toSorted().join() === before.toSorted().join() && [...draft.changes()].length === 0;
  if (held && isSame)
    throw new PlatformError("registry-policy", `${action}: it has these name servers already`);
  const request = { name, client: platformClient, now, nameServers };
  takeOutcome(draft, updateDomain(registryView(state, config.profile), request), action);
  dropHosts(context, name, before);
  if (finding.problems.length > 0 && command.force !== true) throw unsafe(action, finding.problems);
  warnings.push(...finding.problems.map((problem) => `forced, though ${problem}`), ...finding.warnings);
  const own = zone ? hostsOf(config.profile, zone.nameServerSetId).map((server) => server.name) : [];
  if (!isOwn && zone && !nameServers.some((server) => own.includes(server)))
    warnings.push(`zone ${shown(name)} stays on this platform's name servers, where nobody is led any more`);
  return {
    ...registrationOutline(
      name,
      `Delegate ${shown(name)} to ${nameServers.map(shown).join(", ")}`,
      "UpdateNameServers",
    ),
    evidence: finding.evidence,
    furtherLines: finding.problems.map((problem): ChangeLine => ({
      effect: "update",
      resourceType: "RegisteredDomain",
      resourceName: shown(name),
      text: `Forced, though ${problem}`,
    })),
  };
}

function unsafe(action: string, problems: readonly string[]): PlatformError {
  const more = problems.length > maxProblems ? [`and ${problems.length - maxProblems} more`] : [];
  return new PlatformError(
    "delegation-unsafe",
    `${action}: ${[...problems.slice(0, maxProblems), ...more].join("; ")}`,
  );
}

/** A host object for a name server in our TLDs, with the addresses that it has or that were given. */
function putHost(context: PlanContext, domain: string, server: WantedServer, action: string): void {
  const { draft, state, config, identities, now } = context;
  const { name, addresses, isGiven } = server;
  const view = registryView(state, config.profile);
  const what = `${action}: name server "${shown(name)}"`;
  if (!findTld(view, name)) {
    if (!isGiven) return;
    throw new PlatformError(
      "registry-policy",
      `${what} lies outside this registry's top-level domains, so it has no addresses here`,
    );
  }
  const host = view.host(name);
  if (host && !isGiven) return;
  if (host?.sponsoringClient === registryClient)
    throw new PlatformError("registry-policy", `${what} is the platform's own: its addresses are not given`);
  if (addresses.length === 0) {
    // RFC 5732 section 1.1: who asks for it must be led to it by the delegation itself.
    const isInside = name === domain || name.endsWith(`.${domain}`);
    const why = isInside ? `lies inside "${shown(domain)}"` : "has no address that could be found";
    throw new PlatformError(
      "registry-policy",
      `${what} ${why}: give its address along, as ${shown(name)}=192.0.2.1`,
    );
  }
  if (host) {
    if (sameAddresses(host.addresses, addresses)) return;
    takeOutcome(draft, updateHost(view, name, addresses, platformClient), what);
    return;
  }
  const roid = `H${identities.hex(12).toUpperCase()}-FAIRLEAD`;
  const outcome = createHost(view, { name, addresses, client: platformClient, roid, now });
  takeOutcome(draft, outcome, what);
}

function sameAddresses(a: readonly string[], b: readonly string[]): boolean {
  return a.toSorted().join() === b.toSorted().join();
}

/** Host objects below the domain that it had as name servers and nobody uses any more. */
function dropHosts({ draft, state, config }: PlanContext, domain: string, before: readonly string[]): void {
  for (const name of before) {
    if (name !== domain && !name.endsWith(`.${domain}`)) continue;
    const outcome = deleteHost(registryView(state, config.profile), name, platformClient);
    if (outcome.code === 1000) takeOutcome(draft, outcome, "");
  }
}
