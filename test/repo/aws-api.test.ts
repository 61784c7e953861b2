// docs/aws-api.md lists every operation of the AWS services and whether it is built; `npm run golden` writes it.

import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { awsServices } from "#control/testing";
import { expect, test } from "vitest";

const path = join(dirname(dirname(import.meta.dirname)), "docs", "aws-api.md");

const titles: Readonly<Record<string, string>> = {
  lightsail: "Lightsail",
  route53domains: "Route 53 Domains",
};

const notes: Readonly<Record<string, string>> = {
  route53domains: `
Registrations cost nothing: \`ListPrices\` says 0 USD for everything, and \`ViewBilling\` has no records. What is registered is locked against
transfers, renews itself and keeps its contacts private unless the request says otherwise, as on AWS. The zone comes with the registration;
\`UpdateDomainNameservers\` refuses name servers that do not serve the domain (\`TLDRulesViolation\`). Operations are the platform's own: the last
thousand, and after a restart the last fifty, can be read.
`,
};

function written(): string {
  const parts = awsServices.json.map(({ model, operations }) => {
    const names = Object.keys(model.operations);
    const why = (name: string): string => {
      const reason = operations[name]?.unbuilt;
      return operations[name] ? (reason === undefined ? "yes" : `no: ${reason}`) : "no";
    };
    const rows = names.map((name) => `| ${name} | ${why(name)} |`);
    const built = names.filter((name) => why(name) === "yes").length;
    const others =
      model.undescribed.length === 0
        ? ""
        : `\nNot built either, and answered in the same words: ${model.undescribed.join(", ")}.\n`;
    return `\n## ${titles[model.signingName] ?? model.signingName}\n\n${built} of ${names.length} operations, as \`X-Amz-Target: ${model.targetPrefix}.NAME\`.\n${notes[model.signingName] ?? ""}\n| operation | built |\n|---|---|\n${rows.join("\n")}\n${others}`;
  });
  return `# The AWS endpoint

\`POST /\` of the control API speaks AWS JSON 1.1, so that clients of Lightsail and Route 53 Domains work when their endpoint is this
platform's: \`aws --endpoint-url http://127.0.0.1:7700 lightsail get-domains\`. Requests are signed with an access key of the type aws
(\`fairlead key create NAME --type aws\`); what the key may do holds here too. Any region is taken. What is not built answers with
\`OperationFailureException\` (Route 53 Domains: \`InvalidInput\`), never with a made-up success.
${parts.join("")}
## Security Token Service

\`GetCallerIdentity\` in the query protocol, so that Terraform and \`aws sts get-caller-identity\` work; there are no tokens and no roles.
`;
}

test("docs/aws-api.md lists every operation, and tells which ones are built", () => {
  if (process.env["FAIRLEAD_GOLDEN"] !== undefined) writeFileSync(path, written());
  expect(readFileSync(path, "utf8")).toBe(written());
});

test("what is built is an operation of its service", () => {
  for (const { model, operations } of awsServices.json)
    for (const name of Object.keys(operations)) expect(Object.keys(model.operations)).toContain(name);
});

test("what is built is served in a test, whose answers are held against the model", () => {
  const folder = join(dirname(dirname(import.meta.dirname)), "src", "control", "aws");
  const tests = globSync("*.test.ts", { cwd: folder }).map((name) =>
    readFileSync(join(folder, name), "utf8"),
  );
  const served = new Set(
    tests.flatMap((text) => [...text.matchAll(/\bcall(?:Domains)?\(\s*"(\w+)"/g)].map(([, name]) => name)),
  );
  const left = awsServices.json.flatMap(({ operations }) =>
    Object.entries(operations).flatMap(([name, { unbuilt }]) =>
      unbuilt === undefined && !served.has(name) ? [name] : [],
    ),
  );
  expect(left).toEqual([]);
});
