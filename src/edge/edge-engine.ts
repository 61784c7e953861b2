// The edge: requests that come to a resource's public address, or ask for its host name on a shared one, are passed on to
// where the resource listens. The table can be swapped at any time; requests under way and tunnels go on.

import type { HostRouteObject, ResourceObject, TraceStep } from "#contract";
import { type Endpoint, formatEndpoint, isLoopback, type Now } from "#engine";
import { questionOf } from "./heads.ts";
import type { Decision, Passage, RelayPolicy, RequestView } from "./policy.ts";
import { sentence } from "./refusals.ts";
import { Relay, type RelayOptions } from "./relay.ts";
import { type RouteChoice, RouteTable } from "./route-table.ts";

/** What the edge calls itself in Via. */
const pseudonym = "fairlead-edge";

/** Host names named to a loopback visitor who asked for another one. */
const maxHostsNamed = 20;

/** What an edge is made with. */
export interface EdgeOptions extends RelayOptions {
  /** Takes the steps of traced requests. */
  readonly report?: (step: TraceStep) => void;
  /** `https` for listeners behind TLS; default `http` for all. */
  readonly scheme?: (listener: number) => "http" | "https";
  /** Peers whose own X-Forwarded-* and Forwarded fields are kept and added to; default none. */
  readonly trustsPeer?: (peer: Endpoint) => boolean;
}

/** The edge as an engine. It has no routes until `setRoutes`. */
export class EdgeEngine extends Relay {
  readonly #policy: EdgePolicy;

  constructor(options: EdgeOptions = {}) {
    const policy = new EdgePolicy(options);
    super(policy, options);
    this.#policy = policy;
  }

  /**
   * Swaps the routes for those of these objects, all at once.
   * Throws `address-malformed`, and keeps the old routes, where an address is none.
   */
  setRoutes(objects: Iterable<ResourceObject | HostRouteObject>): void {
    const table = new RouteTable(objects);
    this.#policy.table = table;
    this.retainDestinations((key) => table.destinationKeys.has(key));
  }
}

/** Decides by the table of routes, and reports traced requests. */
class EdgePolicy implements RelayPolicy {
  readonly pseudonym: string = pseudonym;
  readonly isProxy: boolean = false;
  readonly writesForwarded: boolean = true;
  table: RouteTable = new RouteTable([]);
  readonly #options: EdgeOptions;

  constructor(options: EdgeOptions) {
    this.#options = options;
  }

  scheme(listener: number): "http" | "https" {
    return this.#options.scheme?.(listener) ?? "http";
  }

  trustsPeer(peer: Endpoint): boolean {
    return this.#options.trustsPeer?.(peer) ?? false;
  }

  decide(view: RequestView, now: Now): Decision {
    const choice = this.table.find(view.localKey, () => view.hostText);
    const decision = this.#decideFor(choice, view);
    const traceId = this.#options.report && view.traceId;
    if (traceId !== undefined) this.#reportAddress(traceId, choice, decision, view, now);
    return decision;
  }

  passed(passage: Passage, now: Now): void {
    const { traceId, question, server, status, reason, contentOctets, tookMs, failure } = passage;
    const outcome = status === 0 ? "no response" : `${status} ${reason}`.trim();
    this.#options.report?.({
      traceId,
      hop: "page",
      reportedBy: "edge",
      at: now.wall,
      tookMs,
      ...(server === undefined ? {} : { server }),
      question,
      answer: [failure ?? `${contentOctets} octets of content`],
      outcome,
      isFailure: failure !== undefined || status >= 400,
    });
  }

  #decideFor(choice: RouteChoice | undefined, view: RequestView): Decision {
    if (!choice) return this.#unknown(view);
    const { route } = choice;
    const label = `resource "${route.name}"`;
    if (route.destinations.length === 0) {
      return sentence(503, `Nothing serves ${label} at the moment: it is not running, or still starting.`);
    }
    const first = route.turn;
    route.turn = (first + 1) % route.destinations.length;
    return { kind: "forward", destinations: route.destinations, first, label };
  }

  /** Says what is served how, and to a visitor on this machine also what. */
  #unknown(view: RequestView): Decision {
    const host = view.hostText === "" ? "no host name" : `"${view.hostText}"`;
    const lines = [
      `No resource is served for ${host} at ${view.localKey}.`,
      "Every resource is served at the addresses of its own under any name, and here under the names assigned to it.",
    ];
    if (isLoopback(view.peer.address)) {
      const hosts = this.table.hosts(maxHostsNamed);
      lines.push(hosts.length === 0 ? "No name is assigned yet." : `Assigned names: ${hosts.join(", ")}.`);
      lines.push("Assign one with: fairlead assign NAME RESOURCE");
    }
    return sentence(404, lines.join("\n"));
  }

  #reportAddress(
    traceId: string,
    choice: RouteChoice | undefined,
    decision: Decision,
    view: RequestView,
    now: Now,
  ): void {
    const how = choice?.by === "address" ? `its own address ${view.localKey}` : `the host "${view.hostText}"`;
    const answer = choice ? [`resource "${choice.route.name}" by ${how}`] : [`no resource by ${how}`];
    if (decision.kind === "forward") answer.push(...decision.destinations.map(({ key }) => `target ${key}`));
    this.#options.report?.({
      traceId,
      hop: "address",
      reportedBy: "edge",
      at: now.wall,
      server: formatEndpoint(view.local),
      question: questionOf(this.scheme(view.listener), view),
      answer,
      outcome: decision.kind === "forward" ? "routed" : choice ? "no target" : "unknown",
      isFailure: decision.kind !== "forward",
    });
  }
}
