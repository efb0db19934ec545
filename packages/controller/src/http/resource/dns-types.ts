import { pythonText } from './python-text.ts';
import { InvalidValue, invalidInput, text, type ValueType } from './value-types.ts';

const LONGEST = 255;
const LABEL = /^[a-z0-9-]{1,63}$/;

/** The name of a host without a domain (RFC 1123), in lower case; empty for none. */
export const dnsName: ValueType<string> = {
  schema: { type: 'string', maxLength: LONGEST },
  sql: 'text',
  parse(value) {
    const name = lowered(value);
    if (name.endsWith('.')) throw new InvalidValue(`'${name}' is a FQDN. It should be a relative domain name`);
    checkLabels(name);
    return name;
  },
  fromText: (value) => value.toLowerCase(),
};

/** A domain with its closing dot, in lower case; empty for none. */
export const dnsDomain: ValueType<string> = {
  schema: { type: 'string', maxLength: LONGEST },
  sql: 'text',
  parse(value) {
    const domain = lowered(value);
    if (domain !== '' && !domain.endsWith('.')) throw new InvalidValue(`'${pythonText(value)}' is not a FQDN`);
    checkLabels(domain);
    if (domain.length <= LONGEST - 2) return domain;
    throw new InvalidValue(
      `'${domain}' contains ${domain.length} characters. Adding a sub-domain will cause it to exceed the maximum length of a FQDN of '${LONGEST}'`,
    );
  },
  fromText: (value) => value.toLowerCase(),
};

function lowered(value: unknown): string {
  if (typeof value !== 'string') throw invalidInput(`Input value ${pythonText(value)} must be string type`);
  return text(LONGEST).parse(value).toLowerCase();
}

function checkLabels(name: string): void {
  if (name === '') return;
  const labels = name.replace(/\.$/, '').split('.');
  const fault = labels.map(labelFault).find((reason) => reason !== undefined) ?? topLevelFault(labels);
  if (fault !== undefined) throw new InvalidValue(`'${name}' not a valid PQDN or FQDN. Reason: ${fault}`);
}

function labelFault(label: string): string | undefined {
  if (label === '') return 'Encountered an empty component';
  if (label.startsWith('-') || label.endsWith('-')) return `Name '${label}' must not start or end with a hyphen`;
  if (LABEL.test(label)) return undefined;
  return `Name '${label}' must be 1-63 characters long, each of which can only be alphanumeric or a hyphen`;
}

function topLevelFault(labels: readonly string[]): string | undefined {
  const top = labels.at(-1) ?? '';
  return labels.length > 1 && /^\d+$/.test(top) ? `TLD '${top}' must not be all numeric` : undefined;
}
