// What the tests with AWS's clients share: a key of the AWS style, the end of an operation, and what the DNS answers.

import { readdirSync, readFileSync } from "node:fs";
import type { RoleName } from "#contract";
import type { AwsPlace, SdkClient } from "../aws-clients/sdk.ts";
import { run, runAside, type Platform } from "./harness.ts";
import { setTimeout as wait } from "node:timers/promises";

/** How long an operation may take, in milliseconds. */
const operationLimitMs = 120_000;

/** Makes a key of the AWS style. @returns it, and where it is good */
export async function awsPlace(platform: Platform, body: object = {}): Promise<AwsPlace> {
  const { accessKey } = await platform.call<{ accessKey: { id: string; secret: string } }>(
    "POST",
    "/v1/keys",
    {
      name: "scripts",
      type: "aws",
      ...body,
    },
  );
  return {
    endpoint: `http://127.0.0.1:${platform.port(7700)}`,
    accessKeyId: accessKey.id,
    secretAccessKey: accessKey.secret,
  };
}

/** Follows an operation of Route 53 Domains as scripts do, until it is over. */
export async function operationEnd(client: SdkClient, OperationId: string): Promise<Record<string, unknown>> {
  for (const until = performance.now() + operationLimitMs; performance.now() < until; await wait(100)) {
    const seen = await client.call("GetOperationDetail", { OperationId });
    if (seen["Status"] !== "SUBMITTED" && seen["Status"] !== "IN_PROGRESS") return seen;
  }
  throw new Error(`Operation ${OperationId} does not end`);
}

/** What the platform's resolver answers, sorted. */
export function digShort(platform: Platform, name: string, type: string): string[] {
  const { stdout } = run("dig", ["@127.0.0.1", "-p", String(platform.port(5300)), "+short", name, type]);
  return stdout.split("\n").filter(Boolean).sort();
}

/**
 * Asks one server, without recursion.
 * @param at  an address of the design; 127.53.x.y is moved to where this platform has it
 * @returns records of all sections as `owner ttl class type data` with single spaces
 */
export function digAt(
  platform: Platform,
  at: string,
  port: number,
  name: string,
  type: string,
): { readonly rcode: string; readonly records: readonly string[] } {
  const { stdout } = run("dig", [
    `@${platform.address(at)}`,
    "-p",
    String(platform.port(port)),
    ..."+norecurse +noall +comments +answer +authority +additional".split(" "),
    name,
    type,
  ]);
  return {
    rcode: /status: (\w+)/.exec(stdout)?.[1] ?? stdout,
    records: stdout
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith(";"))
      .map((line) => line.replaceAll(/\s+/g, " ")),
  };
}

/** The process of a role on the platform's data folder. Throws where there is not one alone. */
export function processOf(platform: Platform, role: RoleName): number {
  const found = readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "utf8");
      if (!words.includes("role-main") || !words.includes(platform.data)) return false;
      return readFileSync(`/proc/${name}/environ`, "utf8").includes(`"role":"${role}"`);
    } catch {
      return false; // it ended meanwhile
    }
  });
  if (found.length !== 1) throw new Error(`There are ${found.length} processes of ${role}`);
  return Number(found[0]);
}

/** What a visitor gets at an address with a Host of their choice. */
export interface Visit {
  readonly status: number;
  /** As curl prints them. */
  readonly headers: string;
  readonly body: string;
}

/** Visits an address of the edge with a name of the visitor's choice; over https without a look at who signed the certificate. */
export async function visit(
  platform: Platform,
  address: string,
  host: string,
  path = "/",
  { isSecure = false }: { readonly isSecure?: boolean } = {},
): Promise<Visit> {
  const port = platform.port(isSecure ? 8443 : 8080);
  const words = isSecure
    ? ["-k", "--resolve", `${host}:${port}:${address}`, `https://${host}:${port}${path}`]
    : ["-H", `Host: ${host}`, `http://${address}:${port}${path}`];
  const { stdout, stderr } = await runAside("curl", ["-si", "--max-time", "60", ...words]);
  const [headers = "", ...body] = stdout.split("\r\n\r\n");
  const status = Number(/^HTTP\/[\d.]+ (\d{3})/.exec(headers)?.[1] ?? "0");
  if (status === 0) throw new Error(`curl ${address} ${host}: ${stderr}`);
  return { status, headers: `${headers}\r\n`, body: body.join("\r\n\r\n") };
}
