// The picture of routes, put together: names with their records, what they lead to, how visits that come by each of them do, and what is
// wrong. Bounded: where there are more names than a picture has room for, it has the worst off.

import type { RouteEdge, RouteNode, RoutePicture, RouteState } from "#contract";
import { PlatformError } from "#contract";
import { servingCertificate } from "./certificate-lookup.ts";
import { shown } from "./names.ts";
import { findResource, resourceKinds } from "./resources.ts";
import type { RoleHub } from "./role-hub.ts";
import type { Lead, LedName, RouteNames } from "./route-names.ts";
import { readRouteResource, resourceNodeId, type RouteResource } from "./route-resources.ts";
import type { ContainerViewContext } from "./view-containers.ts";
import { viewAlias } from "./view-alias.ts";

/** Resources and targets in one picture. */
const [maxResources, maxTargets] = [500, 2000];
/** Resources in a row: a distribution, a static IP, and what they lead to, with room to spare. */
const maxDepth = 8;

/** What a picture is made from. */
export interface PicturePorts {
  readonly views: ContainerViewContext;
  readonly hub: RoleHub;
  readonly names: RouteNames;
  /** Which picture it is. */
  readonly picture: string;
}

/** What of it is wanted. */
export interface PictureQuestion {
  /** Part of a name. */
  readonly name?: string;
  /** A resource: what leads to it, and what lies behind it. */
  readonly resource?: string;
  readonly maxNames: number;
}

/** How a name does. */
interface NameOutcome {
  readonly reach: RouteState;
  /** The first thing that is wrong: at which node, and what. */
  readonly problem?: { readonly nodeId: string; readonly text: string };
}

/** Draws the picture. Throws `resource-not-found` where it is to be of a resource that is not there. */
export function drawRoutes(ports: PicturePorts, question: PictureQuestion): RoutePicture {
  return new Drawing(ports, question).run();
}

class Drawing {
  readonly #ports: PicturePorts;
  readonly #question: PictureQuestion;
  readonly #resources = new Map<string, RouteResource | undefined>();
  readonly #outcomes = new Map<string, NameOutcome>();
  readonly #delegations = new Map<string, { readonly reach: RouteState; readonly text: string }>();
  readonly #nodes = new Map<string, RouteNode>();
  readonly #edges = new Map<string, RouteEdge>();
  #resourceCount = 0;
  #targets = 0;
  #isCut = false;

  constructor(ports: PicturePorts, question: PictureQuestion) {
    this.#ports = ports;
    this.#question = question;
  }

