// HTTP/1.1 messages over octets: heads, content, framing, and writing them; and the grammar of the fields that caches read and write.

export { BodyReader, BodyStatus } from "./body.ts";
export { CacheControl, maxDeltaSeconds } from "./cache-control.ts";
export { formatHttpDate, parseHttpDate } from "./date.ts";
export { listsTag, matchesStrongly } from "./entity-tag.ts";
export { httpFailures, type HttpFailure, type HttpFailureCode } from "./failure.ts";
export { Field, isHopByHop } from "./field.ts";
export { Framing, framingOfResponse, listHas, removeConnectionFields } from "./framing.ts";
export { HeadStatus, MessageHead, type HeadKind } from "./head.ts";
export { ListWalk } from "./list.ts";
export { isIdempotent, Method } from "./method.ts";
export { octetsOf, textOf } from "./octets.ts";
export { formatContentRange, type OctetRange, rangesOf } from "./range.ts";
export { reasonPhrase } from "./status.ts";
export { formatString, parseDictionary } from "./structured-field.ts";
export { TargetForm } from "./target.ts";
export { HeadWriter, writeTrailers } from "./writer.ts";
