// What Terraform's provider does with Lightsail's resources, call by call: which operation it sends for each step, what it waits for, how it
// finds again what it made, and which members it takes for granted. A member that it would trip over is an error here that begins with
// "panic". Requests go through an SDK. Only its waits between looks are shorter here.

import { setTimeout as wait } from "node:timers/promises";
import type { SdkClient, SdkError } from "./sdk.ts";

/** Attributes of a resource, as a configuration gives them and as a state keeps them. */
export type Attributes = Readonly<Record<string, unknown>>;

/** A kind of resource. */
export interface Resource<Config extends object> {
  /** @returns the id in the state */
  create(config: Config): Promise<string>;
  /** What the state is refreshed with; undefined where the resource is gone. */
  read(id: string): Promise<Attributes | undefined>;
  /** Absent where each change makes the resource anew. */
  update?(id: string, before: Config, after: Config): Promise<void>;
  destroy(id: string): Promise<void>;
  /** Where what it is a part of stays, and it with it. */
  readonly isKept?: true;
}

/** A resource in a state. */
export interface Applied<Config extends object> {
  readonly id: string;
  readonly state: Attributes;
  /** Applies another configuration. */
  change(after: Config): Promise<Applied<Config>>;
  /** Reads it anew: what a plan would find. */
  refresh(): Promise<Attributes | undefined>;
  /** Destroys it, and looks whether it is gone. */
  destroy(): Promise<void>;
}

/** An operation of Lightsail, as far as it is looked at. */
export interface Operation {
  readonly id?: string;
  readonly status?: string;
  readonly errorCode?: string;
  readonly errorDetails?: string;
}

const lookMs = 100;
const limitMs = 120_000;

/** Makes a resource and reads it at once. Throws where the read shows anything but what was configured: the next plan would not be empty. */
export async function apply<Config extends object>(
  resource: Resource<Config>,
  config: Config,
): Promise<Applied<Config>> {
  return settled(resource, await resource.create(config), config);
}

async function settled<Config extends object>(
  resource: Resource<Config>,
  id: string,
  config: Config,
): Promise<Applied<Config>> {
  const state = await resource.read(id);
  if (!state)
    throw new Error(`${id}: provider produced inconsistent result: it is gone after it was applied`);
  for (const [name, wanted] of Object.entries(config)) {
    if (textOf(state[name]) !== textOf(wanted))
      throw new Error(
        `${id}: the plan is not empty: ${name} is ${textOf(state[name])} and not ${textOf(wanted)}`,
      );
  }
  return {
    id,
    state,
    change: async (after) => {
      if (!resource.update) throw new Error(`${id}: it is made anew for each change`);
      await resource.update(id, config, after);
      return settled(resource, id, after);
    },
    refresh: () => resource.read(id),
    destroy: async () => {
      await resource.destroy(id);
      if (!resource.isKept && (await resource.read(id)) !== undefined)
        throw new Error(`${id}: it is there after it was destroyed`);
    },
  };
}

/** A value for comparison: lists of texts are sets. */
function textOf(value: unknown): string {
  const isSet = Array.isArray(value) && value.every((item) => typeof item === "string");
  return JSON.stringify(isSet ? value.toSorted() : value);
}

/** Members that the provider follows without a look. */
export function present<T>(value: T | null | undefined, member: string): T {
  if (value === undefined || value === null) throw new Error(`panic: ${member} is not there`);
  return value;
}

/** Follows the first of some operations to its end. @param what  for messages */
export async function waitOperations(
  client: SdkClient,
  operations: readonly Operation[] | undefined,
  what: string,
): Promise<void> {
  const [first] = operations ?? [];
  if (first === undefined) throw new Error(`${what}: empty output: no operations`);
  for (const until = performance.now() + limitMs; performance.now() < until; await wait(lookMs)) {
    const answer = await client.call<{ operation?: Operation }>("GetOperation", { operationId: first.id });
    const { status, errorCode, errorDetails } = present(answer.operation, "operation");
    if (status === "Succeeded" || status === "Completed") return;
    if (status !== "Started")
      throw new Error(
        `${what}: error waiting for request operation: ${status} ${errorCode}: ${errorDetails}`,
      );
  }
  throw new Error(`${what}: timeout while waiting for the operation`);
}

/** Sends what answers with one operation, and follows it. */
export async function submitOne(client: SdkClient, name: string, input: object): Promise<void> {
  const { operation } = await client.call<{ operation?: Operation }>(name, input);
  await waitOperations(client, [present(operation, "operation")], name);
}

/** Tells whether an error says that something is not there. */
export function isNotFound(client: SdkClient, error: unknown): boolean {
  return client.isA(error, "NotFoundException") || (error as SdkError).message.includes("DoesNotExist");
}

/** Calls an operation. @returns undefined where what it names is not there */
export async function find<T>(client: SdkClient, operation: string, input: object): Promise<T | undefined> {
  try {
    return await client.call<T>(operation, input);
  } catch (error) {
    if (isNotFound(client, error)) return undefined;
    throw error;
  }
}

/** The same for something that is to go: that it is gone already is well. */
export async function drop(
  client: SdkClient,
  run: () => Promise<void>,
  tolerated: readonly string[] = ["NotFoundException"],
): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!tolerated.some((name) => client.isA(error, name))) throw error;
  }
}
/** Sends what answers with operations, and follows them. */
export async function submit(client: SdkClient, operation: string, input: object): Promise<void> {
  const { operations } = await client.call<{ operations?: Operation[] }>(operation, input);
  await waitOperations(client, operations, operation);
}

/** Tags in the provider's form: it follows the value of each. */
export function tagsOf(tags: readonly { key?: string; value?: string }[] | undefined): Attributes {
  return Object.fromEntries(
    (tags ?? [])
      .map(({ key, value }) => [present(key, "tag.key"), present(value, "tag.value")] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Tags as requests have them. */
export function tagList(tags: Readonly<Record<string, string>> = {}): { tags?: object[] } {
  const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
  return list.length > 0 ? { tags: list } : {};
}

/** Takes away tags that are no more, and puts those that are new or have another value. */
export async function updateTags(
  client: SdkClient,
  resourceName: string,
  before: Readonly<Record<string, string>> = {},
  after: Readonly<Record<string, string>> = {},
): Promise<void> {
  const gone = Object.keys(before).filter((key) => after[key] === undefined || after[key] !== before[key]);
  if (gone.length > 0) await client.call("UntagResource", { resourceName, tagKeys: gone });
  const put = Object.entries(after).filter(([key, value]) => before[key] !== value);
  if (put.length > 0)
    await client.call("TagResource", { resourceName, tags: put.map(([key, value]) => ({ key, value })) });
}