  run(): RoutePicture {
    const { names, picture } = this.#ports;
    const { name, resource, maxNames } = this.#question;
    const wanted = resource === undefined ? undefined : this.#around(resource);
    // Names that lead to addresses elsewhere are nowhere near a resource.
    const all = names.read(name?.toLowerCase(), wanted ? 0 : maxNames);
    const more = wanted ? 0 : all.more;
    this.#isCut = all.isCut || more > 0;
    const found = all.names
      .filter(
        (led) => !wanted || led.leads.some((lead) => "resource" in lead && wanted.above.has(lead.resource)),
      )
      .map((led) => ({ led, outcome: this.#outcomeOf(led) }));
    if (found.length > maxNames) {
      this.#isCut = true;
      found.sort(
        (a, b) => severities[b.outcome.reach] - severities[a.outcome.reach] || compare(a.led, b.led),
      );
    }
    const drawn = found.slice(0, maxNames).sort((a, b) => compare(a.led, b.led));
    for (const { led, outcome } of drawn) this.#drawName(led, outcome);
    if (wanted) for (const one of [...wanted.above, ...wanted.below]) this.#drawResource(one, 0);
    else if (name === undefined) for (const one of this.#standing()) this.#drawResource(one, 0);
    return {
      picture,
      nodes: [...this.#nodes.values()],
      edges: [...this.#edges.values()],
      problems: drawn.flatMap(({ led, outcome }) =>
        outcome.problem ? [{ name: shown(led.owner), ...outcome.problem }] : [],
      ),
      nameCount: found.length + more,
      isCut: this.#isCut,
    };
  }

  /** Resources that lead to one, it among them, and those behind it. */
  #around(name: string): { readonly above: Set<string>; readonly below: Set<string> } {
    const { state } = this.#ports.views;
    if (!findResource(state, name))
      throw new PlatformError(
        "resource-not-found",
        `Cannot show routes of "${name}": there is no such resource`,
      );
    const above = new Set([name]);
    // A set that grows while it is gone through.
    for (const one of above) {
      for (const front of state.balancersOfInstance(one)) above.add(front);
      for (const front of state.staticIpsOfInstance(one)) above.add(front);
      for (const front of state.distributionsOfOrigin(one)) above.add(front);
    }
    const below = new Set<string>();
    for (const behind of this.#resource(name)?.behind ?? []) below.add(behind);
    return { above, below };
  }

  /** Resources that stand for themselves: an instance behind a load balancer is among its targets. */
  *#standing(): Iterable<string> {
    const { state } = this.#ports.views;
    for (const kind of Object.values(resourceKinds)) {
      for (const name of state.all(kind).keys()) {
        const isTarget = kind === "instance" && [...state.balancersOfInstance(name)].length > 0;
        if (!isTarget) yield name;
      }
    }
  }

  #resource(name: string): RouteResource | undefined {
    if (!this.#resources.has(name)) this.#resources.set(name, readRouteResource(this.#ports.views, name));
    return this.#resources.get(name);
  }

  /** How a visit that comes to a resource does: as the resource, and what lies behind it. */
  #reachOf(name: string, depth = 0): NameOutcome {
    const known = this.#outcomes.get(name);
    if (known) return known;
    const resource = this.#resource(name);
    if (!resource)
      return { reach: "down", problem: { nodeId: resourceNodeId(name), text: `${name} is not there` } };
    const { node, behind } = resource;
    let outcome: NameOutcome =
      node.state === "ok"
        ? { reach: "ok" }
        : {
            reach: isServing(node.state) ? node.state : node.state === "off" ? "down" : node.state,
            ...(node.problem === undefined
              ? {}
              : { problem: { nodeId: node.id, text: `${name}: ${node.problem}` } }),
          };
    if (depth < maxDepth) for (const next of behind) outcome = worse(outcome, this.#reachOf(next, depth + 1));
    this.#outcomes.set(name, outcome);
    return outcome;
  }

  #leadOutcome(led: LedName, lead: Lead): NameOutcome {
    const nodeId = recordId(led);
    if ("resource" in lead) return this.#reachOf(lead.resource);
    if ("nothing" in lead) return { reach: "down", problem: { nodeId, text: lead.nothing } };
    if ("outside" in lead) return { reach: "unknown" };
    if (!lead.isShared) return { reach: "unknown" };
    const host = shown(led.owner);
    const routed = this.#routedBy(host);
    if (routed !== undefined) return this.#reachOf(routed);
    const text = `${lead.address} is shared by all resources, and none of them is to answer for ${host}: assign the name`;
    return { reach: "down", problem: { nodeId, text } };
  }

  /** The resource that the edge passes requests for a host name to, at an address that all share. */
  #routedBy(host: string): string | undefined {
    const objects = this.#ports.hub.objects("edge");
    const route = objects.get(`host/${host}`);
    const resource = route?.kind === "host" ? objects.get(`resource/${route.resourceId}`) : undefined;
    return resource?.kind === "resource" ? resource.name : undefined;
  }

  #outcomeOf(led: LedName): NameOutcome {
    const outcomes = led.leads.map((lead) => this.#leadOutcome(led, lead));
    const alias = led.record === "alias" ? this.#aliasOutcome(led) : undefined;
    if (alias && alias.reach === "down") return alias;
    const own = worse(this.#delegationOf(led), alias ?? { reach: "ok" });
    const [first] = outcomes;
    if (!first)
      return worse(own, { reach: "down", problem: { nodeId: recordId(led), text: "it leads to nothing" } });
    // Of several addresses visitors try one after the other: as long as one of them serves, some see the page.
    const worst = outcomes.reduce(worse);
    const isServed = outcomes.some(({ reach }) => reach === "ok" || reach === "impaired");
    return worse(own, isServed && worst.reach !== "ok" ? { ...worst, reach: "impaired" } : worst);
  }

  #aliasOutcome({ zone, owner }: LedName): NameOutcome | undefined {
    const { views } = this.#ports;
    const key = `${zone} ${owner}`;
    const held = views.state.get("alias", key);
    if (!held) return undefined;
    const { state, problem = "it has no addresses yet" } = viewAlias(views, key, held);
    if (state === "ok") return undefined;
    const nodeId = recordId({ zone, owner });
    return { reach: state === "kept" ? "impaired" : "down", problem: { nodeId, text: problem } };
  }

  /** Whether a visitor's resolver finds the zone of a name at all. */
  #delegationOf(led: LedName): NameOutcome {
    let found = this.#delegations.get(led.zone);
    if (!found) {
      const { state, text } = this.#ports.views.delegations.look(led.zone);
      found = { reach: delegationStates[state], text: `${shown(led.zone)}: ${text}` };
      this.#delegations.set(led.zone, found);
    }
    const { reach, text } = found;
    return reach === "ok" ? { reach } : { reach, problem: { nodeId: nameId(led), text } };
  }

  #drawName(led: LedName, { reach, problem }: NameOutcome): void {
    const { state } = this.#ports.views;
    const host = shown(led.owner);
    const zone = shown(led.zone);
    const top = nameId(led);
    const isAtName = problem?.nodeId === top;
    const delegation = this.#delegationOf(led);
    const hasHttps = servingCertificate(state, host) !== undefined;
    this.#nodes.set(top, {
      id: top,
      column: "name",
      kind: "name",
      title: host,
      detail: hasHttps ? "HTTP and HTTPS" : "HTTP",
      zone,
      state: delegation.reach,
      word:
        delegation.reach === "ok"
          ? "found"
          : delegation.reach === "waiting"
            ? "not delegated yet"
            : "not found here",
      reach,
      ...(isAtName && problem ? { problem: problem.text } : {}),
    });
    const id = recordId(led);
    const isAtRecord = problem?.nodeId === id;
    const recordReach =
      led.leads.length === 0
        ? "down"
        : isAtName
          ? worstOf(led, (lead) => this.#leadOutcome(led, lead))
          : reach;
    this.#nodes.set(id, {
      id,
      column: "record",
      kind: led.record,
      title: recordWords[led.record],
      detail: led.detail,
      zone,
      state: isAtRecord ? "down" : "ok",
      word: isAtRecord ? "leads to nothing" : "published",
      reach: recordReach,
      ...(isAtRecord && problem ? { problem: problem.text } : {}),
    });
    this.#join(top, id, recordReach);
    for (const lead of led.leads) this.#drawLead(led, id, lead);
  }

  #drawLead(led: LedName, from: string, lead: Lead): void {
    const { reach } = this.#leadOutcome(led, lead);
    if ("nothing" in lead) return;
    const resource =
      "resource" in lead
        ? lead.resource
        : "address" in lead && lead.isShared
          ? this.#routedBy(shown(led.owner))
          : undefined;
    if (resource !== undefined) {
      if (this.#drawResource(resource, 0)) this.#join(from, resourceNodeId(resource), reach);
      return;
    }
    if ("resource" in lead || ("address" in lead && lead.isShared)) return;
    const title = "address" in lead ? lead.address : lead.outside;
    const id = `outside/${title}`;
    const word = "address" in lead ? "another address" : "served elsewhere";
    this.#nodes.set(id, {
      id,
      column: "resource",
      kind: "outside",
      title,
      detail: "no resource of this platform",
      state: "unknown",
      word,
      reach: "unknown",
    });
    this.#join(from, id, reach);
  }

  /** Draws a resource with all that lies behind it. @returns whether it is in the picture */
  #drawResource(name: string, depth: number): boolean {
    const id = resourceNodeId(name);
    if (this.#nodes.has(id)) return true;
    const resource = this.#resource(name);
    if (!resource || depth > maxDepth) return false;
    if (this.#resourceCount >= maxResources) {
      this.#isCut = true;
      return false;
    }
    this.#resourceCount++;
    const { reach } = this.#reachOf(name);
    this.#nodes.set(id, { ...resource.node, reach });
    for (const next of resource.behind)
      if (this.#drawResource(next, depth + 1))
        this.#join(id, resourceNodeId(next), this.#reachOf(next).reach);
    for (const target of resource.targets) {
      if (this.#targets >= maxTargets) {
        this.#isCut = true;
        break;
      }
      this.#targets++;
      this.#nodes.set(target.id, target);
      this.#join(id, target.id, target.reach);
    }
    return true;
  }

  #join(from: string, to: string, reach: RouteState): void {
    this.#edges.set(`${from}\n${to}`, { from, to, reach });
  }
}

