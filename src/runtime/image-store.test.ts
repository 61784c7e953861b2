import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ErrorCode } from "#contract";
import { ImageStore } from "./image-store.ts";
import { readTar } from "./tar-reader.ts";
import { tarArchive } from "./tar-writer.ts";
import { removeFolder, temporaryFolder } from "./testing.ts";
import { digestOf, ociArchive, savedArchive, type ImageParts } from "./testing-images.ts";

let folder: string;
let store: ImageStore;

beforeEach(() => {
  folder = temporaryFolder();
  store = new ImageStore(folder, { maxArchiveOctets: 8 << 20, maxUnpackedOctets: 4 << 20, maxEntries: 1000 });
});

afterEach(() => removeFolder(folder));

/** Octets in pieces of an awkward size, as a connection gives them. */
async function* piecesOf(octets: Uint8Array, size: number = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) {
    await Promise.resolve();
    yield octets.subarray(at, at + size);
  }
}

const page = tarArchive([
  { name: "www/", type: "5" },
  { name: "www/index.html", content: "<h1>Shop</h1>" },
]);
const program = tarArchive([{ name: "bin/serve", content: "#!/bin/sh\n", mode: 0o4755 }]);
const config = {
  Entrypoint: ["/bin/serve"],
  Cmd: ["-p", "80"],
  Env: ["A=1=2", "broken", "=x"],
  WorkingDir: "/www",
  User: "nobody",
  ExposedPorts: { "80/tcp": {} },
};
const sound: ImageParts = { layers: [program, page], config };

const leftovers = (): string[] => [
  ...readdirSync(join(folder, "incoming")),
  ...readdirSync(join(folder, "blobs")),
  ...readdirSync(join(folder, "images")),
];

