// The filter's words, each against rows that it is to find and to leave out.

import { expect, test } from "vitest";
import { readFilter } from "./filter.ts";
import type { RecordRow } from "./record-model.ts";

const row = (name: string, type: string, data: string, more: Partial<RecordRow> = {}): RecordRow => ({
  kind: "record",
  key: `${name} ${type}`,
  id: `${name} ${type} ${data}`,
  name,
  type,
  ttl: 300,
  data,
  origin: "user",
  mark: "same",
  isInConflict: false,
  isFirstOfName: true,
  ...more,
});
const rows = [
  row("shop.test", "MX", "10 mail.shop.test.", { ttl: 86_400 }),
  row("www.shop.test", "A", "192.0.2.1", { mark: "added" }),
  row("www2.shop.test", "AAAA", "2001:DB8::1", { ttl: 60, origin: "assign" }),
  row("txt.shop.test", "TXT", '"v=spf1 mx -all"', { isInConflict: true }),
];
const context = { advised: new Set(["shop.test MX"]) };
const found = (text: string): string[] => {
  const matches = readFilter(text);
  return rows.filter((one) => !matches || matches(one, context)).map(({ type }) => type);
};

test.each([
  ["", ["MX", "A", "AAAA", "TXT"]],
  ["   ", ["MX", "A", "AAAA", "TXT"]],
  ["type:mx", ["MX"]],
  ["type:a,AAAA", ["A", "AAAA"]],
  ["ttl<300", ["AAAA"]],
  ["ttl>=5m", ["MX", "A", "TXT"]],
  ["ttl=1d", ["MX"]],
  ["ttl>1w", []],
  ["name:www", ["A", "AAAA"]],
  ["name:www*.test", ["A", "AAAA"]],
  ["name:w*2.", ["AAAA"]],
  ["value:2001:db8", ["AAAA"]],
  ["from:assign", ["AAAA"]],
  ["is:staged", ["A"]],
  ["is:conflict", ["TXT"]],
  ["is:advised", ["MX"]],
  ["www ttl<300", ["AAAA"]],
  ["-www", ["MX", "TXT"]],
  ["-type:mx -is:staged", ["AAAA", "TXT"]],
  ['"spf1 mx"', ["TXT"]],
  ["mx", ["MX", "TXT"]],
  ["is:nothing", []],
  ["ttl<x", []],
  ["(((", []],
  ["-", ["MX", "A", "AAAA", "TXT"]],
])("%s", (text, types) => {
  expect(found(text)).toEqual(types);
});
