// Steps in order, placed by what caused them, and each exchange told once.

import type { DnsDetail, TraceStep } from "#contract";
import { expect, test } from "vitest";
import { stepAt, traceNow } from "./testing-traces.ts";
import { assemble } from "./trace-assembly.ts";

function dns(id: number, address = "127.53.1.1"): DnsDetail {
  return { transport: "udp", address, port: 5301, dig: "", query: { id } as DnsDetail["query"] };
}

const question = stepAt("browser", { startMs: 2, tookMs: 30 });
const walk = stepAt("resolver", { reportedBy: "resolver", afterMs: 0, tookMs: 20 });

test("what the resolver did lies within the question that it was asked", () => {
  const asked = stepAt("tld", { reportedBy: "resolver", afterMs: 4, tookMs: 3, dns: dns(1) });
  const steps = assemble([asked, walk, question]);
  expect(steps.map(({ hop, startMs }) => [hop, startMs])).toEqual([
    ["browser", 2],
    // Half of the 10 ms that the resolver does not account for is the way to it.
    ["resolver", 7],
    ["tld", 11],
  ]);
});

test("a question is told by the server that was asked, with the time that the asker measured", () => {
  const asked = stepAt("tld", { reportedBy: "resolver", afterMs: 4, tookMs: 3, dns: dns(1) });
  const told = stepAt("tld", { reportedBy: "names", server: "a.nic.test.", dns: { ...dns(1), serial: 9 } });
  const other = stepAt("tld", { reportedBy: "names", server: "b.nic.test.", dns: dns(2) });
  const steps = assemble([told, asked, other, walk, question]);
  expect(steps.filter(({ hop }) => hop === "tld")).toMatchObject([
    { server: "b.nic.test.", reportedBy: "names" },
    { server: "a.nic.test.", reportedBy: "names", startMs: 11, tookMs: 3, dns: { serial: 9, askedMs: 3 } },
  ]);
});

test("a question to a server that tells nothing is told by who asked", () => {
  const asked = stepAt("name-servers", {
    reportedBy: "resolver",
    outcome: "no answer",
    isFailure: true,
    dns: dns(1),
  });
  expect(assemble([asked])).toEqual([asked]);
});

test("the record has the place of the answer that it came with, and no time of its own", () => {
  const common: Partial<TraceStep> = { reportedBy: "names", dns: dns(1) };
  const asked = stepAt("name-servers", { reportedBy: "resolver", afterMs: 1, tookMs: 3, dns: dns(1) });
  const steps = assemble([stepAt("name-servers", common), stepAt("record", common), asked, walk, question]);
  const record = steps.find(({ hop }) => hop === "record");
  expect([record?.startMs, record?.tookMs]).toEqual([8, undefined]);
});

test("a server that the visit asked is not told of again from beside it; the others are", () => {
  const asked = stepAt("name-servers", { reportedBy: "names", server: "ns1", dns: dns(1, "127.53.2.1") });
  const again = { ...asked, isAside: true, dns: dns(2, "127.53.2.1") };
  const other = { ...asked, isAside: true, server: "ns2", dns: dns(3, "127.53.2.2") };
  expect(assemble([other, again, asked]).map(({ server, isAside }) => [server, isAside])).toEqual([
    ["ns1", undefined],
    ["ns2", true],
  ]);
});

test("what the edge did lies within the request", () => {
  const steps = assemble([
    stepAt("resource", { reportedBy: "edge", afterMs: 1 }),
    stepAt("edge", { reportedBy: "edge", afterMs: 0 }),
    stepAt("page", { startMs: 40, tookMs: 9 }),
    stepAt("address", { startMs: 35 }),
  ]);
  expect(steps.map(({ hop, startMs }) => [hop, startMs])).toEqual([
    ["address", 35],
    ["edge", 40],
    ["resource", 41],
    ["page", 40],
  ]);
});

test("what is known comes before what is asked for it, whatever the clocks say", () => {
  const cached = stepAt("name-servers", { cached: { ttlLeftSeconds: 9 }, at: traceNow + 1 });
  const asked = stepAt("name-servers", { at: traceNow });
  expect(assemble([asked, cached])).toEqual([cached, asked]);
});
