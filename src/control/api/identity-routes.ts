// Routes of who may do what: the asker, access keys, users.

import {
  accessKey,
  accessKeyList,
  createKeyBody,
  me,
  PlatformError,
  updateKeyBody,
  updateUserBody,
  userList,
  type AccessKey,
  type User,
} from "#contract";
import type { AccessKeyFact, UserFact } from "../access/facts.ts";
import { viewPrincipal } from "../access/principal.ts";
import type { ControlCore } from "../control.ts";
import { shown } from "../names.ts";
import { maySeeKey } from "../plan-access-key.ts";
import type { Held } from "../state.ts";
import { isoTime } from "../views.ts";
import { byName, declare, declareWrite, type Api } from "./routes.ts";

/** Declares the routes of identity. */
export function declareIdentityRoutes(api: Api, core: ControlCore): void {
  declare(
    api,
    { method: "get", path: "/v1/me", summary: "Who the asker is, and what they may", answer: me },
    (_, c) => viewPrincipal(c.get("principal")),
  );
  declareKeys(api, core);
  declareUsers(api, core);
}

function declareKeys(api: Api, core: ControlCore): void {
  const { state } = core.views;
  const view = (held: Held<"access-key">): AccessKey => viewKey(held, core.access.lastUsed(held.value.id));
  declare(
    api,
    {
      method: "get",
      path: "/v1/keys",
      summary: "The asker's access keys; for owners everybody's",
      answer: accessKeyList,
    },
    (_, c) => {
      const all = [...state.all("access-key").values()];
      return { keys: byName(all.filter(({ value }) => maySeeKey(c.get("principal"), value)).map(view)) };
    },
  );
  declare(
    api,
    { method: "get", path: "/v1/keys/{id}", summary: "One access key", answer: accessKey },
    ({ params }, c) => {
      const held = state.get("access-key", params["id"] ?? "");
      if (held && maySeeKey(c.get("principal"), held.value)) return view(held);
      throw new PlatformError("resource-not-found", `Cannot find key "${params["id"]}": there is none`);
    },
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/keys",
      summary: "Create an access key; its secret is in the answer and never shown again",
      body: createKeyBody,
    },
    ({ body }) => ({ action: "create-access-key", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: "/v1/keys/{id}",
      summary: "Disable an access key, or enable it again",
      body: updateKeyBody,
    },
    ({ params, body }) => ({ action: "update-access-key", id: params["id"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: "/v1/keys/{id}", summary: "Delete an access key" },
    ({ params }) => ({ action: "delete-access-key", id: params["id"] ?? "" }),
  );
}

function declareUsers(api: Api, core: ControlCore): void {
  const { state } = core.views;
  declare(
    api,
    { method: "get", path: "/v1/users", summary: "All users", access: "owner", answer: userList },
    () => {
      const users = [...state.all("user").values()].map(viewUser);
      return { users: users.sort((a, b) => (a.email < b.email ? -1 : 1)) };
    },
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: "/v1/users/{email}",
      summary: "Give a user another role, disable or enable one",
      body: updateUserBody,
    },
    ({ params, body }) => ({ action: "update-user", email: params["email"] ?? "", ...body }),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: "/v1/users/{email}", summary: "Remove a user with all keys and sessions" },
    ({ params }) => ({ action: "delete-user", email: params["email"] ?? "" }),
  );
}

function viewKey({ arn, value }: Held<"access-key">, lastUsed: number | undefined): AccessKey {
  const { id, name, type, role, verbs, zones, user, isDisabled, createdAt, expiresAt }: AccessKeyFact = value;
  return {
    id,
    arn,
    name,
    type,
    role,
    ...(verbs ? { verbs: [...verbs] } : {}),
    ...(zones ? { zones: zones.map(shown) } : {}),
    ...(user === undefined ? {} : { user }),
    isDisabled,
    createdAt: isoTime(createdAt),
    ...(expiresAt === undefined ? {} : { expiresAt: isoTime(expiresAt) }),
    ...(lastUsed === undefined ? {} : { lastUsedAt: isoTime(lastUsed) }),
  };
}

function viewUser({ arn, value }: Held<"user">): User {
  const { email, role, isDisabled, createdAt }: UserFact = value;
  return { email, arn, role, isDisabled, createdAt: isoTime(createdAt) };
}
