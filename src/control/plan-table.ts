// Every action and the function that plans it. Each area has a table of its own; an action that none of them has does not compile.

import type { Command } from "#contract";
import type { Beside, CommandOutline, PlanContext, Plans } from "./plan-context.ts";
import { certificatePlans } from "./certificates.ts";
import { alarmPlans } from "./metrics/plan-alarm.ts";
import { accessKeyPlans } from "./plan-access-key.ts";
import { acmeAccountPlans } from "./plan-acme-account.ts";
import { aliasPlans } from "./plan-alias.ts";
import { assignmentPlans } from "./plan-assignment.ts";
import { containerServicePlans } from "./plan-container-service.ts";
import { delegationSignerPlans } from "./plan-delegation-signer.ts";
import { deploymentPlans } from "./plan-deployment.ts";
import { distributionPlans } from "./plan-distribution.ts";
import { domainPlans } from "./plan-domain.ts";
import { importPlans } from "./plan-import.ts";
import { instanceStatePlans } from "./plan-instance-state.ts";
import { instancePlans } from "./plan-instance.ts";
import { ipAddressTypePlans } from "./plan-ip-address-type.ts";
import { loadBalancerPlans } from "./plan-load-balancer.ts";
import { nameServersPlans } from "./plan-name-servers.ts";
import { recordPlans } from "./plan-record.ts";
import { registrationPlans } from "./plan-registration.ts";
import { rrsetChangePlans } from "./plan-rrset-changes.ts";
import { rrsetPlans } from "./plan-rrset.ts";
import { signingPlans } from "./signing/plan-signing.ts";
import { staticIpPlans } from "./plan-static-ip.ts";
import { tagsPlans } from "./plan-tags.ts";
import { undoPlans } from "./plan-undo.ts";
import { userPlans } from "./plan-user.ts";
import { zonePlans } from "./plan-zone.ts";
import { negativeAnchorPlans } from "./plan-negative-anchor.ts";
import { networkTablePlans } from "./policies/plan-network-table.ts";
import { zoneDocumentPlans } from "./zone-document.ts";

const plans: Plans<Command["action"]> = {
  ...certificatePlans,
  ...alarmPlans,
  ...accessKeyPlans,
  ...acmeAccountPlans,
  ...aliasPlans,
  ...assignmentPlans,
  ...containerServicePlans,
  ...delegationSignerPlans,
  ...deploymentPlans,
  ...distributionPlans,
  ...domainPlans,
  ...importPlans,
  ...instanceStatePlans,
  ...instancePlans,
  ...ipAddressTypePlans,
  ...loadBalancerPlans,
  ...nameServersPlans,
  ...negativeAnchorPlans,
  ...networkTablePlans,
  ...recordPlans,
  ...registrationPlans,
  ...signingPlans,
  ...rrsetPlans,
  ...rrsetChangePlans,
  ...staticIpPlans,
  ...tagsPlans,
  ...undoPlans,
  ...userPlans,
  ...zonePlans,
  ...zoneDocumentPlans,
};

/** Drafts a command by the function of its action. Throws a PlatformError where a rule refuses it. */
export function draftCommand<A extends Command["action"]>(
  context: PlanContext,
  command: Extract<Command, { action: A }>,
  beside: Beside,
): CommandOutline {
  const draft: Plans<A>[A] = plans[command.action];
  return draft(context, command, beside);
}
