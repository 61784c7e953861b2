// What the contexts of TLS are made of on the linux driver, for servers and for clients alike: certificates and keys handed to the library, and its
// refusals as errors.

import type { LinuxCalls } from "./linux-calls.ts";
import { Memory } from "./linux-memory.ts";
import { Ssl, type OpenSsl } from "./openssl.ts";

/** Fills contexts. Whatever the library refuses is an Error with its words. */
export class LinuxTlsParts {
  readonly #openSsl: OpenSsl;
  readonly #calls: LinuxCalls;
  readonly #what: string;

  /** @param what  begins the errors, such as `Cannot serve TLS` */
  constructor(openSsl: OpenSsl, calls: LinuxCalls, what: string) {
    this.#openSsl = openSsl;
    this.#calls = calls;
    this.#what = what;
  }

  /** Throws unless a call of the library's went well. */
  check(result: number): void {
    if (result <= 0) throw new Error(`${this.#what}: ${this.#openSsl.errorText()}`);
  }

  /** Sets something of a context by its number. */
  control(context: number, command: number, value: number, pointer = 0): void {
    this.#openSsl.clearErrors();
    if (this.#openSsl.contextControl(context, command, value, pointer) === 0)
      throw new Error(`${this.#what}: ${this.#openSsl.errorText()} (${command})`);
  }

  /** What holds for the connections of both sides. @param oldest  the oldest version that is spoken */
  setManners(context: number, oldest: number): void {
    this.control(context, Ssl.CTRL_SET_MIN_PROTO_VERSION, oldest);
    this.control(context, Ssl.CTRL_SET_MAX_PROTO_VERSION, Ssl.TLS1_3);
    this.control(
      context,
      Ssl.CTRL_MODE,
      // Idle connections hold no buffers: each would have some 34 KB.
      Ssl.MODE_ENABLE_PARTIAL_WRITE | Ssl.MODE_ACCEPT_MOVING_WRITE_BUFFER | Ssl.MODE_RELEASE_BUFFERS,
    );
    // One system call a record; it returns what was set before.
    this.#openSsl.contextControl(context, Ssl.CTRL_SET_READ_AHEAD, 1, 0);
    this.#openSsl.contextControl(context, Ssl.CTRL_SET_SESS_CACHE_MODE, 0, 0);
  }

  /** Sets what is shown to the peer. @param chain  PEM, the leaf first  @param key  PKCS #8, DER */
  setCertificate(context: number, chain: string, key: Uint8Array): void {
    const openSsl = this.#openSsl;
    const [leaf, ...others] = readDer(chain);
    this.#withObject(leaf, "readCertificate", (own) => {
      const result = openSsl.contextUseCertificate(context, own);
      openSsl.freeCertificate(own);
      this.check(result);
    });
    for (const other of others)
      this.#withObject(other, "readCertificate", (one) =>
        this.control(context, Ssl.CTRL_EXTRA_CHAIN_CERT, 0, one),
      );
    this.#withObject(key, "readKey", (own) => {
      const result = openSsl.contextUseKey(context, own);
      openSsl.freeKey(own);
      this.check(result);
    });
    this.check(openSsl.contextCheckKey(context));
  }

  /** Has the peer be held against these authorities, and no other. @param authorities  PEM */
  trust(context: number, authorities: string): void {
    const openSsl = this.#openSsl;
    const store = openSsl.contextStore(context);
    for (const authority of readDer(authorities))
      this.#withObject(authority, "readCertificate", (one) => {
        const result = openSsl.storeAdd(store, one);
        openSsl.freeCertificate(one);
        this.check(result);
      });
  }

  #withObject(
    der: Uint8Array | undefined,
    read: "readCertificate" | "readKey",
    use: (handle: number) => void,
  ): void {
    if (!der) throw new Error(`${this.#what}: there is no certificate`);
    const size = Math.ceil(der.length / 8) * 8;
    const memory = new Memory(this.#calls, size + 8);
    memory.octets.set(der);
    memory.putAddress(size / 4, memory.address);
    this.#openSsl.clearErrors();
    const handle = this.#openSsl[read](0, memory.address + size, der.length);
    memory.octets.fill(0);
    memory.free();
    this.check(handle);
    use(handle);
  }
}

/** The certificates of a PEM text. */
function readDer(pem: string): Uint8Array[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g)].map(
    (match) => new Uint8Array(Buffer.from(match[1] ?? "", "base64")),
  );
}
