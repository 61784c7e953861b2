// Where programs on this machine look up whom they trust: the system's store, and the NSS databases of Chromium and Firefox. A root is
// added to and taken from each by the tools that own it; nothing else in them is touched, and what was there before is left alone.

import { spawnSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A root certificate to be trusted. */
export interface TrustedRoot {
  /** PEM. */
  readonly pem: string;
  /** SHA-256 of the DER, hexadecimal in lower case. */
  readonly fingerprint: string;
  /** What it is called in stores: its common name. */
  readonly nickname: string;
}

/** A store, and how a root stands in it. */
export interface MachineTrustStore {
  /** For people: `the system's store`. */
  readonly title: string;
  /** True for that of the whole system, which only its administrator changes. */
  readonly isOfSystem: boolean;
  /** Folder or file. */
  readonly where: string;
  /** Why it cannot be changed, with what to do by hand; undefined where it can. */
  readonly hindrance: string | undefined;
  /** Whether the root is trusted there. */
  has(root: TrustedRoot): boolean;
  /** Adds it. Throws an Error with what the store's tool said. */
  add(root: TrustedRoot): void;
  /** Takes it away; nothing else. */
  remove(root: TrustedRoot): void;
}

/** What stores are looked for with. */
export interface TrustEnvironment {
  readonly home: string;
  readonly isAdministrator: boolean;
  /** Where programs are looked for, as PATH has it. */
  readonly path: string;
  /** In front of the system's own folders; empty but in tests. */
  readonly systemRoot?: string;
}

/** Reads a root. Throws where the text is no certificate. */
export function readRoot(pem: string): TrustedRoot {
  const read = new X509Certificate(pem);
  const fingerprint = createHash("sha256").update(read.raw).digest("hex");
  const nickname = /^CN=(.*)$/m.exec(read.subject)?.[1] ?? `Fairlead root ${fingerprint.slice(0, 8)}`;
  return { pem, fingerprint, nickname };
}

/** The stores of this machine and user. */
export function findTrustStores(environment: TrustEnvironment): MachineTrustStore[] {
  return [...systemStores(environment), ...databases(environment)];
}

/** Families of systems: the folder that roots are put into, and what makes them known. */
const systems: readonly {
  readonly folder: string;
  readonly extension: string;
  readonly command: readonly string[];
}[] = [
  { folder: "/usr/local/share/ca-certificates", extension: "crt", command: ["update-ca-certificates"] },
  { folder: "/etc/pki/ca-trust/source/anchors", extension: "pem", command: ["update-ca-trust", "extract"] },
];

function systemStores(environment: TrustEnvironment): MachineTrustStore[] {
  const { isAdministrator, systemRoot = "", path } = environment;
  const found = systems.find(({ command: [program = ""] }) => findProgram(program, path) !== undefined);
  if (!found) return [];
  const { folder, extension, command } = found;
  const fileOf = ({ fingerprint }: TrustedRoot): string =>
    join(systemRoot, folder, `fairlead-${fingerprint.slice(0, 16)}.${extension}`);
  const refresh = (): void => {
    const [program = "", ...words] = command;
    run(findProgram(program, path) ?? program, words);
  };
  return [
    {
      title: "the system's store",
      isOfSystem: true,
      where: join(systemRoot, folder),
      hindrance: isAdministrator
        ? undefined
        : `only root may change it; as root: fairlead trust export > ${folder}/fairlead.${extension} && ${command.join(" ")}`,
      has: (root) => existsSync(fileOf(root)),
      add(root) {
        mkdirSync(join(systemRoot, folder), { recursive: true });
        writeFileSync(fileOf(root), root.pem, { mode: 0o644 });
        refresh();
      },
      remove(root) {
        rmSync(fileOf(root), { force: true });
        refresh();
      },
    },
  ];
}

/** NSS databases: the one that Chromium and others share, and those of Firefox's profiles. */
function databases({ home, path }: TrustEnvironment): MachineTrustStore[] {
  const certutil = findProgram("certutil", path);
  const shared = join(home, ".pki", "nssdb");
  const profiles = [
    join(home, ".mozilla", "firefox"),
    join(home, "snap", "firefox", "common", ".mozilla", "firefox"),
  ]
    .flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []))
    .filter((folder) => existsSync(join(folder, "cert9.db")));
  return [
    database("Chromium and programs that share its database", shared, certutil),
    ...profiles.map((folder) => database("Firefox", folder, certutil)),
  ];
}

function database(title: string, where: string, certutil: string | undefined): MachineTrustStore {
  const at = ["-d", `sql:${where}`];
  const exists = (): boolean => existsSync(join(where, "cert9.db"));
  const has = ({ nickname, fingerprint }: TrustedRoot): boolean => {
    if (certutil === undefined || !exists()) return false;
    const listed = spawnSync(certutil, ["-L", ...at, "-n", nickname, "-a"], { encoding: "utf8" });
    // Another certificate of the same name is not ours.
    return listed.status === 0 && fingerprintsIn(listed.stdout).includes(fingerprint);
  };
  return {
    title,
    isOfSystem: false,
    where,
    hindrance: certutil === undefined ? "certutil is not installed (Debian: libnss3-tools)" : undefined,
    has,
    add(root) {
      if (certutil === undefined) return;
      if (!exists()) {
        mkdirSync(where, { recursive: true, mode: 0o700 });
        run(certutil, ["-N", ...at, "--empty-password"]);
      }
      const folder = mkdtempSync(join(tmpdir(), "fairlead-trust-"));
      try {
        const file = join(folder, "root.pem");
        writeFileSync(file, root.pem);
        // Trusted to issue certificates of servers, and for nothing else.
        run(certutil, ["-A", ...at, "-t", "C,,", "-n", root.nickname, "-i", file]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    remove(root) {
      if (certutil !== undefined && has(root)) run(certutil, ["-D", ...at, "-n", root.nickname]);
    },
  };
}

function fingerprintsIn(pem: string): string[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(
    ([text]) => readRoot(text).fingerprint,
  );
}

function findProgram(name: string, path: string): string | undefined {
  return [...path.split(":"), "/usr/sbin", "/sbin"]
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

function run(program: string, words: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, words, { encoding: "utf8", timeout: 120_000 });
  if (error) throw new Error(`${program} cannot be run: ${error.message}`, { cause: error });
  if (status !== 0) throw new Error(`${program} ${words[0] ?? ""} ended with ${status}: ${stderr.trim()}`);
}

/** Remembers which roots were added, so that they can be taken away when their platform is gone. */
export class TrustRecord {
  readonly #folder: string;

  /** @param folder  of the user's configuration */
  constructor(folder: string) {
    this.#folder = join(folder, "trusted-roots");
  }

  add({ fingerprint, pem }: TrustedRoot): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.#folder, `${fingerprint}.pem`), pem);
  }

  remove({ fingerprint }: TrustedRoot): void {
    rmSync(join(this.#folder, `${fingerprint}.pem`), { force: true });
  }

  /** All that were added and not taken away again. */
  list(): TrustedRoot[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .filter((name) => name.endsWith(".pem"))
      .map((name) => readRoot(readFileSync(join(this.#folder, name), "utf8")));
  }
}
