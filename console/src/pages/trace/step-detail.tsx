// One hop opened: what was asked and what came back, decoded, with the octets; certificates, heads, the cache's key, the target and why.

import { useState, type ReactNode } from "react";
import type {
  CertificateDetail,
  DnsDetail,
  DnsMessage,
  HttpDetail,
  TargetDetail,
  TraceStep,
} from "#contract";
import { Facts } from "../../parts/card.tsx";
import { Chip } from "../../parts/chip.tsx";
import { CodeBlock, CopyButton, Value } from "../../parts/code.tsx";
import { Segments } from "../../parts/segments.tsx";
import { Time } from "../../parts/time.tsx";
import { octets, span } from "../../text/quantities.ts";
import { visible } from "../../text/visible.ts";
import { hopNames, shortMs } from "./map-model.ts";

const reporters: Readonly<Record<TraceStep["reportedBy"], string>> = {
  visitor: "the visitor",
  control: "control",
  names: "the name server itself",
  resolver: "the resolver",
  edge: "the edge",
  runtime: "the runtime",
};

/** The whole of a step. */
export function StepDetail({ step, number }: { readonly step: TraceStep; readonly number: number }) {
  const { hop, question, outcome, server, startMs, tookMs, cached, isFailure, isAside, reportedBy } = step;
  const { dns, tls, http, route, cache, target } = step;
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="text-lg font-semibold">
          {number}. {hopNames[hop]}
        </h2>
        <Chip tone={isFailure ? "bad" : cached ? "mark" : "good"} withDot>
          {visible(outcome)}
        </Chip>
        {isAside === true && <Chip>asked beside the visit</Chip>}
        {cached && <Chip tone="mark">from memory, {span(cached.ttlLeftSeconds)} left</Chip>}
        {step.flags?.map((flag) => (
          <FlagChip key={flag} flag={flag} />
        ))}
      </div>
      <Facts
        rows={[
          ["Asked", <Value key="q" text={question} />],
          server !== undefined && ["Who answered", <Value key="s" text={server} />],
          ["Told by", reporters[reportedBy]],
          startMs !== undefined && [
            "When",
            `${shortMs(startMs)} after the start${tookMs === undefined ? "" : `, took ${shortMs(tookMs)}`}`,
          ],
          dns?.serial !== undefined && ["Zone", <ZoneText key="z" dns={dns} />],
          dns?.choice && [
            "Chosen",
            `${visible(dns.choice.sets.join(", "))} by policy ${dns.choice.policy}: ${dns.choice.reason}`,
          ],
          route && [
            "Route",
            `${route.resourceName} (${route.resourceType.replace("-", " ")}), by ${route.by === "host" ? "the host" : "its own address"} ${route.value}`,
          ],
        ]}
      />
      {!dns && step.answer.length > 0 && (
        <Part title="What it said">
          <CodeBlock text={step.answer.join("\n")} />
        </Part>
      )}
      {cache && (
        <Part title="Cache">
          <Facts
            rows={[
              ["Result", cache.result],
              ["Why", visible(cache.reason)],
              cache.key !== undefined && ["Key", <Value key="k" text={cache.key} />],
              cache.ageSeconds !== undefined && ["Age", span(cache.ageSeconds)],
              cache.ttlLeftSeconds !== undefined && ["Fresh for", span(Math.max(0, cache.ttlLeftSeconds))],
              ["Cache-Status", <Value key="c" text={cache.status} />],
            ]}
          />
        </Part>
      )}
      {target && <Target target={target} />}
      {tls && (
        <Part title="Certificates">
          <p className="mb-2">
            {visible(tls.version)}, {visible(tls.cipher)}, for <Value text={tls.serverName} />.{" "}
            {tls.isTrusted
              ? "A browser that trusts the platform’s authority goes on."
              : visible(tls.reason ?? "")}
          </p>
          <ol className="flex flex-col gap-2">
            {tls.chain.map((one, i) => (
              <Certificate key={one.fingerprint} certificate={one} isLeaf={i === 0} />
            ))}
          </ol>
        </Part>
      )}
      {dns && <Dns dns={dns} />}
      {http && <Http http={http} />}
    </div>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className="mb-1.5 font-semibold">{title}</h3>
      {children}
    </section>
  );
}

const flagWords: Readonly<Record<string, string>> = {
  qr: "a response",
  aa: "with authority: from the zone’s own data",
  tc: "truncated: asked again over TCP",
  rd: "recursion was asked for",
  ra: "recursion is offered",
  ad: "authentic: its signatures were checked",
  cd: "checking was not asked for",
};

function FlagChip({ flag }: { readonly flag: string }) {
  return (
    <Chip tone={flag === "aa" || flag === "ad" ? "accent" : "neutral"} title={flagWords[flag] ?? flag}>
      {flag}
    </Chip>
  );
}

function ZoneText({ dns }: { readonly dns: DnsDetail }) {
  return (
    <>
      <Value text={dns.zone ?? ""} />, serial <Value text={String(dns.serial)} />
    </>
  );
}

function Dns({ dns }: { readonly dns: DnsDetail }) {
  const [which, setWhich] = useState<"response" | "query">("response");
  const message = which === "query" ? dns.query : dns.response;
  return (
    <Part title="DNS messages">
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <Segments
          label="Message"
          options={[
            { value: "response", label: "Response" },
            { value: "query", label: "Query" },
          ]}
          value={which}
          onChange={setWhich}
        />
        <span className="text-sm text-soft">over {dns.transport.toUpperCase()}</span>
      </div>
      {message ? <Message message={message} /> : <p className="text-soft">There is none.</p>}
      <div className="mt-3">
        <CodeBlock text={dns.dig} label="Ask the same again" />
      </div>
    </Part>
  );
}

