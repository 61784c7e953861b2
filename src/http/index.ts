// HTTP/1.1 messages over octets: heads, content, framing, and writing them.

export { BodyReader, BodyStatus } from "./body.ts";
export { formatHttpDate } from "./date.ts";
export { httpFailures, type HttpFailure, type HttpFailureCode } from "./failure.ts";
export { Field, isHopByHop } from "./field.ts";
export { Framing, framingOfResponse, listHas, removeConnectionFields } from "./framing.ts";
export { HeadStatus, MessageHead, type HeadKind } from "./head.ts";
export { isIdempotent, Method } from "./method.ts";
export { octetsOf, textOf } from "./octets.ts";
export { reasonPhrase } from "./status.ts";
export { TargetForm } from "./target.ts";
export { HeadWriter, writeTrailers } from "./writer.ts";
