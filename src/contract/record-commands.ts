// Commands on single records of a zone, and a zone as one document: what an export gives, and what an import of it takes.

import { z } from "zod";
import { rrsetOrigin } from "./resource.ts";
import { routingPolicy, setHealth, setIdentifier, setMembers } from "./routing-policy.ts";

const nameText = z.string().min(1).max(1020);
const typeText = z.string().min(1).max(32);
const dataText = z.string().max(400_000);
const ttlSeconds = z.int().min(0).max(2147483647);

/** Most records of one RRset. */
export const maxRrsetRecords = 400;
/** Most records of one import. */
export const maxImportRecords = 100_000;

/** What is added to and taken out of an RRset, and its TTL; the rest of it stays. One that is left without records goes. */
export const rrsetEdit = {
  name: nameText,
  type: typeText,
  /** Which of several that a routing policy chooses from. */
  setIdentifier: setIdentifier.optional(),
  add: z.array(dataText).min(1).max(maxRrsetRecords).optional(),
  remove: z.array(dataText).min(1).max(maxRrsetRecords).optional(),
  /** How the one record that is added was written in another API, which shows it so again: with or without final dot. */
  written: dataText.optional(),
  /** Seconds, for the whole RRset. */
  ttl: ttlSeconds.optional(),
} as const;

/** What becomes of one record: what is absent stays. Another name or type moves it there, with its id. */
export const recordChange = {
  name: nameText.optional(),
  type: typeText.optional(),
  data: dataText.optional(),
  /** As for an RRset's edit: how the data was written. */
  written: dataText.optional(),
  /** For the whole RRset that it is in then. */
  ttl: ttlSeconds.optional(),
} as const;

/** An RRset's TTL and RDATA in presentation format. Their order means nothing. */
export const rrsetContent = z.strictObject({
  ttl: ttlSeconds,
  records: z.array(dataText).min(1).max(maxRrsetRecords),
});
export type RrsetContent = z.infer<typeof rrsetContent>;

/** What becomes of one RRset of several that are changed as one. */
export const rrsetChange = z.strictObject({
  name: nameText,
  type: typeText,
  ...setMembers,
  /** What whoever asks saw: null where there was nothing. Where that is not what is there, all is refused. Absent: it is not looked at. */
  expected: rrsetContent.nullable().optional(),
  /** What is to be there; null: nothing. Without TTL it stays, or is 60. */
  put: rrsetContent.partial({ ttl: true }).nullable(),
});
export type RrsetChange = z.infer<typeof rrsetChange>;

/** Most RRsets that one command changes one by one; more are imported. */
export const maxRrsetChanges = 10_000;

/** Changes RRsets of a zone as one. */
export const changeRrsetsBody = z.strictObject({ edits: z.array(rrsetChange).min(1).max(maxRrsetChanges) });

/** An RRset that is another one than whoever changes it knew, with both sides. */
export const rrsetConflict = z
  .strictObject({
    zone: z.string(),
    name: z.string(),
    type: z.string(),
    setIdentifier: z.string(),
    /** What they saw; null: nothing. */
    expected: rrsetContent.nullable(),
    /** What is there. */
    current: rrsetContent.nullable(),
    /** What they want there. */
    wanted: rrsetContent.nullable(),
    /** The revision of the change that made it what it is; absent where it is gone. */
    revision: z.number().optional(),
  })
  .meta({ id: "RrsetConflict" });
export type RrsetConflict = z.infer<typeof rrsetConflict>;

/** A zone as a document: everything that it holds but SOA and NS, which are the platform's. Names are absolute, without final dot. */
export const zoneDocument = z
  .strictObject({
    format: z.literal("fairlead-zone"),
    version: z.literal(1),
    zone: nameText,
    /** SOA MINIMUM, seconds. */
    negativeTtl: ttlSeconds.optional(),
    rrsets: z
      .array(
        z.strictObject({
          name: nameText,
          type: typeText,
          setIdentifier: setIdentifier.optional(),
          policy: routingPolicy.optional(),
          health: setHealth.optional(),
          ttl: ttlSeconds,
          origin: rrsetOrigin.optional(),
          entries: z
            .array(
              z.strictObject({
                id: z.string().max(64).optional(),
                data: dataText,
                /** As for an RRset's edit: how the data was written. */
                written: dataText.optional(),
              }),
            )
            .min(1)
            .max(maxRrsetRecords),
        }),
      )
      .max(maxImportRecords),
    aliases: z
      .array(z.strictObject({ id: z.string().max(64).optional(), name: nameText, target: nameText }))
      .max(maxImportRecords)
      .optional(),
    /** Names that lead to resources; `https` asks for a certificate with them, as an assignment does. Certificates themselves stay behind. */
    assignments: z
      .array(
        z.strictObject({
          name: nameText,
          resource: z.string().min(1).max(255),
          https: z.boolean().optional(),
        }),
      )
      .max(maxImportRecords)
      .optional(),
  })
  .meta({ id: "ZoneDocument" });
export type ZoneDocument = z.infer<typeof zoneDocument>;

/** The commands. */
export const recordCommands = [
  z.strictObject({ action: z.literal("edit-rrset"), zone: nameText, ...rrsetEdit }),
  /** `id` is the entry's. */
  z.strictObject({
    action: z.literal("change-record"),
    zone: nameText,
    id: z.string().min(1).max(64),
    ...recordChange,
  }),
  z.strictObject({ action: z.literal("delete-record"), zone: nameText, id: z.string().min(1).max(64) }),
  z.strictObject({ action: z.literal("change-rrsets"), zone: nameText, ...changeRrsetsBody.shape }),
  z.strictObject({ action: z.literal("import-document"), zone: nameText, document: zoneDocument }),
] as const;
