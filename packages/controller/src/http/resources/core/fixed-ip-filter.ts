import { canonicalAddress } from '@netloom/core/net/address';
import type { Bind } from '../../resource/definition.ts';
import { pythonText } from '../../resource/python-text.ts';
import { canonicalUuid, invalidInput } from '../../resource/value-types.ts';

/** The filter "fixed_ips=ip_address=192.0.2.7": one address of the port fits every key given, by any of the key's values. */
export function fixedIpFilter(values: readonly string[], bind: Bind): string {
  const wanted = new Map<string, string[]>();
  for (const value of values) {
    const [, key = '', text = ''] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/s.exec(value) ?? [];
    if (key === '') throw invalidInput(`'${pythonText(value)}' is not of the form <key>=[value]`);
    if (KEYS[key] === undefined) throw invalidInput(`'${pythonText(key)}' is not a key of fixed_ips`);
    wanted.set(key, [...(wanted.get(key) ?? []), text]);
  }
  const conditions = [...wanted].map(([key, texts]) => KEYS[key]?.(texts, bind));
  return `t.id IN (SELECT a.port_id FROM ip_allocations a WHERE ${conditions.join(' AND ')})`;
}

const KEYS: Readonly<Record<string, (texts: readonly string[], bind: Bind) => string>> = {
  ip_address: (texts, bind) => `a.ip_address = ANY(${bind(texts.map(canonicalAddress).filter(isText))}::inet[])`,
  subnet_id: (texts, bind) => `a.subnet_id = ANY(${bind(texts.map(canonicalUuid).filter(isText))}::uuid[])`,
  ip_address_substr: (texts, bind) => `host(a.ip_address) LIKE ANY(${bind(texts.map(containing))}::text[])`,
};

function isText(text: string | undefined): text is string {
  return text !== undefined;
}

function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
