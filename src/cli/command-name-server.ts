// `fairlead name-server`: an authoritative name server that stands alone, for zone files and for zones of other servers, without a platform. SIGHUP
// has it read its files again; Ctrl-C and SIGTERM end it.

import { homedir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "#contract/plain";
import { formatEndpoint, parseAddress } from "#engine";
import type { DriverName, MetricsServer, RunningNameServer } from "#server";
import type { Command, Values } from "./command.ts";
import { parseHostPort } from "./host-port.ts";
import type { Output } from "./output.ts";
import { readWholeNumber } from "./read-values.ts";
import { ZonesAhead } from "./zones-ahead.ts";
import {
  loadPairReader,
  readServedTls,
  readTlsListen,
  repeatedTlsArguments,
  tlsArguments,
} from "./tls-options.ts";
import { listOf } from "./transfer-options.ts";
import { readWatch, watchArguments } from "./watch-options.ts";
import { listZoneFiles, readServed } from "./served-options.ts";

/** As many as a zone image has readers for, less its writer and those of transfers. */
const maxWorkers = 63;

const text = (valueHint: string, description: string) =>
  ({ type: "string", valueHint, description }) as const;

export const nameServer: Command = {
  description: "Serve zones as a name server that stands alone, until Ctrl-C",
  args: {
    zone: text("NAME=FILE", "a zone and its file"),
    zones: text("FILE", "a list of such zones, NAME=FILE a line"),
    secondary: text(
      "NAME=ADDR:PORT[#KEY][;tls=NAME][;pin=DIGEST]",
      "a zone that is taken over from primaries, several with commas; over TLS from those that have this name, or this key",
    ),
    listen: text("ADDR:PORT", "where to answer, over UDP and TCP"),
    ...tlsArguments,
    tsig: text(
      "FILE",
      "keys that messages are signed with: as tsig-keygen writes them, or ALGORITHM:NAME:SECRET",
    ),
    "allow-transfer": text(
      "[NAME=]WHO",
      "who may have whole zones: any, ADDR[/BITS], key:NAME, tls, several with +",
    ),
    notify: text("[NAME=]ADDR:PORT[#KEY]", "who is told of new versions"),
    "allow-notify": text("[NAME=]WHO", "who beside the primaries may tell of new versions"),
    "allow-update": text(
      "NAME=WHO[;below=NAME][;types=TYPE]",
      "who may change a zone (DNS UPDATE), and what of it",
    ),
    catalog: text("NAME", "a catalog zone of all zones that are served, for other servers to go by"),
    "follow-catalog": text(
      "NAME=ADDR:PORT[#KEY]",
      "a catalog zone to go by: it and its zones come from these primaries",
    ),
    sign: text(
      "NAME=DIR",
      "a zone that is signed here with the keys of a folder (BIND's form), and kept signed as it is changed",
    ),
    denial: text(
      "[NAME=]KIND",
      "what says that a name is not there in those zones: nsec, nsec3 or compact (nsec)",
    ),
    folder: text("DIR", "where zones of primaries and what UPDATE changes are kept"),
    metrics: text("ADDR:PORT", "where Prometheus finds what is counted, over HTTP"),
    ...watchArguments,
    driver: text("NAME", "what it runs on: linux (system calls) or node"),
    workers: text("N", "threads that answer, on the linux driver (1 is the default)"),
  },
  repeated: [
    ...repeatedTlsArguments,
    "zone",
    "zones",
    "secondary",
    "listen",
    "allow-transfer",
    "notify",
    "allow-notify",
    "allow-update",
    "catalog",
    "follow-catalog",
    "sign",
    "denial",
  ],
  needs: "nothing",
  examples: [
    "fairlead name-server --zone shop.test=shop.zone --listen 127.0.0.1:5353",
    "fairlead name-server --zone shop.test=shop.zone --sign shop.test=keys --allow-update shop.test=key:editor --tsig keys.conf --listen 127.0.0.1:5353 --folder zones",
    "fairlead name-server --secondary example.org=192.0.2.1:53#transfer --tsig keys --listen 127.0.0.1:5353 --folder zones",
    "fairlead name-server --zone shop.test=shop.zone --listen 127.0.0.1:5353 --listen-tls 127.0.0.1:8530 --tls cert.pem:key.pem --allow-transfer tls",
  ],
  async run(values, { output }) {
    const listen = listOf(values, "listen").map(parseHostPort);
    if (listen.length === 0)
      throw new PlatformError("usage", 'Cannot run "name-server": expected --listen ADDR:PORT');
    const driver = readDriver(values["driver"]);
    const workers = values["workers"];
    const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "fairlead", "compiled");
    const files = listZoneFiles(values);
    // What is signed or changed here is not always put as its file says.
    const isPlain = values["sign"] === undefined && values["allow-update"] === undefined;
    let ahead = isPlain ? ZonesAhead.start(files, cache) : undefined;
    let first: readonly string[] | undefined = files;
    const { startNameServer, withZoneFile, usableCertificate, nothingWatched, usuallyWatched } =
      await import("#server/name-server");
    const readPair = await loadPairReader(values);
    const metricsAt = values["metrics"];
    const usual = typeof metricsAt === "string" ? { ...usuallyWatched, zones: 0 } : nothingWatched;
    const ended = Promise.withResolvers<void>();
    const starting = startNameServer({
      listen,
      ...readTlsListen(values),
      load: () => {
        const tls = readServedTls(values, readPair, usableCertificate);
        const given = first ?? listZoneFiles(values);
        first = undefined;
        const reading = { output, withFile: withZoneFile, ahead };
        return { ...readServed(values, given, reading, readPair), ...(tls ? { tls } : {}) };
      },
      ...(driver ? { driver } : {}),
      ...(typeof workers === "string"
        ? { workers: readWholeNumber("--workers", workers, 1, maxWorkers) }
        : {}),
      ...(typeof values["folder"] === "string" ? { folder: values["folder"] } : {}),
      watch: readWatch(values, usual),
      cache,
      log: (line) => output.line(`${new Date().toISOString()} ${line}`),
      failed: (error) => ended.reject(error),
    });
    const server = await starting.finally(() => ahead?.close());
    ahead = undefined; // with its buffer
    const metrics = await serveMetricsOf(server, metricsAt);
    tell(server, output);
    process.on("SIGHUP", () => reload(server, output));
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, () => {
        output.line(`Stopping (${signal}) ...`);
        Promise.all([server.stop(), metrics?.close()]).then(() => ended.resolve(), ended.reject);
      });
    await ended.promise;
    output.line("Stopped.");
  },
};

