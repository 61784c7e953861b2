// Tags of resources, as facts: `tags KIND KEY`. They go with what they are on.

import type { Tag, TaggedType } from "#contract";
import type { Draft } from "./draft.ts";
import type { Kind } from "./facts.ts";
import { readName, shown } from "./names.ts";
import { findResource } from "./resources.ts";
import type { State } from "./state.ts";

/** `tags KIND KEY`: the tags of an object. */
export interface TagsFact {
  readonly kind: Kind;
  /** The object's own key. */
  readonly key: string;
  readonly tags: readonly Tag[];
}

/** The kinds of what can have tags. */
const kindsOfTypes: Readonly<Record<TaggedType, Exclude<Kind, "change">>> = {
  Instance: "instance",
  LoadBalancer: "load-balancer",
  Distribution: "distribution",
  ContainerService: "container-service",
  Certificate: "certificate",
  Domain: "zone",
  RegisteredDomain: "domain",
  Alarm: "alarm",
};

const typesOfKinds: ReadonlyMap<string, TaggedType> = new Map(
  Object.entries(kindsOfTypes).map(([type, kind]) => [kind, type as TaggedType]),
);

/** Where the tags of a resource are kept. Throws `name-malformed`. */
export function placeOfTags(
  type: TaggedType,
  name: string,
): { readonly kind: Exclude<Kind, "change">; readonly key: string } {
  const kind = kindsOfTypes[type];
  return { kind, key: kind === "zone" || kind === "domain" ? readName(name) : name };
}

/** The type of the first thing of a name that can have tags; undefined where there is none. */
export function findTagged(state: State, name: string): TaggedType | undefined {
  const resource = findResource(state, name);
  if (resource && resource.type !== "StaticIp") return resource.type;
  if (state.get("zone", `${name.toLowerCase().replace(/\.$/, "")}.`)) return "Domain";
  if (state.get("certificate", name)) return "Certificate";
  return state.get("alarm", name) ? "Alarm" : undefined;
}

/** The key of the tags of an object. */
export function tagsKeyOf({ kind, key }: { readonly kind: string; readonly key: string }): string {
  return `${kind} ${key}`;
}

/** The object that tags are on, by their key. */
export function taggedOf(tagsKey: string): { readonly kind: string; readonly key: string } {
  const at = tagsKey.indexOf(" ");
  return { kind: tagsKey.slice(0, at), key: tagsKey.slice(at + 1) };
}

/** The tags of an object, in the order of their keys. */
export function tagsOf(state: State, kind: Exclude<Kind, "change">, key: string): readonly Tag[] {
  return state.value("tags", tagsKeyOf({ kind, key }))?.tags ?? [];
}

/** What tags are on, for people: type and name. */
export function describeTagged({ kind, key }: Pick<TagsFact, "kind" | "key">): {
  readonly resourceType: TaggedType;
  readonly resourceName: string;
} {
  const resourceType = typesOfKinds.get(kind) ?? "Instance";
  return { resourceType, resourceName: kind === "zone" || kind === "domain" ? shown(key) : key };
}

/** Takes the tags away of what a draft takes away, and says so of what goes later. */
export function dropTags(draft: Draft, state: State): void {
  for (const { kind, key, after } of draft.changes())
    if (!after && typesOfKinds.has(kind)) draft.remove("tags", tagsKeyOf({ kind, key }));
  for (const { kind, key } of draft.foreseen())
    if (typesOfKinds.has(kind) && state.get("tags", tagsKeyOf({ kind, key })))
      draft.foreseeRemoval("tags", tagsKeyOf({ kind, key }));
}
