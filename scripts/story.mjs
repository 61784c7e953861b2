// The story of a new user, from nothing to a page of their own on a name of their own, with its wall time:
//
//     node scripts/story.mjs            in this checkout, with a data folder of its own
//     node scripts/story.mjs --clone    in a fresh clone, with a new HOME and an empty package cache
//
// Uses curl, dig and Chromium of .peers/bin (scripts/peers.mjs) or of the machine. Ends with 1 where anything is not as it should be.

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepFailure } from "./failures.mjs";
import { preparePeers } from "./peers.mjs";
import { root } from "./prepare.mjs";
// Written in TypeScript, which the pinned Node reads as it is.
import { claimPlace } from "../src/runtime/testing-places.ts";

const started = Date.now();
const isClone = process.argv.includes("--clone");
const keep = process.argv.includes("--keep");
const work = mkdtempSync(join(tmpdir(), "fairlead-story-"));
const peers = preparePeers();
const home = join(work, "home");
mkdirSync(home);
const checkout = isClone ? join(work, "fairlead") : root;
const place = await claimPlace();
const offset = place.portOffset;
const network = `127.${place.network}`;
const environment = {
  ...process.env,
  PATH: `${peers}:${process.env.PATH}`,
  HOME: home,
  npm_config_cache: join(work, "npm-cache"),
  FAIRLEAD_DATA: join(work, "data"),
};

let platform;
try {
  if (isClone) run("git", ["clone", "--quiet", root, checkout]);
  await start();
  const site = join(work, "my site");
  mkdirSync(site);
  writeFileSync(
    join(site, "index.html"),
    "<!doctype html><title>Mine</title><h1>My own page</h1><script>document.title += ' ran'</script>\n",
  );
  const zoneFile = join(work, "mine.test.zone");
  writeFileSync(
    zoneFile,
    "$TTL 1h\n@ IN SOA ns.old.example. me.old.example. ( 7 1h 15m 2w 5m )\n  IN NS ns.old.example.\n  IN MX 10 mail\nmail 300 IN A 192.0.2.25\n  IN AAAA 2001:db8::25\nwiki IN CNAME @\n$INCLUDE more.zone\n",
  );
  writeFileSync(join(work, "more.zone"), '_dmarc IN TXT "v=DMARC1; p=none"\n');
  fairlead("register", "mine.test");
  fairlead("import", zoneFile);
  fairlead("instance", "create", "mine", "--site", site);
  fairlead("assign", "mine.test", "mine");
  const proxy = `http://127.0.0.1:${7780 + offset}`;
  expect(
    "curl through the visitor proxy",
    run("curl", ["-sS", "-x", proxy, "http://mine.test/"]),
    /My own page/,
  );
  const rootFile = join(work, "root.pem");
  writeFileSync(rootFile, fairlead("trust", "export"));
  expect(
    "curl over https, judged by the exported root alone",
    run("curl", ["-sS", "-x", proxy, "--cacert", rootFile, "https://mine.test/"]),
    /My own page/,
  );
  fairlead("trust", "install", "--user");
  expect(
    "an imported CNAME leads there too",
    run("curl", ["-sS", "-x", proxy, "http://wiki.mine.test/"]),
    /My own page/,
  );
  const dig = (...words) => run("dig", ["@127.0.0.1", "-p", String(5300 + offset), "+short", ...words]);
  expect("an imported record", dig("mail.mine.test", "AAAA"), /^2001:db8::25$/m);
  expect("a record of the included file", dig("_dmarc.mine.test", "TXT"), /v=DMARC1/);
  expect(
    "the platform's own name servers in place of the file's",
    dig("mine.test", "NS"),
    /^ns4\.s1\.nic\.test\.$/m,
  );
  const browser = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    `--user-data-dir=${join(work, "chromium")}`,
    `--proxy-server=${proxy}`,
  ];
  expect(
    "headless Chromium through the visitor proxy",
    run("chromium", [...browser, "--dump-dom", "https://mine.test/"]),
    /<title>Mine ran<\/title>[^]*My own page/,
  );
  if (keep) run("chromium", [...browser, `--screenshot=${join(work, "page.png")}`, "https://shop.test/"]);
  const trace = fairlead("trace", "https://mine.test/", "--fresh");
  for (const hop of [
    "Browser",
    "Resolver",
    "Root",
    "TLD",
    "Name servers",
    "Record",
    "Address",
    "Certificate",
    "Page",
  ])
    expect(`the trace shows ${hop}`, trace, new RegExp(`● ${hop}`));
  process.stdout.write(`${trace}\n`);
  await stop();
  process.stdout.write(
    `The story took ${((Date.now() - started) / 1000).toFixed(1)} s${isClone ? ", in a fresh clone with an empty package cache" : ""}.\n`,
  );
} catch (error) {
  process.stderr.write(
    `The story failed after ${((Date.now() - started) / 1000).toFixed(1)} s: ${error.message}\n`,
  );
  keepFailure("the story of a new user", error.message);
  process.exitCode = 1;
  await stop();
} finally {
  if (keep) process.stdout.write(`Kept: ${work}\n`);
  else rmSync(work, { recursive: true, force: true });
}

function start() {
  const from = Date.now();
  platform = spawn(
    "npm",
    ["start", "--silent", "--", "--network", network, "--port-offset", String(offset)],
    { cwd: checkout, env: environment, stdio: ["ignore", "pipe", "inherit"] },
  );
  let printed = "";
  let isReady = false;
  return new Promise((resolve, reject) => {
    platform.stdout.setEncoding("utf8").on("data", (text) => {
      printed += text;
      process.stdout.write(text);
      if (!isReady && /^Ready\b/m.test(printed)) {
        isReady = true;
        process.stdout.write(`npm start: ${((Date.now() - from) / 1000).toFixed(1)} s\n`);
        resolve();
      }
    });
    platform.once("exit", (code) => reject(new Error(`npm start ended with ${code}`)));
  });
}

async function stop() {
  if (!platform || platform.exitCode !== null) return;
  const ended = new Promise((resolve) => platform.once("exit", resolve));
  if (existsSync(join(checkout, "node_modules"))) run(join(checkout, "bin", "fairlead"), ["down"]);
  await ended;
}

function fairlead(...words) {
  process.stdout.write(`$ fairlead ${words.join(" ")}\n`);
  return run(join(checkout, "bin", "fairlead"), words);
}

function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: work,
    env: environment,
    encoding: "utf8",
    timeout: 120_000,
  });
  if (result.error) throw result.error;
  if (result.status !== 0)
    throw new Error(
      `${command} ${args.join(" ")} ended with ${result.status}:\n${result.stdout}${result.stderr}`,
    );
  return result.stdout;
}

function expect(what, text, pattern) {
  if (!pattern.test(text)) throw new Error(`expected ${what} to match ${pattern}, and got:\n${text}`);
  process.stdout.write(`ok    ${what}\n`);
}
