// add-delegation-signer and remove-delegation-signer: which keys the top-level domain vouches for a domain's zone with (RFC 5910).

import { PlatformError, type Command } from "#contract";
import { updateDomain, type DsData } from "#registry";
import { maxSigners, readKey, signerId, signerOf } from "./delegation-signer.ts";
import { readName, shown } from "./names.ts";
import { registrationOutline } from "./plan-registration.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { platformClient, registryView, takeOutcome } from "./registry-view.ts";

/** How each command of this area is planned. */
export const delegationSignerPlans: Plans<"add-delegation-signer" | "remove-delegation-signer"> = {
  "add-delegation-signer": planAddSigner,
  "remove-delegation-signer": planRemoveSigner,
};

/** Adds the DS record of a key. That the zone has the key was looked at beforehand (delegation-signer.ts). */
function planAddSigner(
  context: PlanContext,
  command: Extract<Command, { action: "add-delegation-signer" }>,
): CommandOutline {
  const name = readName(command.name);
  const action = `Cannot vouch for "${shown(name)}" with a key`;
  const signer = signerOf(name, readKey(command, action));
  const before = context.state.value("domain", name)?.dsData ?? [];
  if (before.some((held) => signerId(held) === signerId(signer)))
    throw new PlatformError("state-wrong", `${action}: key ${signer.keyTag} vouches for it already`);
  if (before.length >= maxSigners)
    throw new PlatformError(
      "input-too-large",
      `${action}: it has ${before.length} keys, and ${maxSigners} are the most`,
    );
  setSigners(context, name, [...before, signer], action);
  if (command.force === true)
    context.warnings.push(
      "whether its zone has that key was not looked at: resolvers that validate may refuse it",
    );
  return registrationOutline(
    name,
    `Vouch for ${shown(name)} with key ${signer.keyTag}`,
    "AddDelegationSigner",
  );
}

/** Takes a DS record away. */
function planRemoveSigner(
  context: PlanContext,
  { name: text, id }: Extract<Command, { action: "remove-delegation-signer" }>,
): CommandOutline {
  const name = readName(text);
  const action = `Cannot take a key of "${shown(name)}" away`;
  const before = context.state.value("domain", name)?.dsData ?? [];
  const left = before.filter((held) => signerId(held) !== id);
  const [gone] = before.filter((held) => signerId(held) === id);
  if (context.state.get("domain", name) && !gone)
    throw new PlatformError("resource-not-found", `${action}: it has none of id "${id}"`);
  setSigners(context, name, left, action);
  if (left.length === 0) context.warnings.push("without a key its zone is taken for one that is not signed");
  return registrationOutline(
    name,
    `No longer vouch for ${shown(name)} with key ${gone?.keyTag}`,
    "RemoveDelegationSigner",
  );
}

function setSigners(context: PlanContext, name: string, dsData: readonly DsData[], action: string): void {
  const { draft, state, config, now } = context;
  const request = { name, client: platformClient, now, dsData };
  takeOutcome(draft, updateDomain(registryView(state, config.profile), request), action);
}
