// The functions of the OpenSSL that Node carries and exports, through the foreign-function library: what TLS of the linux driver is made of. Handles
// are numbers, as addresses are. Before each call that can fail in the library's own way its queue of errors is emptied, for it says of a
// connection what another one has left there.

import { createRequire } from "node:module";
import type { Koffi } from "./libc.ts";

/** The functions. Handles are numbers; 0 is none. */
export interface OpenSsl {
  readonly version: string;
  contextNew(): number;
  clientContextNew(): number;
  contextFree(context: number): void;
  contextControl(context: number, command: number, value: number, pointer: number): number;
  contextSetOptions(context: number, options: number): number;
  contextSetCiphers(context: number, ciphers: string): number;
  contextSetSuites(context: number, suites: string): number;
  contextSetSessionContext(context: number, octets: number, length: number): number;
  contextSetTimeout(context: number, seconds: number): number;
  contextUseCertificate(context: number, certificate: number): number;
  contextUseKey(context: number, key: number): number;
  contextCheckKey(context: number): number;
  contextSetVerify(context: number, mode: number, callback: number): void;
  contextStore(context: number): number;
  storeAdd(store: number, certificate: number): number;
  /** Has {@link OpenSsl.choosing} chosen for each handshake of a context. */
  contextChooseProtocol(context: number): void;
  /** Reads DER: `pointer` is where the address of the octets stands. */
  readCertificate(into: number, pointer: number, length: number): number;
  freeCertificate(certificate: number): void;
  readKey(into: number, pointer: number, length: number): number;
  freeKey(key: number): void;
  connectionNew(context: number): number;
  connectionFree(connection: number): void;
  acceptState(connection: number): void;
  connectState(connection: number): void;
  /** Has a context offer protocols: names with their lengths before them. Unlike the others it gives 0 where it did. */
  contextOfferProtocols(context: number, octets: number, length: number): number;
  /** Has a connection say whom it asks for (RFC 6066 section 3). */
  setServerName(connection: number, name: string): number;
  /** What a connection holds a certificate against; the connection's. */
  verificationOf(connection: number): number;
  expectHost(verification: number, name: string, length: number): number;
  expectAddress(verification: number, text: string): number;
  setHostFlags(verification: number, flags: number): void;
  /** What became of the peer's chain: 0 is good. */
  verdict(connection: number): number;
  /** The peer's certificate, to be freed; 0: it has shown none. */
  peerCertificate(connection: number): number;
  publicKeyOf(certificate: number): number;
  /** Writes DER where `pointer` has the address of the room; 0 asks for the length alone. */
  writePublicKey(key: number, pointer: number): number;
  setReadBio(connection: number, bio: number): void;
  setWriteBio(connection: number, bio: number): void;
  socketBio(fd: number, close: number): number;
  memoryBio(octets: number, length: number): number;
  bioControl(bio: number, command: number, value: number, pointer: number): number;
  handshake(connection: number): number;
  read(connection: number, octets: number, length: number): number;
  write(connection: number, octets: number, length: number): number;
  shutdown(connection: number): number;
  hasPending(connection: number): number;
  error(connection: number, result: number): number;
  isResumed(connection: number): number;
  protocolOf(connection: number): string;
  clearErrors(): void;
  /** The oldest error of the queue in words. */
  errorText(): string;
  /**
   * What the handshake that is about to go on has chosen of the protocols that its client offers: the address of the name and its length;
   * 0 for none. Handshakes go on one at a time.
   */
  readonly choosing: { address: number; length: number };
}

/** Numbers of OpenSSL's interface, the same in all its versions 3. */
export const Ssl = {
  ERROR_SSL: 1,
  ERROR_WANT_READ: 2,
  ERROR_WANT_WRITE: 3,
  ERROR_SYSCALL: 5,
  ERROR_ZERO_RETURN: 6,
  CTRL_EXTRA_CHAIN_CERT: 14,
  CTRL_MODE: 33,
  CTRL_SET_READ_AHEAD: 41,
  CTRL_SET_SESS_CACHE_MODE: 44,
  CTRL_SET_TICKET_KEYS: 59,
  CTRL_SET_MIN_PROTO_VERSION: 123,
  CTRL_SET_MAX_PROTO_VERSION: 124,
  MODE_ENABLE_PARTIAL_WRITE: 1,
  MODE_ACCEPT_MOVING_WRITE_BUFFER: 2,
  MODE_RELEASE_BUFFERS: 0x10,
  OP_IGNORE_UNEXPECTED_EOF: 0x80,
  OP_NO_COMPRESSION: 0x20000,
  OP_CIPHER_SERVER_PREFERENCE: 0x400000,
  OP_NO_RENEGOTIATION: 0x40000000,
  TLS1_2: 0x0303,
  TLS1_3: 0x0304,
  CTRL_SET_TLSEXT_HOSTNAME: 55,
  CHECK_FLAG_NO_PARTIAL_WILDCARDS: 4,
  CHECK_FLAG_NEVER_CHECK_SUBJECT: 0x20,
  VERIFY_PEER: 1,
  VERIFY_FAIL_IF_NO_PEER_CERT: 2,
  /** The library leaves a socket open that it is given so. */
  BIO_NOCLOSE: 0,
  BIO_SET_MEM_EOF_RETURN: 130,
  ALPN_OK: 0,
  ALPN_NOACK: 3,
} as const;

