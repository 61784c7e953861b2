// How far a name that was assigned has come on the way to its first page: record, name servers, resolver, certificate, page. Name servers are
// asked first, and nothing else before they agree: a resolver that is asked too early keeps the answer that there is no such name.

import {
  PlatformError,
  type FailureReport,
  type Readiness,
  type ReadinessCheck,
  type Trace,
  type TraceHop,
} from "#contract";
import { certificateStep } from "./certificate-step.ts";
import { certificatesFor } from "./certificate-lookup.ts";
import { shown } from "./names.ts";
import type { Visitor } from "./ports.ts";
import { publicAddressesOf } from "./resources.ts";
import type { State } from "./state.ts";
import type { TraceKnowledge } from "./trace-knowledge.ts";
import type { Traces } from "./traces.ts";

/** What is looked at. */
export interface ReadinessTools {
  readonly state: State;
  readonly visitor: Visitor;
  readonly known: TraceKnowledge;
  readonly traces: Pick<Traces, "trace" | "forget">;
}

/** Looks at names anew each time it is asked; of the visits that it makes for a name, the last is kept. */
export class ReadinessChecks {
  readonly #tools: ReadinessTools;
  /** Names that are being looked at: who asks meanwhile gets the same answer. */
  readonly #underWay: Map<string, Promise<Readiness>> = new Map();
  /** The last visit of a name, while it did not go well. */
  readonly #visits: Map<string, string> = new Map();

  constructor(tools: ReadinessTools) {
    this.#tools = tools;
  }

  /** Looks at an assigned name. Throws `resource-not-found` for one that is assigned to nothing. @param owner  absolute */
  look(owner: string): Promise<Readiness> {
    const running = this.#underWay.get(owner);
    if (running) return running;
    const begun = this.#look(owner).finally(() => this.#underWay.delete(owner));
    this.#underWay.set(owner, begun);
    return begun;
  }

  async #look(owner: string): Promise<Readiness> {
    const { state } = this.#tools;
    const assignment = state.value("assignment", owner);
    const name = shown(owner);
    if (!assignment)
      throw new PlatformError("resource-not-found", `Cannot look at "${name}": it is assigned to nothing`);
    const { resource } = assignment;
    const addresses = publicAddressesOf(state, resource);
    const [certificate] = certificatesFor(state, name);
    const url = `${certificate ? "https" : "http"}://${name}/`;
    const record: ReadinessCheck = {
      id: "record",
      title: `${name} leads to ${resource}`,
      status: addresses.length > 0 ? "done" : "failed",
      detail: addresses.length > 0 ? addresses.join(", ") : `${resource} has no address yet`,
    };
    const servers = await this.#askServers(owner, addresses);
    const isVisitable = record.status === "done" && servers.status === "done";
    const visit = isVisitable ? await this.#visit(owner, url) : undefined;
    // After the visit: it may have been issued meanwhile.
    const proof = certificate && this.#certificate(certificate.value.name);
    const isProven = proof === undefined || proof.status === "done";
    const checks = [
      record,
      servers,
      resolverCheck(visit, addresses),
      ...(proof ? [isProven ? proven(proof, visit) : proof] : []),
      pageCheck(visit, isProven),
    ];
    const isReady = checks.every(({ status }) => status === "done");
    if (visit && !isReady) this.#visits.set(owner, visit.id);
    return {
      name,
      resourceName: resource,
      url,
      isReady,
      checks,
      ...(visit ? { traceId: visit.id } : {}),
    };
  }

  async #visit(owner: string, url: string): Promise<Trace> {
    const { traces } = this.#tools;
    const before = this.#visits.get(owner);
    this.#visits.delete(owner);
    const visit = await traces.trace(url, false);
    if (before !== undefined) traces.forget(before);
    return visit;
  }

  /** Every name server, whether it gives an address of the resource. */
  async #askServers(owner: string, addresses: readonly string[]): Promise<ReadinessCheck> {
    const { known, visitor } = this.#tools;
    const servers = known.serversOf(owner);
    const type = addresses.some((address) => !address.includes(":")) ? "A" : "AAAA";
    // A trace that nobody keeps: what servers report of it is dropped.
    const answers = await Promise.all(
      servers.map((server) => visitor.queryServer(server, owner, type, "0000000000000000")),
    );
    const agreeing = answers.filter((answer) => answer.addresses.some((one) => addresses.includes(one)));
    const title = `All ${servers.length} name servers give its address`;
    const wrong = answers.find((answer) => !agreeing.includes(answer));
    const detail = `${agreeing.length} of ${servers.length}${wrong ? `; ${wrong.server}: ${wrong.outcome}` : ""}`;
    const isDone = servers.length > 0 && agreeing.length === servers.length;
    return { id: "name-servers", title, status: isDone ? "done" : "waiting", detail };
  }

  #certificate(name: string): ReadinessCheck {
    const step = certificateStep(this.#tools.state, name);
    const { title, status, detail } = step;
    return {
      id: "certificate",
      title,
      status: status === "Succeeded" ? "done" : status === "Failed" ? "failed" : "waiting",
      ...(detail === undefined ? {} : { detail }),
      ...(status === "Failed"
        ? {
            report: {
              what: `Not done: ${title}`,
              hop: "tls" as const,
              evidence: [],
              cause: detail ?? title,
              repair: {
                text: `Try certificate ${name} again`,
                command: { action: "renew-certificate" as const, name },
                cli: `fairlead certificate renew ${name}`,
              },
              code: "issuer-failed",
            },
          }
        : {}),
    };
  }
}

