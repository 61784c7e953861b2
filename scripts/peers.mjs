// The foreign programs that `npm test` measures us against (NSD, dig, nginx, Chromium ...), from Debian's packages.
// They are unpacked into .peers/ of the checkout (`apt-get download` and `dpkg-deb -x`): no root, no service started.
// What cannot run so is installed with the starting of services refused; that alone needs root.

import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  chmodSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { fail, root } from "./prepare.mjs";

/** Program, the package that has it, and where it lies in the package. */
const programs = [
  { name: "nsd", package: "nsd", path: "usr/sbin/nsd" },
  { name: "nsd-checkconf", package: "nsd", path: "usr/sbin/nsd-checkconf" },
  { name: "dig", package: "bind9-dnsutils", path: "usr/bin/dig" },
  { name: "nsupdate", package: "bind9-dnsutils", path: "usr/bin/nsupdate" },
  { name: "delv", package: "bind9-dnsutils", path: "usr/bin/delv" },
  { name: "named", package: "bind9", path: "usr/sbin/named" },
  // It reads zone files with a module that has a package of its own.
  { name: "pdns_server", package: "pdns-server", path: "usr/sbin/pdns_server", with: ["pdns-backend-bind"] },
  { name: "knotd", package: "knot", path: "usr/sbin/knotd" },
  { name: "kzonecheck", package: "knot-dnssecutils", path: "usr/bin/kzonecheck" },
  { name: "named-checkzone", package: "bind9-utils", path: "usr/bin/named-checkzone" },
  { name: "unbound", package: "unbound", path: "usr/sbin/unbound" },
  { name: "kdig", package: "knot-dnsutils", path: "usr/bin/kdig" },
  { name: "unbound", package: "unbound", path: "usr/sbin/unbound" },
  { name: "drill", package: "ldnsutils", path: "usr/bin/drill" },
  { name: "ldns-verify-zone", package: "ldnsutils", path: "usr/bin/ldns-verify-zone" },
  { name: "dnssec-verify", package: "bind9-utils", path: "usr/bin/dnssec-verify" },
  { name: "dnssec-signzone", package: "bind9-utils", path: "usr/bin/dnssec-signzone" },
  { name: "dnssec-keygen", package: "bind9-utils", path: "usr/bin/dnssec-keygen" },
  { name: "dnstap-read", package: "bind9-dnsutils", path: "usr/bin/dnstap-read" },
  { name: "fstrm_capture", package: "fstrm-bin", path: "usr/bin/fstrm_capture" },
  { name: "curl", package: "curl", path: "usr/bin/curl" },
  { name: "wget", package: "wget", path: "usr/bin/wget" },
  { name: "openssl", package: "openssl", path: "usr/bin/openssl" },
  { name: "certutil", package: "libnss3-tools", path: "usr/bin/certutil" },
  { name: "pebble", package: "pebble", path: "usr/bin/pebble" },
  { name: "nginx", package: "nginx", path: "usr/sbin/nginx" },
  { name: "haproxy", package: "haproxy", path: "usr/sbin/haproxy" },
  { name: "wrk", package: "wrk", path: "usr/bin/wrk" },
  { name: "busybox", package: "busybox-static", path: "bin/busybox" },
  { name: "chromium", package: "chromium", path: "usr/lib/chromium/chromium" },
  // Another release, such as one of a Python environment, is not the one that the tests speak of.
  { name: "aws", package: "awscli", path: "usr/bin/aws", isPython: true, version: "aws-cli/2.9.19" },
];

const folder = join(root, ".peers");
const bin = join(folder, "bin");
const marker = join(folder, "done");

/** Says, in words, what a run would fetch. */
export function describePeers() {
  const wanted = wantedPrograms();
  if (wanted.length === 0) return "Nothing to fetch: all peers are here.";
  return `Will fetch from Debian, into .peers/ of this folder: ${wanted.map((program) => program.name).join(", ")} with their libraries (about 250 MB with Chromium and awscli; once).`;
}

/**
 * Unpacks the peers that are missing.
 * @returns the folder with one executable a program, to be put on the path
 */
export function preparePeers() {
  const wanted = wantedPrograms();
  if (wanted.length > 0) unpack(wanted);
  return bin;
}

function wantedPrograms() {
  if (existsSync(marker) && readFileSync(marker, "utf8") === signature()) return [];
  return programs.filter((program) => !onPath(program));
}

function signature() {
  return JSON.stringify(programs);
}

/** Tells whether a program is there already; one with a version, in that version. */
function onPath({ name, version }) {
  if (spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0) return false;
  return (
    version === undefined ||
    (spawnSync(name, ["--version"], { encoding: "utf8" }).stdout ?? "").includes(version)
  );
}

