// Operations of registrations in Route 53's words: the platform's own operations, as far as they are about a registered domain. They are
// remembered as those are: the last thousand, and after a restart the last fifty.

import type { Operation, Route53DomainsOperations, Route53DomainsShapes } from "#contract";
import { AwsError } from "./aws-error.ts";
import { seconds } from "./route53-domains-held.ts";
import { domainsPageOf } from "./route53-domains-page.ts";
import type { AwsCall, AwsOperations } from "./service.ts";

type Summary = Route53DomainsShapes["OperationSummary"];
type OperationType = Route53DomainsShapes["OperationType"];

const usualOperations = 20;
const maxOperations = 100;

/** Route 53's names of what is done with a registration; what it has no name for has no type there. */
const types: Readonly<Record<string, OperationType>> = {
  RegisterDomain: "REGISTER_DOMAIN",
  DeleteDomain: "DELETE_DOMAIN",
  RenewDomain: "RENEW_DOMAIN",
  RestoreDomain: "RESTORE_DOMAIN",
  ExpireDomain: "EXPIRE_DOMAIN",
  UpdateNameServers: "UPDATE_NAMESERVER",
  UpdateDomainContact: "UPDATE_DOMAIN_CONTACT",
  UpdateDomainContactPrivacy: "CHANGE_PRIVACY_PROTECTION",
  EnableDomainTransferLock: "DOMAIN_LOCK",
  DisableDomainTransferLock: "DOMAIN_LOCK",
  EnableDomainAutoRenew: "ENABLE_AUTORENEW",
  DisableDomainAutoRenew: "DISABLE_AUTORENEW",
  AddDelegationSigner: "ADD_DNSSEC",
  RemoveDelegationSigner: "REMOVE_DNSSEC",
};

const statuses: Readonly<Record<Operation["status"], Route53DomainsShapes["OperationStatus"]>> = {
  NotStarted: "SUBMITTED",
  Started: "IN_PROGRESS",
  Succeeded: "SUCCESSFUL",
  Completed: "SUCCESSFUL",
  Failed: "FAILED",
};

/** Operations about operations. */
export const operationOperations: Pick<
  AwsOperations<Route53DomainsOperations>,
  "GetOperationDetail" | "ListOperations"
> = {
  GetOperationDetail: {
    access: "read",
    handle: ({ OperationId }, call) => viewOperation(heldOperation(call, OperationId)),
  },
  ListOperations: {
    access: "read",
    handle: (input, { core }) => {
      const { SubmittedSince = 0, Status, Type, SortOrder, Marker, MaxItems = usualOperations } = input;
      // The platform's list has the latest first, as is usual here too.
      const latest = core.operations
        .list()
        .filter(isOfDomain)
        .map(viewOperation)
        .filter(({ SubmittedDate = 0 }) => SubmittedDate >= SubmittedSince)
        .filter(({ Status: status }) => Status === undefined || Status.some((one) => one === status))
        .filter(({ Type: type }) => Type === undefined || Type.some((one) => one === type));
      const ordered = SortOrder === "ASC" ? latest.toReversed() : latest;
      const page = domainsPageOf(ordered, (item) => item.OperationId ?? "", Marker, MaxItems, maxOperations);
      return { Operations: page.items, NextPageMarker: page.next };
    },
  },
};

/** An operation of a registration. Throws `InvalidInput` where there is none. */
export function heldOperation({ core }: AwsCall, id: string): Operation {
  const operation = core.operations.get(id);
  if (operation && isOfDomain(operation)) return operation;
  throw new AwsError("InvalidInput", `Operation ${id} not found: there is none, or it is long over`);
}

/** Tags have no operations there. */
function isOfDomain({ resourceType, operationType }: Operation): boolean {
  return resourceType === "RegisteredDomain" && !/^(?:Tag|Untag)Resource$/.test(operationType);
}

function viewOperation(operation: Operation): Summary {
  const { id, operationType, status, resourceName, createdAt, statusChangedAt } = operation;
  const { operationDetails, errorDetails } = operation;
  return {
    OperationId: id,
    Status: statuses[status],
    Type: types[operationType],
    DomainName: resourceName,
    SubmittedDate: seconds(Date.parse(createdAt)),
    LastUpdatedDate: seconds(Date.parse(statusChangedAt)),
    Message:
      status === "Succeeded" || status === "Completed" ? undefined : (errorDetails ?? operationDetails),
  };
}
