// tag-resource and untag-resource.

import { maxTags, PlatformError, type Command, type Tag, type TaggedType } from "#contract";
import { shown } from "./names.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { isBeingDeleted } from "./drains.ts";
import { refuseOwned } from "./resources.ts";
import type { State } from "./state.ts";
import { describeTagged, findTagged, placeOfTags, tagsKeyOf, tagsOf } from "./tags.ts";

/** How each command of this area is planned. */
export const tagsPlans: Plans<"tag-resource" | "untag-resource"> = {
  "tag-resource": planTag,
  "untag-resource": planUntag,
};

/** What keys of tags begin with that are AWS's own. */
const reservedPrefix = "aws:";

/** Puts tags on a resource. */
function planTag(
  context: PlanContext,
  { resourceType, resourceName, tags }: Extract<Command, { action: "tag-resource" }>,
): CommandOutline {
  const { draft, state } = context;
  const action = `Cannot tag "${resourceName}"`;
  const place = requireTagged(state, resourceType, resourceName, action);
  const next = withTags(tagsOf(state, place.kind, place.key), tags, action);
  draft.put("tags", tagsKeyOf(place), { ...place, tags: next });
  draft.require(place.kind, place.key);
  const keys = tags.map(({ key }) => key).join(", ");
  return outline(`Tag ${resourceName} with ${keys}`, "TagResource", place);
}

/** Takes tags from a resource. */
function planUntag(
  context: PlanContext,
  { resourceType, resourceName, tagKeys }: Extract<Command, { action: "untag-resource" }>,
): CommandOutline {
  const { draft, state } = context;
  const action = `Cannot untag "${resourceName}"`;
  const place = requireTagged(state, resourceType, resourceName, action);
  const before = tagsOf(state, place.kind, place.key);
  const left = before.filter(({ key }) => !tagKeys.includes(key));
  if (left.length === before.length)
    throw new PlatformError("state-wrong", `${action}: it has no tag ${tagKeys.join(", ").slice(0, 300)}`);
  if (left.length > 0) draft.put("tags", tagsKeyOf(place), { ...place, tags: left });
  else draft.remove("tags", tagsKeyOf(place));
  draft.require(place.kind, place.key);
  return outline(`Take tags from ${resourceName}`, "UntagResource", place);
}

/**
 * Tags with others put over them, in the order of their keys.
 * Throws `input-malformed`, `input-too-large`.
 */
export function withTags(before: readonly Tag[], added: readonly Tag[], action: string): Tag[] {
  const next = new Map(before.map((tag) => [tag.key, tag]));
  for (const { key, value } of added) {
    if (key.toLowerCase().startsWith(reservedPrefix))
      throw new PlatformError(
        "input-malformed",
        `${action}: keys that begin with "${reservedPrefix}" are AWS's own`,
      );
    next.set(key, { key, value });
  }
  if (next.size > maxTags)
    throw new PlatformError(
      "input-too-large",
      `${action}: it would have ${next.size} tags, and ${maxTags} are the most`,
    );
  return [...next.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function requireTagged(
  state: State,
  given: TaggedType | undefined,
  name: string,
  action: string,
): ReturnType<typeof placeOfTags> {
  const type = given ?? findTagged(state, name);
  if (!type) throw new PlatformError("resource-not-found", `${action}: nothing of that name can have tags`);
  const place = placeOfTags(type, name);
  const isLeaving = place.kind === "instance" && isBeingDeleted(state, name);
  if (!state.get(place.kind, place.key) || isLeaving)
    throw new PlatformError("resource-not-found", `${action}: there is no ${type} of that name`);
  if (place.kind === "zone" || place.kind === "domain") refuseOwned(place.key, `tag "${shown(place.key)}"`);
  return place;
}

function outline(
  title: string,
  operationType: string,
  place: ReturnType<typeof placeOfTags>,
): CommandOutline {
  return { title, operationType, ...describeTagged(place) };
}
