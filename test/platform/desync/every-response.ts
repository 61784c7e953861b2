// Responses that are made by no chance: every status with content and without, every octet in every part of a head, and what stands at the
// edge's limits. What a client has a taste of its own about is met here on every run, not once in a hundred thousand seeds.

const short = "Content-Length: 2\r\n\r\nab";

/** Every status, as a final response or before one, and those that are special with every way to end their content. */
export function everyStatus(): string[] {
  const texts: string[] = [];
  for (let status = 100; status < 1000; status++) {
    texts.push(`HTTP/1.1 ${status} X\r\n${short}`);
    if (status < 200) texts.push(`HTTP/1.1 ${status} X\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n${short}`);
  }
  // Not 421: undici asks again for it and waits for ever where the content of the first was cut off.
  for (const status of [200, 204, 205, 206, 304, 401, 407, 426, 500]) {
    for (const rest of endings)
      texts.push(`HTTP/1.1 ${status} X\r\n${rest}`, `HTTP/1.0 ${status} X\r\n${rest}`);
  }
  return texts;
}

const endings: readonly string[] = [
  "\r\n",
  "\r\nabc",
  "Content-Length: 0\r\n\r\n",
  "Content-Length: 3\r\n\r\nab",
  "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nA: b\r\n\r\n",
  "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
  `Connection: upgrade\r\nUpgrade: x\r\n${short}`,
];

/** Every octet in every part of a head, and sizes at the edge's limits. */
export function everyOctet(): string[] {
  const texts: string[] = [];
  for (let i = 0; i < 256; i++) {
    const octet = String.fromCharCode(i);
    for (const start of [`200 ${octet}`, `200 a${octet}b`, `200${octet}`])
      texts.push(`HTTP/1.1 ${start}\r\n${short}`);
    for (const line of [`X${octet}: y`, `${octet}: y`, `X: a${octet}b`, `X: ${octet}`, `X:${octet}y`])
      texts.push(`HTTP/1.1 200 OK\r\n${line}\r\n${short}`);
  }
  for (const count of [31, 32, 33, 34])
    texts.push(`${"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(count)}HTTP/1.1 200 OK\r\n${short}`);
  for (const octets of [8100, 8192]) texts.push(`HTTP/1.1 200 ${"r".repeat(octets)}\r\n${short}`);
  for (const octets of [15_000, 16_384])
    texts.push(`HTTP/1.1 200 OK\r\nX: ${"y".repeat(octets)}\r\n${short}`);
  for (const count of [127, 128]) texts.push(`HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(count)}${short}`);
  return texts;
}
