// Tags: words that people put on resources, for themselves. The commands, and how the API shows them.

import { z } from "zod";

/** Most tags of one resource. */
export const maxTags = 50;

/** Types of resources that can have tags, as Lightsail calls them; a registered domain is Route 53's. */
export const taggedType = z.enum([
  "Instance",
  "LoadBalancer",
  "Distribution",
  "ContainerService",
  "Certificate",
  "Domain",
  "RegisteredDomain",
  "Alarm",
]);
export type TaggedType = z.infer<typeof taggedType>;

/** A tag. A tag of a key alone has an empty value. */
export const tag = z.strictObject({ key: z.string().min(1).max(128), value: z.string().max(256) });
export type Tag = z.infer<typeof tag>;

const resourceName = z.string().min(1).max(1020);
/** Without a type, the first of the name: instances, load balancers, distributions and services, then zones, certificates, alarms. */
const place = { resourceType: taggedType.optional(), resourceName };

/** Puts tags on a resource: those of the same keys get the new values. */
export const tagBody = z.strictObject({ ...place, tags: z.array(tag).min(1).max(200) });
/** Takes the tags of some keys from a resource. */
export const untagBody = z.strictObject({
  ...place,
  tagKeys: z.array(z.string().min(1).max(128)).min(1).max(200),
});

/** The commands. */
export const tagCommands = [
  z.strictObject({ action: z.literal("tag-resource"), ...tagBody.shape }),
  z.strictObject({ action: z.literal("untag-resource"), ...untagBody.shape }),
] as const;

/** The tags of every resource that has some, by type and name. */
export const tagList = z.strictObject({
  resources: z.array(
    z
      .strictObject({ resourceType: taggedType, resourceName, tags: z.array(tag) })
      .meta({ id: "TaggedResource" }),
  ),
});
