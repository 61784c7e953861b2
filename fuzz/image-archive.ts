// Fuzzes how images are taken in and unpacked: archives that are changed by chance, their checksums made right again so that more than the first header
// is reached, and layers of members with hostile names in any order. Whatever comes, an archive is taken in or refused with a reason, nothing of a
// refused one is kept, a layer changes nothing outside of its root, and none of it hangs.
//
// Run: node --conditions=fairlead-source fuzz/image-archive.ts [--seconds N] [--seed N]
// The seed is printed first. An input that breaks a rule is printed in base64, as small as it can be made, and ends the run with exit code 1: put it
// into a row of src/runtime/image-store.test.ts or unpack-layer.test.ts.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PlatformError } from "#contract";
import { ImageStore } from "#runtime";
import {
  ArchiveFailure,
  ociArchive,
  removeTree,
  savedArchive,
  tarArchive,
  unpackLayer,
} from "#runtime/testing";
import { fuzz, tooSlow } from "./shared/fuzz.ts";
import { pick, random, usedMs } from "./shared/run.ts";

/** Processor time: one that takes more of it counts as hanging; garbage collection included. */
const slowMs = 2000;
const blockOctets = 512;
const bounds = { maxEntries: 100, maxOctets: 1 << 20 };

const folder = mkdtempSync(join(tmpdir(), "fairlead-fuzz-"));
const secret = join(folder, "secret");
writeFileSync(secret, "outside");
const store = new ImageStore(join(folder, "images"), {
  maxArchiveOctets: 1 << 20,
  maxUnpackedOctets: 1 << 20,
  maxEntries: 100,
});

const layer = tarArchive([
  { name: "www/", type: "5" },
  { name: "www/index.html", content: "<h1>Shop</h1>" },
  { name: `${"long/".repeat(30)}name`, content: "x" },
]);
const archives = [
  ociArchive({ layers: [layer] }).archive,
  ociArchive({ layers: [layer, layer], compression: "gzip" }).archive,
  ociArchive({ layers: [layer], compression: "zstd" }).archive,
  savedArchive({ layers: [layer, layer] }),
];

/** Changes some octets, drops or doubles a run, or cuts the end off. */
function mutate(octets: Buffer): Buffer {
  let changed = Buffer.from(octets);
  for (let left = 1 + random.integer(4); left > 0; left--) {
    const at = random.integer(Math.max(1, changed.length));
    const to = Math.min(changed.length, at + 1 + random.integer(2 * blockOctets));
    switch (random.integer(5)) {
      case 0:
        changed[at] = pick([0, 0x20, 0x2f, 0x30, 0x37, 0x39, 0x7f, 0x80, 0xff]);
        break;
      case 1:
        changed[at] = random.integer(256);
        break;
      case 2:
        changed = Buffer.concat([changed.subarray(0, at), changed.subarray(to)]);
        break;
      case 3:
        changed = Buffer.concat([changed.subarray(0, to), changed.subarray(at)]);
        break;
      default:
        if (random.integer(8) === 0) changed = changed.subarray(0, at);
    }
  }
  return random.integer(3) === 0 ? changed : withSums(changed);
}

