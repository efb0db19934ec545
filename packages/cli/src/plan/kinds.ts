/** What plans can be about: where the API has it, and its key in lists. */
export const KINDS = {
  network: { path: 'networks', plural: 'networks' },
  subnet: { path: 'subnets', plural: 'subnets' },
  port: { path: 'ports', plural: 'ports' },
  security_group: { path: 'security-groups', plural: 'security_groups' },
  security_group_rule: { path: 'security-group-rules', plural: 'security_group_rules' },
  address_group: { path: 'address-groups', plural: 'address_groups' },
  router: { path: 'routers', plural: 'routers' },
  firewall_group: { path: 'fwaas/firewall_groups', plural: 'firewall_groups' },
  firewall_policy: { path: 'fwaas/firewall_policies', plural: 'firewall_policies' },
  firewall_rule: { path: 'fwaas/firewall_rules', plural: 'firewall_rules' },
} as const;

export type Kind = keyof typeof KINDS;

/** Attributes that name other objects: the API's own name for them, and the kind of what they name. */
const REFERENCES: Readonly<Record<string, readonly [attribute: string, kind: Kind]>> = {
  network: ['network_id', 'network'],
  subnet: ['subnet_id', 'subnet'],
  security_group: ['security_group_id', 'security_group'],
  security_groups: ['security_groups', 'security_group'],
  remote_group: ['remote_group_id', 'security_group'],
  remote_address_group: ['remote_address_group_id', 'address_group'],
  router: ['router_id', 'router'],
  ingress_firewall_policy: ['ingress_firewall_policy_id', 'firewall_policy'],
  egress_firewall_policy: ['egress_firewall_policy_id', 'firewall_policy'],
  firewall_rules: ['firewall_rules', 'firewall_rule'],
  ports: ['ports', 'port'],
};

const BY_API_NAME = new Map(Object.values(REFERENCES).map((reference) => [reference[0], reference] as const));

/** Undefined for an attribute that names no other object. */
export function referenceOf(attribute: string): readonly [attribute: string, kind: Kind] | undefined {
  return REFERENCES[attribute] ?? BY_API_NAME.get(attribute);
}

/** Shorter words for attributes of the API. */
export const SHORT: Readonly<Record<string, string>> = {
  remote_prefix: 'remote_ip_prefix',
  icmp_type: 'port_range_min',
  icmp_code: 'port_range_max',
  host: 'binding:host_id',
};
