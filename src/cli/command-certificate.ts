// Commands for certificates, and for the ACME authority that issues public ones.

import type { AcmeAccount, Certificate } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Command } from "./command.ts";
import { readTextFile } from "./read-file.ts";
import { readDomainName } from "./read-values.ts";
import { write, writeArguments } from "./write-command.ts";

const pathOf = (name: unknown): string => `/v1/certificates/${encodeURIComponent(String(name))}`;
const nameArgument = { type: "positional", description: "the certificate's name" } as const;

export const certificateCreate: Command = {
  description: "Ask for a certificate: proven by DNS, issued and renewed by itself",
  args: {
    name: { type: "positional", description: "a name for it: letters, digits, dots, hyphens" },
    domain: { type: "positional", description: "the host name; more of them may follow, and *.NAME" },
    issuer: {
      type: "string",
      valueHint: "WHO",
      description: "built-in or acme (by the names: private ones built-in, others acme)",
    },
    challenge: { type: "string", valueHint: "KIND", description: "dns-01 or http-01, tried first (dns-01)" },
    ...writeArguments,
  },
  rest: "values",
  examples: [
    "fairlead certificate create main shop.test www.shop.test",
    "fairlead certificate create wild '*.shop.test' --plan",
  ],
  async run(values, context, rest) {
    const { issuer, challenge } = values;
    await write(context, values, "POST", "/v1/certificates", {
      name: String(values["name"]),
      domainName: readDomainName(String(values["domain"])),
      ...(rest.length > 0 ? { subjectAlternativeNames: rest.map(readDomainName) } : {}),
      ...(issuer === undefined ? {} : { issuer }),
      ...(challenge === undefined ? {} : { challenge }),
    });
  },
};

export const certificateList: Command = {
  description: "List the certificates",
  args: {},
  examples: ["fairlead certificate list"],
  async run(_values, context) {
    const { certificates } = (await context.api().request("GET", "/v1/certificates")) as {
      certificates: Certificate[];
    };
    context.output.data(certificates);
    context.output.table(
      ["NAME", "STATUS", "ISSUER", "UNTIL", "RENEWED", "NAMES", "SERVES"],
      certificates.map((one) => [
        one.name,
        one.status,
        one.issuer,
        one.notAfter?.slice(0, 10) ?? "-",
        one.renewsAt?.slice(0, 10) ?? "-",
        one.subjectAlternativeNames.join(" "),
        one.usedBy.join(" ") || "-",
      ]),
    );
  },
};

export const certificateShow: Command = {
  description: "Show a certificate: how far it is, what is still to be entered, and the certificate itself",
  args: { name: nameArgument },
  examples: ["fairlead certificate show shop.test"],
  async run(values, context) {
    const found = (await context.api().request("GET", pathOf(values["name"]))) as Certificate;
    const { output } = context;
    output.data(found);
    output.line(
      `${found.name}: ${found.status}, ${found.keyAlgorithm}, issued by ${found.issuerCA ?? found.issuer}`,
    );
    output.line(`  for ${found.subjectAlternativeNames.join(", ")}`);
    if (found.notAfter !== undefined)
      output.line(`  good from ${found.notBefore} until ${found.notAfter}, SHA-256 ${found.fingerprint}`);
    if (found.renewsAt !== undefined) output.line(`  renewed by itself at ${found.renewsAt}`);
    if (found.usedBy.length > 0) output.line(`  serves ${found.usedBy.join(", ")}`);
    if (found.requestFailureReason !== undefined) output.line(`  ! ${found.requestFailureReason}`);
    const reason = found.renewalSummary?.renewalStatusReason;
    if (reason !== undefined && reason !== found.requestFailureReason)
      output.line(`  ! Not renewed yet: ${reason}`);
    for (const {
      resourceRecord,
      validationStatus,
      dnsRecordCreationState,
    } of found.domainValidationRecords) {
      const { name, type, value } = resourceRecord;
      output.line(`  ${validationStatus}: ${name} ${type} ${value}`);
      if (validationStatus !== "SUCCESS") output.line(`    ${dnsRecordCreationState.message}`);
    }
    if (found.chain !== undefined) output.line(found.chain.trimEnd());
  },
};

export const certificateDelete: Command = {
  description: "Delete a certificate with its private key",
  args: {
    name: nameArgument,
    force: { type: "boolean", description: "also where a name that is assigned would have none then" },
    ...writeArguments,
  },
  examples: ["fairlead certificate delete main --plan"],
  async run(values, context) {
    const query = values["force"] === true ? "?force=1" : "";
    await write(context, values, "DELETE", `${pathOf(values["name"])}${query}`);
  },
};

