import { ApiError } from '../../api-error.ts';
import type { Values } from '../../resource/definition.ts';
import { parseHostPrefix } from './host-prefix.ts';
import {
  hasPorts,
  ICMP,
  IPV6_ICMP,
  isOfIpv6Only,
  ofFamily,
  PROTOCOLS_WITH_PORTS,
  protocolNumber,
} from './protocols.ts';
import { type Ethertype, invalidPort } from './rule-types.ts';

/** What a rule says of packets, whoever gets it. */
export type RuleParts = Values & {
  id: string;
  direction: 'ingress' | 'egress';
  ethertype: Ethertype;
  protocol: string | null;
  protocol_number: number | null;
  port_range_min: number | null;
  port_range_max: number | null;
  remote_ip_prefix: string | null;
  remote_group_id: string | null;
  remote_address_group_id: string | null;
};

export type RuleValues = RuleParts & { project_id: string; security_group_id: string };

const ALL_PORTS = { first: 1, last: 65_535 };
const LARGEST_ICMP_VALUE = 255;

/** Brings a new rule into its one canonical form, and checks that its parts go together. Throws 400. */
export function settleRule(rule: RuleParts): void {
  if (rule.protocol !== null) rule.protocol = ofFamily(rule.protocol, rule.ethertype);
  rule.protocol_number = rule.protocol === null ? null : (protocolNumber(rule.protocol) ?? null);
  if (rule.port_range_min === ALL_PORTS.first && rule.port_range_max === ALL_PORTS.last) {
    rule.port_range_min = null;
    rule.port_range_max = null;
  }
  checkPorts(rule);
  checkFamily(rule);
  const remotes = [rule.remote_ip_prefix, rule.remote_group_id, rule.remote_address_group_id];
  if (remotes.filter((remote) => remote !== null).length > 1) {
    throw new ApiError(
      400,
      'SecurityGroupMultipleRemoteEntites',
      'Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.',
    );
  }
}

function checkPorts({ protocol_number: protocol, port_range_min: min, port_range_max: max }: RuleParts): void {
  if (min === null && max === null) return;
  if (protocol === null) {
    throw new ApiError(
      400,
      'SecurityGroupProtocolRequiredWithPorts',
      'Must also specify protocol if port range is given.',
    );
  }
  if (hasPorts(protocol)) {
    if (min === 0 || max === 0) throw invalidPort(0);
    if (min !== null && max !== null && min <= max) return;
    throw new ApiError(
      400,
      'SecurityGroupInvalidPortRange',
      'For TCP/UDP protocols, port_range_min must be <= port_range_max',
    );
  }
  if (protocol === ICMP || protocol === IPV6_ICMP) {
    checkIcmp(min, max);
    return;
  }
  const known = PROTOCOLS_WITH_PORTS.map((name) => name.toUpperCase()).join(', ');
  throw new ApiError(
    400,
    'SecurityGroupInvalidProtocolForPort',
    `Ports cannot be specified for protocol ${protocol}. Ports are only supported for ${known}.`,
  );
}

function checkIcmp(type: number | null, code: number | null): void {
  checkIcmpValue('type (port_range_min)', type);
  checkIcmpValue('code (port_range_max)', code);
  if (type === null) {
    throw new ApiError(
      400,
      'SecurityGroupMissingIcmpType',
      `ICMP code (port-range-max) ${code} is provided but ICMP type (port-range-min) is missing.`,
    );
  }
}

function checkIcmpValue(what: string, value: number | null): void {
  if (value === null || value <= LARGEST_ICMP_VALUE) return;
  throw new ApiError(
    400,
    'SecurityGroupInvalidIcmpValue',
    `Invalid value for ICMP ${what} ${value}. It must be 0 to ${LARGEST_ICMP_VALUE}.`,
  );
}

function checkFamily({ ethertype, remote_ip_prefix: prefix, protocol, protocol_number: number }: RuleParts): void {
  const family = prefix === null ? undefined : parseHostPrefix(prefix)?.address.family;
  if (family !== undefined && ethertype !== `IPv${family}`) {
    throw new ApiError(
      400,
      'SecurityGroupRuleParameterConflict',
      `Conflicting value ethertype ${ethertype} for CIDR ${prefix}`,
    );
  }
  if (ethertype === 'IPv4' && number !== null && isOfIpv6Only(number)) {
    throw new ApiError(
      400,
      'SecurityGroupEthertypeConflictWithProtocol',
      `Invalid ethertype ${ethertype} for protocol ${protocol}.`,
    );
  }
}
