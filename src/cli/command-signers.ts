// The command for the keys that a top-level domain vouches for a domain's zone with.

import type { Domain } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Command } from "./command.ts";
import { domainPath } from "./command-registration.ts";
import { write, writeArguments } from "./write-command.ts";

export const domainSigners: Command = {
  description:
    "Show the keys that a domain's zone is vouched for with, add one that the zone has, or take one away",
  args: {
    name: { type: "positional", description: "the domain" },
    add: {
      type: "string",
      valueHint: "KEY",
      description: 'a key as its DNSKEY record has it: "257 3 13 GojI…"',
    },
    remove: { type: "string", valueHint: "ID", description: "the id of one, as it is shown" },
    force: { type: "boolean", description: "add it although the zone does not have it; it is recorded" },
    ...writeArguments,
  },
  examples: [
    "fairlead domain signers shop.test",
    'fairlead domain signers shop.test --add "257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA=="',
    "fairlead domain signers shop.test --remove 55648-b4c8c1fe2e747712",
  ],
  async run(values, context) {
    const { add, remove } = values;
    const path = `${domainPath(values)}/delegation-signers`;
    if (typeof add === "string" && typeof remove === "string")
      throw new PlatformError("usage", 'Cannot run "domain signers": expected --add or --remove, not both');
    if (typeof add === "string") {
      const force = values["force"] === true ? { force: true } : {};
      await write(context, values, "POST", path, { ...readKey(add), ...force });
      return;
    }
    if (typeof remove === "string") {
      await write(context, values, "DELETE", `${path}/${encodeURIComponent(remove)}`);
      return;
    }
    const { delegationSigners } = (await context.api().request("GET", domainPath(values))) as Domain;
    context.output.data(delegationSigners);
    for (const { id, keyTag, algorithm, digestType, digest } of delegationSigners)
      context.output.line(`${id}  DS ${keyTag} ${algorithm} ${digestType} ${digest.toUpperCase()}`);
    if (delegationSigners.length === 0) context.output.line("Its zone is not vouched for: it is not signed.");
  },
};

function readKey(text: string): { flags: number; algorithm: number; publicKey: string } {
  const [, flags, algorithm, publicKey] = /^\s*(\d{1,5})\s+3\s+(\d{1,3})\s+(\S[^]*)$/.exec(text) ?? [];
  if (publicKey === undefined)
    throw new PlatformError(
      "usage",
      `Cannot read --add "${text.slice(0, 100)}": expected FLAGS 3 ALGORITHM KEY, as a DNSKEY record has it`,
    );
  return { flags: Number(flags), algorithm: Number(algorithm), publicKey: publicKey.replaceAll(/\s/g, "") };
}
