// The port to who signs while answering: compact denial of existence (RFC 9824) makes what it says of a name when it is asked, and so has to sign it then.
// Only zones that are known here by a key are signed so; all that stands in a zone comes with its signatures from before.

import type { Now } from "#engine";

/** Signs what is made while answering. */
export interface OnlineSigning {
  /** Whether there is any zone to sign for: most servers have none, and ask no further. */
  readonly isEmpty: boolean;

  /**
   * The signer of the zone with this apex.
   * @param apex  a buffer with the name, uncompressed and in any case, at `at`
   * @returns a handle that holds until control goes back to the event loop; -1 where the zone is not signed so
   */
  find(apex: Uint8Array, at: number): number;

  /**
   * Signs an RRset of such a zone.
   *
   * @param owner  a buffer with the owner's name at `ownerAt`: signed as it stands there, as no wildcard's (RFC 9824 section 3.3)
   * @param rdata  of each record
   * @param from  the address that asks, 16 octets, where it is shown to be the asker's: a share is set aside for such. Undefined: it may be forged.
   * @returns RDATA of the RRSIG of each key; undefined where too many are asked for, or the keys are not there
   */
  sign(
    signer: number,
    owner: Uint8Array,
    ownerAt: number,
    type: number,
    ttl: number,
    rdata: readonly Uint8Array[],
    now: Now,
    from: Uint8Array | undefined,
  ): readonly Uint8Array[] | undefined;
}
