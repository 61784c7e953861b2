// Commands that start and stop the platform: up (in the foreground, until Ctrl-C) and down.

import type { SetupState, ZoneSigning } from "#contract";
import { PlatformError } from "#contract/plain";
import type { DriverName, OutsidePolicy, Platform } from "#server";
import { createApiClient, type ApiClient } from "./api-client.ts";
import type { Command, Values } from "./command.ts";
import { makeSetupLink } from "./command-user.ts";
import type { Output } from "./output.ts";
import { exampleDomain, makeExample } from "./example.ts";
import { parseHostPort } from "./host-port.ts";
import { readWholeNumber } from "./read-values.ts";
import { readTransfers, repeatedTransferArguments, transferArguments } from "./transfer-options.ts";
import { readWatch, watchArguments } from "./watch-options.ts";

/** The platform itself is loaded only by the commands that start and stop it: the others are up sooner. */
const loadServer = () => import("#server");

/** What asks the platform to stop: Ctrl-C, a service manager, the end of the terminal. */
const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** As many as a zone image has readers for, less its writer. */
const maxWorkers = 63;

/** The longest that a container may be waited for: who takes an hour to listen will not. */
const maxContainerReadySeconds = 3600;

const stoppedText = "Stopped. Domains, zones and sites are kept for the next start.";

export const up: Command = {
  description: "Start the platform and stay in the foreground; Ctrl-C stops it",
  args: {
    profile: {
      type: "string",
      valueHint: "NAME",
      description: "local: loopback, high ports, touches nothing on the host (the default)",
    },
    network: { type: "string", valueHint: "127.N", description: "in place of 127.53" },
    "port-offset": { type: "string", valueHint: "K", description: "added to every port" },
    "authority-port": {
      type: "string",
      valueHint: "PORT",
      description: "of all name servers (5301): with 53, other resolvers can begin at this platform's root",
    },
    outside: {
      type: "string",
      valueHint: "POLICY",
      description:
        "names outside the private tree: refuse (the default), iterate, or forward=ADDR:PORT[,ADDR:PORT ...]",
    },
    signing: {
      type: "string",
      valueHint: "KIND",
      description:
        "how zones are signed, root and TLDs included: nsec (the default), nsec3, compact (RFC 9824; root and TLDs have nsec then), or off",
    },
    driver: {
      type: "string",
      valueHint: "NAME",
      description: "what name servers run on: linux (system calls) or node",
    },
    workers: {
      type: "string",
      valueHint: "N",
      description: "threads that answer for name servers, on the linux driver (1 is the default)",
    },
    "container-ready": {
      type: "string",
      valueHint: "SECONDS",
      description: "how long a container may take until its endpoint accepts connections (60 is the default)",
    },
    ...transferArguments,
    ...watchArguments,
    example: {
      type: "boolean",
      description: "have the domain shop.test with a page, if it is not there yet",
    },
  },
  repeated: repeatedTransferArguments,
  needs: "data folder",
  examples: [
    "fairlead up",
    "fairlead up --example --port-offset 10000 --network 127.99",
    "fairlead up --outside forward=192.168.1.1:53",
    "fairlead up --query-log queries.log --dnstap unix:dnstap.sock",
    "fairlead up --tsig keys --allow-transfer key:backup --notify shop.test=192.0.2.53:53#backup",
  ],
  async run(values, context) {
    const { output } = context;
    const started = performance.now();
    const { up: startPlatform, usuallyWatched } = await loadServer();
    const offset = values["port-offset"];
    const transfers = readTransfers(values, (line) => output.line(line));
    if (transfers && transfers.allow.length + transfers.notify.length > 0 && values["signing"] === "compact")
      throw new PlatformError(
        "usage",
        "Cannot start with --signing compact: zones are given to name servers of others (--allow-transfer, --notify), which cannot sign what they are asked",
      );
    const givenUp = new AbortController();
    const giveUp = (): void => givenUp.abort();
    for (const signal of stopSignals) process.once(signal, giveUp);
    const platform = await startPlatform({
      signal: givenUp.signal,
      data: context.dataFolder,
      ...(typeof values["profile"] === "string" ? { profile: values["profile"] } : {}),
      ...(typeof values["network"] === "string" ? { network: values["network"] } : {}),
      ...(typeof offset === "string"
        ? { portOffset: readWholeNumber("--port-offset", offset, 0, 65_535) }
        : {}),
      ...(typeof values["authority-port"] === "string"
        ? { authorityPort: readWholeNumber("--authority-port", values["authority-port"], 1, 65_535) }
        : {}),
      ...(typeof values["outside"] === "string" ? { outside: readOutside(values["outside"]) } : {}),
      ...(typeof values["signing"] === "string" ? { signing: readSigning(values["signing"]) } : {}),
      ...(typeof values["driver"] === "string" ? { driver: readDriver(values["driver"]) } : {}),
      ...(typeof values["workers"] === "string"
        ? { workers: readWholeNumber("--workers", values["workers"], 1, maxWorkers) }
        : {}),
      ...(typeof values["container-ready"] === "string"
        ? {
            containerReadyMs:
              readWholeNumber("--container-ready", values["container-ready"], 1, maxContainerReadySeconds) *
              1000,
          }
        : {}),
      ...(transfers ? { transfers } : {}),
      watch: readWatch(values, usuallyWatched),
      onProgress: ({ text }) => output.line(text),
    }).catch((error: unknown) => {
      if (givenUp.signal.aborted) return undefined;
      throw error;
    });
    for (const signal of stopSignals) process.off(signal, giveUp);
    if (!platform) {
      output.line("Stopped before it was ready.");
      return;
    }
    const stopping = whenAskedToStop(platform, output);
    try {
      const api = createApiClient(platform.api, await readFirstKey(platform));
      if (values["example"] === true) await makeExample(api, output);
      const setupUrl = await setupUrlOf(api);
      printWhereToLook(platform, output, values);
      if (setupUrl !== undefined) {
        output.line(
          "  There is no owner yet. Open this link in a browser to become it (good once, for an hour):",
        );
        output.line(`    ${setupUrl}`);
        output.line();
      }
      output.line(`Ready in ${((performance.now() - started) / 1000).toFixed(1)} s. Ctrl-C stops it.`);
      output.data({
        api: platform.api,
        data: context.dataFolder,
        key: platform.keyFile,
        ...(setupUrl === undefined ? {} : { setup: setupUrl }),
      });
    } catch (error) {
      await platform.stop();
      throw error;
    }
    await stopping;
  },
};

