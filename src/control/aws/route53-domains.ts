// The Route 53 Domains API: its operations, put together, and its exceptions.

import type { ErrorCode, OperationModel, PlatformError, Route53DomainsOperations } from "#contract";
import { route53DomainsModel } from "#contract/aws";
import { AwsError } from "./aws-error.ts";
import { detailOperations } from "./route53-domains-detail.ts";
import { dnssecOperations } from "./route53-domains-dnssec.ts";
import { operationOperations } from "./route53-domains-operations.ts";
import { refusedOperations } from "./route53-domains-refused.ts";
import { registrationOperations } from "./route53-domains-registration.ts";
import { searchOperations } from "./route53-domains-search.ts";
import { tagOperations } from "./route53-domains-tags.ts";
import { operationsOf, type AwsOperations, type AwsService } from "./service.ts";

/** The operations that are built. */
const operations: AwsOperations<Route53DomainsOperations> = {
  ...searchOperations,
  ...registrationOperations,
  ...detailOperations,
  ...operationOperations,
  ...dnssecOperations,
  ...tagOperations,
  ...refusedOperations,
};

/** Route 53 Domains. */
export const route53Domains: AwsService = {
  model: route53DomainsModel,
  operations: operationsOf(operations),
  refuseInput: (message) => new AwsError("InvalidInput", message),
  refuseUnbuilt: (operation) =>
    new AwsError("InvalidInput", `Cannot serve ${operation}: this platform has nothing that it stands for`),
  translate,
};

/** Exceptions by the platform's code, where it is another than `InvalidInput`. */
const exceptions: Partial<Record<ErrorCode, string>> = {
  "tld-unknown": "UnsupportedTLD",
  "registry-policy": "TLDRulesViolation",
  "status-prohibits": "TLDRulesViolation",
  "renewal-refused": "TLDRulesViolation",
  "delegation-unsafe": "TLDRulesViolation",
  "input-too-large": "DnssecLimitExceeded",
};

function translate({ row, code, message }: PlatformError, operation: OperationModel | undefined): AwsError {
  if (row.kind === "Service") return new AwsError("InternalFailure", message, { httpStatus: 500 });
  if (row.kind === "AccessDenied") return new AwsError("AccessDeniedException", message);
  const wanted = exceptions[code] ?? "InvalidInput";
  // Not all operations' clients know each of them.
  const type = !operation || operation.errors.includes(wanted) ? wanted : "InvalidInput";
  return new AwsError(type, message, { tip: row.help });
}
