// What it takes to start a node: its environments opened, and the digest that says whether what runs is what is wanted.

import { createHash } from "node:crypto";
import { canonicalJson, containerEnvironments, type Container, type ContainerNodeObject } from "#contract";
import type { NodePlan } from "./engine.ts";

/** Opens a sealed environment: the JSON of `ContainerEnvironments` in octets. Throws where it cannot be opened. */
export type OpenEnvironment = (secretId: string, sealed: string) => Uint8Array;

/** Names that a program can be given. */
const variableName = /^[^=\0]+$/;

/** Makes a node's plan. Throws what `open` does, and where the environment is none. */
export function planOf(node: ContainerNodeObject, open: OpenEnvironment): NodePlan {
  const environments = openAll(node, open);
  // A name or a wish that differs does not make a node another one; nor does an environment that was sealed anew.
  const { address, publicEndpoint, limits, generation, engine, containers } = node;
  const text = canonicalJson({
    address,
    publicEndpoint,
    limits,
    generation,
    engine,
    containers,
    environments,
  });
  return {
    node,
    environmentOf: (name) => environments[name] ?? {},
    digest: createHash("sha256").update(text).digest("hex"),
  };
}

function openAll(
  { environment }: ContainerNodeObject,
  open: OpenEnvironment,
): Record<string, Record<string, string>> {
  if (!environment) return {};
  let value: unknown;
  const octets = open(environment.secretId, environment.sealed);
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(octets));
  } catch {
    value = undefined; // the parser's message would quote it
  }
  const parsed = containerEnvironments.safeParse(value);
  if (!parsed.success)
    throw new Error(`Cannot read environment "${environment.secretId}": it has another form`);
  for (const [container, variables] of Object.entries(parsed.data)) {
    for (const [name, text] of Object.entries(variables)) {
      if (!variableName.test(name) || text.includes("\0"))
        throw new Error(
          `Cannot start container "${container}": a variable of its environment has no name, or a NUL in it`,
        );
    }
  }
  return parsed.data;
}

/** The containers in the order they are started: the one that the public endpoint names first, since the node's network is its. */
export function startOrder({ containers, publicEndpoint }: ContainerNodeObject): Container[] {
  const first = containers.filter(({ name }) => name === publicEndpoint?.container);
  return [...first, ...containers.filter((container) => !first.includes(container))];
}
