// DNSSEC of registered domains: which keys the top-level domain vouches for a domain's zone with. A key that the zone does not have is refused,
// since resolvers that validate would refuse the domain.

import type { Route53DomainsOperations, Route53DomainsShapes } from "#contract";
import type { DomainObject } from "#registry";
import { viewSigner } from "../delegation-signer.ts";
import { AwsError } from "./aws-error.ts";
import { heldDomain, submit } from "./route53-domains-held.ts";
import type { AwsOperations } from "./service.ts";

/** Operations about delegation signers. */
export const dnssecOperations: Pick<
  AwsOperations<Route53DomainsOperations>,
  "AssociateDelegationSignerToDomain" | "DisassociateDelegationSignerFromDomain"
> = {
  AssociateDelegationSignerToDomain: {
    access: "write",
    handle: ({ DomainName, SigningAttributes }, call) => {
      const { name } = heldDomain(call, DomainName).value;
      const { Algorithm, Flags, PublicKey } = SigningAttributes;
      if (Algorithm === undefined || PublicKey === undefined || (Flags !== 256 && Flags !== 257)) {
        throw new AwsError(
          "InvalidInput",
          "SigningAttributes: expected Algorithm, PublicKey, and Flags of 256 or 257",
        );
      }
      const key = { flags: Flags, algorithm: Algorithm, publicKey: PublicKey } as const;
      return submit(call, name, "AddDelegationSigner", { action: "add-delegation-signer", name, ...key });
    },
  },
  DisassociateDelegationSignerFromDomain: {
    access: "write",
    handle: ({ DomainName, Id }, call) => {
      const { name } = heldDomain(call, DomainName).value;
      return submit(call, name, "RemoveDelegationSigner", {
        action: "remove-delegation-signer",
        name,
        id: Id,
      });
    },
  },
};

/** The keys of a domain as its details show them. */
export function writeDnssecKeys({ dsData }: DomainObject): Route53DomainsShapes["DnssecKeyList"] {
  return dsData.map((signer) => {
    const { id, keyTag, algorithm, digestType, digest, flags, publicKey } = viewSigner(signer);
    return {
      Algorithm: algorithm,
      Flags: flags,
      PublicKey: publicKey,
      DigestType: digestType,
      Digest: digest.toUpperCase(),
      KeyTag: keyTag,
      Id: id,
    };
  });
}
