// A control with everything around it that tests of the API want: a store in memory, four roles that take what they are given, and
// requests with the right key.

import type { ErrorBody, RrsetObject } from "#contract";
import { createMemoryStore, type Store } from "#store";
import { formatRdata, typeName } from "#wire";
import type { ControlConfig } from "../config.ts";
import { createControl, type Control } from "../control.ts";
import { controlSchema } from "../facts.ts";
import { octetsOf } from "../publish.ts";
import { dataRoles, type DataRole } from "../role-hub.ts";
import {
  FakeAuthority,
  FakeRole,
  lonelyVisitor,
  ManualTime,
  settle,
  testConfig,
  testHost,
  testKey,
} from "../testing.ts";

/** Header fields that the guard lets pass. */
export const keyHeaders: Readonly<Record<string, string>> = {
  host: "127.0.0.1:7700",
  authorization: `Bearer ${testKey}`,
};

/** Call `start` before each test. */
export class TestApi {
  control!: Control;
  store!: Store;
  time!: ManualTime;
  roles!: Record<DataRole, FakeRole>;
  authority!: FakeAuthority;

  /** Starts anew with an empty store. */
  start = async (): Promise<void> => {
    this.store = createMemoryStore(controlSchema);
    this.time = new ManualTime();
    this.authority = new FakeAuthority();
    await this.restart();
    this.roles = Object.fromEntries(dataRoles.map((role) => [role, new FakeRole(role)])) as Record<
      DataRole,
      FakeRole
    >;
    this.authority.names = this.roles.names;
    for (const role of dataRoles) this.roles[role].connect(this.control.hub);
    await settle();
  };

  /** Starts another control on the same store. */
  restart = async (config: ControlConfig = testConfig): Promise<void> => {
    this.control = createControl({
      ...testHost(this.time, lonelyVisitor, this.authority),
      store: this.store,
      config,
    });
    this.authority.profile = config.profile;
    await this.control.start();
  };

  /** Sends a request with the key, and lets happen what follows from it; a body that is no text is sent as JSON. */
  call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const init = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const type: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
    const response = await this.control.app.request(`http://127.0.0.1:7700${path}`, {
      method,
      headers: { ...keyHeaders, ...type },
      ...init,
    });
    if (method !== "GET") await settle();
    return response;
  };

  /** Sends a request that is to be served. */
  json = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await this.call(method, path, body);
    const value = (await response.json()) as T;
    if (!response.ok) throw new Error(JSON.stringify(value));
    return value;
  };

  /** Sends a request that is to be refused. */
  refused = async (method: string, path: string, body?: unknown): Promise<ErrorBody & { status: number }> => {
    const response = await this.call(method, path, body);
    return { ...((await response.json()) as ErrorBody), status: response.status };
  };

  /** What the names role holds at a name of a zone: TTL, type and data. */
  lines = (apex: string, owner: string): string[] =>
    [...this.roles.names.objects.values()]
      .filter(
        (object): object is RrsetObject =>
          object.kind === "rrset" && object.apex === apex && object.owner === owner,
      )
      .flatMap(({ ttl, type, rdata }) =>
        rdata.map((octets) => `${ttl} ${typeName(type)} ${formatRdata(type, octetsOf(octets))}`),
      );
}
