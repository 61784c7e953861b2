// Refusals of members in words: schemas speak of types and signs, and people are told what is missing or how much is too much.

import { PlatformError } from "#contract";
import { expect, test } from "vitest";
import { z } from "zod";
import { refuseMembers, reportOf } from "./failure.ts";

const schema = z.object({
  street: z.array(z.string()),
  octets: z.number().min(16),
  seconds: z.number().max(7),
});

test.each([
  { of: { octets: 16, seconds: 1 }, says: 'member "street": it is missing, expected array' },
  { of: { street: [], octets: 5, seconds: 1 }, says: 'member "octets": expected at least 16' },
  { of: { street: [], octets: 16, seconds: 8 }, says: 'member "seconds": expected at most 7' },
  { of: { street: 1, octets: 16, seconds: 8 }, says: 'member "street": expected array, received number' },
])("refuseMembers() says $says", ({ of, says }) => {
  const { error } = schema.safeParse(of);
  if (!error) throw new RangeError("the schema takes it");
  expect(() => refuseMembers(error)).toThrow(
    new PlatformError("input-malformed", `Cannot use the request ${says}`),
  );
});

test.each([
  {
    of: new PlatformError("domain-taken", 'Cannot register "shop.test": it is registered already'),
    what: 'Cannot register "shop.test"',
    cause: "it is registered already",
  },
  {
    of: new PlatformError("name-malformed", 'Cannot use "a: b": it has a blank: two'),
    what: 'Cannot use "a: b"',
    cause: "it has a blank: two",
  },
  {
    of: new PlatformError("internal", "It broke"),
    what: "It broke",
    cause: "This is a fault of Fairlead: report it with the log of the role named.",
  },
])("reportOf() of $of.message", ({ of, what, cause }) => {
  expect(reportOf(of, of.message)).toEqual({
    what,
    evidence: [],
    cause,
    confidence: "certain",
    repair: { text: of.row.help },
    code: of.code,
  });
});

test("reportOf() tells what was thrown beside the message", () => {
  const report = { evidence: ["seen"], repair: { text: "Start it", cli: "fairlead instance start web" } };
  const error = new PlatformError("state-wrong", 'Cannot reboot "web": it is stopped', { report });
  expect(reportOf(error, error.message)).toMatchObject({ what: 'Cannot reboot "web"', ...report });
});
