// Why a visit broke once its name had an address: the connection, the certificate, the route, the resource, the page. The second half of
// trace-failure.ts.

import type { FailureReport, Repair, TraceStep } from "#contract";
import {
  assignRepair,
  evidenceOf,
  quote,
  findingReportOf,
  type BrokenVisit,
  type Finding,
} from "./report-finding.ts";
import type { TraceKnowledge } from "./trace-knowledge.ts";

/** Explains what broke a visit to an address; undefined where its page came. */
export function explainVisit(visit: BrokenVisit): FailureReport | undefined {
  const { steps } = visit;
  const of = (hop: TraceStep["hop"]): TraceStep | undefined =>
    steps.findLast((step) => step.hop === hop && step.reportedBy === "visitor");
  const failed = [of("tls"), of("page"), of("address")].find((step) => step?.isFailure);
  if (!failed) return undefined;
  const finding =
    failed.hop === "address"
      ? explainAddress(visit, failed)
      : failed.hop === "tls"
        ? explainHandshake(visit, failed)
        : explainPage(visit, failed);
  return findingReportOf(finding, visit);
}

function explainAddress({ url, steps, known }: BrokenVisit, step: TraceStep): Finding {
  const host = url.hostname;
  if (step.outcome.startsWith("not visited")) {
    return {
      code: "visit-address-refused",
      what: `${host} leads to ${step.server ?? "an address"}, which traces do not visit`,
      step,
      repair: assignRepair(known, host, undefined),
    };
  }
  const resource = known.assignedTo(host);
  const isAway = resource !== undefined && !known.isThere("edge");
  const isAlias = steps.some(({ answer }) => answer.some((line) => line.includes(" CNAME ")));
  return {
    code: "visit-address-dead",
    what: `Nothing answers at ${step.server ?? "the address"} that ${host} leads to`,
    step,
    confidence: isAway ? "certain" : "likely",
    ...(isAway
      ? { cause: "The role edge is away; it is started again by itself.", healsInSeconds: 5 }
      : {
          cause: isAlias
            ? `The connection is not taken (${step.outcome}) at the address that the name and its CNAME records lead to.`
            : `The connection is not taken: ${step.outcome}.`,
        }),
  };
}

function explainHandshake({ url, known }: BrokenVisit, step: TraceStep): Finding {
  const host = url.hostname;
  const reason = step.tls?.reason ?? step.outcome;
  const leaf = step.tls?.chain[0];
  const certificate = known.certificateOf(host);
  const isOver = leaf !== undefined && Date.parse(leaf.notAfter) < known.now();
  if (/EXPIRED|NOT_YET_VALID/.test(reason) || isOver) {
    return {
      code: "visit-certificate-expired",
      what: `The certificate of ${host} ${isOver ? `ended on ${leaf.notAfter.slice(0, 10)}` : "is not good at this time"}`,
      step,
      repair: certificate && {
        text: `Renew certificate ${certificate.name}`,
        command: { action: "renew-certificate", name: certificate.name },
        cli: `fairlead certificate renew ${quote(certificate.name)}`,
      },
      ...retryOf(certificate, known),
    };
  }
  if (leaf && /altname|does not match/i.test(reason))
    return missingCertificate(host, step, certificate, known);
  if (!leaf) {
    if (!certificate?.isServed) return missingCertificate(host, step, certificate, known);
    return {
      code: "visit-handshake-failed",
      what: `No TLS connection to ${host} came about`,
      step,
      cause: step.outcome,
      confidence: "likely",
    };
  }
  return {
    code: "visit-certificate-untrusted",
    what: `The certificate of ${host} is not trusted`,
    step,
    cause: `It is of "${leaf.issuer}", and visitors do not trust that: ${reason}.`,
  };
}

