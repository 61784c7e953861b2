// Tags: what TagResource and UntagResource do, what a creation puts on a resource, and how tags are shown: always with a value, since
// Terraform's provider falls over one that has none.

import type { Command, LightsailShapes, Tag, TaggedType } from "#contract";
import { readName } from "../names.ts";
import { withTags } from "../plan-tags.ts";
import { findResource } from "../resources.ts";
import type { State } from "../state.ts";
import { placeOfTags, tagsOf } from "../tags.ts";
import { unknownResource } from "./answers.ts";
import { AwsError } from "./aws-error.ts";
import { idleOperation, runCommand } from "./operations.ts";
import type { AwsCall } from "./service.ts";

type Sent = LightsailShapes["TagList"];

/** The tags of a resource, as Lightsail shows them. */
export function shownTags({ core }: AwsCall, type: TaggedType, name: string): LightsailShapes["TagList"] {
  const { kind, key } = placeOfTags(type, name);
  return tagsOf(core.views.state, kind, key).map((tag) => ({ ...tag }));
}

/** The commands that put tags on what is created before them. Throws where the tags themselves cannot be, before anything is created. */
export function taggingOf(type: TaggedType, name: string, sent: Sent = []): Command[] {
  const tags = readTags(sent);
  if (tags.length === 0) return [];
  withTags([], tags, `Cannot tag "${name}"`);
  return [{ action: "tag-resource", resourceType: type, resourceName: name, tags }];
}

/** TagResource. */
export async function tagResource(
  { resourceName, resourceArn, tags }: LightsailShapes["TagResourceRequest"],
  call: AwsCall,
): Promise<LightsailShapes["TagResourceResult"]> {
  const type = typeOf(call, resourceName, resourceArn);
  const wanted = readTags(tags);
  const held = new Map(shownTags(call, type, resourceName).map(({ key, value }) => [key, value]));
  if (wanted.every(({ key, value }) => held.get(key) === value))
    return idle(call, "TagResource", resourceName, type);
  const command = { action: "tag-resource", resourceType: type, resourceName, tags: wanted } as const;
  const { operations } = await runCommand(call, command, true);
  return { operations };
}

/** UntagResource. Keys that are not there are none to take away. */
export async function untagResource(
  { resourceName, resourceArn, tagKeys }: LightsailShapes["UntagResourceRequest"],
  call: AwsCall,
): Promise<LightsailShapes["UntagResourceResult"]> {
  const type = typeOf(call, resourceName, resourceArn);
  const held = new Set(shownTags(call, type, resourceName).map(({ key }) => key));
  const there = tagKeys.filter((key) => held.has(key));
  if (there.length === 0) return idle(call, "UntagResource", resourceName, type);
  const command = { action: "untag-resource", resourceType: type, resourceName, tagKeys: there } as const;
  const { operations } = await runCommand(call, command, true);
  return { operations };
}

function idle(
  call: AwsCall,
  operationType: string,
  resourceName: string,
  resourceType: TaggedType,
): { readonly operations: LightsailShapes["OperationList"] } {
  const { operations } = idleOperation(call, { operationType, resourceName, resourceType });
  return { operations };
}

function readTags(sent: Sent): Tag[] {
  return sent.map(({ key = "", value = "" }) => {
    if (key === "" || key.length > 128 || value.length > 256) {
      throw new AwsError(
        "InvalidInputException",
        "Input error: a tag has a key of 1 to 128 characters and a value of at most 256",
        { code: "InvalidParameter" },
      );
    }
    return { key, value };
  });
}

/** The type of what has a name, or the name and an ARN. Throws `NotFoundException`, and `InvalidInputException` for what has no tags. */
function typeOf({ core }: AwsCall, name: string, arn: string | undefined): TaggedType {
  const { state } = core.views;
  const found = candidates(state, name).filter(({ arn: own }) => arn === undefined || own === arn);
  const [first] = found.filter(({ type }) => type !== undefined);
  if (first?.type !== undefined) return first.type;
  if (found.length === 0) throw unknownResource("resource", name);
  throw new AwsError("InvalidInputException", `The resource ${name} is not taggable`, {
    code: "InvalidParameter",
  });
}

/** Everything that has a name: what can be tagged with its type. */
function candidates(
  state: State,
  name: string,
): { readonly type: TaggedType | undefined; readonly arn: string }[] {
  const resource = findResource(state, name);
  const zone = state.get("zone", readZone(name));
  const alarm = state.get("alarm", name);
  const certificate = state.get("certificate", name);
  // A certificate of a load balancer has no tags in Lightsail.
  const isTaggable = certificate?.value.loadBalancer === undefined;
  return [
    ...(resource
      ? [{ type: resource.type === "StaticIp" ? undefined : resource.type, arn: resource.held.arn }]
      : []),
    ...(alarm ? [{ type: "Alarm" as const, arn: alarm.arn }] : []),
    ...(zone ? [{ type: "Domain" as const, arn: zone.arn }] : []),
    ...(certificate
      ? [{ type: isTaggable ? ("Certificate" as const) : undefined, arn: certificate.arn }]
      : []),
  ];
}

function readZone(name: string): string {
  try {
    return readName(name);
  } catch {
    return ""; // no domain name, so no zone has it
  }
}
