// docs/reference/aws-api.md lists every operation of the AWS services and whether it is built; `npm run golden` writes it.

import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { awsServices } from "#control/testing";
import { expect, test } from "vitest";

const path = join(dirname(dirname(import.meta.dirname)), "docs", "reference", "aws-api.md");

const titles: Readonly<Record<string, string>> = {
  lightsail: "Lightsail",
  route53domains: "Route 53 Domains",
};

const notes: Readonly<Record<string, string>> = {
  lightsail: `
What differs from Lightsail:

- **Zones.** A zone comes with its registration; until something is in it, \`CreateDomain\` takes it for new. \`DeleteDomain\` of a domain that is
  registered here takes its delegation away too, and \`CreateDomain\` gives it back. Entries of all record types are taken, with the target
  as it was sent. A and AAAA of one alias are one alias with two entries. What an unknown answer is kept for (SOA minimum) is 60 seconds.
- **Instances** are processes of this machine. Blueprints are names; a bundle is the limits of the process. \`userData\` is a script for a shell
  (cloud-config is refused): it runs once, in the instance's own folder, with \`HOST\` and \`PORT\` in its environment. One that ends well leaves the
  pages in \`www\` to be served; one that goes on is the server; one that fails ends the operation with its last lines, and runs again at a
  reboot. \`CreateInstances\` creates all or none. \`DeleteInstance\` takes the instance out of its load balancers and off its static IP.
- **Ports** are TCP's, open to everybody or closed; other rules are refused, since a rule that is not kept would be worse.
- **Addresses** are of both families, as the profile has them, or of IPv4 alone; not of IPv6 alone.
- **Load balancers**: a certificate that is attached takes the place of the one before; several that were attached with \`fairlead\` stay. An
  operation is over when what it asked for is in force; health and issuance are asked for at the resource.
- **Certificates** of private names are issued by the built-in authority at once; public names want an ACME account.
- **Alarms** send nothing, and there are no contact methods.
- **Operations** are the platform's own. Where Lightsail gives one for each resource that a request changes, the further ones are views of the
  first. Those of long ago are found in the log; one that found everything as it was to be is remembered until a restart.
- **Regions** are all one: what is asked for in any of them is the same platform. Nothing is billed.
`,
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
\`OperationFailureException\` (Route 53 Domains: \`InvalidInput\`), never with a made-up success. A signature of a request that changes
something is good once, where AWS takes it again for minutes; within two seconds it is taken again here too.
${parts.join("")}
## Security Token Service

\`GetCallerIdentity\` in the query protocol, so that Terraform and \`aws sts get-caller-identity\` work; there are no tokens and no roles.

## Terraform

    provider "aws" {
      region = "us-east-1"
      endpoints {
        lightsail      = "http://127.0.0.1:7700"
        route53domains = "http://127.0.0.1:7700"
        sts            = "http://127.0.0.1:7700"
      }
    }

The calls of its \`aws_lightsail_*\` resources are replayed by \`test/platform/aws-terraform*.test.ts\`, with the provider's own matching rules: what is
read after a write is what was configured, so that the next plan is empty. Its waits are its own: some five seconds for each step.
`;
}

test("docs/reference/aws-api.md lists every operation, and tells which ones are built", () => {
  if (process.env["FAIRLEAD_GOLDEN"] !== undefined) writeFileSync(path, written());
  expect(readFileSync(path, "utf8")).toBe(written());
});

test("what is built is an operation of its service", () => {
  for (const { model, operations } of awsServices.json)
    for (const name of Object.keys(operations)) expect(Object.keys(model.operations)).toContain(name);
});

test("what is built is served in a test, whose answers are held against the model", () => {
  const folder = join(dirname(dirname(import.meta.dirname)), "src", "control", "aws");
  const tests = globSync(["*.test.ts", "testing*.ts"], { cwd: folder }).map((name) =>
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
