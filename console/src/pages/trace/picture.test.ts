// Pictures of traces as values: which cards stand in which lane and how, the way through them, and that text of elsewhere stays text.

import { describe, expect, test } from "vitest";
import type { Trace, TraceStep } from "#contract";
import { drawMap } from "./map-drawing.ts";
import { mapOf } from "./map-model.ts";
import { toSvg } from "./save-picture.ts";
import type { Shape } from "./shapes.ts";
import { drawWaterfall } from "./waterfall-drawing.ts";

function step(hop: TraceStep["hop"], more: Partial<TraceStep> = {}): TraceStep {
  return {
    traceId: "00",
    hop,
    reportedBy: "visitor",
    at: 0,
    startMs: 1,
    tookMs: 2,
    question: "shop.test. A",
    answer: [],
    outcome: "NOERROR",
    isFailure: false,
    ...more,
  };
}

function traceOf(steps: TraceStep[], failure?: Trace["failure"]): Trace {
  return {
    id: "0123456789abcdef",
    url: "https://shop.test/",
    fresh: false,
    at: "2026-11-25T18:00:00.000Z",
    tookMs: 40,
    steps,
    problems: [],
    ...(failure ? { failure } : {}),
  };
}

const good = traceOf([
  step("browser"),
  step("resolver", { answer: ["shop.test. 60 IN A 127.53.8.1"] }),
  step("tld", { cached: { ttlLeftSeconds: 172_800 } }),
  step("name-servers", { cached: { ttlLeftSeconds: 9 } }),
  step("name-servers", { server: "ns1.s1.nic.test. 127.53.2.1:5301" }),
  step("name-servers", { server: "ns2.s1.nic.test. 127.53.2.2:5301", isAside: true }),
  step("record", { answer: ["shop.test. 60 IN A 127.53.8.1"] }),
  step("address", { outcome: "connected", server: "127.53.8.1:8443" }),
  step("tls"),
  step("edge", { outcome: "routed" }),
  step("resource", {
    outcome: "200 OK",
    target: {
      resourceName: "front",
      name: "web-1",
      address: "127.53.9.1:80",
      state: "healthy",
      why: "",
      isSticky: false,
      tries: ["tried 127.53.9.2:80: refused"],
      others: [
        { name: "web-2", address: "127.53.9.2:80", state: "healthy" },
        { name: "web-3", address: "127.53.9.3:80", state: "healthy" },
      ],
    },
  }),
  step("page", { outcome: "200 OK" }),
]);

const broken = traceOf(
  [
    step("browser", { outcome: "NXDOMAIN", isFailure: true }),
    step("tld", { outcome: "NXDOMAIN", isFailure: true }),
  ],
  { what: "shop.test is not registered", hop: "tld", evidence: [], cause: "Nobody has." },
);

describe("mapOf()", () => {
  test("has ten lanes in order, each hop in its own", () => {
    expect(
      mapOf(good).lanes.map(({ title, nodes, empty }) => [title, nodes.map((node) => node.title), empty]),
    ).toEqual([
      ["Browser", ["shop.test"], undefined],
      ["Resolver", ["found"], undefined],
      ["Root", [], "not needed"],
      ["TLD", ["known"], undefined],
      ["Name servers", ["ns1.s1", "ns2.s1"], undefined],
      ["Record", ["127.53.8.1"], undefined],
      ["Edge", ["127.53.8.1", "TLS", "no resource"], undefined],
      ["Cache", [], "not needed"],
      ["Resource", ["web-1", "web-2", "web-3"], undefined],
      ["Page", ["200 OK"], undefined],
    ]);
  });

  test("tells what answered from what was known, asked beside, or did not answer", () => {
    const standings = mapOf(good).lanes.flatMap(({ nodes }) =>
      nodes.map(({ title, standing }) => `${title} ${standing}`),
    );
    expect(standings).toEqual(
      expect.arrayContaining([
        "known known",
        "ns1.s1 good",
        "ns2.s1 aside",
        "web-1 good",
        "web-2 warn",
        "web-3 aside",
      ]),
    );
  });

  test("goes by what the visit asked, and no further than where it broke", () => {
    expect(
      mapOf(good)
        .way.map(({ lane, node }) => `${lane}.${node}`)
        .join(" "),
    ).toBe("0.0 1.0 3.0 4.0 5.0 6.0 6.1 6.2 8.0 9.0");
    const { way, lanes, brokenLane } = mapOf(broken);
    expect(brokenLane).toBe(3);
    expect(way.at(-1)).toEqual({ lane: 3, node: 0 });
    expect(lanes.map(({ empty }) => empty).slice(4)).toEqual(Array.from({ length: 6 }, () => "not reached"));
  });

  test("shows a few of very many hops, and counts the rest", () => {
    const many = traceOf(
      Array.from({ length: 40 }, (_, i) => step("tld", { server: `a${i}.nic. 192.0.2.1:53` })),
    );
    const titles = mapOf(many).lanes[3]?.nodes.map(({ title }) => title);
    expect(titles).toHaveLength(6);
    expect(titles?.at(-1)).toBe("and 35 more");
  });
});

function all(shapes: readonly (Shape | string)[]): Shape[] {
  return shapes.flatMap((one) => (typeof one === "string" ? [] : [one, ...all(one.children)]));
}

test("every step has one card and one row that can be chosen, but for what is known of servers that were asked", () => {
  const stepsIn = (shapes: readonly Shape[]): number[] =>
    all(shapes).flatMap((one) => (one.step === undefined ? [] : [one.step]));
  expect(stepsIn(drawMap(good).shapes)).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(stepsIn(drawWaterfall(good).shapes)).toEqual(good.steps.map((_, i) => i));
});

test("what lies behind the hop that broke is grey, and the way goes on as lost", () => {
  const names = all(drawMap(broken).shapes).map(({ attributes }) => String(attributes["class"]));
  expect(names.filter((name) => name === "lane behind")).toHaveLength(6);
  expect(names).toContain("lane broken");
  expect(names).toContain("way lost");
});

test("a picture is whole XML whatever the names in it are", () => {
  const hostile = traceOf([
    step("browser", { question: `<script>alert("1")</script>&"'\u0000\uD800]]> A`, outcome: "<b>" }),
  ]);
  const svg = toSvg(hostile, ".card{}");
  for (const part of ["<script", "<b>", "\u0000", "\uD800"]) expect(svg).not.toContain(part);
  expect(svg).toContain("&lt;script&gt;");
  expect(svg).toMatch(/prefers-color-scheme:dark/);
  expect(toSvg(hostile, "", "dark")).not.toMatch(/prefers-color-scheme/);
});
