// What an archive of an image says of itself: an OCI layout (image-layout specification), or what `docker save` and `podman save` write. Reads from
// members that are on disk already, each told by the digest of its octets; finds the one image for this machine, and refuses what does not fit
// together.

import { z } from "zod";
import { ArchiveFailure } from "./tar-reader.ts";

/** A member of the archive on disk. */
export interface ArchivedFile {
  /** `sha256:` and 64 hexadecimal digits, of its octets. */
  readonly digest: string;
  readonly octets: number;
}

/** Members by their names; links name another member. */
export interface ArchivedFiles {
  file(name: string): ArchivedFile | undefined;
  /** The octets of a small member. Throws `ArchiveFailure` where it is larger than that. */
  text(file: ArchivedFile, maxOctets: number): Promise<string>;
}

/** How a layer is compressed. */
export type LayerForm = "plain" | "gzip" | "zstd";

/** A layer as it is stored. */
export interface ArchivedLayer extends ArchivedFile {
  readonly form: LayerForm;
  /** The digest of its uncompressed octets, as the image's configuration has it. */
  readonly diffId: string;
}

/** An image in an archive. */
export interface ArchivedImage {
  /** The digest of its manifest: what the image is called by. */
  readonly digest: string;
  readonly manifest: string;
  readonly config: ArchivedFile;
  readonly configText: string;
  readonly layers: readonly ArchivedLayer[];
  /** Names that the archive gives it. */
  readonly references: readonly string[];
}

/** Octets of an index, a manifest or a configuration: large ones have some tens of thousands. */
const maxDocumentOctets = 4 << 20;
/** Layers of an image: Docker takes 127. */
const maxLayers = 256;
/** Indexes within indexes. */
const maxDepth = 4;

const sha256 = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const descriptor = z.object({
  mediaType: z.string().max(255).default(""),
  digest: sha256,
  size: z.int().min(0),
  platform: z.object({ os: z.string(), architecture: z.string() }).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
type Descriptor = z.infer<typeof descriptor>;
const layout = z.object({ imageLayoutVersion: z.string() });
const index = z.object({ manifests: z.array(descriptor).max(1000) });
const manifest = z.object({ config: descriptor, layers: z.array(descriptor).max(maxLayers) });
const saved = z
  .array(
    z.object({
      Config: z.string(),
      RepoTags: z.array(z.string().max(512)).max(1000).nullish(),
      Layers: z.array(z.string()).max(maxLayers),
    }),
  )
  .max(1000);
const configuration = z.object({
  os: z.string(),
  architecture: z.string(),
  rootfs: z.object({ diff_ids: z.array(sha256).max(maxLayers) }),
});

/** What an architecture is called in images, by what Node calls it. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", riscv64: "riscv64" };

/** The architecture of this machine as images call it. */
export function ownArchitecture(): string {
  return architectures[process.arch] ?? process.arch;
}

/** Finds the image of an archive for an architecture. Throws `ArchiveFailure`. */
export async function findImage(
  files: ArchivedFiles,
  architecture: string = ownArchitecture(),
): Promise<ArchivedImage> {
  const [version, top] = [files.file("oci-layout"), files.file("index.json")];
  if (version && top) {
    await parse(files, version, layout, "oci-layout");
    return findInLayout(files, top, architecture);
  }
  const list = files.file("manifest.json");
  if (!list) throw new ArchiveFailure("it is no image: it has neither oci-layout nor manifest.json");
  return findSaved(files, list, architecture);
}

async function findInLayout(
  files: ArchivedFiles,
  top: ArchivedFile,
  architecture: string,
): Promise<ArchivedImage> {
  const found = await manifestsIn(files, top, 0);
  const digests = [...new Set(found.map(({ digest }) => digest))];
  const candidates: ArchivedImage[] = [];
  let other = "";
  for (const digest of digests) {
    const [described] = found.filter((one) => one.digest === digest);
    if (!described) continue;
    const isOther = described.platform && !isFor(described.platform, architecture);
    if (isOther || isAttestation(described)) {
      if (isOther && described.platform)
        other = `${described.platform.os}/${described.platform.architecture}`;
      continue;
    }
    const names = found.flatMap((one) => (one.digest === digest ? (referenceOf(one) ?? []) : []));
    candidates.push(await readManifest(files, described, [...new Set(names)]));
  }
  const fitting: ArchivedImage[] = [];
  for (const image of candidates) {
    const { os, architecture: its } = parseText(image.configText, configuration, "its configuration");
    if (isFor({ os, architecture: its }, architecture)) fitting.push(image);
    else other = `${os}/${its}`;
  }
  return onlyOne(fitting, other, architecture);
}

function onlyOne(images: readonly ArchivedImage[], other: string, architecture: string): ArchivedImage {
  const [image, second] = images;
  if (second) throw new ArchiveFailure("it has several images: save one");
  if (!image)
    throw new ArchiveFailure(
      other === ""
        ? "it has no image"
        : `its image is for ${other.slice(0, 100)}, and this machine is linux/${architecture}`,
    );
  return image;
}

async function manifestsIn(files: ArchivedFiles, file: ArchivedFile, depth: number): Promise<Descriptor[]> {
  if (depth > maxDepth) throw new ArchiveFailure("its indexes lie too deep in each other");
  const { manifests } = await parse(files, file, index, "an index of it");
  const found: Descriptor[] = [];
  for (const one of manifests) {
    if (!/index|manifest\.list/.test(one.mediaType)) {
      found.push(one);
      continue;
    }
    const inner = await manifestsIn(files, blob(files, one), depth + 1);
    // The name of an index is the name of what it has for this machine.
    found.push(
      ...inner.map((each) => ({ ...each, annotations: { ...one.annotations, ...each.annotations } })),
    );
    if (found.length > 1000) throw new ArchiveFailure("it has too many images");
  }
  return found;
}

async function readManifest(
  files: ArchivedFiles,
  described: Descriptor,
  references: readonly string[],
): Promise<ArchivedImage> {
  const text = await files.text(blob(files, described), maxDocumentOctets);
  const { config, layers } = parseText(text, manifest, "its manifest");
  const configFile = blob(files, config);
  const configText = await files.text(configFile, maxDocumentOctets);
  const diffIds = parseText(configText, configuration, "its configuration").rootfs.diff_ids;
  if (diffIds.length !== layers.length)
    throw new ArchiveFailure("its configuration counts other layers than its manifest");
  return {
    digest: described.digest,
    manifest: text,
    config: configFile,
    configText,
    references,
    layers: layers.map((layer, i) => ({
      ...blob(files, layer),
      form: formOf(layer.mediaType),
      diffId: diffIds[i] ?? "",
    })),
  };
}

/** A blob that a descriptor names: there, and as it is described. */
function blob(files: ArchivedFiles, { digest, size }: Descriptor): ArchivedFile {
  const file = files.file(`blobs/sha256/${digest.slice("sha256:".length)}`);
  if (!file) throw new ArchiveFailure(`${digest} is missing in it`);
  if (file.digest !== digest) throw new ArchiveFailure(`what it calls ${digest} is something else`);
  if (file.octets !== size)
    throw new ArchiveFailure(`${digest} has ${file.octets} octets in it, and is said to have ${size}`);
  return file;
}

async function findSaved(
  files: ArchivedFiles,
  list: ArchivedFile,
  architecture: string,
): Promise<ArchivedImage> {
  const images = await parse(files, list, saved, "manifest.json");
  const [image, second] = images;
  if (!image) throw new ArchiveFailure("it has no image");
  if (second) throw new ArchiveFailure("it has several images: save one");
  const config = files.file(image.Config);
  if (!config) throw new ArchiveFailure("its configuration is missing in it");
  const configText = await files.text(config, maxDocumentOctets);
  const { os, architecture: its, rootfs } = parseText(configText, configuration, "its configuration");
  if (!isFor({ os, architecture: its }, architecture)) onlyOne([], `${os}/${its}`, architecture);
  if (rootfs.diff_ids.length !== image.Layers.length)
    throw new ArchiveFailure("its configuration counts other layers than its manifest");
  const layers = image.Layers.map((name, i) => {
    const file = files.file(name);
    if (!file) throw new ArchiveFailure(`layer ${i + 1} is missing in it`);
    const diffId = rootfs.diff_ids[i] ?? "";
    // `save` writes layers as they are; what is not that is compressed, and checked against the same digest.
    return { ...file, form: file.digest === diffId ? ("plain" as const) : ("gzip" as const), diffId };
  });
  const text = manifestText(config, layers);
  return {
    digest: await digestOf(text),
    manifest: text,
    config,
    configText,
    layers,
    references: image.RepoTags ?? [],
  };
}

/** The manifest of an image that came without one: the same for the same image. */
function manifestText(config: ArchivedFile, layers: readonly ArchivedLayer[]): string {
  const described = (mediaType: string, { digest, octets }: ArchivedFile): object => ({
    mediaType,
    digest,
    size: octets,
  });
  const type = "application/vnd.oci.image";
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: described(`${type}.config.v1+json`, config),
    layers: layers.map((layer) =>
      described(`${type}.layer.v1.tar${layer.form === "plain" ? "" : `+${layer.form}`}`, layer),
    ),
  });
}

