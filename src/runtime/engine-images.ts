// Images of the platform's own store in the store of a container engine: brought there when a container needs one, under a name that says whose
// and which it is, and removed when the platform has it no more.

import type { DockerClient } from "./docker-client.ts";
import type { ImageStore } from "./image-store.ts";

/** How often images are looked through for those that are no more needed, in milliseconds. */
const sweepMs = 60_000;

/** Brings images of one platform. */
export class EngineImagesOfStore {
  readonly #store: ImageStore;
  readonly #name: string;
  readonly #underWay = new Map<string, Promise<string>>();
  #sweptAt = Number.NEGATIVE_INFINITY;

  constructor(store: ImageStore, platformId: string) {
    this.#store = store;
    this.#name = `localhost/fairlead-${platformId.slice(0, 8)}`;
  }

  /** Sees to it that the engine has an image. Returns its reference there. Throws where the store has it not, or the engine refuses. */
  bring(digest: string, client: DockerClient): Promise<string> {
    const known = this.#underWay.get(digest);
    if (known) return known;
    const brought = this.#bring(digest, client).finally(() => this.#underWay.delete(digest));
    this.#underWay.set(digest, brought);
    return brought;
  }

  /** Removes what the store has no more, and no container uses; now and then. */
  async sweep(client: DockerClient): Promise<void> {
    if (performance.now() - this.#sweptAt < sweepMs) return;
    this.#sweptAt = performance.now();
    for (const { RepoTags: references } of await client.images()) {
      for (const reference of references ?? []) {
        const hex = reference.startsWith(`${this.#name}:`)
          ? reference.slice(this.#name.length + 1)
          : undefined;
        if (hex === undefined || this.#store.get(`sha256:${hex}`)) continue;
        await client.removeImage(reference).catch(() => {}); // a container has it still: the next time
      }
    }
  }

  async #bring(digest: string, client: DockerClient): Promise<string> {
    const reference = `${this.#name}:${digest.slice("sha256:".length)}`;
    if (await client.image(reference)) return reference;
    await client.load(this.#store.archiveOf(digest, reference));
    if (await client.image(reference)) return reference;
    throw new Error(`Cannot use image ${digest}: the container engine took it and does not have it`);
  }
}
