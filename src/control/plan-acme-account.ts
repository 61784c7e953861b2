// The account at an ACME authority: which one, who is written to, and what was agreed to. Its keys were sealed when the request came.

import { PlatformError, type Command } from "#contract";
import { acmeAccountKey } from "./certificate-facts.ts";
import type { CommandOutline, PlanContext, Plans } from "./plan-context.ts";

/** How each command of this area is planned. */
export const acmeAccountPlans: Plans<"set-acme-account" | "delete-acme-account"> = {
  "set-acme-account": planSetAcmeAccount,
  "delete-acme-account": (context) => planDeleteAcmeAccount(context),
};

const outline = { resourceName: "acme-account", resourceType: "AcmeAccount" };

/** Sets the account. */
function planSetAcmeAccount(
  { draft, state, now, warnings, handedIn }: PlanContext,
  { action: _action, ...account }: Extract<Command, { action: "set-acme-account" }>,
): CommandOutline {
  const { directoryUrl, email, externalKeyId, externalHmacId } = account;
  if (!URL.canParse(directoryUrl) || new URL(directoryUrl).protocol !== "https:") {
    throw new PlatformError(
      "input-malformed",
      `Cannot use ACME directory "${directoryUrl.slice(0, 300)}": expected an https URL`,
    );
  }
  if (email !== undefined && !/^[^\s@,;:<>"]+@[^\s@,;:<>"]+\.[^\s@,;:<>"]+$/.test(email))
    throw new PlatformError(
      "input-malformed",
      `Cannot use e-mail address "${email}": expected one such as a@example.org`,
    );
  if ((externalKeyId === undefined) !== (externalHmacId === undefined)) {
    throw new PlatformError(
      "input-malformed",
      "Cannot bind the account: key id and HMAC key of the account at the authority go together",
    );
  }
  const before = state.value("acme-account", acmeAccountKey);
  for (const id of [account.keyId, externalHmacId]) {
    if (id === undefined || handedIn.keys.has(id) || id === before?.keyId) continue;
    throw new PlatformError("input-malformed", `Cannot use key "${id}": it was not handed in`);
  }
  if (before && before.directoryUrl !== directoryUrl)
    warnings.push(
      `Certificates of ${new URL(before.directoryUrl).host} are renewed at ${new URL(directoryUrl).host} from now on`,
    );
  if (!account.termsOfServiceAgreed)
    warnings.push("Most authorities make no account before their terms are agreed to");
  draft.put("acme-account", acmeAccountKey, { ...account, createdAt: before?.createdAt ?? now });
  return {
    title: `Issue public certificates by ${new URL(directoryUrl).host}`,
    operationType: "SetAcmeAccount",
    ...outline,
  };
}

/** Takes the account away; what it issued is served on. */
function planDeleteAcmeAccount({ draft, state, warnings }: PlanContext): CommandOutline {
  if (!state.get("acme-account", acmeAccountKey))
    throw new PlatformError("resource-not-found", "Cannot delete the ACME account: none is set");
  const left = [...state.all("certificate").values()].filter(({ value }) => value.issuer === "acme");
  if (left.length > 0) {
    const names = left
      .slice(0, 5)
      .map(({ value }) => value.name)
      .join(", ");
    warnings.push(`${left.length} certificates will not be renewed any more: ${names}`);
  }
  draft.remove("acme-account", acmeAccountKey);
  return { title: "Issue no public certificates any more", operationType: "DeleteAcmeAccount", ...outline };
}
