import type { TraceStep } from "#contract";
import { expect, test } from "vitest";
import { explainFailure } from "./trace-failure.ts";

function step(hop: TraceStep["hop"], outcome: string, more: Partial<TraceStep> = {}): TraceStep {
  return {
    traceId: "00",
    hop,
    reportedBy: "visitor",
    at: 0,
    question: hop === "page" ? "GET http://shop.test/" : "shop.test. A",
    answer: [],
    outcome,
    isFailure: true,
    ...more,
  };
}

const soa = "test. 60 IN SOA a.nic.test. hostmaster.nic.test. 1 7200 900 1209600 30";

test.each([
  {
    of: "a whole visit",
    steps: [step("browser", "NOERROR", { isFailure: false })],
    failure: undefined,
    repair: undefined,
  },
  {
    of: "a domain that nobody registered",
    steps: [
      step("browser", "NXDOMAIN"),
      step("tld", "NXDOMAIN", { server: "127.53.1.1:5301", answer: [soa] }),
    ],
    failure: "the top-level domain (127.53.1.1:5301): shop.test. A → NXDOMAIN",
    cause: "NXDOMAIN",
    repair: /fairlead register/,
    heals: 30,
  },
  {
    of: "a name that its zone does not have",
    steps: [step("resolver", "NXDOMAIN"), step("name-servers", "NXDOMAIN", { answer: [soa] })],
    failure: "the name servers of the zone: shop.test. A → NXDOMAIN",
    cause: "NXDOMAIN",
    repair: /fairlead assign shop\.test /,
    heals: 30,
  },
  {
    of: "a negative answer from the cache",
    steps: [step("record", "NXDOMAIN", { cached: { ttlLeftSeconds: 7 } })],
    failure: "the record: shop.test. A → NXDOMAIN",
    cause: "NXDOMAIN",
    repair: / 7 s more; --fresh/,
    heals: 7,
  },
  {
    of: "a name outside the private tree",
    steps: [step("browser", "REFUSED"), step("resolver", "REFUSED", { answer: ["it is outside"] })],
    failure: "the resolver: shop.test. A → REFUSED",
    cause: "it is outside",
    repair: /--outside/,
  },
  {
    of: "a resolver that is gone",
    steps: [step("browser", "no answer", { server: "127.0.0.1:5300" })],
    failure: "the resolver, as the browser sees it (127.0.0.1:5300): shop.test. A → no answer",
    cause: "no answer",
    repair: /fairlead status/,
  },
  {
    of: "an address where nothing listens",
    steps: [step("address", "connection refused", { question: "connect 192.0.2.1:80" })],
    failure: "the address: connect 192.0.2.1:80 → connection refused",
    cause: "connection refused",
    repair: /mend the record/,
  },
  {
    of: "an instance that does not run",
    steps: [
      step("page", "502 Bad Gateway"),
      step("page", "502 Bad Gateway", {
        reportedBy: "edge",
        answer: ['No answer from resource "web" at 127.53.9.1:8080: it refuses connections.'],
      }),
    ],
    failure: "the page: GET http://shop.test/ → 502 Bad Gateway",
    cause: 'No answer from resource "web" at 127.53.9.1:8080: it refuses connections.',
    repair: /fairlead instance logs web/,
  },
  {
    of: "a page that the resource does not have",
    steps: [step("page", "404 Not Found")],
    failure: "the page: GET http://shop.test/ → 404 Not Found",
    cause: "404 Not Found",
    repair: undefined,
  },
])("explainFailure() of $of", ({ steps, failure, cause, repair, heals }) => {
  const explained = explainFailure(steps);
  expect(explained?.what).toBe(failure);
  expect(explained?.cause).toBe(cause);
  expect(explained?.healsInSeconds).toBe(heals);
  if (repair === undefined) expect(explained?.repair).toBeUndefined();
  else expect(explained?.repair?.text).toMatch(repair);
});
