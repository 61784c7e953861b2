// What a contact must say of itself, and how (RFC 5733 section 2): name, street, city and country, a telephone number, an e-mail address.

import { Name } from "#wire";
import { isCountryCode } from "./country-codes.ts";
import type { ContactDetails } from "./objects.ts";
import { EppCode, refuse, type Refusal } from "./outcome.ts";

/** Characters of name, organization, street lines, city and state. @see RFC 5733 section 4 (postalLineType) */
const maxLineCharacters = 255;
/** @see RFC 5733 section 4 (pcType) */
const maxPostalCodeCharacters = 16;
/** @see RFC 5733 section 2.4 */
const maxStreetLines = 3;
/** @see RFC 5321 section 4.5.3.1 */
const maxLocalPartOctets = 64;
const maxEmailOctets = 254;

/** @see RFC 5733 section 2.5: E.164, a country code of one to three digits, a dot, up to fourteen digits; then an extension */
const phonePattern = /^\+[1-9]\d{0,2}\.\d{1,14}(?:x\d{1,10})?$/;
/** @see RFC 5321 section 4.1.2: a dot-string; quoted strings are not taken */
const localPartPattern = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i;
// What would break a line, a terminal or an XML document.
// oxlint-disable-next-line no-control-regex -- control characters are meant
const unfit = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]/;

/**
 * Refuses details with 2003 where something is missing, 2005 where it is not in its form, 2306 where the country is none.
 * Undefined where all is well.
 */
export function checkContactDetails({
  postalInfo,
  familyName,
  voice,
  fax,
  email,
}: ContactDetails): Refusal | undefined {
  const { name, organization, street, city, stateOrProvince, postalCode, countryCode } = postalInfo;
  if (street.length === 0) return missing("a street");
  if (street.length > maxStreetLines)
    return refuse(EppCode.parameterSyntax, `a street has at most ${maxStreetLines} lines`);
  const lines: [string, string | undefined, boolean][] = [
    ["name", name, true],
    ["organization", organization, false],
    ...street.map((line): [string, string, boolean] => ["street", line, true]),
    ["city", city, true],
    ["state or province", stateOrProvince, false],
    ["postal code", postalCode, false],
  ];
  for (const [what, text, isRequired] of lines) {
    if (text === undefined) continue;
    if (text.trim() === "") {
      if (isRequired) return missing(`a ${what}`);
      return refuse(EppCode.parameterSyntax, `its ${what} is empty`);
    }
    const most = what === "postal code" ? maxPostalCodeCharacters : maxLineCharacters;
    if (text.length > most)
      return refuse(EppCode.parameterSyntax, `its ${what} has more than ${most} characters`);
    if (unfit.test(text)) return refuse(EppCode.parameterSyntax, `its ${what} holds a control character`);
  }
  if (familyName !== undefined && !name.endsWith(` ${familyName}`))
    return refuse(
      EppCode.parameterSyntax,
      `its name does not end with its family name "${clip(familyName)}"`,
    );
  if (!isCountryCode(countryCode)) {
    return refuse(
      EppCode.parameterPolicy,
      `its country code "${clip(countryCode)}" is none of ISO 3166-1: expected two capital letters such as DE`,
    );
  }
  return (
    checkPhone("telephone", voice) ??
    (fax === undefined ? undefined : checkPhone("fax", fax)) ??
    checkEmail(email)
  );
}

function checkPhone(what: string, text: string): Refusal | undefined {
  if (text === "") return missing(`a ${what} number`);
  return phonePattern.test(text)
    ? undefined
    : refuse(EppCode.parameterSyntax, `its ${what} number "${clip(text)}" is not of the form +49.3012345678`);
}

function checkEmail(text: string): Refusal | undefined {
  if (text === "") return missing("an e-mail address");
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  const isFine =
    text.length <= maxEmailOctets &&
    local.length <= maxLocalPartOctets &&
    localPartPattern.test(local) &&
    /^[a-z0-9.-]+$/i.test(domain) &&
    domain.split(".").every((label) => /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i.test(label)) &&
    Name.parse(domain).ok;
  return isFine
    ? undefined
    : refuse(
        EppCode.parameterSyntax,
        `its e-mail address "${clip(text)}" is not of the form ada@example.org`,
      );
}

function missing(what: string): Refusal {
  return refuse(EppCode.parameterMissing, `a contact has ${what}`);
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
