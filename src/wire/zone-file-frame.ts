// One file while it is read: a frame of the parser's stack, with the owner that its next line may leave out.

import { maxNameOctets } from "./limits.ts";
import { Name } from "./name.ts";
import { TextScanner } from "./scanner.ts";
import type { OctetSink } from "./scanner-values.ts";
import type { ZoneFilePlace } from "./zone-file-error.ts";
import type { ZoneFileText } from "./zone-file-options.ts";
import { ZoneFilePieces } from "./zone-file-pieces.ts";

const encoder = new TextEncoder();

/** The owner of the records that are being read: octets, and a name once somebody wants one. */
export class Owner {
  /** Uncompressed, from offset 0; its final zero octet included. */
  readonly octets: Uint8Array = new Uint8Array(maxNameOctets);
  /** Octets of it that count; 0 where there is no owner yet. */
  length = 0;
  #name: Name | undefined;

  /** Takes what a sink holds. The same name again stays the same object. */
  set(sink: OctetSink): void {
    if (this.length === sink.length && isSame(this.octets, sink)) return;
    for (let i = 0; i < sink.length; i++) this.octets[i] = sink.octets[i]!;
    this.length = sink.length;
    this.#name = undefined;
  }

  /** Forgets what it was. */
  clear(): void {
    this.length = 0;
    this.#name = undefined;
  }

  /** The same as a name: made once, where somebody asks. */
  get name(): Name {
    return (this.#name ??= Name.fromOctets(this.octets) ?? Name.root);
  }
}

/** The state of one file. An included file starts with that of the file that includes it. */
export interface Frame {
  scanner: TextScanner;
  /** Where more of the text comes from; absent where the scanner has all of it. */
  readonly pieces: ZoneFilePieces | undefined;
  readonly file: string;
  /** Where the $INCLUDE stands; absent for the first file. */
  readonly includedAt?: ZoneFilePlace;
  origin: Name | undefined;
  /** Owner of the record before, for lines that start with a space. */
  readonly owner: Owner;
  /** False where there was none, or a bad one. */
  hasOwner: boolean;
  /** From $TTL; -1 where there was none. */
  defaultTtl: number;
  /** Stated by a record before; -1 where none did. */
  lastTtl: number;
  hasErrors: boolean;
}

/** Begins a text: what a frame reads it with. */
export function scanned(text: ZoneFileText): Pick<Frame, "scanner" | "pieces"> {
  if (text instanceof ZoneFilePieces)
    return { scanner: new TextScanner(text.next() ?? new Uint8Array()), pieces: text };
  return {
    scanner: new TextScanner(typeof text === "string" ? encoder.encode(text) : text),
    pieces: undefined,
  };
}

/** Goes on with the next piece of a text; false where there is none. */
export function goOn(frame: Frame): boolean {
  const piece = frame.pieces?.next();
  if (piece === undefined) return false;
  frame.scanner.goOn(piece);
  return true;
}

/** Whether a buffer begins with what the sink holds, case included. */
function isSame(octets: Uint8Array, sink: OctetSink): boolean {
  for (let i = 0; i < sink.length; i++) if (octets[i] !== sink.octets[i]) return false;
  return true;
}
