// A control with everything around it that tests of the API want: a store in memory, four roles that take what they are given, and
// requests with the right key.

import type { OpenAPIHono, z } from "@hono/zod-openapi";
import type { AcmeTransport } from "#certificate";
import { errorBody, type ErrorBody, type RrsetObject } from "#contract";
import type { Identity } from "#identity";
import { createMemoryStore, type Store } from "#store";
import { formatRdata, typeName } from "#wire";
import type { ControlConfig } from "../config.ts";
import { createControl, type Control } from "../create-control.ts";
import { controlSchema } from "../facts.ts";
import { octetsOf } from "../octets.ts";
import type { Visitor } from "../ports.ts";
import { dataRoles, type DataRole } from "../data-roles.ts";
import {
  FakeAuthority,
  FakeResolver,
  FakeRole,
  lonelyVisitor,
  ManualTime,
  settle,
  testConfig,
  testHost,
  testIdentity,
  testKey,
} from "../testing.ts";
import { ForeignServers } from "../testing-dns.ts";

/** Header fields that the guard lets pass. */
export const keyHeaders: Readonly<Record<string, string>> = {
  host: "127.0.0.1:7700",
  authorization: `Bearer ${testKey}`,
};

/** Timers that one `pass` may come by: a year of looks every ten minutes. */
const maxSteps = 60_000;

/** A store, or what else is closed, that stays when the control that was given it ends. */
function keptOpen<T extends object>(kept: T): T {
  return new Proxy(kept, {
    get: (target, name) => {
      if (name === "close") return () => Promise.resolve();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Call `start` before each test. */
export class TestApi {
  control!: Control;
  #end: (() => Promise<void>) | undefined;
  store!: Store;
  time!: ManualTime;
  roles!: Record<DataRole, FakeRole>;
  authority!: FakeAuthority;
  /** Accounts of people. */
  identity!: Identity;
  /** What answers for all ACME servers; nothing where undefined. */
  acme: AcmeTransport | undefined;
  /** What the platform's resolver answers; nothing where undefined. */
  visitor: Visitor | undefined;
  resolver!: FakeResolver;
  /** Name servers of others, beside the platform's own. */
  foreign!: ForeignServers;

  /** Starts anew with an empty store. */
  start = (): Promise<void> => this.startWith(testConfig);

  /** The same, with another configuration. */
  startWith = async (config: ControlConfig): Promise<void> => {
    await this.#end?.();
    this.#end = undefined;
    this.store = createMemoryStore(controlSchema);
    this.time = new ManualTime();
    this.authority = new FakeAuthority();
    this.foreign = new ForeignServers(this.authority);
    this.acme = undefined;
    this.visitor = undefined;
    this.resolver = new FakeResolver();
    // The one before is closed with nothing: it lies in memory.
    this.identity = testIdentity(this.time);
    await this.restart(config);
    this.roles = Object.fromEntries(dataRoles.map((role) => [role, new FakeRole(role)])) as Record<
      DataRole,
      FakeRole
    >;
    this.authority.names = this.roles.names;
    for (const role of dataRoles) this.roles[role].connect(this.control.hub);
    await settle();
  };

  /** Ends control, and starts another one on the same store. */
  restart = async (config: ControlConfig = testConfig): Promise<void> => {
    await this.#end?.();
    this.control = createControl({
      ...testHost(
        this.time,
        this.visitor ?? lonelyVisitor,
        this.foreign,
        this.resolver,
        keptOpen(this.identity),
      ),
      ...(this.acme ? { acme: () => this.acme as AcmeTransport } : {}),
      store: keptOpen(this.store),
      config,
    });
    this.#end = () => this.control.close();
    this.authority.profile = config.profile;
    await this.control.start();
  };

  /** Lets time pass from timer to timer, and all that follows from each. Throws where that has no end. */
  pass = async (milliseconds: number): Promise<void> => {
    const until = this.time.now + milliseconds;
    await settle();
    for (let steps = 0; this.time.now < until; steps++) {
      if (steps > maxSteps) throw new Error(`${maxSteps} timers did not bring the time to its end`);
      const next = Math.min(this.time.nextAt ?? until, until);
      this.time.advance(Math.max(next - this.time.now, 0));
      await settle();
    }
  };

  /** Sends a request with the key, and lets happen what follows from it; a body that is no text is sent as JSON. */
  call = async (method: string, path: string, body?: unknown): Promise<Response> =>
    this.callAs(keyHeaders["authorization"] ?? "", method, path, body);

  /** The same with another Authorization field. */
  callAs = async (authorization: string, method: string, path: string, body?: unknown): Promise<Response> => {
    const init = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const type: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
    const response = await this.control.app.request(`http://127.0.0.1:7700${path}`, {
      method,
      headers: { ...keyHeaders, authorization, ...type },
      ...init,
    });
    if (method !== "GET") await settle();
    await this.#check(method, path, response);
    return response;
  };

  /** Holds every answer against the schema that the API describes it with. */
  async #check(method: string, path: string, response: Response): Promise<void> {
    if (!response.headers.get("content-type")?.startsWith("application/json")) return;
    const schema = this.#schemaOf(method, path.split("?")[0] ?? "", response.ok);
    if (!schema) return;
    const checked = schema.safeParse(await response.clone().json());
    if (!checked.success)
      throw new Error(`${method} ${path} answers what it does not describe: ${checked.error.message}`);
  }

  #schemaOf(method: string, path: string, isServed: boolean): z.ZodType | undefined {
    if (!isServed) return errorBody;
    const { openAPIRegistry } = this.control.app as unknown as OpenAPIHono;
    const segments = path.split("/");
    const routes = openAPIRegistry.definitions.flatMap((definition) =>
      definition.type === "route" && definition.route.method === method.toLowerCase()
        ? [definition.route]
        : [],
    );
    const matches = routes.filter((route) => {
      const pattern = route.path.split("/");
      return (
        pattern.length === segments.length &&
        pattern.every((part, i) => part.startsWith("{") || part === segments[i])
      );
    });
    const route = matches.find(({ path: own }) => !own.includes("{")) ?? matches[0];
    const answer = route?.responses["200"];
    const content = answer && "content" in answer ? answer.content?.["application/json"] : undefined;
    return content && "schema" in content ? (content.schema as z.ZodType) : undefined;
  }

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