export const certificateRenew: Command = {
  description: "Ask for a certificate anew, before its time",
  args: { name: nameArgument, ...writeArguments },
  examples: ["fairlead certificate renew shop.test"],
  async run(values, context) {
    await write(context, values, "POST", `${pathOf(values["name"])}/renew`, {});
  },
};

export const certificateImport: Command = {
  description: "Take over a certificate of your own with its private key, or replace one that was brought so",
  args: {
    name: { type: "positional", description: "a name for it" },
    certificate: {
      type: "string",
      valueHint: "FILE",
      description: "PEM: the certificate and its chain, in any order",
    },
    "private-key": { type: "string", valueHint: "FILE", description: "PEM: its private key" },
    ...writeArguments,
  },
  examples: ["fairlead certificate import mine --certificate fullchain.pem --private-key privkey.pem"],
  async run(values, context) {
    for (const option of ["certificate", "private-key"]) {
      if (values[option] === undefined)
        throw new PlatformError("usage", `Cannot run "certificate import": option "--${option}" is missing`);
    }
    await write(context, values, "POST", "/v1/certificates/import", {
      name: String(values["name"]),
      certificate: readTextFile(String(values["certificate"]), "certificate"),
      privateKey: readTextFile(String(values["private-key"]), "private key"),
    });
  },
};

export const issuerSet: Command = {
  description: "Have public certificates issued by an ACME authority",
  args: {
    url: { type: "positional", description: "the authority's ACME directory" },
    email: { type: "string", valueHint: "ADDRESS", description: "where it can reach you" },
    agree: { type: "boolean", description: "you have read its terms, and agree to them" },
    "eab-key-id": { type: "string", valueHint: "ID", description: "key id of your account with it" },
    "eab-hmac-key": {
      type: "string",
      valueHint: "FILE",
      description: "file with the HMAC key of that account",
    },
    authorities: {
      type: "string",
      valueHint: "FILE",
      description: "PEM: whose certificate the directory itself has",
    },
    "preferred-issuer": {
      type: "string",
      valueHint: "NAME",
      description: "part of the preferred root's name",
    },
    ...writeArguments,
  },
  examples: [
    "fairlead issuer set https://acme-v02.api.letsencrypt.org/directory --email a@example.org --agree",
  ],
  async run(values, context) {
    const { email, authorities } = values;
    const [keyId, hmacFile, preferred] = [
      values["eab-key-id"],
      values["eab-hmac-key"],
      values["preferred-issuer"],
    ];
    await write(context, values, "PUT", "/v1/acme-account", {
      directoryUrl: String(values["url"]),
      termsOfServiceAgreed: values["agree"] === true,
      ...(email === undefined ? {} : { email }),
      ...(authorities === undefined ? {} : { authorities: readTextFile(String(authorities), "authorities") }),
      ...(preferred === undefined ? {} : { preferredIssuer: preferred }),
      ...(keyId === undefined && hmacFile === undefined
        ? {}
        : {
            externalAccount: {
              keyId: String(keyId ?? ""),
              hmacKey: hmacFile === undefined ? "" : readTextFile(String(hmacFile), "HMAC key").trim(),
            },
          }),
    });
  },
};

export const issuerShow: Command = {
  description: "Show the ACME authority that issues public certificates",
  args: {},
  examples: ["fairlead issuer show"],
  async run(_values, context) {
    const { acmeAccount } = (await context.api().request("GET", "/v1/acme-account")) as {
      acmeAccount?: AcmeAccount;
    };
    context.output.data(acmeAccount ?? null);
    if (!acmeAccount) {
      context.output.line(
        "There is none: private names have the built-in authority, public ones no certificate.",
      );
      return;
    }
    const { directoryUrl, email, termsOfServiceAgreed, externalKeyId } = acmeAccount;
    const bound = externalKeyId === undefined ? "" : `, bound to account ${externalKeyId}`;
    const terms = termsOfServiceAgreed ? "terms agreed to" : "terms not agreed to";
    context.output.line(`${directoryUrl} for ${email ?? "nobody"}, ${terms}${bound}`);
  },
};

export const issuerDelete: Command = {
  description: "Have no public certificates issued any more; those that are there are served on",
  args: writeArguments,
  examples: ["fairlead issuer delete --plan"],
  async run(values, context) {
    await write(context, values, "DELETE", "/v1/acme-account");
  },
};
