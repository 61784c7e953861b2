// Writes tar archives (POSIX.1-2017 pax, section "pax Interchange Format"): headers, and what rounds off a member. Names and sizes that a header has no
// room for go into an extended header before it.

/** Members begin at, and are filled up to, multiples of so many octets. */
export const tarBlockOctets = 512;
/** Octets of a name, and of a link's target, in the header itself. */
const nameOctets = 100;
/** The largest size in the header itself: eleven octal digits. */
const maxPlainSize = 0o77777777777;

/** One member. */
export interface TarMember {
  readonly name: string;
  /** `0` a file, `1` a hard link, `2` a link, `3` and `4` devices, `5` a folder, `6` a pipe. Default a file. */
  readonly type?: string;
  /** Octets of a file's content. */
  readonly size?: number;
  readonly mode?: number;
  readonly linkName?: string;
}

/** The header of a member, with the extended header it needs. Times and owners are zero, so that equal content is equal octets. */
export function tarHeader(member: TarMember): Buffer {
  const { name, size = 0, linkName = "" } = member;
  const extended = [
    ...(Buffer.byteLength(name) > nameOctets ? [extendedRecord("path", name)] : []),
    ...(Buffer.byteLength(linkName) > nameOctets ? [extendedRecord("linkpath", linkName)] : []),
    ...(size > maxPlainSize ? [extendedRecord("size", String(size))] : []),
  ].join("");
  const plain = plainHeader(member);
  if (extended === "") return plain;
  const octets = Buffer.from(extended);
  return Buffer.concat([
    plainHeader({ name: "PaxHeaders/member", type: "x", size: octets.length }),
    octets,
    tarPadding(octets.length),
    plain,
  ]);
}

/** What fills a member of a size up. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((tarBlockOctets - (size % tarBlockOctets)) % tarBlockOctets);
}

/** What ends an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * tarBlockOctets);
}

/** A whole archive of small members. */
export function tarArchive(
  members: readonly (TarMember & { readonly content?: string | Uint8Array })[],
): Buffer {
  return Buffer.concat([
    ...members.flatMap(({ content = "", ...member }) => {
      const octets = Buffer.from(content);
      return [tarHeader({ size: octets.length, ...member }), octets, tarPadding(octets.length)];
    }),
    tarEnd(),
  ]);
}

/** A record counts its own length, and so the digits of that too. */
function extendedRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length++;
  return `${length} ${key}=${value}\n`;
}

function plainHeader({ name, type = "0", size = 0, mode, linkName = "" }: TarMember): Buffer {
  const header = Buffer.alloc(tarBlockOctets);
  const octal = (value: number, at: number, digits: number): void =>
    void header.write(value.toString(8).padStart(digits, "0"), at, "latin1");
  header.write(name, 0, nameOctets, "utf8");
  octal(mode ?? (type === "5" ? 0o755 : 0o644), 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(Math.min(size, maxPlainSize), 124, 11);
  octal(0, 136, 11);
  header.write("        ", 148, "latin1"); // the checksum counts its own field as blanks
  header.write(type, 156, "latin1");
  header.write(linkName, 157, nameOctets, "utf8");
  header.write("ustar\x0000", 257, "latin1");
  octal(
    header.reduce((sum, octet) => sum + octet, 0),
    148,
    6,
  );
  header.write("\0 ", 154, "latin1");
  return header;
}