function missingCertificate(
  host: string,
  step: TraceStep,
  certificate: ReturnType<TraceKnowledge["certificateOf"]>,
  known: TraceKnowledge,
): Finding {
  if (certificate) {
    return {
      code: "visit-certificate-missing",
      what: `The certificate of ${host} is not there yet`,
      step,
      cause:
        certificate.problem === undefined
          ? `Certificate ${certificate.name} is being issued.`
          : `Certificate ${certificate.name} could not be issued: ${certificate.problem}.`,
      repair: {
        text: "See how far it is.",
        cli: `fairlead certificate show ${quote(certificate.name)}`,
      },
      ...retryOf(certificate, known),
    };
  }
  return {
    code: "visit-certificate-missing",
    what: `${host} has no certificate`,
    step,
    repair: {
      text: `Ask for a certificate for ${host}`,
      command: { action: "create-certificate", name: host, domainName: host },
      cli: `fairlead certificate create ${quote(host)} ${quote(host)}`,
    },
  };
}

function retryOf(
  certificate: ReturnType<TraceKnowledge["certificateOf"]>,
  known: TraceKnowledge,
): Pick<Finding, "healsInSeconds"> {
  const { retryAt } = certificate ?? {};
  if (retryAt === undefined) return {};
  return { healsInSeconds: Math.max(0, Math.ceil((retryAt - known.now()) / 1000)) };
}

function explainPage(visit: BrokenVisit, page: TraceStep): Finding {
  const { url, steps, known } = visit;
  const edge = steps.findLast(({ hop }) => hop === "edge");
  const resource = steps.findLast(({ hop }) => hop === "resource");
  if (edge?.isFailure) return explainRoute(url, edge, known);
  if (page.outcome === "the answer was cut off" || page.outcome === "no answer")
    return {
      code: "visit-page-cut",
      what: `The page ${url.href} broke off`,
      step: page,
      confidence: "likely",
      evidence: resource ? evidenceOf(resource) : [],
    };
  if (resource?.outcome === "no target")
    return explainEmpty(edge?.route?.originName ?? edge?.route?.resourceName ?? "", resource, known);
  if (!resource?.isFailure) return explainAnswer(url, page, edge?.route?.resourceName, page);
  const isTargets = (resource.http?.response.length ?? 0) > 0;
  if (isTargets) {
    const { target } = resource;
    return explainAnswer(url, resource, target?.name ?? edge?.route?.resourceName, page);
  }
  return explainSilence(resource, known);
}

/** The request reached the edge, and nothing is behind it. */
function explainRoute(url: URL, step: TraceStep, known: TraceKnowledge): Finding {
  const host = url.hostname;
  const name = step.route?.resourceName;
  if (name === undefined) {
    return {
      code: "visit-name-unrouted",
      what: `No resource is served under ${host}`,
      step,
      repair: assignRepair(known, host, undefined),
    };
  }
  if (step.outcome === "port closed") {
    const port = url.protocol === "https:" ? 443 : 80;
    const isInstance = known.instance(name) !== undefined;
    return {
      code: "visit-port-closed",
      what: `Port ${port} of ${name} is closed`,
      step,
      repair: isInstance
        ? {
            text: `Open port ${port} of ${name}`,
            command: {
              action: "set-instance-ports",
              name,
              how: "open",
              ports: [{ protocol: "tcp", fromPort: port, toPort: port }],
            },
            cli: `fairlead instance ports ${quote(name)} --open ${port}`,
          }
        : undefined,
    };
  }
  return explainEmpty(name, step, known);
}

/** A resource that has nothing to ask: what it has is stopped, or there is nothing. */
function explainEmpty(name: string, step: TraceStep, known: TraceKnowledge): Finding {
  const type = known.resource(name);
  const repairs: Partial<Record<NonNullable<typeof type>, Repair>> = {
    LoadBalancer: {
      text: `Attach an instance to ${name}`,
      cli: `fairlead load-balancer attach ${quote(name)} INSTANCE`,
    },
    ContainerService: {
      text: `Deploy a version of ${name}`,
      cli: `fairlead container-service show ${quote(name)}`,
    },
    StaticIp: {
      text: `Attach ${name} to an instance`,
      cli: `fairlead static-ip attach ${quote(name)} INSTANCE`,
    },
  };
  const stopped = known.stoppedOf(name);
  const [first] = stopped;
  if (first === name) return stoppedInstance(name, step);
  const said = step.answer.at(-1);
  return {
    code: "visit-no-target",
    what: `${name} has nothing that could answer`,
    step,
    ...(first === undefined
      ? { ...(said === undefined ? {} : { cause: said }), repair: type && repairs[type] }
      : {
          cause: `Its instances are stopped: ${stopped.join(", ")}.`,
          repair: startRepair(first),
        }),
  };
}