async function digestOf(text: string): Promise<string> {
  const octets = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256:${Buffer.from(octets).toString("hex")}`;
}

function formOf(mediaType: string): LayerForm {
  if (/encrypted/.test(mediaType)) throw new ArchiveFailure("its layers are encrypted");
  if (mediaType.endsWith(".tar+gzip") || mediaType.endsWith(".tar.gzip")) return "gzip";
  if (mediaType.endsWith(".tar+zstd")) return "zstd";
  if (mediaType.endsWith(".tar")) return "plain";
  throw new ArchiveFailure(`it has a layer of type "${mediaType.slice(0, 100)}", which is not supported`);
}

/** What builders say of how an image was made is no image. */
function isAttestation({ annotations, platform }: Descriptor): boolean {
  return annotations?.["vnd.docker.reference.type"] !== undefined || platform?.os === "unknown";
}

function isFor({ os, architecture }: { os: string; architecture: string }, wanted: string): boolean {
  return os === "linux" && architecture === wanted;
}

function referenceOf({ annotations }: Descriptor): string | undefined {
  const name =
    annotations?.["io.containerd.image.name"] ?? annotations?.["org.opencontainers.image.ref.name"];
  return name?.slice(0, 512);
}

async function parse<T>(
  files: ArchivedFiles,
  file: ArchivedFile,
  schema: z.ZodType<T>,
  what: string,
): Promise<T> {
  return parseText(await files.text(file, maxDocumentOctets), schema, what);
}

function parseText<T>(text: string, schema: z.ZodType<T>, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Where it stops being JSON helps nobody: a program wrote it.
    throw new ArchiveFailure(`${what} is no JSON`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ArchiveFailure(`${what} has another form than it should (${issue?.path.join(".") ?? ""})`);
  }
  return parsed.data;
}
