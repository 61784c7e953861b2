// What the edge decides about a request: which resource it is for, whether that is served here, and by which of its targets. Hot path
// (bench/relay.ts): for most requests it is two look-ups and a choice, and the decision is an object that the target has ready.

import type { TargetDetail, TraceStep } from "#contract";
import { type Endpoint, isLoopback, type Now } from "#engine";
import { Method } from "#http";
import type { Balancer } from "./balancer.ts";
import { addressKey } from "./destination.ts";
import type { BalancedTarget } from "./balanced-target.ts";
import { describeTarget, passageSteps, routeStep } from "./edge-trace.ts";
import type { CacheSite } from "./cache/site.ts";
import type {
  CookieReader,
  Decision,
  ForwardDecision,
  OwnAnswer,
  Passage,
  RelayPolicy,
  RequestView,
} from "./policy.ts";
import { challengePrefix, type WebPorts, redirectToHttps } from "./redirect.ts";
import { sentence } from "./refusals.ts";
import type { ResourceCounters } from "./resource-counters.ts";
import type { RouteChoice, RouteTable } from "./route-table.ts";
import { stickyCookie } from "./stickiness.ts";

/** What the edge calls itself in Via. */
const pseudonym = "fairlead-edge";

/** Host names named to a loopback visitor who asked for another one. */
const maxHostsNamed = 20;

/** What the edge is told about its place. */
export interface EdgePlace {
  /** Takes the steps of traced requests. */
  readonly report?: (step: TraceStep) => void;
  /** `https` for listeners behind TLS; default `http` for all. */
  readonly scheme?: (listener: number) => "http" | "https";
  /** Peers whose own X-Forwarded-* and Forwarded fields are kept and added to; default none. */
  readonly trustsPeer?: (peer: Endpoint) => boolean;
  /** The ports of its listeners, for redirects to HTTPS; default 80 and 443. */
  readonly ports?: WebPorts;
}

/** Decides by the table of routes, and reports traced requests. */
export class EdgePolicy implements RelayPolicy {
  readonly pseudonym: string = pseudonym;
  readonly isProxy: boolean = false;
  readonly writesForwarded: boolean = true;
  table: RouteTable;
  /** Requests sent to HTTPS, and answers to ACME. */
  redirects = 0;
  challengeAnswers = 0;
  readonly #place: EdgePlace;
  readonly #ports: WebPorts;

  constructor(place: EdgePlace, table: RouteTable) {
    this.#place = place;
    this.#ports = place.ports ?? { http: 80, https: 443 };
    this.table = table;
  }

  scheme(listener: number): "http" | "https" {
    return this.#place.scheme?.(listener) ?? "http";
  }

  trustsPeer(peer: Endpoint): boolean {
    return this.#place.trustsPeer?.(peer) ?? false;
  }

  /** Tells whether connections to an address are not taken: its only resource is not served on the listener's port. */
  isClosed(listener: number, to: Endpoint): boolean {
    if (!this.table.hasClosedPorts) return false;
    const owner = this.table.ownerOf(addressKey(to.address));
    return owner !== undefined && !owner.ports[this.scheme(listener)];
  }

  countersAt(localKey: string): ResourceCounters | undefined {
    return this.table.ownerOf(localKey)?.counters;
  }

  decide(view: RequestView, now: Now): Decision {
    const challenge = this.table.hasChallenges ? this.#challenge(view) : undefined;
    if (challenge) return challenge;
    const choice = this.table.find(view.localKey, view);
    const decision = choice ? this.#decideFor(choice.route, view, now) : this.#unknown(view);
    const { report } = this.#place;
    const traceId = report && view.traceId;
    if (traceId !== undefined) this.#reportRoute(traceId, choice, decision, view, now);
    return decision;
  }