/** Serves scrapes where that is asked for; a server that cannot do it does not start. */
async function serveMetricsOf(
  server: RunningNameServer,
  at: Values[string],
): Promise<MetricsServer | undefined> {
  if (typeof at !== "string") return undefined;
  const { serveMetrics } = await import("#server");
  try {
    return await serveMetrics(parseHostPort(at), () => server.counters());
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function tell({ driver, listeners }: RunningNameServer, output: Output): void {
  const reason =
    driver.reason === undefined ? "" : ` (the linux driver does not work here: ${driver.reason})`;
  const at = listeners
    .filter(({ transport }) => transport === "udp")
    .map(({ address, port }) =>
      formatEndpoint({ address: parseAddress(address) ?? new Uint8Array(16), port }),
    );
  output.line(`Answers on ${at.join(", ")}, on the ${driver.name} driver${reason}`);
  output.data({ listen: at, driver: driver.name });
}

function reload(server: RunningNameServer, output: Output): void {
  server.reopen();
  try {
    server.reload();
    output.line("Read again.");
  } catch (error) {
    output.line(`Not read again, what was served is served on: ${(error as Error).message}`);
  }
}

function readDriver(value: Values[string]): DriverName | undefined {
  if (value === undefined || value === "linux" || value === "node") return value;
  throw new PlatformError("usage", `Cannot read --driver "${String(value)}": expected linux or node`);
}
