// Routes of certificates, of the built-in authority and of the ACME account. Private keys that come with a request are sealed before
// anything else is done with it: no command, plan or change holds one.

import { z } from "@hono/zod-openapi";
import {
  acmeAccountAnswer,
  authority,
  certificate,
  certificateList,
  createCertificateBody,
  importCertificateBody,
  setAcmeAccountBody,
  type Certificate,
  type Command,
} from "#contract";
import { encodePrivateKey, makePrivateKey } from "#certificate";
import { acmeAccountKey } from "../certificate-facts.ts";
import { findCertificate } from "../certificates.ts";
import type { ControlCore } from "../control.ts";
import type { Held } from "../state.ts";
import { viewAcmeAccount, viewAuthority, viewCertificate, viewChain } from "../view-certificate.ts";
import { byName, declare, declareWrite, nothing, type Api } from "./routes.ts";

/** Declares the routes. */
export function declareCertificateRoutes(api: Api, core: ControlCore): void {
  const { state } = core.views;
  const view = (held: Held<"certificate">): Certificate =>
    viewCertificate(state, held, core.host.clock.wall(), core.certificates.nextAt(held));
  declare(
    api,
    { method: "get", path: "/v1/certificates", summary: "All certificates", answer: certificateList },
    () => ({ certificates: byName([...state.all("certificate").values()].map(view)) }),
  );
  declare(
    api,
    { method: "get", path: "/v1/certificates/{name}", summary: "One certificate", answer: certificate },
    ({ params }) => {
      const found = view(findCertificate(state, params["name"] ?? ""));
      return found.chain === undefined ? found : { ...found, chainCertificates: viewChain(found) };
    },
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/certificates",
      summary: "Ask for a certificate",
      body: createCertificateBody,
    },
    ({ body }) => ({ action: "create-certificate", ...body }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/certificates/import",
      summary: "Take over a certificate of one's own, or replace it",
      body: importCertificateBody,
    },
    async ({ body }) => ({
      action: "import-certificate",
      name: body.name,
      ...(await core.keys.handInCertificate(body.certificate, body.privateKey)),
    }),
  );
  declareWrite(
    api,
    core,
    {
      method: "post",
      path: "/v1/certificates/{name}/renew",
      summary: "Ask for a certificate anew, before its time",
      body: nothing,
    },
    ({ params }) => ({ action: "renew-certificate", name: params["name"] ?? "" }),
  );
  declareWrite(
    api,
    core,
    {
      method: "delete",
      path: "/v1/certificates/{name}",
      summary: "Delete a certificate and its key; with `?force=1` also one that a name needs",
      query: z.strictObject({ force: z.enum(["0", "1"]).optional() }),
    },
    ({ params, query }) => ({
      action: "delete-certificate",
      name: params["name"] ?? "",
      ...(query["force"] === "1" ? { force: true } : {}),
    }),
  );
  declareAuthorities(api, core);
}

function declareAuthorities(api: Api, core: ControlCore): void {
  const { state } = core.views;
  declare(
    api,
    {
      method: "get",
      path: "/v1/authority",
      summary: "The built-in certificate authority",
      answer: authority,
    },
    () => viewAuthority(state),
  );
  declare(
    api,
    {
      method: "get",
      path: "/v1/acme-account",
      summary: "The account at an ACME authority",
      answer: acmeAccountAnswer,
    },
    () => {
      const found = viewAcmeAccount(state);
      return found ? { acmeAccount: found } : {};
    },
  );
  declareWrite(
    api,
    core,
    {
      method: "put",
      path: "/v1/acme-account",
      summary: "Have public certificates issued by an ACME authority",
      body: setAcmeAccountBody,
    },
    ({ body }) => accountCommand(core, body),
  );
  declareWrite(
    api,
    core,
    { method: "delete", path: "/v1/acme-account", summary: "Have no public certificates issued any more" },
    () => ({ action: "delete-acme-account" }),
  );
}

/** The account's key stays while the authority does. */
async function accountCommand(
  core: ControlCore,
  { externalAccount, ...body }: z.infer<typeof setAcmeAccountBody>,
): Promise<Command> {
  const before = core.views.state.value("acme-account", acmeAccountKey);
  const isSame = before?.directoryUrl === body.directoryUrl;
  const keyId = isSame ? before.keyId : await core.keys.handInKey(encodePrivateKey(makePrivateKey()));
  const bound = externalAccount && {
    externalKeyId: externalAccount.keyId,
    externalHmacId: await core.keys.handInKey(new TextEncoder().encode(externalAccount.hmacKey)),
  };
  return { action: "set-acme-account", ...body, keyId, ...bound };
}
