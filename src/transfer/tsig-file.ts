// A file of TSIG keys: as tsig-keygen and BIND's configuration have them (`key "NAME" { algorithm hmac-sha256; secret "..."; };`), or one a line as
// `dig -y` takes it (`hmac-sha256:NAME:SECRET`). What is behind `#` or `//` is a comment, but within a secret: `/` is a digit of base64.

import { PlatformError } from "#contract/plain";
import { Name, parseBase64, type TsigKey, tsigAlgorithm, tsigAlgorithms } from "#wire";

/** Keys that a file may have. */
const maxKeys = 10_000;

/** A quoted text or a secret, which may have slashes, or a comment, which begins where a word could. */
const textOrComment = /"[^"\n]*"|\bsecret\s+[^\s";]+|(?<=^|[\s;{}])(?:#|\/\/)[^\n]*/gm;

/**
 * Reads a file of keys.
 * @param path  for the sentence that says what is wrong
 *
 * Throws `tsig-key-malformed`. No message holds a secret.
 */
export function parseTsigKeys(text: string, path: string): TsigKey[] {
  const keys: TsigKey[] = [];
  const rest = text
    .replaceAll(textOrComment, (found) => (/^(?:#|\/\/)/.test(found) ? "" : found))
    .replaceAll(/\bkey\s+"?([^\s"{;]+)"?\s*\{([^}]*)\}\s*;?/g, (_, name: string, body: string) => {
      const algorithm = /\balgorithm\s+"?([^\s";]+)"?\s*;/.exec(body)?.[1];
      const secret = /\bsecret\s+"?([^\s";]+)"?\s*;/.exec(body)?.[1];
      if (algorithm === undefined || secret === undefined)
        throw malformed(path, `key "${name}" lacks its algorithm or its secret`);
      keys.push(makeKey(path, name, algorithm, secret));
      return "";
    });
  for (const line of rest.split("\n")) {
    const word = line.trim();
    if (word === "") continue;
    const [first = "", second = "", third] = word.split(":");
    if (third === undefined) throw malformed(path, 'expected key "NAME" { ... }; or ALGORITHM:NAME:SECRET');
    keys.push(makeKey(path, second, first, third));
  }
  if (keys.length > maxKeys) throw malformed(path, `it has more than ${maxKeys} keys`);
  return keys;
}

function makeKey(path: string, name: string, algorithmName: string, secret: string): TsigKey {
  const parsed = Name.parse(name);
  if (!parsed.ok || parsed.value.isRoot) throw malformed(path, `"${name}" is no domain name`);
  const algorithm = tsigAlgorithm(algorithmName);
  if (!algorithm) {
    const known = tsigAlgorithms.map(({ mnemonic }) => mnemonic).join(", ");
    throw malformed(path, `key "${name}" has algorithm "${algorithmName}": expected one of ${known}`);
  }
  const octets = parseBase64(secret);
  if (!octets || octets.length === 0) throw malformed(path, `the secret of key "${name}" is not base64`);
  return { name: parsed.value, algorithm, secret: octets };
}

function malformed(path: string, why: string): PlatformError {
  return new PlatformError("tsig-key-malformed", `Cannot read keys of "${path}": ${why}`);
}
