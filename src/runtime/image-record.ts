// What is kept of an image of the platform's own store, and what its configuration says of how it runs.

import { z } from "zod";
import type { ArchivedFile, LayerForm } from "./image-archive.ts";

/** A layer in the store. */
export interface StoredLayer extends ArchivedFile {
  readonly form: LayerForm;
  /** The digest of its uncompressed octets, and how many those are. */
  readonly diffId: string;
  readonly unpackedOctets: number;
}

/** How an image runs, unless it is told otherwise. */
export interface ImageRun {
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Empty: the root folder. */
  readonly workingFolder: string;
  /** `USER`, `USER:GROUP`, by name or number; empty: root. */
  readonly user: string;
  /** Such as `80/tcp`. */
  readonly ports: readonly string[];
}

/** An image in the store. */
export interface StoredImage {
  /** Of its manifest: what it is called by. */
  readonly digest: string;
  readonly config: ArchivedFile;
  readonly layers: readonly StoredLayer[];
  /** Names that its archive gave it. */
  readonly references: readonly string[];
  /** Octets that it takes in the store, what it shares with others counted too. */
  readonly octets: number;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
  readonly run: ImageRun;
}

const words = z
  .array(z.string().max(1 << 16))
  .max(1000)
  .nullish();
const configuration = z.object({
  config: z
    .object({
      Entrypoint: words,
      Cmd: words,
      Env: words,
      WorkingDir: z.string().max(4096).nullish(),
      User: z.string().max(255).nullish(),
      ExposedPorts: z.record(z.string().max(16), z.unknown()).nullish(),
    })
    .nullish(),
});

/** Reads how an image runs; what has another form is as if it were absent. */
export function runOf(configText: string): ImageRun {
  const parsed = configuration.safeParse(JSON.parse(configText));
  const { Entrypoint, Cmd, Env, WorkingDir, User, ExposedPorts } =
    (parsed.success && parsed.data.config) || {};
  return {
    entryPoint: Entrypoint ?? [],
    command: Cmd ?? [],
    environment: Object.fromEntries(
      (Env ?? []).flatMap((text) => {
        const at = text.indexOf("=");
        return at > 0 ? [[text.slice(0, at), text.slice(at + 1)]] : [];
      }),
    ),
    workingFolder: WorkingDir ?? "",
    user: User ?? "",
    ports: Object.keys(ExposedPorts ?? {}).slice(0, 100),
  };
}
