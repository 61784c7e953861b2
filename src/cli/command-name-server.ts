// `fairlead name-server`: an authoritative name server that stands alone, for zone files and for zones of other servers, without a platform. SIGHUP
// has it read its files again; Ctrl-C and SIGTERM end it.

import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { PlatformError } from "#contract/plain";
import { formatEndpoint, parseAddress } from "#engine";
import type {
  DriverName,
  MetricsServer,
  RunningNameServer,
  ServedCatalog,
  ServedZone,
  ServedZones,
} from "#server";
import type { AccessRule, Peer, UpdateRule, ZonePolicy } from "#transfer";
import type { Name } from "#wire";
import type { Command, Values } from "./command.ts";
import { parseHostPort } from "./host-port.ts";
import type { Output } from "./output.ts";
import {
  readAccess,
  readName,
  readPeers,
  readUpdateRule,
  readZonePart,
  type FindKey,
} from "./peer-values.ts";
import { readTextFile } from "./read-file.ts";
import { readWholeNumber } from "./read-values.ts";
import { ZonesAhead } from "./zones-ahead.ts";
import { checkServedZone, feedZoneFile, type WithZoneFile } from "./served-zone-file.ts";
import {
  loadPairReader,
  type PeerTls,
  type ReadPair,
  readPeerTls,
  readServedTls,
  readTlsListen,
  repeatedTlsArguments,
  tlsArguments,
} from "./tls-options.ts";
import { readZoneKeys } from "./zone-keys.ts";
import { listOf, readKeyFile } from "./transfer-options.ts";
import { readWatch, watchArguments } from "./watch-options.ts";

/** As many as a zone image has readers for, less its writer and those of transfers. */
const maxWorkers = 63;
/** Octets of a list of zones: more than a million of them. */
const maxListOctets: number = 1 << 27;

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

/** What zone files are read with. */
interface Reading {
  readonly output: Output;
  readonly withFile: WithZoneFile;
  /** Reads some of them before they are wanted. */
  readonly ahead: ZonesAhead | undefined;
}

/** The zones that have files: `NAME=FILE` each. */
function listZoneFiles(values: Values): string[] {
  return [...listOf(values, "zone"), ...listOf(values, "zones").flatMap(readZoneList)];
}

/** Reads the files that the options name. */
function readServed(
  values: Values,
  files: readonly string[],
  reading: Reading,
  readPair: ReadPair,
): ServedZones {
  const keys = readKeyFile(values["tsig"], (line) => reading.output.line(line));
  const findKey: FindKey = (name) => keys.find((key) => key.name.equals(name));
  const policies = new Policies(values, findKey);
  const peerTls = readPeerTls(values, readPair);
  const zones: ServedZone[] = [];
  const signing = readSigning(values);
  for (const given of files) zones.push(signedBy(signing, readZone(given, policies, reading)));
  for (const given of listOf(values, "secondary")) {
    const { zone: apex, rest } = readZonePart(given);
    if (!apex)
      throw new PlatformError("usage", `Cannot read --secondary "${given}": expected NAME=ADDR:PORT`);
    zones.push({ apex, policy: policies.of(apex, readPeers("--secondary", rest, findKey, peerTls)) });
  }
  const catalogs = readCatalogs(values, policies, findKey, peerTls);
  if (zones.length + catalogs.length === 0)
    throw new PlatformError(
      "usage",
      'Cannot run "name-server": expected --zone NAME=FILE or --secondary NAME=ADDR:PORT',
    );
  for (const { apex } of signing)
    if (!zones.some((zone) => zone.signing && zone.apex.equals(apex)))
      throw new PlatformError("usage", `Cannot sign zone "${apex.toString()}": no --zone gives its file`);
  const all = [...zones, ...catalogs];
  const seen = new Set<string>();
  const twice = all.find(({ apex: { key } }) => seen.has(key) || !seen.add(key));
  if (twice)
    throw new PlatformError("usage", `Cannot serve zone "${twice.apex.toString()}": it is given twice`);
  return { zones, keys, catalogs };
}

interface GivenSigning {
  readonly apex: Name;
  readonly plan: NonNullable<ServedZone["signing"]>;
}

/** Reads the keys and ways of signing. */
function readSigning(values: Values): GivenSigning[] {
  const denials = listOf(values, "denial").map((given) => {
    const { zone, rest } = readZonePart(given);
    return { zone, denial: readDenial(rest) };
  });
  return listOf(values, "sign").map((given) => {
    const { zone: apex, rest: folder } = readZonePart(given);
    if (!apex) throw new PlatformError("usage", `Cannot read --sign "${given}": expected NAME=DIR`);
    const keys = readZoneKeys(folder, apex, `Cannot sign zone "${apex.toString()}"`);
    if (keys.length === 0)
      throw new PlatformError(
        "path-unusable",
        `Cannot sign zone "${apex.toString()}": "${folder}" has no key of it; "fairlead zone sign" and dnssec-keygen make them`,
      );
    const denial =
      denials.find(({ zone }) => zone?.equals(apex) === true) ?? denials.find(({ zone }) => !zone);
    return { apex, plan: { keys, denial: denial?.denial ?? { kind: "nsec" } } };
  });
}