const recordWords = {
  assignment: "assigned",
  alias: "alias",
  addresses: "A, AAAA",
  cname: "CNAME",
} as const;

const delegationStates = {
  DELEGATED: "ok",
  UNKNOWN: "ok",
  PENDING: "waiting",
  LAME: "down",
  ELSEWHERE: "down",
  HELD: "down",
} as const;

function nameId({ zone, owner }: LedName): string {
  return `name/${shown(zone)}/${shown(owner)}`;
}

function recordId({ zone, owner }: Pick<LedName, "zone" | "owner">): string {
  return `record/${shown(zone)}/${shown(owner)}`;
}

/** The worse of two is the greater. */
const severities: Readonly<Record<RouteState, number>> = {
  ok: 0,
  unknown: 1,
  impaired: 2,
  waiting: 3,
  off: 4,
  down: 5,
};

function worse(a: NameOutcome, b: NameOutcome): NameOutcome {
  return severities[b.reach] > severities[a.reach] ? b : a;
}

function worstOf(led: LedName, outcome: (lead: Lead) => NameOutcome): RouteState {
  return led.leads.map(outcome).reduce(worse, { reach: "ok" }).reach;
}

function isServing(state: RouteState): boolean {
  return state === "ok" || state === "impaired";
}

/** By zone, and by name from the right within it. */
function compare(a: LedName, b: LedName): number {
  const [left, right] = [keyOf(a), keyOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function keyOf({ zone, owner }: LedName): string {
  return `${zone}\0${owner.split(".").reverse().join("\0")}`;
}
