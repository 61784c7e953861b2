// Operations of Route 53 Domains that this platform has nothing for: each says why, in an exception that its clients know. There is one
// account and one registrar here, and no e-mail is sent.

import { type Route53DomainsOperations } from "#contract";
import { shown } from "../names.ts";
import { AwsError } from "./aws-error.ts";
import { heldDomain, readDomain } from "./route53-domains-held.ts";
import { heldOperation } from "./route53-domains-operations.ts";
import type { AwsCall, AwsOperations } from "./service.ts";

type Refused = Pick<
  AwsOperations<Route53DomainsOperations>,
  | "TransferDomain"
  | "TransferDomainToAnotherAwsAccount"
  | "AcceptDomainTransferFromAnotherAwsAccount"
  | "RejectDomainTransferFromAnotherAwsAccount"
  | "CancelDomainTransferToAnotherAwsAccount"
  | "GetContactReachabilityStatus"
  | "ResendContactReachabilityEmail"
  | "PushDomain"
  | "ResendOperationAuthorization"
>;

const noEmail = "the registry sends no e-mail";

/** All of them. */
export const refusedOperations: Refused = {
  TransferDomain: {
    access: "write",
    unbuilt: "the registry has no other registrar",
    handle: ({ DomainName }, call) => {
      const name = readDomain(call, DomainName);
      throw new AwsError(
        "InvalidInput",
        call.core.views.state.get("domain", name)
          ? `${shown(name)} is registered through this platform already`
          : `${shown(name)} cannot be transferred: it is not registered, and this registry has no other registrar`,
      );
    },
  },
  TransferDomainToAnotherAwsAccount: betweenAccounts(),
  AcceptDomainTransferFromAnotherAwsAccount: betweenAccounts(),
  RejectDomainTransferFromAnotherAwsAccount: betweenAccounts(),
  CancelDomainTransferToAnotherAwsAccount: betweenAccounts(),
  GetContactReachabilityStatus: { access: "read", unbuilt: noEmail, handle: refuseReachability },
  ResendContactReachabilityEmail: { access: "write", unbuilt: noEmail, handle: refuseReachability },
  ResendOperationAuthorization: {
    access: "write",
    unbuilt: noEmail,
    handle: ({ OperationId }, call) => {
      const { id } = heldOperation(call, OperationId);
      throw new AwsError(
        "InvalidInput",
        `Operation ${id} waits for no authorization: this registry sends no e-mail`,
      );
    },
  },
  PushDomain: {
    access: "write",
    unbuilt: "that is for names under uk",
    handle: ({ DomainName }, call) => {
      const { name } = heldDomain(call, DomainName).value;
      throw new AwsError("UnsupportedTLD", `${shown(name)} cannot be pushed: that is for names under uk`);
    },
  },
};

function betweenAccounts(): {
  access: "write";
  unbuilt: string;
  handle: (input: { readonly DomainName: string }, call: AwsCall) => never;
} {
  return {
    access: "write",
    unbuilt: "the platform has one account",
    handle: ({ DomainName }, call) => {
      const name = readDomain(call, DomainName);
      throw new AwsError(
        "InvalidInput",
        `${shown(name)} cannot change accounts: this platform has one account alone`,
      );
    },
  };
}

function refuseReachability(
  { domainName }: { readonly domainName?: string | undefined },
  call: AwsCall,
): never {
  if (domainName === undefined) throw new AwsError("InvalidInput", "domainName: expected a domain name");
  const { name } = heldDomain(call, domainName).value;
  throw new AwsError(
    "UnsupportedTLD",
    `The registry of ${shown(name)} asks nobody to verify an e-mail address, and none was sent to`,
  );
}
