// The text format of Prometheus, held against a strict reader of it.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Exposition } from "./exposition.ts";
import { readExposition } from "./testing-exposition.ts";

const counter = { name: "edge_requests", type: "counter", help: "Requests" } as const;

test("families have help, type and their samples, in this order; octets are bytes", () => {
  const out = new Exposition();
  out.add(counter, { resource: "web" }, 3);
  out.add({ name: "octets-held", type: "gauge", help: "Octets" }, {}, 1.5);
  out.add({ name: "seconds", type: "summary", help: "Time" }, { a: "b" }, 0.25, "_sum");
  out.add({ name: "seconds", type: "summary", help: "Time" }, { a: "b" }, 2, "_count");
  out.add(counter, { resource: "front" }, 1e21);
  expect(out.format().split("\n")).toEqual([
    "# HELP fairlead_edge_requests_total Requests",
    "# TYPE fairlead_edge_requests_total counter",
    'fairlead_edge_requests_total{resource="web"} 3',
    'fairlead_edge_requests_total{resource="front"} 1e+21',
    "# HELP fairlead_bytes_held Octets",
    "# TYPE fairlead_bytes_held gauge",
    "fairlead_bytes_held 1.5",
    "# HELP fairlead_seconds Time",
    "# TYPE fairlead_seconds summary",
    'fairlead_seconds_sum{a="b"} 0.25',
    'fairlead_seconds_count{a="b"} 2',
    "",
  ]);
  readExposition(out.format());
});

/** Any characters, and names that objects have of their own. As a string's unit all characters would be listed first, a million of them. */
const anyText = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .array(fc.integer({ min: 0, max: 0x10ffff }))
      .map((codes) => codes.map((code) => String.fromCodePoint(code)).join("")),
  },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "toString", "hasOwnProperty") },
);

test("any text is a label, and no two texts are one", () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyText, { minLength: 1 }), anyText, (texts, help) => {
      const out = new Exposition();
      for (const text of texts) out.add({ ...counter, help }, { resource: text }, 1);
      const family = readExposition(out.format()).get("fairlead_edge_requests_total");
      const plain = (text: string): string => text.toWellFormed().replaceAll("\r", "\uFFFD");
      expect(family?.help).toBe(plain(help));
      expect(family?.samples.map(({ labels }) => labels["resource"])).toEqual([...new Set(texts.map(plain))]);
    }),
    { examples: [[["\u2028", "\u2029x", "\r\n", '"\\', "\ud800", "\u001b[2J"], "\u2028\n"]] },
  );
});

test("a series that stands there already is not written again", () => {
  const out = new Exposition();
  out.add(counter, { resource: "web" }, 3);
  out.add(counter, { resource: "web" }, 4);
  expect(readExposition(out.format()).get("fairlead_edge_requests_total")?.samples).toHaveLength(1);
});

test.each([
  "a 1",
  "# TYPE a_total counter\na_total 1\n",
  "# HELP a A\n# TYPE a counter\na 1\n",
  "# HELP a A\n# TYPE a gauge\na 1\na 2\n",
  "# HELP a A\n# TYPE a gauge\nb 1\n",
  "# HELP a A\n# TYPE a gauge\n",
  '# HELP a A\n# TYPE a gauge\na{b="c"d="e"} 1\n',
  '# HELP a A\n# TYPE a gauge\na{b="\\x"} 1\n',
  '# HELP a A\n# TYPE a gauge\na{b="c",} 1\n',
  "# HELP a A\n# TYPE a gauge\na x\n",
  "# HELP a_total A\n# TYPE a_total counter\na_total -1\n",
])("the reader refuses %j", (text) => {
  expect(() => readExposition(text)).toThrow(/./);
});
