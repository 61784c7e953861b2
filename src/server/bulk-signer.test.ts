// Signatures of another thread hold like those of this one, and where it does not work they are asked for here.

import { expect, test } from "vitest";
import { algorithmOf, generateKey, type SigningKey, type UnmadeSignature } from "#dnssec";
import { ThreadSigner } from "./bulk-signer.ts";

function keyOf(number: number): SigningKey {
  const algorithm = algorithmOf(number);
  if (!algorithm) throw new RangeError(`There is no algorithm ${number}`);
  return generateKey(algorithm, false);
}

test("signatures are made by the keys that they are asked of, in any order, and many at a time", async () => {
  const keys = [keyOf(13), keyOf(15), keyOf(13)];
  const made: Uint8Array[] = [];
  const problems: string[] = [];
  const signer = new ThreadSigner((problem) => problems.push(problem));
  const unmade = Array.from({ length: 300 }, (_, i): UnmadeSignature => ({
    octets: new TextEncoder().encode(`number ${i}`),
    key: keys[i % keys.length] as SigningKey,
    settle: (signature) => (made[i] = signature),
  }));
  const done = await Promise.all([signer.sign(unmade.slice(0, 100)), signer.sign(unmade.slice(100))]);
  expect([done, problems]).toEqual([[true, true], []]);
  for (const [i, { octets, key }] of unmade.entries())
    expect(key.algorithm.verify(octets, key.key, made[i] ?? new Uint8Array(0)), `${i}`).toBe(true);
  // A thread that is ended in the midst of it settles nothing, and a new one is started for what comes.
  const settled = made.length;
  const late = signer.sign([
    { ...(unmade[0] as UnmadeSignature), settle: (signature) => made.push(signature) },
  ]);
  await signer.close();
  expect([await late, made.length, problems]).toEqual([false, settled, ["it was ended"]]);
  expect(await signer.sign(unmade.slice(0, 1))).toBe(true);
  await signer.close();
});

test("a key that does not do is a problem that is told, and no signature", async () => {
  const problems: string[] = [];
  const signer = new ThreadSigner((problem) => problems.push(problem));
  const key = { ...keyOf(13), algorithm: { ...keyOf(13).algorithm, number: 99 } };
  expect(await signer.sign([{ octets: new Uint8Array(1), key, settle: () => expect.unreachable() }])).toBe(
    false,
  );
  expect(problems).toEqual(["Cannot sign: algorithm 99 is not there"]);
  await signer.close();
});
