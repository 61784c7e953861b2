// Commands for trusting the built-in authority on this machine: its root is added to the stores that programs look into, shown, written
// out for other machines, and taken away again. It is constrained to the private names: nothing public is trusted by it.

import { homedir } from "node:os";
import { join } from "node:path";
import type { Authority } from "#contract";
import { PlatformError } from "#contract/plain";
import type { Command } from "./command.ts";
import type { Context } from "./context.ts";
import {
  findTrustStores,
  readRoot,
  TrustRecord,
  type TrustedRoot,
  type MachineTrustStore,
} from "./trust-stores.ts";

const changeArguments = {
  plan: { type: "boolean", description: "show what would be done, and do nothing" },
  user: { type: "boolean", description: "only your own browsers, not the system's store" },
} as const;

async function authorityOf(context: Context): Promise<Authority> {
  return (await context.api().request("GET", "/v1/authority")) as Authority;
}

function stores(isOfUser: boolean = false): MachineTrustStore[] {
  const all = findTrustStores({
    home: homedir(),
    isAdministrator: process.getuid?.() === 0,
    path: process.env["PATH"] ?? "",
  });
  return isOfUser ? all.filter((store) => !store.isOfSystem) : all;
}

function record(): TrustRecord {
  return new TrustRecord(join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "fairlead"));
}

/** What was done, or is to be done, at one store. */
interface StoreOutcome {
  readonly store: string;
  readonly where: string;
  readonly root: string;
  readonly result:
    | "added"
    | "removed"
    | "there already"
    | "not there"
    | "would be added"
    | "would be removed"
    | "failed"
    | "not possible";
  readonly reason?: string;
}

/** Does one thing at one store. */
function change(
  store: MachineTrustStore,
  root: TrustedRoot,
  what: "add" | "remove",
  isPlan: boolean,
): StoreOutcome {
  const { title, where, hindrance } = store;
  const outcome = { store: title, where, root: root.nickname };
  const isThere = store.has(root);
  if (isThere === (what === "add")) return { ...outcome, result: isThere ? "there already" : "not there" };
  if (hindrance !== undefined) return { ...outcome, result: "not possible", reason: hindrance };
  if (isPlan) return { ...outcome, result: what === "add" ? "would be added" : "would be removed" };
  try {
    store[what](root);
    return { ...outcome, result: what === "add" ? "added" : "removed" };
  } catch (error) {
    return { ...outcome, result: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

function tell(context: Context, outcomes: readonly StoreOutcome[]): void {
  context.output.data(outcomes);
  for (const { store, where, root, result, reason } of outcomes)
    context.output.line(
      `${root}: ${result} in ${store} (${where})${reason === undefined ? "" : `: ${reason}`}`,
    );
  const isGood = outcomes.some(({ result }) => result !== "failed" && result !== "not possible");
  if (isGood) return;
  const [first] = outcomes;
  throw new PlatformError(
    "path-unusable",
    `Cannot change any store of trusted roots: ${first?.reason ?? "this machine has none that is known here"}`,
  );
}

export const trustInstall: Command = {
  description:
    "Trust the platform's certificates on this machine: in the system's store (as root), Chromium and Firefox",
  args: changeArguments,
  examples: ["fairlead trust install --plan"],
  async run(values, context) {
    const { root, permittedNames } = await authorityOf(context);
    const read = readRoot(root);
    const isPlan = values["plan"] === true;
    context.output.line(`It is good for names under ${permittedNames.join(", ")} and for this machine only.`);
    const outcomes = stores(values["user"] === true).map((store) => change(store, read, "add", isPlan));
    if (!isPlan && outcomes.some(({ result }) => result === "added")) record().add(read);
    tell(context, outcomes);
    if (!isPlan) context.output.line("Programs that run already look again when they are started anew.");
  },
};

export const trustUninstall: Command = {
  description: "Trust the platform's certificates on this machine no more; also when the platform is gone",
  args: changeArguments,
  examples: ["fairlead trust uninstall --plan"],
  async run(values, context) {
    const isPlan = values["plan"] === true;
    const kept = record();
    const roots = new Map(kept.list().map((root) => [root.fingerprint, root]));
    try {
      const own = readRoot((await authorityOf(context)).root);
      // Roots of other platforms stay.
      roots.clear();
      roots.set(own.fingerprint, own);
    } catch (error) {
      const isAway =
        error instanceof PlatformError && ["platform-unreachable", "key-missing"].includes(error.code);
      if (!isAway || roots.size === 0) throw error;
      context.output.line(
        "The platform does not answer: all roots that were installed from here are taken away.",
      );
    }
    const outcomes = [...roots.values()].flatMap((root) =>
      stores(values["user"] === true).map((store) => change(store, root, "remove", isPlan)),
    );
    for (const root of roots.values())
      if (!isPlan && !stores().some((store) => store.has(root))) kept.remove(root);
    tell(context, outcomes);
  },
};

export const trustShow: Command = {
  description: "Show the built-in authority, and where on this machine it is trusted",
  args: {},
  examples: ["fairlead trust show"],
  async run(_values, context) {
    const { output } = context;
    const authority = await authorityOf(context);
    const root = readRoot(authority.root);
    const found = stores().map((store) => ({
      store: store.title,
      where: store.where,
      isTrusted: store.has(root),
      ...(store.hindrance === undefined ? {} : { hindrance: store.hindrance }),
    }));
    output.data({ ...authority, stores: found });
    output.line(`${authority.subject}, until ${authority.notAfter.slice(0, 10)}`);
    output.line(`  SHA-256 ${authority.fingerprint}`);
    output.line(`  good for names under ${authority.permittedNames.join(", ")} and for this machine only`);
    output.table(
      ["TRUSTED", "STORE", "WHERE"],
      found.map(({ store, where, isTrusted }) => [isTrusted ? "yes" : "no", store, where]),
    );
  },
};

export const trustExport: Command = {
  description: "Print the root as PEM, to be trusted on other machines",
  args: {},
  examples: ["fairlead trust export"],
  async run(_values, context) {
    const { root, fingerprint } = await authorityOf(context);
    context.output.data({ root, fingerprint });
    context.output.line(root.trimEnd());
  },
};
