// The AWS endpoint: `POST /` of the control API. One listener for all services, told apart by the field X-Amz-Target (AWS JSON 1.1), or by
// what a form was signed for (query protocol). Every request is signed with Signature Version 4; nothing of it is looked at before that.
//
// A refusal is named twice, in the field x-amzn-errortype and in the member __type: each of AWS's clients reads one of the two.
// @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html

import { PlatformError, type OperationModel } from "#contract";
import { checkRequest, operationOf } from "#contract/aws";
import { deny, requireRead, requireRole } from "../access/authorise.ts";
import type { Principal } from "../access/principal.ts";
import type { ControlCore } from "../control.ts";
import { AwsError } from "./aws-error.ts";
import { authenticate, parseBody, readBody } from "./request.ts";
import type { AwsCall, AwsOperation, AwsService, QueryService } from "./service.ts";

/** What the endpoint serves. */
export interface AwsServices {
  readonly json: readonly AwsService[];
  readonly query: readonly QueryService[];
}

/** What is known of a request when it is refused. */
interface Found {
  /** False while something of the body may be unread. */
  isRead?: boolean;
  service?: AwsService | undefined;
  query?: QueryService | undefined;
  operation?: OperationModel | undefined;
  name?: string;
}

const contentType = "application/x-amz-json-1.1";
/** Most characters of a message: the longest names of a request, and words around them. */
const maxMessageLength = 2500;

/** Makes the endpoint: a function from a request to its answer, which never throws. */
export function createAwsEndpoint(
  core: ControlCore,
  services: AwsServices,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const requestId = core.identities.uuid();
    const found: Found = {};
    try {
      requireHost(request, core);
      return await serve(request, core, services, found, requestId);
    } catch (error) {
      return refuse(core, error, found, requestId);
    }
  };
}

/**
 * A foreign page can sign nothing, but what is not addressed to this platform is not answered either. The port may be missing: old SDKs send,
 * and sign, the host's name alone.
 */
function requireHost(request: Request, { config }: ControlCore): void {
  const host = request.headers.get("host") ?? "";
  const originHeader = request.headers.get("origin");
  const named = host.toLowerCase();
  const isOwn = config.allowedHosts.some((own) => named === own || named === own.replace(/:\d+$/, ""));
  if (isOwn && (originHeader === null || config.allowedOrigins.includes(originHeader.toLowerCase()))) return;
  throw new PlatformError(
    "host-refused",
    `Cannot serve host "${host.slice(0, 200)}" and origin "${(originHeader ?? "").slice(0, 200)}": they are not this API's`,
  );
}

async function serve(
  request: Request,
  core: ControlCore,
  services: AwsServices,
  found: Found,
  requestId: string,
): Promise<Response> {
  const target = request.headers.get("x-amz-target") ?? "";
  const [prefix = "", name = ""] = target.split(".");
  const isForm = (request.headers.get("content-type") ?? "").startsWith("application/x-www-form-urlencoded");
  // Known before it is known whose the request is, so that a refusal of the signature is in the service's own form.
  found.service = services.json.find(({ model }) => model.targetPrefix === prefix);
  found.name = name;
  if (isForm && target === "") found.query = services.query[0];
  let body: Uint8Array | undefined;
  const { principal, region, service } = await authenticate(request, core.access, async () => {
    body = await readBody(request);
    found.isRead = true;
    return body;
  });
  body ??= new Uint8Array();
  const call: AwsCall = { core, principal, region, requestId };
  if (found.query) {
    found.query = services.query.find(({ signingName }) => signingName === service) ?? found.query;
    const text = await found.query.serve(new URLSearchParams(new TextDecoder().decode(body)), call);
    return new Response(text, { headers: { "content-type": "text/xml", "x-amzn-requestid": requestId } });
  }
  if (!found.service)
    throw new AwsError("UnknownOperationException", `There is no service "${prefix.slice(0, 100)}" here`);
  return answer(await run(found.service, found, body, call), requestId);
}