let loaded: OpenSsl | undefined;
let reason: string | undefined;

/** The functions, or in words why this program does not have them. Each thread has its own. */
export function loadOpenSsl(): OpenSsl | string {
  if (loaded) return loaded;
  if (reason !== undefined) return reason;
  try {
    const koffi = createRequire(import.meta.url)("koffi") as Koffi;
    const made = makeOpenSsl(koffi);
    if (!made.version.startsWith("OpenSSL 3.")) reason = `the library is ${made.version}`;
    else return (loaded = made);
  } catch (error) {
    reason = `OpenSSL's functions cannot be had: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}`;
  }
  return reason;
}

/** Why the linux driver has no TLS here, in words; undefined where it has. */
export function linuxTlsProblem(): string | undefined {
  const found = loadOpenSsl();
  return typeof found === "string" ? found : undefined;
}

function makeOpenSsl(koffi: Koffi): OpenSsl {
  const library = koffi.load(null); // Node itself, which exports what it carries
  const call = <F>(declaration: string): F => library.func(declaration) as unknown as F;
  const copy = call<(to: number, from: number, length: number) => number>(
    "uintptr_t memcpy(uintptr_t to, uintptr_t from, size_t length)",
  );
  const choosing = { address: 0, length: 0 };
  // A word for the address and an octet for the length, which the library is given copies of.
  const given = new BigUint64Array(2);
  const givenAt = Number(koffi.address(new Uint8Array(given.buffer)));
  const type = koffi.pointer(
    koffi.proto(
      "int (uintptr_t ssl, uintptr_t out, uintptr_t length, uintptr_t offered, unsigned int octets, uintptr_t data)",
    ),
  );
  const choose = koffi.register((_ssl: number, out: number, length: number): number => {
    if (choosing.length === 0) return Ssl.ALPN_NOACK;
    given[0] = BigInt(choosing.address);
    given[1] = BigInt(choosing.length);
    copy(out, givenAt, 8);
    copy(length, givenAt + 8, 1); // little-endian, as all architectures that the driver runs on
    return Ssl.ALPN_OK;
  }, type);
  const setChooser = library.func("SSL_CTX_set_alpn_select_cb", "void", ["uintptr_t", type, "uintptr_t"]);
  const method = call<() => number>("uintptr_t TLS_server_method()");
  const clientMethod = call<() => number>("uintptr_t TLS_client_method()");
  const setControl = call<(connection: number, command: number, value: number, text: string) => number>(
    "long SSL_ctrl(uintptr_t connection, int command, long value, const char *text)",
  );
  const contextNew = call<(from: number) => number>("uintptr_t SSL_CTX_new(uintptr_t method)");
  const nextError = call<() => number>("unsigned long ERR_get_error()");
  const clearErrors = call<() => void>("void ERR_clear_error()");
  const errorOf = call<(connection: number, result: number) => number>(
    "int SSL_get_error(uintptr_t connection, int result)",
  );
  const describe = call<(code: number) => string | null>(
    "const char *ERR_reason_error_string(unsigned long code)",
  );
  return {
    version: call<(what: number) => string>("const char *OpenSSL_version(int what)")(0),
    contextNew: () => contextNew(method()),
    clientContextNew: () => contextNew(clientMethod()),
    contextFree: call("void SSL_CTX_free(uintptr_t context)"),
    contextControl: call("long SSL_CTX_ctrl(uintptr_t context, int command, long value, uintptr_t pointer)"),
    contextSetOptions: call("uint64_t SSL_CTX_set_options(uintptr_t context, uint64_t options)"),
    contextSetCiphers: call("int SSL_CTX_set_cipher_list(uintptr_t context, const char *ciphers)"),
    contextSetSuites: call("int SSL_CTX_set_ciphersuites(uintptr_t context, const char *suites)"),
    contextSetSessionContext: call(
      "int SSL_CTX_set_session_id_context(uintptr_t context, uintptr_t octets, unsigned int length)",
    ),
    contextSetTimeout: call("long SSL_CTX_set_timeout(uintptr_t context, long seconds)"),
    contextUseCertificate: call("int SSL_CTX_use_certificate(uintptr_t context, uintptr_t certificate)"),
    contextUseKey: call("int SSL_CTX_use_PrivateKey(uintptr_t context, uintptr_t key)"),
    contextCheckKey: call("int SSL_CTX_check_private_key(uintptr_t context)"),
    contextSetVerify: call("void SSL_CTX_set_verify(uintptr_t context, int mode, uintptr_t callback)"),
    contextStore: call("uintptr_t SSL_CTX_get_cert_store(uintptr_t context)"),
    storeAdd: call("int X509_STORE_add_cert(uintptr_t store, uintptr_t certificate)"),
    contextChooseProtocol: (context) => void setChooser(context, choose, 0),
    readCertificate: call("uintptr_t d2i_X509(uintptr_t into, uintptr_t pointer, long length)"),
    freeCertificate: call("void X509_free(uintptr_t certificate)"),
    readKey: call("uintptr_t d2i_AutoPrivateKey(uintptr_t into, uintptr_t pointer, long length)"),
    freeKey: call("void EVP_PKEY_free(uintptr_t key)"),
    connectionNew: call("uintptr_t SSL_new(uintptr_t context)"),
    connectionFree: call("void SSL_free(uintptr_t connection)"),
    acceptState: call("void SSL_set_accept_state(uintptr_t connection)"),
    connectState: call("void SSL_set_connect_state(uintptr_t connection)"),
    contextOfferProtocols: call(
      "int SSL_CTX_set_alpn_protos(uintptr_t context, uintptr_t octets, unsigned int length)",
    ),
    setServerName: (connection, name) => setControl(connection, Ssl.CTRL_SET_TLSEXT_HOSTNAME, 0, name),
    verificationOf: call("uintptr_t SSL_get0_param(uintptr_t connection)"),
    expectHost: call(
      "int X509_VERIFY_PARAM_set1_host(uintptr_t verification, const char *name, size_t length)",
    ),
    expectAddress: call("int X509_VERIFY_PARAM_set1_ip_asc(uintptr_t verification, const char *text)"),
    setHostFlags: call("void X509_VERIFY_PARAM_set_hostflags(uintptr_t verification, unsigned int flags)"),
    verdict: call("long SSL_get_verify_result(uintptr_t connection)"),
    peerCertificate: call("uintptr_t SSL_get1_peer_certificate(uintptr_t connection)"),
    publicKeyOf: call("uintptr_t X509_get_X509_PUBKEY(uintptr_t certificate)"),
    writePublicKey: call("int i2d_X509_PUBKEY(uintptr_t key, uintptr_t pointer)"),
    setReadBio: call("void SSL_set0_rbio(uintptr_t connection, uintptr_t bio)"),
    setWriteBio: call("void SSL_set0_wbio(uintptr_t connection, uintptr_t bio)"),
    socketBio: call("uintptr_t BIO_new_socket(int fd, int close)"),
    memoryBio: call("uintptr_t BIO_new_mem_buf(uintptr_t octets, int length)"),
    bioControl: call("long BIO_ctrl(uintptr_t bio, int command, long value, uintptr_t pointer)"),
    handshake: call("int SSL_do_handshake(uintptr_t connection)"),
    read: call("int SSL_read(uintptr_t connection, uintptr_t octets, int length)"),
    write: call("int SSL_write(uintptr_t connection, uintptr_t octets, int length)"),
    shutdown: call("int SSL_shutdown(uintptr_t connection)"),
    hasPending: call("int SSL_has_pending(uintptr_t connection)"),
    error: (connection, result) => {
      const error = errorOf(connection, result);
      // What went wrong lies in a queue of the thread's: left there, Node's own calls would take it for theirs.
      if (error === Ssl.ERROR_SSL || error === Ssl.ERROR_SYSCALL) clearErrors();
      return error;
    },
    isResumed: call("int SSL_session_reused(uintptr_t connection)"),
    protocolOf: call("const char *SSL_get_version(uintptr_t connection)"),
    clearErrors,
    errorText: () => describe(nextError()) ?? "no reason is given",
    choosing,
  };
}
