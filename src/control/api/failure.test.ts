// Refusals of members in words: schemas speak of types and signs, and people are told what is missing or how much is too much.

import { PlatformError } from "#contract";
import { expect, test } from "vitest";
import { z } from "zod";
import { refuseMembers } from "./failure.ts";

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
