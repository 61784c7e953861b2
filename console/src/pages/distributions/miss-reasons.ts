// Why a request was not answered from the cache, in plain words, and what would mend it. Reasons are RFC 9211's (section 2.2), details the
// words of this cache's own Cache-Status (`src/edge/cache`).

import type { DistributionSettings, TopMiss } from "#contract";

/** A kind of misses as people read it. */
export interface MissExplanation {
  readonly why: string;
  /** What would mend it; absent where it is as it should be. */
  readonly mend?: string;
  /** Settings that would mend it here, to be planned. */
  readonly plan?: { readonly label: string; readonly settings: DistributionSettings };
}

const keepForAMinute = {
  label: "Keep at least 60 s",
  settings: { cacheBehaviorSettings: { minimumTtl: 60 } },
} as const;

const details: Readonly<Record<string, MissExplanation>> = {
  "no-store": {
    why: "The origin forbids keeping it (no-store).",
    mend: "If it is the same for every visitor, have the origin send Cache-Control: public, max-age=60.",
  },
  private: {
    why: "The origin says that it is meant for one visitor (private).",
    mend: "If it is the same for everybody, have the origin send public in place of private.",
  },
  "no-cache": {
    why: "The origin wants to be asked each time (no-cache), and gives nothing to ask by.",
    mend: "Have the origin send an ETag, so that it need not send the content again, or a max-age.",
  },
  expired: {
    why: "It is out of date as it arrives: its TTL is 0.",
    mend: "Have the origin send a max-age above 0, or keep answers for a while here whatever it says.",
    plan: keepForAMinute,
  },
  "no-explicit-freshness": {
    why: "The origin does not say how long it is good, and it may be one visitor’s own: a cookie came with it, or the default TTL is 0.",
    mend: "Have the origin send a max-age for what is the same for everybody, or raise the default TTL.",
  },
  status: {
    why: "Answers of this status are kept only where the origin says for how long.",
    mend: "Have the origin send a max-age, or set an error page with a time of its own.",
  },
  "must-understand": { why: "The origin wants caches to understand its status, and this one is unknown." },
  authorization: {
    why: "Visitors ask with a password or token, and the origin does not say that everybody may have the answer.",
    mend: "If everybody may, have the origin send Cache-Control: public or s-maxage.",
  },
  "request-no-store": { why: "The visitors ask that it be not kept (no-store)." },
  vary: {
    why: "The origin says that its answer depends on more than can be told apart (Vary: *).",
    mend: "Have the origin name the header fields that it depends on, or none.",
  },
  unframed: {
    why: "The origin does not say how long its answer is, so nobody can tell whether it came whole.",
    mend: "Have the origin send Content-Length, or chunks.",
  },
  "too-large": { why: "It is larger than what is kept of one answer." },
  "no-room": {
    why: "The cache had no room for it just then.",
    mend: "Give the edge a larger cache.",
  },
  purged: { why: "It was purged while it arrived." },
  range: {
    why: "Visitors ask for a part of what is not stored whole.",
    mend: "It is stored once somebody asks for all of it.",
  },
  head: {
    why: "Visitors ask for its head alone, and it is not stored.",
    mend: "It is stored once somebody asks for all of it.",
  },
  arriving: { why: "Visitors asked for a part of it that had not arrived yet." },
};

const reasons: Readonly<Record<TopMiss["reason"], MissExplanation>> = {
  "uri-miss": { why: "It was not stored yet: whoever asks first waits for the origin." },
  "vary-miss": {
    why: "It is stored in other variants: the origin tells visitors apart by a header field (Vary).",
    mend: "Forward fewer header fields, or have the origin vary by fewer.",
  },
  stale: {
    why: "What was stored is out of date.",
    mend: "Have the origin send a longer max-age, or an ETag, so that it is only confirmed.",
  },
  request: { why: "The visitors asked for a fresh one: they reload with the cache put aside." },
  method: { why: "The method changes something, or is none that is kept; it goes to the origin." },
  bypass: {
    why: "The behaviour of this path says that it is not cached.",
    mend: "If it is the same for every visitor, let its behaviour be “cache”.",
  },
  partial: { why: "A part of it was asked for that could not be taken from the store." },
  miss: { why: "It was not in the store." },
};

/** Explains a kind of misses. */
export function explainMiss({ reason, detail, path }: TopMiss): MissExplanation {
  const found = (detail !== undefined && details[detail]) || reasons[reason];
  if (detail !== undefined && !(detail in details)) return { ...found, why: `${found.why} (${detail})` };
  if (reason === "uri-miss" && detail === undefined && path.includes("?"))
    return {
      ...found,
      mend: "Each query string is stored for itself. If they make no difference, forward none, or a list of those that do.",
    };
  return found;
}
