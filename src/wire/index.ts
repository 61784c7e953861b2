// DNS messages, names, RDATA and zone-file text: what the other layers take from here.

export {
  className,
  classNumber,
  EdnsOption,
  ExtendedError,
  Opcode,
  opcodeName,
  Rcode,
  rcodeName,
  RrClass,
} from "./constants.ts";
export { type Failure, fail, type Result, succeed, type WireFailureCode } from "./failure.ts";
export {
  headerOctets,
  maxCharStringOctets,
  maxLabelOctets,
  maxLabels,
  maxMessageOctets,
  maxNameOctets,
  maxPointers,
  maxPointerTarget,
  maxRdataOctets,
  maxTtl,
  minUdpOctets,
} from "./limits.ts";
export { Name } from "./name.ts";
export { areSameOctets, compareOctets, lowerCase } from "./octets.ts";
export { Reader } from "./reader.ts";
export type {
  AddressPrefix,
  EdnsOptionValue,
  Field,
  FieldKind,
  FieldValue,
  NameCompression,
  SvcParam,
} from "./rdata/field.ts";
export { rdataType, type RdataType, rdataTypes } from "./rdata/table.ts";
export { isMetaType, RrType, type RrTypeName, typeName, typeNumber } from "./rr-type.ts";
export { Writer } from "./writer.ts";