/** A check of which the visit says how it went: failed where it broke at one of the hops. */
function seenBy(
  base: Pick<ReadinessCheck, "id" | "title">,
  visit: Trace | undefined,
  hops: readonly TraceHop[],
  detail: string | undefined,
): ReadinessCheck {
  if (!visit) return { ...base, status: "waiting" };
  const { failure } = visit;
  if (failure?.hop !== undefined && hops.includes(failure.hop)) return { ...base, ...failed(failure) };
  return { ...base, status: "done", ...(detail === undefined ? {} : { detail }) };
}

function failed(report: FailureReport): Pick<ReadinessCheck, "status" | "detail" | "report"> {
  return { status: "failed", detail: report.what, report };
}

const nameHops: readonly TraceHop[] = ["browser", "resolver", "root", "tld", "name-servers", "record"];

function resolverCheck(visit: Trace | undefined, addresses: readonly string[]): ReadinessCheck {
  const base = { id: "resolver", title: "The resolver gives its address" } as const;
  const asked = visit?.steps.findLast(({ hop }) => hop === "browser");
  const given = (asked?.answer ?? []).flatMap((line) => / IN (?:A|AAAA) (\S+)$/.exec(line)?.[1] ?? []);
  const check = seenBy(base, visit, nameHops, given.join(", "));
  if (check.status !== "done" || given.some((one) => addresses.includes(one))) return check;
  // It has an answer from before: the name led elsewhere.
  const record = visit?.steps.find(({ hop, cached }) => hop === "record" && cached);
  const left = record?.cached?.ttlLeftSeconds;
  return {
    ...base,
    status: "waiting",
    detail: `it still gives ${given.join(", ")}${left === undefined ? "" : `, for ${left} s more`}`,
  };
}

/** What was issued is to be what visitors are shown, too. */
function proven(check: ReadinessCheck, visit: Trace | undefined): ReadinessCheck {
  const { failure } = visit ?? {};
  return failure?.hop === "tls" ? { ...check, ...failed(failure) } : check;
}

function pageCheck(visit: Trace | undefined, isProven: boolean): ReadinessCheck {
  const base = { id: "page", title: "A visitor gets a page" } as const;
  const page = visit?.steps.findLast(({ hop }) => hop === "page");
  // What breaks before the page is told at its own check.
  const isBefore = visit?.failure?.hop !== undefined && [...nameHops, "tls"].includes(visit.failure.hop);
  if (!visit || isBefore || (!isProven && visit.failure)) return { ...base, status: "waiting" };
  return visit.failure
    ? { ...base, ...failed(visit.failure) }
    : { ...base, status: "done", detail: page?.outcome ?? "" };
}