/** Makes the checksum of every block right that looks like a header. */
function withSums(octets: Buffer): Buffer {
  for (let at = 0; at + blockOctets <= octets.length; at += blockOctets) {
    const block = octets.subarray(at, at + blockOctets);
    if (block.toString("latin1", 257, 262) !== "ustar") continue;
    block.fill(0x20, 148, 156);
    const sum = block.reduce((total, octet) => total + octet, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  }
  return octets;
}

const names = [
  "a",
  "b",
  "c",
  "..",
  ".",
  "",
  ".wh.a",
  ".wh..wh..opq",
  ".wh...",
  ".wh.",
  "secret",
  "x".repeat(300),
] as const;

/** A layer of members that lead this way and that. */
function hostileLayer(): Buffer {
  const path = (isTarget: boolean): string => {
    const parts = Array.from({ length: 1 + random.integer(4) }, () =>
      pick(random.integer(4) === 0 ? names : names.slice(0, 3)),
    );
    const up = isTarget
      ? pick(["", "", "../../../", "/", folder, `${folder}/secret/`])
      : pick(["", "", "", "/", "./"]);
    return up + parts.join("/");
  };
  return tarArchive(
    Array.from({ length: 1 + random.integer(12) }, () => {
      const type = pick(["0", "0", "1", "2", "2", "5", "3", "6", "7", "9"]);
      return {
        name: path(false),
        type,
        mode: random.integer(0o10000),
        linkName: type === "1" || type === "2" ? path(true) : "",
        ...(type === "0" ? { content: "inside" } : {}),
      };
    }),
  );
}

async function* piecesOf(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  const size = 1 + random.integer(5000);
  for (let at = 0; at < octets.length; at += size) {
    await Promise.resolve();
    yield octets.subarray(at, at + size);
  }
}

const counts = { archives: 0, taken: 0, layers: 0, unpacked: 0 };

/** The rule that an archive breaks as it is taken in. */
async function brokenArchive(octets: Uint8Array): Promise<string | undefined> {
  counts.archives++;
  try {
    const { digest } = await store.add(piecesOf(octets));
    store.remove(digest);
    counts.taken++;
  } catch (error) {
    const isRefusal =
      error instanceof PlatformError && ["image-malformed", "input-too-large"].includes(error.code);
    if (!isRefusal) throw error;
  }
  const left = ["blobs", "images", "incoming"].flatMap((part) => readdirSync(join(folder, "images", part)));
  return left.length > 0 ? `something of it is kept: ${left.join(", ")}` : undefined;
}

/** The rule that a layer breaks as it is unpacked. */
async function brokenLayer(octets: Uint8Array): Promise<string | undefined> {
  counts.layers++;
  const root = join(folder, "root");
  mkdirSync(root);
  const isRoot = process.getuid?.() === 0;
  try {
    await unpackLayer(piecesOf(octets), root, bounds, isRoot);
    counts.unpacked++;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // What the file system refuses, such as a name that is too long for it, is a reason too.
    if (!(error instanceof ArchiveFailure) && !/^E[A-Z]+$/.test(code ?? "")) throw error;
  } finally {
    removeTree(root);
  }
  const around = readdirSync(folder).sort().join(" ");
  return around === "images secret" && readFileSync(secret, "utf8") === "outside"
    ? undefined
    : `something outside is changed: ${around}`;
}

/** Leaves nothing of what one has changed to the next. */
function tidy(): void {
  for (const name of readdirSync(folder))
    if (name !== "images") rmSync(join(folder, name), { recursive: true, force: true });
  writeFileSync(secret, "outside");
  for (const part of ["blobs", "images", "incoming"])
    for (const name of readdirSync(join(folder, "images", part)))
      rmSync(join(folder, "images", part, name), { recursive: true, force: true });
}

process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

let isLayer = false;

await fuzz<Uint8Array>({
  inputs: "archives and layers",
  make: () => {
    isLayer = random.integer(3) > 0;
    if (!isLayer) return mutate(pick(archives));
    return random.integer(4) === 0 ? mutate(hostileLayer()) : hostileLayer();
  },
  broken: async (octets) => {
    const from = usedMs();
    let isGood = false;
    try {
      const fault = isLayer ? await brokenLayer(octets) : await brokenArchive(octets);
      isGood = fault === undefined;
      return fault ?? (usedMs() - from > slowMs ? tooSlow : undefined);
    } finally {
      if (!isGood) tidy();
    }
  },
  print: (octets) => `${isLayer ? "layer" : "archive"} ${Buffer.from(octets).toString("base64")}`,
  tally: () => `: ${JSON.stringify(counts)}`,
});