function Message({ message }: { readonly message: DnsMessage }) {
  const { id, opcode, rcode, flags, edns, size, more } = message;
  const sections = [
    ["Question", message.question],
    ["Answer", message.answer],
    ["Authority", message.authority],
    ["Additional", message.additional],
  ] as const;
  return (
    <div className="flex flex-col gap-3">
      <Facts
        rows={[
          ["Header", `id ${id}, ${opcode}, ${rcode}, ${size} octets`],
          [
            "Flags",
            <span key="f" className="inline-flex flex-wrap gap-1">
              {flags.length === 0 ? "none" : flags.map((flag) => <FlagChip key={flag} flag={flag} />)}
            </span>,
          ],
          edns && [
            "EDNS",
            `version ${edns.version}, takes ${edns.udpPayloadSize} octets${edns.isDnssecOk ? ", wants signatures (DO)" : ""}`,
          ],
          ...(edns?.options ?? []).map(
            ({ code, name, text }) =>
              [`Option ${code}`, <Value key={code} text={`${name} ${text}`} />] as const,
          ),
        ]}
      />
      {sections.map(([title, lines]) =>
        lines.length === 0 ? null : (
          <div key={title}>
            <h4 className="text-sm font-medium text-soft">{title}</h4>
            <ul
              className="mt-1 overflow-x-auto rounded-lg bg-sunken px-3 py-2"
              tabIndex={0}
              aria-label={title}
            >
              {lines.map((line, i) => (
                <li key={i} className="whitespace-nowrap">
                  <Value text={line} />
                </li>
              ))}
            </ul>
          </div>
        ),
      )}
      {more > 0 && <p className="text-sm text-soft">And {more} records more.</p>}
      <Octets hex={message.octets} size={size} />
    </div>
  );
}

/** The octets as every tool shows them: offset, hexadecimal digits, text. */
function Octets({ hex, size }: { readonly hex: string; readonly size: number }) {
  const rows: string[] = [];
  for (let at = 0; at < hex.length; at += 32) {
    const row = hex.slice(at, at + 32);
    const pairs = row.match(/../g) ?? [];
    const text = pairs
      .map((pair) => {
        const code = Number.parseInt(pair, 16);
        return code >= 32 && code < 127 ? String.fromCharCode(code) : "·";
      })
      .join("");
    rows.push(`${(at / 2).toString(16).padStart(4, "0")}  ${pairs.join(" ").padEnd(47)}  ${text}`);
  }
  return (
    <details>
      <summary className="text-sm font-medium text-accent">Octets ({size})</summary>
      <pre
        className="mt-2 overflow-x-auto rounded-lg bg-sunken p-3 font-mono text-[0.8em] leading-5"
        tabIndex={0}
        aria-label="Octets"
      >
        {rows.join("\n")}
      </pre>
      <CopyButton text={hex} label="Copy as hexadecimal digits" />
    </details>
  );
}

function Certificate({
  certificate,
  isLeaf,
}: {
  readonly certificate: CertificateDetail;
  readonly isLeaf: boolean;
}) {
  const { subject, issuer, notBefore, notAfter, names, serial, key, fingerprint } = certificate;
  return (
    <li className="rounded-lg border border-line p-3">
      <p className="mb-2 font-medium">
        {visible(subject)} {isLeaf && <Chip tone="accent">the site’s own</Chip>}
      </p>
      <Facts
        rows={[
          ["Issued by", visible(issuer)],
          [
            "Good",
            <span key="v">
              from <Time at={notBefore} isExact /> until <Time at={notAfter} isExact /> (
              <Time at={notAfter} />)
            </span>,
          ],
          names.length > 0 && ["Names", visible(names.join(", "))],
          ["Key", key],
          ["Serial", <Value key="s" text={serial} />],
          ["Fingerprint", <Value key="f" text={fingerprint} most={41} />],
        ]}
      />
    </li>
  );
}

function Target({ target }: { readonly target: TargetDetail }) {
  const { resourceName, name, address, why, tries, others, isSticky, state, detail } = target;
  return (
    <Part title={`Target of ${visible(resourceName)}`}>
      <Facts
        rows={[
          [
            "Taken",
            <span key="t">
              {visible(name)} at <Value text={address} />
            </span>,
          ],
          ["Why", visible(why)],
          ["State", visible(detail === undefined ? state : `${state}: ${detail}`)],
          isSticky && ["Sticky", "the visitor’s cookie names it"],
          tries.length > 0 && ["Tried before", visible(tries.join("; "))],
        ]}
      />
      {others.length > 0 && (
        <ul className="mt-2 flex flex-col gap-1">
          {others.map((other) => (
            <li key={`${other.name} ${other.address}`} className="flex flex-wrap items-center gap-2">
              <Chip tone={other.state === "unhealthy" ? "bad" : "neutral"} withDot>
                {other.state}
              </Chip>
              {visible(other.name)} <Value text={other.address} />
              {other.detail !== undefined && <span className="text-soft">{visible(other.detail)}</span>}
            </li>
          ))}
        </ul>
      )}
    </Part>
  );
}

function Http({ http }: { readonly http: HttpDetail }) {
  const { request, response, contentOctets, firstByteMs } = http;
  return (
    <Part title="Request and response">
      <div className="grid gap-3 lg:grid-cols-2">
        {request.length > 0 && <CodeBlock text={request.join("\n")} label="Request" />}
        {response.length > 0 && <CodeBlock text={response.join("\n")} label="Response" />}
      </div>
      <p className="mt-1 text-sm text-soft">
        {octets(contentOctets)} of content
        {firstByteMs === undefined ? "" : `, the first octet after ${shortMs(firstByteMs)}`}
      </p>
    </Part>
  );
}
