// DNS UPDATE (RFC 2136) of zones that control keeps: a name server has verified the message's signature and tells control of it, control makes a change
// of it and tells the response code, which the name server then gives.

import { z } from "zod";

/** What a name server tells. */
export const updateReport = z.strictObject({
  type: z.literal("update"),
  /** To be answered with. */
  id: z.int().min(0),
  /** Absolute, in lower case. */
  zone: z.string(),
  /** The name of the key that it is signed with, in the same form. */
  key: z.string(),
  /** The address that it came from. */
  from: z.string(),
  /** The message without its signature, in base64. */
  message: z.base64().max(90_000),
  /** What it is known again by when it is sent once more: of its signature, when that was made and until when it is good (seconds since 1970). */
  mark: z
    .strictObject({ id: z.string().min(1).max(100), signedAt: z.int().min(0), until: z.int().min(0) })
    .optional(),
});
export type UpdateReport = z.infer<typeof updateReport>;

/** What control answers: a question to the name server that needs no answer, so that it comes after the change that it tells of. */
export const updateVerdict = z.strictObject({
  ask: z.literal("updated"),
  id: z.int().min(0),
  /** RFC 2136 section 2.2. */
  rcode: z.int().min(0).max(4095),
  /** Why, for who reads it (RFC 8914). */
  note: z.strictObject({ code: z.int().min(0).max(65_535), text: z.string().max(300) }).optional(),
});
export type UpdateVerdict = z.infer<typeof updateVerdict>;
