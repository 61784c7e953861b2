// Writes archives of images for tests, sound ones and, by what is put in place of their parts, hostile ones.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { ownArchitecture } from "./image-archive.ts";
import { tarArchive } from "./tar-writer.ts";

type Member = Parameters<typeof tarArchive>[0][number];

/** What an image of tests is made of. */
export interface ImageParts {
  /** Layers as tar archives, uncompressed. */
  readonly layers: readonly Uint8Array[];
  /** Members of the `config` of its configuration. */
  readonly config?: object;
  readonly architecture?: string;
  readonly compression?: "gzip" | "zstd";
  /** Changes members of the archive before it is written. */
  readonly change?: (members: Member[]) => Member[];
}

/** The digest of some octets. */
export function digestOf(octets: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(octets).digest("hex")}`;
}

function configurationOf({ layers, config = {}, architecture = ownArchitecture() }: ImageParts): string {
  const rootfs = { type: "layers", diff_ids: layers.map(digestOf) };
  return JSON.stringify({ architecture, os: "linux", config, rootfs });
}

/** An image as an OCI layout in a tar archive. */
export function ociArchive(parts: ImageParts): { archive: Buffer; digest: string } {
  const { compression, change = (members) => members } = parts;
  const compress = { gzip: gzipSync, zstd: zstdCompressSync, none: (layer: Uint8Array) => layer };
  const suffix = compression === undefined ? "" : `+${compression}`;
  const layers = parts.layers.map((layer) => Buffer.from(compress[compression ?? "none"](layer)));
  const configuration = configurationOf(parts);
  const described = (type: string, octets: string | Uint8Array): object => ({
    mediaType: `application/vnd.oci.image.${type}`,
    digest: digestOf(octets),
    size: Buffer.byteLength(octets),
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config: described("config.v1+json", configuration),
    layers: layers.map((layer) => described(`layer.v1.tar${suffix}`, layer)),
  });
  const index = {
    schemaVersion: 2,
    manifests: [
      {
        ...described("manifest.v1+json", manifest),
        annotations: { "org.opencontainers.image.ref.name": "shop:1" },
      },
    ],
  };
  const blobs = [configuration, manifest, ...layers].map((content) => ({
    name: `blobs/sha256/${digestOf(content).slice(7)}`,
    content,
  }));
  const members = [
    { name: "oci-layout", content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: "index.json", content: JSON.stringify(index) },
    ...blobs,
  ];
  return { archive: tarArchive(change(members)), digest: digestOf(manifest) };
}

/** An image as `docker save` writes it. */
export function savedArchive(parts: ImageParts): Buffer {
  const { layers, change = (members) => members } = parts;
  const configuration = configurationOf(parts);
  const config = `${digestOf(configuration).slice(7)}.json`;
  const names = layers.map((_, i) => `${i}/layer.tar`);
  return tarArchive(
    change([
      ...layers.map((content, i) => ({ name: names[i] ?? "", content })),
      { name: config, content: configuration },
      {
        name: "manifest.json",
        content: JSON.stringify([{ Config: config, RepoTags: ["shop:1"], Layers: names }]),
      },
    ]),
  );
}

/** A layer with busybox under the names that tests use. Throws where there is no busybox. */
export function busyboxLayer(): Buffer {
  const busybox = spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.trim();
  if (busybox === "") throw new Error('There is no program "busybox"');
  const names = ["sh", "sleep", "echo", "httpd", "tail", "env", "cat", "id", "kill", "ls", "mount", "ps"];
  return tarArchive([
    ...["bin/", "etc/", "tmp/", "www/"].map((name) => ({ name, type: "5" })),
    { name: "bin/busybox", content: readFileSync(busybox), mode: 0o755 },
    ...names.map((name) => ({ name: `bin/${name}`, type: "2", linkName: "busybox" })),
    { name: "etc/passwd", content: "root:x:0:0:root:/:/bin/sh\nweb:x:101:102::/:/bin/sh\n" },
    { name: "etc/group", content: "root:x:0:\nweb:x:102:\nextra:x:103:web\n" },
  ]);
}
