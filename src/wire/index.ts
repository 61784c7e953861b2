// DNS messages, names, RDATA and zone-file text: what the other layers take from here.

export { formatBase64, parseBase64 } from "./base64.ts";
export { civilFromDays, daysFromCivil } from "./calendar.ts";
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
export { frame, FrameReader } from "./framing.ts";
export {
  headerOctets,
  maxCharStringOctets,
  maxLabelOctets,
  maxLabels,
  maxMessageOctets,
  maxNameOctets,
  maxNsec3Iterations,
  maxPointers,
  maxPointerTarget,
  maxRdataOctets,
  maxTtl,
  minUdpOctets,
  nsec3OptOut,
  nsec3Sha1,
  optionHeadOctets,
  paddingBlockOctets,
  udpPayloadOctets,
} from "./limits.ts";
export {
  decodeFlags,
  dnssecOkBit,
  type Edns,
  encodeFlags,
  FlagBit,
  formatFlags,
  type Message,
  type MessageFlags,
  type Question,
  type ResourceRecord,
} from "./message.ts";
export { decodeMessage } from "./message-decode.ts";
export {
  ednsOctets,
  type EncodedMessage,
  encodeMessage,
  type EncodeOptions,
  writeEdns,
  writeHeader,
  writeQuestion,
  writeRecord,
} from "./message-encode.ts";
export {
  describeMessage,
  type DigServer,
  formatDigCommand,
  maxShownOctets,
  type MessageText,
} from "./message-text.ts";
export { emptyMessage, encodeRequest, makeRequest, noFlags, type RequestParts } from "./request.ts";
export { Name } from "./name.ts";
export { encodeDnsServices, type DnsServices } from "./dns-services.ts";
export { areSameOctets, compareOctets, lowerCase } from "./octets.ts";
export { Reader } from "./reader.ts";
export { type QuestionView, questionView, readHeader, readQuestion } from "./question.ts";
export type {
  AddressPrefix,
  EdnsOptionValue,
  Field,
  FieldKind,
  FieldValue,
  NameCompression,
  SvcParam,
} from "./rdata/field.ts";
export {
  formatGenericRdata,
  formatRdata,
  parseRecordText,
  type RdataTextFailure,
} from "./rdata/presentation.ts";
export { rdataExample } from "./rdata/presentation-examples.ts";
export {
  canonicalRdata,
  checkRdata,
  decodeRdataFields,
  encodeRdataFields,
  type RdataFields,
  rdataNames,
  readRdata,
  writeRdata,
} from "./rdata/rdata.ts";
export { rdataType, type RdataType, rdataTypes } from "./rdata/table.ts";
export { SvcParamKey } from "./rdata/text-svcb.ts";
export {
  type AddressRdata,
  type CaaRdata,
  decodeRdata,
  type DnskeyRdata,
  type DsRdata,
  encodeRdata,
  type MxRdata,
  type NsecRdata,
  type Nsec3Rdata,
  type RdataOf,
  type RrsigRdata,
  type SoaRdata,
  type SrvRdata,
  type SvcbRdata,
  type TsigRdata,
  type TypedRdata,
} from "./rdata/typed-rdata.ts";
export {
  DnstapTransport,
  DnstapType,
  dnstapContentType,
  type DnstapMessage,
  type DnstapSender,
  encodeDnstap,
} from "./dnstap.ts";
export { ControlFrame, controlFrame, ControlFrameReader, dataFrame } from "./frame-streams.ts";
export { isMetaType, isReservedType, RrType, type RrTypeName, typeName, typeNumber } from "./rr-type.ts";
export type { TextFailure, TextFailureCode } from "./scanner-failure.ts";
export {
  appendTsig,
  badSig,
  findTsig,
  type Hmac,
  isMacLengthLegal,
  maxUnsignedMessages,
  tsigAlgorithm,
  type TsigAlgorithm,
  tsigAlgorithms,
  tsigFudgeSeconds,
  type TsigHash,
  type TsigKey,
  tsigOctets,
  type TsigRecord,
  TsigSession,
  tsigTimeOctets,
  type TsigVerdict,
  withoutTsig,
} from "./tsig.ts";
export { Writer } from "./writer.ts";
export {
  parseZoneFile,
  parseZoneFileEach,
  parseZoneFileOctets,
  type RecordOctetSink,
  type ZoneFile,
} from "./zone-file.ts";
export type { IncludedText, ZoneFileOptions, ZoneFileText } from "./zone-file-options.ts";
export {
  maxGeneratedRecords,
  maxIncludeDepth,
  maxIncludes,
  maxPathOctets,
  maxZoneFileErrors,
} from "./zone-file-parser.ts";
export { type ReadOctets, ZoneFilePieces } from "./zone-file-pieces.ts";
export type { ZoneFileError } from "./zone-file-error.ts";
export { formatRecord, formatZoneFile, ZoneFileLayout, type ZoneFileFormat } from "./zone-file-format.ts";
