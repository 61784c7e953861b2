// The one operation of the Security Token Service that has something to stand for here: GetCallerIdentity, which tells whose key a request
// was signed with. Query protocol: a form in, XML out. There are no roles to assume and no tokens to be had.

import { defaultAccountId } from "#store";
import { AwsError } from "./aws-error.ts";
import type { QueryService } from "./service.ts";

const namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
const version = "2011-06-15";

/** What the query protocol calls refusals that the JSON protocol names otherwise. */
const names: Readonly<Record<string, string>> = {
  InvalidSignatureException: "SignatureDoesNotMatch",
  IncompleteSignatureException: "IncompleteSignature",
  MissingAuthenticationTokenException: "MissingAuthenticationToken",
  UnrecognizedClientException: "InvalidClientTokenId",
  AccessDeniedException: "AccessDenied",
};

/** STS. */
export const sts: QueryService = {
  signingName: "sts",
  serve: (parameters, { principal, requestId }) => {
    const action = parameters.get("Action") ?? "";
    if (action !== "GetCallerIdentity" || (parameters.get("Version") ?? version) !== version) {
      throw new AwsError(
        "InvalidAction",
        `Could not find operation ${action.slice(0, 100)} for version ${(parameters.get("Version") ?? "").slice(0, 20)}: of this service, GetCallerIdentity is served here`,
      );
    }
    const user = principal.user ?? principal.name;
    const arn = `arn:aws:iam::${defaultAccountId}:user/${nameOf(user)}`;
    return [
      `<GetCallerIdentityResponse xmlns="${namespace}">`,
      "<GetCallerIdentityResult>",
      `<Arn>${escape(arn)}</Arn><UserId>${escape(principal.id)}</UserId><Account>${defaultAccountId}</Account>`,
      "</GetCallerIdentityResult>",
      `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`,
      "</GetCallerIdentityResponse>",
    ].join("");
  },
  refuse: ({ type, message, details }, requestId) => {
    const httpStatus = details.httpStatus ?? (/Token|Signature|Client/.test(type) ? 403 : 400);
    const body = [
      `<ErrorResponse xmlns="${namespace}">`,
      `<Error><Type>${httpStatus >= 500 ? "Receiver" : "Sender"}</Type><Code>${escape(names[type] ?? type)}</Code>`,
      `<Message>${escape(message)}</Message></Error>`,
      `<RequestId>${requestId}</RequestId>`,
      "</ErrorResponse>",
    ].join("");
    return { httpStatus, body };
  },
};

/** A name in an ARN: the characters that names of IAM have; a hyphen for each other. */
function nameOf(text: string): string {
  return text.replaceAll(/[^\w+=,.@-]/g, "-");
}

/** Text in XML 1.0, without the characters that it cannot hold. */
function escape(text: string): string {
  return (
    text
      .toWellFormed()
      // oxlint-disable-next-line no-control-regex -- characters that XML cannot hold
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
      .replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  );
}