describe("ImageStore", () => {
  test.each([
    ["an OCI layout", ociArchive(sound).archive],
    ["an OCI layout with gzip", ociArchive({ ...sound, compression: "gzip" }).archive],
    ["an OCI layout with zstd", ociArchive({ ...sound, compression: "zstd" }).archive],
    ["what `docker save` writes", savedArchive(sound)],
    ["the same through gzip", gzipSync(savedArchive(sound))],
    ["the same through zstd", zstdCompressSync(savedArchive(sound))],
  ])(
    "takes in %s, tells what it runs, unpacks it, and gives it as `docker load` takes it",
    async (_, archive) => {
      const image = await store.add(piecesOf(archive));
      expect(image.references).toEqual(["shop:1"]);
      expect(image.run).toEqual({
        entryPoint: ["/bin/serve"],
        command: ["-p", "80"],
        environment: { A: "1=2" },
        workingFolder: "/www",
        user: "nobody",
        ports: ["80/tcp"],
      });
      expect(store.list()).toEqual([image]);
      const root = join(folder, "root");
      const { mkdirSync, statSync } = await import("node:fs");
      mkdirSync(root);
      await store.unpack(image.digest, root, false);
      expect(readFileSync(join(root, "www/index.html"), "utf8")).toBe("<h1>Shop</h1>");
      expect(statSync(join(root, "bin/serve")).mode & 0o7777).toBe(0o755);
      const again = new ImageStore(join(folder, "other"));
      const parts: Uint8Array[] = [];
      for await (const part of store.archiveOf(image.digest, "localhost/x:1")) parts.push(part as Uint8Array);
      const copy = await again.add(piecesOf(Buffer.concat(parts)));
      expect(copy.references).toEqual(["localhost/x:1"]);
      expect(copy.layers.map(({ diffId }) => diffId)).toEqual([program, page].map(digestOf));
    },
  );

  test("an OCI image keeps the digest of its manifest; the same one again is the same; removal leaves what others share", async () => {
    const { archive, digest } = ociArchive(sound);
    const first = await store.add(piecesOf(archive, 1 << 20));
    expect(first.digest).toBe(digest);
    expect(await store.add(piecesOf(archive))).toEqual(first);
    const other = await store.add(piecesOf(ociArchive({ ...sound, layers: [program] }).archive));
    expect(readdirSync(join(folder, "blobs"))).toHaveLength(4);
    expect(store.remove(digest)).toBe(true);
    expect(store.remove(digest)).toBe(false);
    expect(store.list()).toEqual([other]);
    expect(readdirSync(join(folder, "blobs"))).toHaveLength(2);
    store.remove(other.digest);
    expect(leftovers()).toEqual([]);
  });

  test("finds the image for this machine in an index of several, and follows the links of old archives", async () => {
    const { archive } = ociArchive({
      ...sound,
      change: (members) =>
        members.map((member) => {
          if (member.name !== "index.json") return member;
          const { manifests } = JSON.parse(String(member.content)) as { manifests: object[] };
          const other = {
            ...manifests[0],
            digest: digestOf("other"),
            platform: { os: "linux", architecture: "s390x" },
          };
          const attestation = { ...other, platform: { os: "unknown", architecture: "unknown" } };
          return { ...member, content: JSON.stringify({ manifests: [other, ...manifests, attestation] }) };
        }),
    });
    expect((await store.add(piecesOf(archive))).layers).toHaveLength(2);
    const linked = savedArchive({
      layers: [page, page],
      change: (members) =>
        members.map((member) =>
          member.name === "1/layer.tar"
            ? { name: member.name, type: "2", linkName: "../0/layer.tar" }
            : member,
        ),
    });
    const { layers } = await store.add(piecesOf(linked));
    expect(layers.map(({ diffId }) => diffId)).toEqual([digestOf(page), digestOf(page)]);
  });

  const replace =
    (name: RegExp, content: string) =>
    (
      members: Parameters<NonNullable<ImageParts["change"]>>[0],
    ): ReturnType<NonNullable<ImageParts["change"]>> =>
      members.map((member) => (name.test(member.name) ? { ...member, content } : member));
  const zeros = tarArchive([{ name: "zeros", content: new Uint8Array(5 << 20) }]);
  const many = tarArchive(Array.from({ length: 1001 }, (_, i) => ({ name: `f${i}` })));
  const layerWith = (...members: Parameters<typeof tarArchive>[0]): Buffer =>
    ociArchive({ layers: [tarArchive(members)] }).archive;
  const layer = digestOf(page).slice(7);

  test.each<[string, Uint8Array, ErrorCode, RegExp]>([
    ["nothing", new Uint8Array(), "image-malformed", /it is empty/],
    ["text", Buffer.from("x".repeat(5000)), "image-malformed", /no tar archive|a number in it is none/],
    ["an archive of something else", page, "image-malformed", /neither oci-layout nor manifest\.json/],
    ["a cut off archive", ociArchive(sound).archive.subarray(0, 3000), "image-malformed", /cut off|missing/],
    [
      "another machine's image",
      ociArchive({ ...sound, architecture: "s390x" }).archive,
      "image-malformed",
      /for linux\/s390x, and this machine is linux\//,
    ],
    [
      "a saved image of another machine",
      savedArchive({ ...sound, architecture: "s390x" }),
      "image-malformed",
      /for linux\/s390x/,
    ],
    [
      "a blob with other octets",
      ociArchive({ layers: [page], change: replace(new RegExp(layer), "evil") }).archive,
      "image-malformed",
      /is something else/,
    ],
    [
      "a saved layer with other octets",
      savedArchive({ layers: [page], change: replace(/layer\.tar/, program.toString("latin1")) }),
      "image-malformed",
      /is not the one that its configuration names/,
    ],
    [
      "an index that is no JSON",
      ociArchive({ ...sound, change: replace(/index\.json/, "{") }).archive,
      "image-malformed",
      /no JSON/,
    ],
    [
      "an index of another form",
      ociArchive({ ...sound, change: replace(/index\.json/, '{"manifests":{}}') }).archive,
      "image-malformed",
      /another form/,
    ],
    [
      "a deep index",
      ociArchive({ ...sound, change: replace(/index\.json/, "[".repeat(3 << 20)) }).archive,
      "image-malformed",
      /no JSON|another form/,
    ],
    [
      "an index of itself",
      ociArchive({ ...sound, change: replace(/index\.json/, JSON.stringify({ manifests: [] })) }).archive,
      "image-malformed",
      /it has no image/,
    ],
    [
      "a damaged compressed layer",
      ociArchive({ layers: [Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(600, 7)])] })
        .archive,
      "image-malformed",
      /damaged/,
    ],
    [
      "a decompression bomb",
      ociArchive({ layers: [zeros], compression: "gzip" }).archive,
      "input-too-large",
      /more than \d+ octets/,
    ],
    [
      "an archive that is damaged through gzip",
      Buffer.concat([gzipSync(page).subarray(0, 60), Buffer.alloc(600, 7)]),
      "image-malformed",
      /damaged|cut off|neither|no tar archive|a number in it/,
    ],
    [
      "half an archive through gzip",
      gzipSync(ociArchive(sound).archive).subarray(0, 200),
      "image-malformed",
      /damaged|cut off/,
    ],
    [
      "a decompression bomb around it",
      gzipSync(new Uint8Array(64 << 20)),
      "input-too-large",
      /more than 8388608 octets/,
    ],
    [
      "a decompression bomb of an archive",
      gzipSync(tarArchive([{ name: "x", content: new Uint8Array(64 << 20) }])),
      "input-too-large",
      /more than 8388608 octets/,
    ],
    [
      "a bomb of small files",
      ociArchive({ layers: [many], compression: "zstd" }).archive,
      "input-too-large",
      /more than 1000 members/,
    ],
    [
      "an archive that is too large",
      Buffer.concat([tarArchive([{ name: "x", content: new Uint8Array(9 << 20) }])]),
      "input-too-large",
      /more than 8388608 octets/,
    ],
    [
      "a name that climbs",
      layerWith({ name: "../../etc/passwd", content: "x" }),
      "image-malformed",
      /leads outside: "\.\.\/\.\.\/etc\/passwd"/,
    ],
    [
      "a hard link that climbs",
      layerWith({ name: "x", type: "1", linkName: "../../etc/passwd" }),
      "image-malformed",
      /leads outside/,
    ],
    ["a name that is too deep", layerWith({ name: "a/".repeat(300) + "b" }), "image-malformed", /is none/],
  ])("refuses %s and keeps nothing of it", async (_, archive, code, message) => {
    await expect(store.add(piecesOf(archive, 64 << 10))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(leftovers()).toEqual([]);
  });

  test("an archive whose sender goes away leaves nothing, and what was cut off before is swept", async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield* piecesOf(ociArchive(sound).archive.subarray(0, 2048));
      throw new Error("gone");
    };
    await expect(store.add(broken())).rejects.toThrow("gone");
    expect(leftovers()).toEqual([]);
    writeFileSync(join(folder, "incoming/part"), "x");
    writeFileSync(join(folder, "blobs", "0".repeat(64)), "x");
    store.sweep();
    expect(leftovers()).toEqual([]);
  });

  test("records that are damaged, or of another name, are no images", () => {
    writeFileSync(join(folder, "images", `${"0".repeat(64)}.json`), '{"digest":"sha256:1"}');
    writeFileSync(join(folder, "images/x"), "");
    expect(store.list()).toEqual([]);
    expect(store.get("sha256:../../x")).toBeUndefined();
    expect(existsSync(join(folder, "images"))).toBe(true);
  });
});

test("readTar() takes GNU's long names and numbers, and skips contents that nobody reads", async () => {
  const long = `${"d/".repeat(60)}file`;
  const archive = tarArchive([
    { name: "././@LongLink", type: "L", content: `${long}\0` },
    { name: "short", content: "0123456789" },
    { name: `${"x".repeat(120)}/y`, content: "z" },
  ]);
  const names: string[] = [];
  for await (const { name, size } of readTar(piecesOf(archive, 7), { maxEntries: 10, maxOctets: 1 << 20 }))
    names.push(`${name} ${size}`);
  expect(names).toEqual([`${long} 10`, `${"x".repeat(120)}/y 1`]);
});
