import { expect, test } from "vitest";
import { Name, tsigAlgorithm, type TsigKey } from "#wire";
import { updateMarkOf } from "./update-mark.ts";

function keyOf(text: string, macOctets?: number): TsigKey {
  const name = Name.parse(text);
  const algorithm = tsigAlgorithm("hmac-sha256");
  if (!name.ok || !algorithm) throw new Error(text);
  return { name: name.value, algorithm, secret: new Uint8Array(32), ...(macOctets ? { macOctets } : {}) };
}

test("a signature that somebody has cut to what has to be there is the same one", () => {
  const mac = Uint8Array.from({ length: 32 }, (_, i) => i);
  const markOf = (key: TsigKey, octets: Uint8Array) =>
    updateMarkOf(key, { mac: octets, timeSigned: 1000, fudge: 300 });
  const short = keyOf("k.", 16);
  expect(markOf(short, mac.subarray(0, 16))).toEqual(markOf(short, mac));
  expect(markOf(short, mac)).toMatchObject({ signedAt: 1000, until: 1300 });
  expect(markOf(keyOf("k."), mac.subarray(0, 16)).id).not.toBe(markOf(keyOf("k."), mac).id);
});
