// A second, plain reader of HTTP/1.1 messages for tests: regular expressions over whole text, nothing shared with src/http. It is as
// strict as can be, because it reads what programs write, not what attackers send: all that a message must have is there, in one form.

/** A message as it was read. Text is a character an octet. */
export interface PlainMessage {
  readonly startLine: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** True where the content ended with the connection. */
  readonly isUntilClose: boolean;
  /** Octets of the message. */
  readonly length: number;
}

/** What the reader thinks of its input: a message, too little of one, or none. */
export type PlainReading =
  | { readonly kind: "message"; readonly message: PlainMessage }
  | { readonly kind: "partial" }
  | { readonly kind: "malformed"; readonly why: string };

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const requestLine = new RegExp(`^${token} [^\\x00-\\x20\\x7f-\\xff]+ HTTP/1\\.[01]$`);
const statusLine = /^HTTP\/1\.[01] [1-9]\d\d [\t\x20-\x7e\x80-\xff]*$/;
const fieldLine = new RegExp(`^(${token}):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*?)[ \\t]*$`);

const malformed = (why: string): PlainReading => ({ kind: "malformed", why });

/**
 * Reads one message from the beginning of a text.
 * @param answers  of a response: the method it answers
 * @param hasEnded  true where nothing follows the text
 */
export function readPlainMessage(
  text: string,
  kind: "request" | "response",
  answers: string = "GET",
  hasEnded: boolean = false,
): PlainReading {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return { kind: "partial" };
  const [startLine = "", ...lines] = text.slice(0, headEnd).split("\r\n");
  if (!(kind === "request" ? requestLine : statusLine).test(startLine))
    return malformed(`start line ${JSON.stringify(startLine)}`);
  const fields = readFields(lines);
  if (typeof fields === "string") return malformed(fields);
  const at = headEnd + 4;
  const status = kind === "response" ? Number(startLine.slice(9, 12)) : 0;
  const finish = (body: string, length: number, isUntilClose: boolean = false): PlainReading => ({
    kind: "message",
    message: { startLine, fields, body, isUntilClose, length },
  });
  const codings = valuesOf(fields, "transfer-encoding");
  const lengths = valuesOf(fields, "content-length");
  if (codings.length + lengths.length > 1)
    return malformed(`${codings.length + lengths.length} fields of framing`);
  if (kind === "response" && (status < 200 || status === 204)) {
    return codings.length + lengths.length > 0 ? malformed(`framing of a ${status}`) : finish("", at);
  }
  if (codings.length === 1 && codings[0] !== "chunked") return malformed(`coding ${codings[0]}`);
  if (lengths.length === 1 && !/^\d+$/.test(lengths[0] ?? "")) return malformed(`length ${lengths[0]}`);
  if (kind === "response" && (answers === "HEAD" || status === 304)) return finish("", at);
  if (codings.length === 1) {
    const chunks = readChunks(text, at);
    return typeof chunks === "string"
      ? malformed(chunks)
      : chunks
        ? finish(chunks.body, chunks.end)
        : { kind: "partial" };
  }
  if (lengths.length === 1) {
    const end = at + Number(lengths[0]);
    return end > text.length ? { kind: "partial" } : finish(text.slice(at, end), end);
  }
  if (kind === "request") return finish("", at);
  return hasEnded ? finish(text.slice(at), text.length, true) : { kind: "partial" };
}

/** All values of a field, by its name in lower case. */
export function valuesOf(fields: PlainMessage["fields"], name: string): string[] {
  return fields.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value);
}

/** Whether a message's Connection fields list an option, by its name in lower case. */
export function listsOption({ fields }: Pick<PlainMessage, "fields">, option: string): boolean {
  return valuesOf(fields, "connection").some((value) =>
    value.split(",").some((element) => element.trim().toLowerCase() === option),
  );
}

function readFields(lines: readonly string[]): PlainMessage["fields"] | string {
  const fields: [string, string][] = [];
  for (const line of lines) {
    const match = fieldLine.exec(line);
    if (!match) return `header line ${JSON.stringify(line)}`;
    fields.push([match[1] ?? "", match[2] ?? ""]);
  }
  return fields;
}

/** The data of chunks; undefined where more must come, a text where they are malformed. */
function readChunks(text: string, from: number): { body: string; end: number } | string | undefined {
  const parts: string[] = [];
  let at = from;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const line = text.slice(at, lineEnd);
    if (!/^[0-9a-fA-F]{1,16}$/.test(line)) return `chunk line ${JSON.stringify(line)}`;
    const size = Number.parseInt(line, 16);
    at = lineEnd + 2;
    if (size === 0) break;
    if (at + size + 2 > text.length) return undefined;
    parts.push(text.slice(at, at + size));
    at += size;
    if (text.slice(at, at + 2) !== "\r\n") return "a chunk without its end";
    at += 2;
  }
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const line = text.slice(at, lineEnd);
    at = lineEnd + 2;
    if (line === "") return { body: parts.join(""), end: at };
    if (!fieldLine.test(line)) return `trailer line ${JSON.stringify(line)}`;
  }
}
