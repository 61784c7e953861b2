// Commands are given in two steps, as everywhere in this platform: a plan, which changes nothing, and its application. What was done is
// told with its undo.

import type { Command, Plan, WriteAnswer } from "#contract";
import { readAnew } from "../api/cache.ts";
import { at, request } from "../api/client.ts";
import { shownFailure } from "../parts/failure.tsx";
import { tell } from "../parts/toast.tsx";
import { canBeUndone } from "./changes.ts";
import type { PlannedRequest } from "./plan-context.ts";

/** Plans a command. Throws ApiFailure. */
export function planCommand(command: Command, signal?: AbortSignal): Promise<Plan> {
  return request<Plan>("POST", at("plans"), { command }, signal);
}

/** Plans what a page asks for: a command, or a request that has what no command may hold. Throws ApiFailure. */
export async function planAsked(asked: Command | PlannedRequest, signal?: AbortSignal): Promise<Plan> {
  if ("action" in asked) return planCommand(asked, signal);
  const { plan } = await request<WriteAnswer>(asked.method, `${asked.path}?plan=1`, asked.body, signal);
  return plan;
}

/** Carries a plan out as it was shown. Throws ApiFailure. */
export async function applyPlan({ id }: Plan): Promise<WriteAnswer> {
  const answer = await request<WriteAnswer>("POST", at("plans", id, "apply"), {});
  readAnew();
  return answer;
}

/** Plans and applies at once, for what is small and easily taken back. Throws ApiFailure. */
export async function giveCommand(command: Command): Promise<WriteAnswer> {
  return applyPlan(await planCommand(command));
}

/** Tells what was done, with its undo. */
export function tellDone({ plan, change }: WriteAnswer): void {
  const done = plan.title;
  tell(done, {
    actions:
      change && canBeUndone(change) && change.action !== "undo"
        ? [{ label: "Undo", run: () => void undo(change.id) }]
        : [],
  });
}

/** Takes a change back at once, and tells what came of it. */
export async function undo(changeId: string): Promise<void> {
  try {
    tellDone(await giveCommand({ action: "undo", changeId }));
  } catch (error) {
    const { what, repair } = shownFailure(error);
    tell(what, { tone: "bad", ...(typeof repair === "string" ? { about: repair } : {}) });
  }
}