function stoppedInstance(name: string, step: TraceStep): Finding {
  return {
    code: "visit-instance-stopped",
    what: `Instance ${name} is stopped`,
    step,
    hop: "resource",
    repair: startRepair(name),
  };
}

function startRepair(name: string): Repair {
  return {
    text: `Start instance ${name}`,
    command: { action: "start-instance", name },
    cli: `fairlead instance start ${quote(name)}`,
  };
}

/** The target did not take the request, or did not answer it. */
function explainSilence(step: TraceStep, known: TraceKnowledge): Finding {
  const { target } = step;
  const name = target?.name ?? "";
  const instance = known.instance(name);
  const said = step.answer.at(-1) ?? step.outcome;
  if (instance?.isStopped) return stoppedInstance(name, step);
  if (instance?.state?.state === "failed") {
    const { reason, restartsAt } = instance.state;
    const [first = "its process ended", ...log] = (reason ?? "").split("\n");
    return {
      code: "visit-instance-failed",
      what: `Instance ${name} does not run`,
      step,
      cause: `${first}.`,
      evidence: log,
      repair: {
        text: `Read what it wrote, mend it, and start it anew`,
        command: { action: "reboot-instance", name },
        cli: `fairlead instance logs ${quote(name)}`,
      },
      ...(restartsAt === undefined
        ? {}
        : { healsInSeconds: Math.max(0, Math.ceil((restartsAt - known.now()) / 1000)) }),
    };
  }
  const starts = instance && !instance.isForeign && instance.state?.state === "pending";
  if (starts) {
    return {
      code: "visit-target-silent",
      what: `Instance ${name} is starting`,
      step,
      cause: "Its process is there and does not take connections yet.",
      healsInSeconds: 5,
    };
  }
  const checkSeconds = known.checkSecondsOf(target?.resourceName ?? "");
  return {
    code: "visit-target-silent",
    what: name === "" ? "The resource does not answer" : `${name} does not answer`,
    step,
    cause: said,
    confidence: "likely",
    repair: instance?.isForeign
      ? { text: `Start the server at ${target?.address ?? name}: its process is not Fairlead's.` }
      : instance
        ? {
            text: `Restart instance ${name}`,
            command: { action: "reboot-instance", name },
            cli: `fairlead instance reboot ${quote(name)}`,
          }
        : undefined,
    ...(checkSeconds === undefined ? {} : { healsInSeconds: checkSeconds }),
  };
}

/** The way is whole, and what answered says that there is an error. */
function explainAnswer(url: URL, step: TraceStep, who: string | undefined, page: TraceStep): Finding {
  const status = Number(page.outcome.slice(0, 3));
  const whose = who ?? page.server ?? "The server";
  if (status === 404 || status === 410) {
    return {
      code: "visit-page-missing",
      what: `${whose} has no page ${url.pathname}`,
      step,
      cause: `The way is whole; ${whose} answered ${page.outcome}.`,
      repair: { text: "Look at the path, and at what the resource serves." },
    };
  }
  return {
    code: "visit-page-error",
    what: `${whose} answered ${page.outcome}`,
    step,
    cause: "The way is whole; the error is the resource's own.",
    confidence: "likely",
    repair: {
      text: "Read what the resource wrote.",
      ...(who === undefined ? {} : { cli: `fairlead instance logs ${quote(who)}` }),
    },
  };
}