function unpack(wanted) {
  const packages = [...new Set(wanted.flatMap((program) => [program.package, ...(program.with ?? [])]))];
  const debs = join(folder, "debs");
  const files = join(folder, "root");
  rmSync(folder, { recursive: true, force: true });
  for (const path of [debs, files, bin]) mkdirSync(path, { recursive: true });
  const apt = aptOptions(packages);
  const plan = run("apt-get", [...apt, "install", "--simulate", "--no-install-recommends", ...packages]);
  // Already installed packages are not in the plan: their libraries are on the system.
  const missing = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]);
  for (const name of packages) if (!missing.includes(name)) missing.push(name);
  process.stdout.write(`Fetching ${missing.length} Debian packages ...\n`);
  run("apt-get", [...apt, "download", ...missing], { cwd: debs });
  for (const deb of readdirSync(debs)) run("dpkg-deb", ["-x", join(debs, deb), files]);
  rmSync(debs, { recursive: true, force: true });
  const libraries = run("find", [files, "-name", "*.so*", "-printf", "%h\n"]);
  const libraryPath = [...new Set(libraries.split("\n").filter(Boolean))].join(":");
  const modulePath = join(files, "usr", "lib", "python3", "dist-packages");
  for (const program of wanted) {
    const path = join(bin, program.name);
    const target = join(files, program.path);
    writeFileSync(
      path,
      program.isPython
        ? `#!/bin/sh\nPYTHONPATH='${modulePath}' PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 '${target}' "$@"\n`
        : `#!/bin/sh\nLD_LIBRARY_PATH='${libraryPath}'"\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec '${target}' "$@"\n`,
    );
    chmodSync(path, 0o755);
  }
  // Debian compiles Python's modules when a package is installed: without that each call would compile all that it loads.
  if (wanted.some((program) => program.isPython))
    spawnSync("/usr/bin/python3", ["-m", "compileall", "-q", "-j", "0", modulePath], { stdio: "ignore" });
  installWhatCannotRunSo(wanted, apt);
  writeFileSync(marker, signature());
}

/** Runs each program once; what does not start is installed, with the starting of services refused. */
function installWhatCannotRunSo(wanted, apt) {
  const broken = wanted.filter((program) => !starts(program));
  if (broken.length === 0) return;
  const packages = [...new Set(broken.flatMap((program) => [program.package, ...(program.with ?? [])]))];
  if (process.getuid?.() !== 0) {
    fail(
      `Cannot run ${packages.join(", ")} unpacked; install by hand: apt-get install --no-install-recommends ${packages.join(" ")}`,
    );
  }
  const policy = "/usr/sbin/policy-rc.d";
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    process.stdout.write(
      `Installing ${packages.join(", ")} (cannot run unpacked; no service is started) ...\n`,
    );
    run("apt-get", [...apt, "install", "-y", "--no-install-recommends", ...packages], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  } finally {
    if (isOurs) rmSync(policy);
  }
  for (const program of broken) {
    rmSync(join(bin, program.name), { force: true });
    const installed = `/${program.path}`;
    if (!existsSync(installed)) fail(`Cannot find ${installed} after installing ${program.package}`);
    symlinkSync(installed, join(bin, program.name));
  }
}

function starts(program) {
  const args = ["nsd", "nsd-checkconf", "pebble", "certutil"].includes(program.name)
    ? ["-h"]
    : program.name === "chromium"
      ? ["--version"]
      : program.name === "openssl"
        ? ["version"]
        : program.name === "unbound"
          ? ["-V"]
          : ["dig", "nginx", "haproxy", "named", "drill"].includes(program.name)
            ? ["-v"]
            : ["--version"];
  const result = spawnSync(join(bin, program.name), args, { encoding: "utf8", timeout: 30_000 });
  return (
    result.error === undefined &&
    result.status !== null &&
    result.status !== 126 &&
    result.status !== 127 &&
    !/error while loading shared|ModuleNotFoundError/.test(result.stderr)
  );
}

/** Where the machine's package lists do not know the packages, lists of our own are fetched: no root needed. */
function aptOptions(packages) {
  const known = spawnSync("apt-cache", ["policy", ...packages], { encoding: "utf8" }).stdout ?? "";
  const candidates = [...known.matchAll(/Candidate: (?!\(none\))\S+/g)].length;
  if (candidates >= packages.length) return ["-qq"];
  const state = join(folder, "apt");
  for (const part of ["lists/partial", "cache/archives/partial"])
    mkdirSync(join(state, part), { recursive: true });
  const options = [
    "-qq",
    "-o",
    `Dir::State::Lists=${join(state, "lists")}`,
    "-o",
    `Dir::Cache=${join(state, "cache")}`,
  ];
  process.stdout.write("Fetching Debian's package lists ...\n");
  run("apt-get", [...options, "update"]);
  return options;
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 28, ...options });
  if (result.error) fail(`Cannot run ${command}: ${result.error.message}`);
  if (result.status !== 0)
    fail(`\`${command} ${args.join(" ")}\` failed:\n${result.stderr || result.stdout}`);
  return result.stdout;
}

if (process.argv[1] === join(root, "scripts", "peers.mjs")) {
  process.stdout.write(`${describePeers()}\n`);
  preparePeers();
}
