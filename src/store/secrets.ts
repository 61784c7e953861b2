// Secrets as control uses them: the store's table of sealed secrets together with the sealer that opens them. What refers to a secret
// does so by its id; put the secret first and commit what refers to it afterwards, and delete in the other order, so that a crash in
// between leaves a secret without use and never a use without its secret.

import type { SecretTable } from "./port.ts";
import type { Sealer } from "./sealer.ts";

/** Secrets in clear for those who may have them. */
export class Secrets {
  readonly #table: SecretTable;
  readonly #sealer: Sealer;

  constructor(table: SecretTable, sealer: Sealer) {
    this.#table = table;
    this.#sealer = sealer;
  }

  /**
   * Keeps a secret, in place of one of the same id. Sealed on the disk when the promise settles.
   * @param purpose  what sort of secret it is; to open it takes the same
   * @param at  wall time in milliseconds
   * @returns the sealed text, as a role may be sent it
   */
  async put(purpose: string, id: string, octets: Uint8Array, at: number): Promise<string> {
    const sealed = this.#sealer.seal(purpose, id, octets);
    await this.#table.put({ id, purpose, sealed, at });
    return sealed;
  }

  /** The secret in clear; undefined where there is none. Throws `secret-unreadable`. */
  async get(purpose: string, id: string): Promise<Uint8Array | undefined> {
    const found = await this.#table.get(id);
    return found && this.#sealer.open(purpose, id, found.sealed);
  }

  /** The secret as it is kept, for roles that open it themselves; undefined where there is none. */
  async getSealed(id: string): Promise<string | undefined> {
    return (await this.#table.get(id))?.sealed;
  }

  /** Forgets a secret; nothing where there is none. */
  delete(id: string): Promise<void> {
    return this.#table.delete(id);
  }

  /** Ids of all secrets of a purpose, in their order. */
  async list(purpose: string): Promise<string[]> {
    return (await this.#table.list(purpose)).map(({ id }) => id);
  }
}
