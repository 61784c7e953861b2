// Negative trust anchors of the resolver (RFC 7646): names at and below which it validates nothing for a while, because what somebody else signs there is
// broken. Each ends by itself, and goes before that where the name is found to validate again.

import { z } from "zod";

/**
 * How long one lasts at most, in seconds: a week (RFC 7646 section 2), as who has forgotten it would be without DNSSEC for good. Where nobody
 * says how long, a day: most faults of signing are mended by then.
 */
export const maxNegativeAnchorSeconds = 604_800;
/** See above. */
export const defaultNegativeAnchorSeconds = 86_400;
/** Most that are in force at once: each is looked at for every answer that is validated. */
export const maxNegativeAnchors = 100;

const nameText = z.string().min(1).max(1020);

/** What one is made of. */
export const negativeAnchorBody = z.strictObject({
  name: nameText,
  /** How long it lasts, in seconds; a day where absent. */
  seconds: z.int().min(1).max(maxNegativeAnchorSeconds).optional(),
  /** Why, for whoever finds it later. */
  reason: z
    .string()
    .max(200)
    .regex(/^\P{Cc}*$/u)
    .optional(),
  /** True where it is to last for its whole time, also where its name is found to validate again. */
  force: z.boolean().optional(),
});

/** One that is in force. */
export const negativeAnchor = z
  .strictObject({
    /** Without final dot. */
    name: z.string(),
    /** When it ends. */
    until: z.string(),
    reason: z.string().optional(),
    /** True where it lasts for its whole time whatever is found. */
    isForced: z.boolean().optional(),
    /** What was found when the resolver looked past it last; absent while nobody has looked. */
    lastLook: z
      .strictObject({
        at: z.string(),
        /** True where it validates: with the second look in a row that finds it so, the anchor goes. */
        isValid: z.boolean(),
        text: z.string(),
      })
      .optional(),
  })
  .meta({ id: "NegativeAnchor" });
export type NegativeAnchor = z.infer<typeof negativeAnchor>;

/** All that are in force. */
export const negativeAnchorList = z.strictObject({ negativeAnchors: z.array(negativeAnchor) });
export type NegativeAnchorList = z.infer<typeof negativeAnchorList>;

/** The commands. */
export const negativeAnchorCommands = [
  /** One that is there already begins anew. */
  z.strictObject({ action: z.literal("set-negative-anchor"), ...negativeAnchorBody.shape }),
  z.strictObject({ action: z.literal("delete-negative-anchor"), name: nameText }),
] as const;

/** What the resolver answers to whether a name validates as if there were no negative trust anchors. */
export const validationFinding = z.strictObject({ isValid: z.boolean(), text: z.string() });
export type ValidationFinding = z.infer<typeof validationFinding>;

/** `negative-anchor/NAME`: what the resolver is given of one. */
export const negativeAnchorObject = z.strictObject({
  kind: z.literal("negative-anchor"),
  name: z.string(),
  /** Milliseconds since 1970; after that it is as if it were not there. */
  until: z.number(),
});
export type NegativeAnchorObject = z.infer<typeof negativeAnchorObject>;
