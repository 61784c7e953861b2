// What the platform would say of records as they stand: those that are not answered as one may expect, though no rule forbids them.

import { z } from "zod";
import { repair } from "./failure-report.ts";

/** Most rows of advice of one zone. */
export const maxAdvice = 500;

/** What there is to say of one RRset, or of an alias. */
export const recordAdvice = z
  .strictObject({
    code: z.enum([
      /** A delegation or DNAME above hides the record. */
      "hidden-by-delegation",
      "hidden-by-dname",
      /** A wildcard that does not hold for a name that exists. */
      "wildcard-stops",
      "cname-circle",
      "cname-nowhere",
      /** A host of MX, SRV or NS records is a CNAME, or has no addresses; for a delegation below the zone that is missing glue. */
      "host-is-cname",
      "host-without-address",
      "missing-glue",
      "signer-without-delegation",
      /** A TTL of more than a day. */
      "long-ttl",
      /** SPF (RFC 7208): more than ten look-ups, or several policies at one name. */
      "spf-lookups",
      "spf-twice",
      /** An alias whose target cannot be looked up, or has no addresses. */
      "alias-kept",
      "alias-empty",
      /** Something about its data or its name. */
      "odd",
    ]),
    /** `warn`: it will not work as it stands. `note`: it may be meant so. */
    weight: z.enum(["warn", "note"]),
    name: z.string(),
    /** Absent for an alias. */
    type: z.string().optional(),
    /** In a sentence. */
    text: z.string(),
    repair: repair.optional(),
  })
  .meta({ id: "RecordAdvice" });
/** See {@link recordAdvice}. */
export type RecordAdvice = z.infer<typeof recordAdvice>;

/** What there is to say of a zone, the first 500 rows. */
export const zoneAdvice = z
  .strictObject({
    /** Aliases first, then records in the order of names. */
    advice: z.array(recordAdvice),
    /** How many more there are. */
    more: z.number(),
  })
  .meta({ id: "ZoneAdvice" });
/** See {@link zoneAdvice}. */
export type ZoneAdvice = z.infer<typeof zoneAdvice>;