function readDriver(text: string): DriverName {
  if (text === "linux" || text === "node") return text;
  throw new PlatformError("usage", `Cannot start with --driver "${text}": expected linux or node`);
}

function readSigning(text: string): ZoneSigning {
  if (text === "nsec" || text === "nsec3" || text === "compact" || text === "off") return text;
  throw new PlatformError(
    "usage",
    `Cannot start with --signing "${text}": expected nsec, nsec3, compact or off`,
  );
}

async function readFirstKey(platform: Platform): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return (await readFile(platform.keyFile, "utf8")).trim();
}

/** The link for the first owner; undefined where there is one. */
async function setupUrlOf(api: ApiClient): Promise<string | undefined> {
  const { needsOwner } = (await api.request("GET", "/v1/setup")) as SetupState;
  return needsOwner ? (await makeSetupLink(api)).url : undefined;
}

/** Resolves once the platform was stopped on a signal. A second Ctrl-C changes nothing: stopping goes on. */
function whenAskedToStop(platform: Platform, output: Output): Promise<void> {
  return new Promise((resolve, reject) => {
    for (const signal of stopSignals) {
      process.on(signal, () => {
        output.line(`Stopping (${signal}); instances that do not end are killed after 10 s ...`);
        platform.stop().then(() => {
          output.line(stoppedText);
          resolve();
        }, reject);
      });
    }
  });
}

function readOutside(text: string): OutsidePolicy {
  if (text === "refuse" || text === "iterate") return { policy: text, forwarders: [] };
  const list = /^forward=(.+)$/.exec(text)?.[1];
  if (list === undefined) {
    throw new PlatformError(
      "usage",
      `Cannot read --outside "${text}": expected refuse, iterate, or forward=ADDR:PORT`,
    );
  }
  return { policy: "forward", forwarders: list.split(",").map((item) => parseHostPort(item)) };
}

function printWhereToLook(platform: Platform, output: Output, values: Values): void {
  const { profile } = platform;
  const proxyAt = `http://${profile.proxy[0]?.address}:${profile.proxy[0]?.port}`;
  const resolver = profile.resolver[0];
  const name = values["example"] === true ? exampleDomain : "NAME";
  const ownData = typeof values["data"] === "string" ? ` --data ${values["data"]}` : "";
  output.line();
  output.line(
    `  Open https://${name}/ with any browser whose proxy is ${proxyAt} (PAC file ${proxyAt}/proxy.pac)`,
  );
  output.line(`  that trusts the platform's authority:`);
  output.line(`    npx fairlead trust install${ownData}`);
  output.line(`    chromium --proxy-server=${proxyAt} https://${name}/`);
  output.line(`  Console:               ${platform.api}/console/`);
  output.line(`  Ask the resolver:      dig @${resolver?.address} -p ${resolver?.port} ${name}`);
  output.line(`  Follow a whole visit:  npx fairlead trace https://${name}/${ownData}`);
  output.line(`  All addresses:         npx fairlead status${ownData}`);
  output.line(`  API:                   ${platform.api} (key in ${platform.keyFile})`);
  output.line();
}

export const down: Command = {
  description: "Stop the platform that runs on the data folder",
  args: {},
  needs: "data folder",
  examples: ["fairlead down"],
  async run(_values, context) {
    const { output, dataFolder } = context;
    const { down: stopRoles, status } = await loadServer();
    const { supervisor } = await status(dataFolder);
    let stopped = true;
    if (supervisor === undefined) {
      // Its supervisor is gone: what it left is stopped from here.
      stopped = await stopRoles({ data: dataFolder, onProgress: ({ text }) => output.line(text) });
    } else {
      output.line(`Stopping process ${supervisor}; instances that do not end are killed after 10 s ...`);
      process.kill(supervisor, "SIGTERM");
      await waitUntilStopped(dataFolder);
    }
    output.line(stopped ? stoppedText : "Nothing runs there.");
    output.data({ stopped });
  },
};

async function waitUntilStopped(dataFolder: string): Promise<void> {
  const { status } = await loadServer();
  const until = performance.now() + 60_000;
  for (;;) {
    const found = await status(dataFolder);
    if (found.supervisor === undefined && found.roles.every(({ pid }) => pid === undefined)) return;
    if (performance.now() > until) {
      throw new PlatformError(
        "role-unreachable",
        `Cannot stop the platform of ${dataFolder}: it still runs after a minute`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
