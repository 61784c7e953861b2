// Tags of registered domains: the platform's own tags, on the registration and not on its zone.

import type { Route53DomainsOperations } from "#contract";
import { authoriseCommand } from "../access/authorise.ts";
import { shown } from "../names.ts";
import { tagsOf } from "../tags.ts";
import { AwsError } from "./aws-error.ts";
import { checkCommand, heldDomain } from "./route53-domains-held.ts";
import type { AwsOperations } from "./service.ts";

const resourceType = "RegisteredDomain";

/** Operations about tags. What is so already is no change. */
export const tagOperations: Pick<
  AwsOperations<Route53DomainsOperations>,
  "ListTagsForDomain" | "UpdateTagsForDomain" | "DeleteTagsForDomain"
> = {
  ListTagsForDomain: {
    access: "read",
    handle: ({ DomainName }, call) => {
      const { name } = heldDomain(call, DomainName).value;
      const tags = tagsOf(call.core.views.state, "domain", name);
      return { TagList: tags.map(({ key, value }) => ({ Key: key, Value: value })) };
    },
  },
  UpdateTagsForDomain: {
    access: "write",
    handle: async ({ DomainName, TagsToUpdate = [] }, call) => {
      const { core, principal } = call;
      const { name } = heldDomain(call, DomainName).value;
      const held = new Map(tagsOf(core.views.state, "domain", name).map(({ key, value }) => [key, value]));
      const tags = TagsToUpdate.map(({ Key, Value = "" }) => {
        if (Key === undefined) throw new AwsError("InvalidInput", "TagsToUpdate: a tag has a Key");
        return { key: Key, value: Value };
      });
      const command = { action: "tag-resource", resourceType, resourceName: shown(name), tags } as const;
      authoriseCommand(principal, "apply", command);
      if (tags.some(({ key, value }) => held.get(key) !== value))
        await core.run(checkCommand(command), principal);
      return {};
    },
  },
  DeleteTagsForDomain: {
    access: "write",
    handle: async ({ DomainName, TagsToDelete }, call) => {
      const { core, principal } = call;
      const { name } = heldDomain(call, DomainName).value;
      const held = new Set(tagsOf(core.views.state, "domain", name).map(({ key }) => key));
      const tagKeys = TagsToDelete.filter((key) => held.has(key));
      const command = { action: "untag-resource", resourceType, resourceName: shown(name), tagKeys } as const;
      authoriseCommand(principal, "apply", command);
      if (tagKeys.length > 0) await core.run(checkCommand(command), principal);
      return {};
    },
  },
};
