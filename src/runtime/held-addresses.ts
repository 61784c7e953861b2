// Who has which address of this machine, and who is about to leave it: an address that was one instance's or node's is given to the next at once,
// while the processes of the first are still ending. The next one waits for that, and does not call it a failure.

/** The loop of an instance or a node. */
export interface AddressHolder {
  /** The address where it is to run, as is wanted now. Absent: it is not to run. */
  readonly wantedAddress: string | undefined;
}

/** The addresses where something of each loop may run: one object for all runtimes of a machine, since they share the addresses. */
export class HeldAddresses {
  readonly #held = new Map<AddressHolder, string>();

  /** Says where something of a loop may run from now on; undefined: nowhere, all of it is gone. */
  hold(holder: AddressHolder, address: string | undefined): void {
    if (address === undefined) this.#held.delete(holder);
    else this.#held.set(holder, address);
  }

  /** Whether others hold an address, and all of them are to leave it: waiting for one that is to stay would be in vain. */
  isBeingLeft(address: string, asker: AddressHolder): boolean {
    const others = [...this.#held].filter(([holder, held]) => holder !== asker && held === address);
    return others.length > 0 && others.every(([{ wantedAddress }]) => wantedAddress !== address);
  }
}
