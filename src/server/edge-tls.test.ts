import { createPublicKey } from "node:crypto";
import { expect, test } from "vitest";
import { encodePrivateKey, issueLeaf, makePrivateKey, makeRoot } from "#certificate";
import { instanceResource, type CertificateObject, type RoleObject } from "#contract";
import { endpoint } from "#engine";
import { EdgeTls, type OpenKey } from "./edge-tls.ts";
import { ticketKeyMs } from "./ticket-keys.ts";

const time = Date.UTC(2026, 5, 1);
const now = { monotonic: 5, wall: time };
const root = makeRoot(["test"], time);
const address = "127.53.8.1";

/** Keys in these tests are sealed by being written in base64. */
const openKey: OpenKey = (keyId, sealedKey) => {
  if (!sealedKey.startsWith(`${keyId}:`)) throw new RangeError("it does not open");
  return new Uint8Array(Buffer.from(sealedKey.slice(keyId.length + 1), "base64"));
};

function certificate(id: string, names: string[]): CertificateObject {
  const key = makePrivateKey();
  const chain = issueLeaf(root, { names, publicKey: createPublicKey(key), now: time });
  const sealedKey = `k:${Buffer.from(encodePrivateKey(key)).toString("base64")}`;
  return { kind: "certificate", id, name: id, names, chain, sealedKey, keyId: "k", notAfter: time + 1000 };
}

function web(...certificates: string[]): RoleObject {
  return instanceResource({ id: "web", name: "web", addresses: [address], listen: [], certificates });
}

function start() {
  const unusable: string[] = [];
  let made = 0;
  const tls = new EdgeTls(
    openKey,
    ({ id }, error) => unusable.push(`${id}: ${(error as Error).message}`),
    () => new Uint8Array(48).fill(++made),
  );
  const choice = (serverName?: string) => tls.choose({ local: endpoint(address, 8443), serverName }, now);
  return { tls, unusable, choice };
}

test("nothing is served before there is a certificate, nor after the last is gone", () => {
  const { tls, choice } = start();
  expect(choice()).toBeUndefined();
  tls.apply([web()]);
  expect(choice()).toBeUndefined();
  tls.apply([web("a"), certificate("a", ["shop.test"])]);
  expect(choice()).toBeDefined();
  tls.apply([web()]);
  expect(choice()).toBeUndefined();
});

test("a certificate is served with its key, and another takes its place in one step", () => {
  const { tls, choice } = start();
  const first = certificate("a", ["shop.test"]);
  tls.apply([web("a"), first]);
  const before = choice("shop.test");
  expect(before).toMatchObject({ policy: "TLS-2016-08", protocols: ["http/1.1"], scope: "web" });
  expect(before?.certificate.chain).toBe(first.chain);
  expect(before?.certificate.key).toEqual(openKey("k", first.sealedKey));
  const second = certificate("a", ["shop.test"]);
  tls.apply([web("a"), second]);
  const after = choice("shop.test");
  expect(after?.certificate.chain).toBe(second.chain);
  expect(after?.certificate.version).not.toBe(before?.certificate.version);
});

test("a key is opened once, however often there is something else to apply", () => {
  let opened = 0;
  const tls = new EdgeTls((keyId, sealedKey) => (opened++, openKey(keyId, sealedKey)));
  const held = certificate("a", ["shop.test"]);
  for (let i = 0; i < 3; i++) tls.apply([web("a"), held]);
  expect(opened).toBe(1);
});

test.each<[string, Partial<CertificateObject>]>([
  ["a key that does not open", { sealedKey: "other" }],
  ["a key that is none", { sealedKey: "k:AAAA" }],
  ["a key of another certificate", { sealedKey: certificate("b", ["b.test"]).sealedKey }],
  ["a chain that is none", { chain: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" }],
])("%s is told, keeps no other certificate out, and what served before serves on", (_name, spoilt) => {
  const { tls, unusable, choice } = start();
  const good = certificate("a", ["shop.test"]);
  tls.apply([web("a"), good]);
  const before = choice("shop.test");
  tls.apply([web("a", "b"), { ...good, ...spoilt }, certificate("b", ["blog.test"])]);
  expect(unusable).toHaveLength(1);
  expect(unusable[0]).toMatch(/^a: /);
  expect(choice("shop.test")?.certificate).toBe(before?.certificate);
  expect(choice("blog.test")?.certificate.version).not.toBe(before?.certificate.version);
  expect(tls.readCounters()["certificates-unusable"]).toBe(1);
  // Without one that served before, it is as if it were not there.
  const fresh = start();
  fresh.tls.apply([web("a"), { ...good, ...spoilt }]);
  expect(fresh.choice("shop.test")).toBeUndefined();
});

test("the ticket key is made anew after some hours, and stays the same in between", () => {
  const { tls } = start();
  const at = (monotonic: number) => tls.ticketKey({ monotonic, wall: time });
  expect(at(1000)).toEqual({ version: 1, octets: new Uint8Array(48).fill(1) });
  expect(at(1000 + ticketKeyMs - 1)).toBe(at(1000));
  expect(at(1000 + ticketKeyMs)).toEqual({ version: 2, octets: new Uint8Array(48).fill(2) });
});

const nowhere = { scope: undefined, local: undefined };

test("a handshake that comes to nothing counts at the resource it was for, and silence counts nowhere", () => {
  const { tls } = start();
  const failed: string[] = [];
  tls.onFailure = (id) => failed.push(id);
  tls.apply([instanceResource({ id: "owner", name: "owner", addresses: ["127.53.8.1"], listen: [] })]);
  const at = { scope: undefined, local: endpoint("127.53.8.1", 443) };
  const chosen = { scope: "chosen", local: undefined };
  tls.ended({ kind: "unrecognized-name" }, at);
  tls.ended({ kind: "malformed" }, at);
  tls.ended({ kind: "no-protocol" }, chosen);
  tls.ended({ kind: "failed" }, chosen);
  tls.ended({ kind: "timeout" }, at);
  tls.ended({ kind: "failed" }, at);
  tls.ended({ kind: "unrecognized-name" }, { scope: undefined, local: endpoint("127.0.0.1", 443) });
  tls.ended({ kind: "finished", protocol: "TLSv1.3", isResumed: false }, chosen);
  expect(failed).toEqual(["owner", "owner", "chosen", "chosen"]);
});

test("handshakes are counted by how they ended", () => {
  const { tls } = start();
  tls.ended({ kind: "finished", protocol: "TLSv1.3", isResumed: true }, nowhere);
  tls.ended({ kind: "finished", protocol: "TLSv1.2", isResumed: false }, nowhere);
  tls.ended({ kind: "timeout" }, nowhere);
  expect(tls.readCounters()).toEqual({
    "handshakes{outcome=finished}": 2,
    "handshakes{outcome=unrecognized-name}": 0,
    "handshakes{outcome=no-protocol}": 0,
    "handshakes{outcome=malformed}": 0,
    "handshakes{outcome=timeout}": 1,
    "handshakes{outcome=evicted}": 0,
    "handshakes{outcome=failed}": 0,
    "sessions-resumed": 1,
    "certificates-unusable": 0,
  });
});
