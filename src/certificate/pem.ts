// PEM (RFC 7468): blocks of base64 between BEGIN and END lines. Text between blocks is passed over, as every tool does.

import { bad, good, type Read } from "./read.ts";

/** One block. */
export interface PemBlock {
  /** Such as `CERTIFICATE` or `EC PRIVATE KEY`. */
  readonly label: string;
  readonly der: Uint8Array;
  /** The block as text, with its lines. */
  readonly text: string;
}

/** Characters of one PEM file that are read: some hundred certificates. */
export const maxPemLength: number = 256 << 10;

/** Reads the blocks of a text. */
export function readPem(text: string): Read<PemBlock[]> {
  if (text.length > maxPemLength) return bad(`it is longer than ${maxPemLength} characters`);
  const blocks: PemBlock[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  for (let i = 0; i < lines.length; i++) {
    const label = /^-----BEGIN ([A-Z0-9 ]{1,40})-----\s*$/.exec(lines[i] ?? "")?.[1];
    if (label === undefined) continue;
    const end = lines.findIndex((line, j) => j > i && line.trimEnd() === `-----END ${label}-----`);
    if (end < 0) return bad(`its block "${label}" has no end`);
    const body = lines.slice(i + 1, end);
    if (body.some((line) => line.includes(":"))) return bad(`its block "${label}" is encrypted`);
    const base64 = body.join("").replaceAll(/\s/g, "");
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0)
      return bad(`its block "${label}" is not base64`);
    const der = new Uint8Array(Buffer.from(base64, "base64"));
    blocks.push({ label, der, text: formatPem(label, der) });
    i = end;
  }
  return good(blocks);
}

/** Writes a block, with a newline at its end. */
export function formatPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