/** Runs an operation of a service. */
async function run(service: AwsService, found: Found, body: Uint8Array, call: AwsCall): Promise<unknown> {
  const { model } = service;
  const name = found.name ?? "";
  const operation = (found.operation = operationOf(model, name));
  if (!operation && !model.undescribed.includes(name)) {
    throw new AwsError(
      "UnknownOperationException",
      `${model.targetPrefix} has no operation "${name.slice(0, 100)}"`,
    );
  }
  const input = parseBody(body);
  const built = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  requireAccess(call.principal, built?.access ?? "read", name);
  if (!operation || !built) throw service.refuseUnbuilt(name, operation);
  const checked = checkRequest(model, operation.input, input);
  if (!checked.ok) {
    const where = checked.member === "" ? "the request" : `"${checked.member}"`;
    throw service.refuseInput(`Input error: of ${where}, ${checked.reason}`);
  }
  return built.handle(checked.value, call);
}

/** Throws `access-denied` where a principal may not have an operation at all; writes are looked at again by what they change. */
function requireAccess(principal: Principal, access: AwsOperation["access"], name: string): void {
  if (access === "any") return;
  if (access === "write") return requireRole(principal, "operator", name);
  requireRead(principal);
  if (access === "read" && principal.zones) deny(principal, name, "it is limited to zones");
}

function answer(output: unknown, requestId: string): Response {
  return new Response(JSON.stringify(output), {
    headers: { "content-type": contentType, "x-amzn-requestid": requestId },
  });
}

function refuse(
  core: ControlCore,
  error: unknown,
  { isRead = false, service, query, operation, name = "" }: Found,
  requestId: string,
): Response {
  const failure = toAwsError(error, service, operation);
  const { type, message, details } = failure;
  const httpStatus = details.httpStatus ?? 400;
  const fields = { requestId, operation: name.slice(0, 100), type };
  if (httpStatus >= 500) core.host.log.error({ ...fields, error: describe(error) }, message);
  else core.host.log.info(fields, message.slice(0, maxMessageLength));
  // What is left of a body is not read, so nothing can follow on that connection.
  const close: Record<string, string> = isRead ? {} : { connection: "close" };
  if (query) {
    const said = query.refuse(failure, requestId);
    return new Response(said.body, {
      status: said.httpStatus,
      headers: { "content-type": "text/xml", "x-amzn-requestid": requestId, ...close },
    });
  }
  const { docs, tip, members } = details;
  // Old SDKs name an exception that the model does not have by this member, whatever else names it.
  const code = isModelled(type, service, operation) ? (details.code ?? type) : type;
  const shown = message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message;
  return new Response(JSON.stringify({ __type: type, code, message: shown, docs, tip, ...members }), {
    status: httpStatus,
    headers: {
      "content-type": contentType,
      "x-amzn-errortype": type,
      "x-amzn-requestid": requestId,
      ...close,
    },
  });
}

/** Tells whether the clients of an operation have a class for an exception; of one that is not described, the service's. */
function isModelled(
  type: string,
  service: AwsService | undefined,
  operation: OperationModel | undefined,
): boolean {
  if (operation) return operation.errors.includes(type);
  const lines = Object.values(service?.model.operations ?? {});
  return lines.some((line) => line.split(" ").includes(type, 2));
}

function toAwsError(
  error: unknown,
  service: AwsService | undefined,
  operation: OperationModel | undefined,
): AwsError {
  if (error instanceof AwsError) return error;
  const failure =
    error instanceof PlatformError
      ? error
      : new PlatformError("internal", "Cannot serve the request: something went wrong inside", {
          cause: error,
        });
  if (service) return service.translate(failure, operation);
  const { row, code, message } = failure;
  const isOurs = row.kind === "Service";
  return new AwsError(
    isOurs ? "InternalFailure" : "AccessDeniedException",
    message,
    { code, tip: row.help, httpStatus: isOurs ? 500 : 400 },
    { cause: error },
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