  origin(
    site: CacheSite,
    readCookie: CookieReader | undefined,
    now: Now,
    traced?: { target?: TargetDetail; refusal?: string },
  ): ForwardDecision | OwnAnswer {
    const route = this.table.resource(site.originId);
    if (!route || route.type === "distribution")
      return sentence(503, `The origin of ${site.label} is not there.`);
    const cookie = readCookie && route.isSticky ? readCookie(stickyCookie) : undefined;
    const target = route.choose(cookie, now);
    if (!target) {
      if (traced) traced.refusal = emptySentence(route);
      route.counters.countOwnAnswer(503);
      return sentence(503, emptySentence(route));
    }
    if (traced) traced.target = describeTarget(route, target);
    const setsCookie = readCookie !== undefined && route.isSticky && !route.wasSticky;
    // The visitor asked for the distribution, and that is where it is counted.
    const { counters: _counters, ...decision } = setsCookie ? target.decisionWithCookie : target.decision;
    return decision;
  }

  passed(passage: Passage, now: Now): void {
    for (const step of passageSteps(passage, now)) this.#place.report?.(step);
  }

  #decideFor(route: Balancer, view: RequestView, now: Now): Decision {
    const { counters } = route;
    const scheme = this.scheme(view.listener);
    if (!route.ports[scheme]) {
      // RFC 9110 section 15.5.20: this server does not answer for that scheme and host.
      const text = `The ${route.label} is not served over ${scheme}: its port is closed.`;
      return { ...sentence(421, text), counters };
    }
    if (route.redirectsToHttps && scheme === "http" && !view.pathText.startsWith(challengePrefix)) {
      this.redirects++;
      return { ...redirectToHttps(view, this.#ports), counters };
    }
    if (route.type === "distribution") {
      return (
        this.table.cacheOf(route) ?? { ...sentence(503, `The ${route.label} has no settings.`), counters }
      );
    }
    const target = route.choose(route.isSticky ? view.cookieText(stickyCookie) : undefined, now);
    if (!target) {
      // As Lightsail answers where nothing of a service is public: what is to serve one day is not there yet.
      const isNone = route.type === "container-service" && route.targets.every((one) => one.isCandidate);
      return {
        ...sentence(isNone ? 404 : 503, isNone ? noSuchService(route) : emptySentence(route)),
        counters,
      };
    }
    return route.isSticky && !route.wasSticky ? target.decisionWithCookie : target.decision;
  }

  #challenge(view: RequestView): OwnAnswer | undefined {
    if (view.method !== Method.GET && view.method !== Method.HEAD) return undefined;
    if (this.scheme(view.listener) !== "http") return undefined;
    const { pathText } = view;
    if (!pathText.startsWith(challengePrefix)) return undefined;
    const content = this.table.challenge(view.hostText, pathText.slice(challengePrefix.length));
    if (content === undefined) return undefined;
    this.challengeAnswers++;
    return { kind: "answer", status: 200, contentType: "text/plain", content };
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

  #reportRoute(
    traceId: string,
    choice: RouteChoice | undefined,
    decision: Decision,
    view: RequestView,
    now: Now,
  ): void {
    const originId = decision.kind === "cache" ? decision.site.originId : "";
    const originName = this.table.resource(originId)?.name ?? originId;
    const scheme = this.scheme(view.listener);
    if (view.traced && choice && decision.kind === "forward" && decision.target)
      view.traced.target = describeTarget(choice.route, decision.target as BalancedTarget);
    this.#place.report?.(routeStep({ traceId, choice, decision, scheme, view, originName }, now));
  }
}

/** What visitors of a container service find that has nothing public. */
function noSuchService({ label }: Balancer): string {
  return `No Such Service: no deployment of ${label} is public and active.`;
}

/** Why a resource has no target for a request. */
function emptySentence({ label, targets, type }: Balancer): string {
  const { gone, none } = emptiness[type];
  return `Nothing serves ${label} at the moment: ${targets.length > 0 ? gone : none}.`;
}

/** Why requests find no target at each type: where all that it has take none, and where it has none. */
const emptiness: Readonly<Record<Balancer["type"], { readonly gone: string; readonly none: string }>> = {
  instance: { gone: "it is stopping", none: "it is not running, or still starting" },
  "load-balancer": {
    gone: "all its instances are leaving it",
    none: "no instance that runs is attached to it",
  },
  distribution: { gone: "its origin takes no requests", none: "its origin has nothing that serves" },
  "container-service": {
    gone: "its nodes are stopping, or still have to prove themselves",
    none: "no deployment of it serves",
  },
};
