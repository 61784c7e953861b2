// The Route 53 Domains API: its operations, put together, and its exceptions.

import {
  route53DomainsModel,
  type OperationModel,
  type PlatformError,
  type Route53DomainsOperations,
} from "#contract";
import { AwsError } from "./aws-error.ts";
import { operationsOf, type AwsOperations, type AwsService } from "./service.ts";

/** The operations that are built. */
const operations: AwsOperations<Route53DomainsOperations> = {};

/** Route 53 Domains. */
export const route53Domains: AwsService = {
  model: route53DomainsModel,
  operations: operationsOf(operations),
  refuseInput: (message) => new AwsError("InvalidInput", message),
  refuseUnbuilt: (operation) =>
    new AwsError("InvalidInput", `Cannot serve ${operation}: this platform has nothing that it stands for`),
  translate,
};

function translate({ row, code, message }: PlatformError, _operation: OperationModel | undefined): AwsError {
  if (row.kind === "Service") return new AwsError("InternalFailure", message, { code, httpStatus: 500 });
  if (row.kind === "AccessDenied") return new AwsError("AccessDeniedException", message, { code });
  return new AwsError("InvalidInput", message, { code, tip: row.help });
}
