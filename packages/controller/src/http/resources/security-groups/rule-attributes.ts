import type { Attribute } from '../../resource/definition.ts';
import { choice, integer } from '../../resource/value-types.ts';
import { remotePrefix, ruleEthertype, rulePort, ruleProtocol } from './rule-types.ts';

const HIGHEST_PROTOCOL = 255;

/** What a rule lets through, but for the groups that it names. */
export const RULE_ATTRIBUTES = {
  ethertype: { type: ruleEthertype, create: true, default: 'IPv4', filter: true, sort: true },
  direction: { type: choice('ingress', 'egress'), create: true, required: true, filter: true, sort: true },
  protocol: { type: ruleProtocol, create: true, default: null, filter: true, sort: true },
  protocol_number: { type: integer(0, HIGHEST_PROTOCOL), seen: 'never' },
  port_range_min: { type: rulePort, create: true, default: null, filter: true, sort: true },
  port_range_max: { type: rulePort, create: true, default: null, filter: true, sort: true },
  remote_ip_prefix: {
    type: remotePrefix,
    create: true,
    default: null,
    select: 't.remote_ip_prefix::text',
    filter: true,
    sort: true,
  },
} as const satisfies Record<string, Attribute>;