function readDenial(text: string): GivenSigning["plan"]["denial"] {
  switch (text) {
    case "nsec":
    case "compact":
      return { kind: text };
    case "nsec3": // RFC 9276 section 3.1: no salt, no rounds.
      return { kind: text, iterations: 0, salt: new Uint8Array(0), hasOptOut: false };
    default:
      throw new PlatformError("usage", `Cannot read --denial "${text}": expected nsec, nsec3 or compact`);
  }
}

/** A zone with the way in which it is signed. Throws `usage` where others would be given what only its keys can answer for. */
function signedBy(signing: readonly GivenSigning[], zone: ServedZone): ServedZone {
  const own = signing.find(({ apex }) => apex.equals(zone.apex));
  if (!own) return zone;
  const { transfer, notify } = zone.policy;
  if (own.plan.denial.kind === "compact" && transfer.length + notify.length > 0)
    throw new PlatformError(
      "usage",
      `Cannot serve zone "${zone.apex.toString()}" with compact denial: other name servers are given it (--allow-transfer, --notify), which cannot sign what they are asked`,
    );
  return { ...zone, signing: own.plan };
}

function readCatalogs(values: Values, policies: Policies, findKey: FindKey, tls: PeerTls): ServedCatalog[] {
  const made = listOf(values, "catalog").map((given): ServedCatalog => {
    const apex = readName(given);
    return { role: "made", apex, policy: policies.of(apex) };
  });
  const followed = listOf(values, "follow-catalog").map((given): ServedCatalog => {
    const { zone: apex, rest } = readZonePart(given);
    if (!apex)
      throw new PlatformError("usage", `Cannot read --follow-catalog "${given}": expected NAME=ADDR:PORT`);
    const primaries = readPeers("--follow-catalog", rest, findKey, tls);
    return {
      role: "followed",
      apex,
      policy: policies.of(apex, primaries),
      memberPolicy: (zone) => policies.of(zone, primaries),
    };
  });
  return [...made, ...followed];
}

/** Reads a list of zones: `NAME=FILE` a line, files relative to the list's folder; `#` begins a comment. */
function readZoneList(path: string): string[] {
  const folder = dirname(path);
  return readTextFile(path, "list of zones", maxListOctets)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const at = line.indexOf("=");
      // What is absolute stays as it is: a list may have a hundred thousand lines.
      if (at < 0 || line[at + 1] === "/") return line;
      return `${line.slice(0, at + 1)}${resolve(folder, line.slice(at + 1))}`;
    });
}

function readZone(given: string, policies: Policies, { output, withFile, ahead }: Reading): ServedZone {
  const { zone: apex, rest: path } = readZonePart(given);
  if (!apex) throw new PlatformError("usage", `Cannot read --zone "${given}": expected NAME=FILE`);
  return {
    apex,
    feed: (put) => feedZoneFile(path, apex, withFile, put, ahead && ((sink) => ahead.take(given, sink))),
    check: (zone) => checkServedZone(path, apex, zone, (line) => output.line(line)),
    policy: policies.ofFile(apex),
  };
}

/** What the options say of zones, each of them of one zone or of all. */
class Policies {
  readonly #transfer: readonly (readonly [Name | undefined, AccessRule])[];
  readonly #notify: readonly (readonly [Name | undefined, readonly Peer[]])[];
  readonly #notifiers: readonly (readonly [Name | undefined, AccessRule])[];
  readonly #update: readonly (readonly [Name | undefined, UpdateRule])[];
  readonly #isOfAll: boolean;
  #ofAll: ZonePolicy | undefined;

  constructor(values: Values, findKey: FindKey) {
    const each = <T>(option: string, read: (rest: string) => T): (readonly [Name | undefined, T])[] =>
      listOf(values, option).map((given) => {
        const { zone, rest } = readZonePart(given);
        return [zone, read(rest)];
      });
    this.#transfer = each("allow-transfer", (rest) => readAccess("--allow-transfer", rest, findKey));
    this.#notify = each("notify", (rest) => readPeers("--notify", rest, findKey));
    this.#notifiers = each("allow-notify", (rest) => readAccess("--allow-notify", rest, findKey));
    this.#update = listOf(values, "allow-update").map((given) => {
      // `below=` and `types=` have an equals sign too: the zone's is the first.
      const at = given.indexOf("=");
      if (at < 0)
        throw new PlatformError("usage", `Cannot read --allow-update "${given}": expected NAME=WHO`);
      return [readName(given.slice(0, at)), readUpdateRule("--allow-update", given.slice(at + 1), findKey)];
    });
    this.#isOfAll = [this.#transfer, this.#notify, this.#update].every((rows) =>
      rows.every(([zone]) => !zone),
    );
  }

  /** The policy of a zone with a file: one for all where nothing is said of a zone by itself. */
  ofFile(apex: Name): ZonePolicy {
    return this.#isOfAll ? (this.#ofAll ??= this.of(apex)) : this.of(apex);
  }

  of(apex: Name, primaries?: readonly Peer[]): ZonePolicy {
    const own = <T>(rows: readonly (readonly [Name | undefined, T])[]): T[] =>
      rows.filter(([zone]) => zone === undefined || zone.equals(apex)).map(([, value]) => value);
    return {
      transfer: own(this.#transfer),
      notify: own(this.#notify).flat(),
      update: own(this.#update),
      ...(primaries ? { primaries, notifiers: own(this.#notifiers) } : {}),
    };
  }
}
