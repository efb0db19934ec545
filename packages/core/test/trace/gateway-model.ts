import { type Model, weave } from '@netloom/core/compile/weave';
import { GATEWAY_OWNER, type Port } from '@netloom/core/model/port';
import type { RouterGateway } from '@netloom/core/model/router';
import type { TraceQuestion } from '@netloom/core/trace/question';
import { type Trace, trace } from '@netloom/core/trace/trace';
import { loomWorld } from '@netloom/core/trace/world';
import {
  EMPTY_MODEL,
  floatingIp,
  group,
  port as guardedPort,
  host,
  network,
  router,
  rule,
  subnet,
} from '../compile/objects.ts';

let lastMac = 0;
export const port: typeof guardedPort = (id, of, fields) => {
  const mac = `fa:16:3e:00:01:${(++lastMac).toString(16).padStart(2, '0')}`;
  return guardedPort(id, of, { mac, portSecurity: false, subnetId: `${of}4`, ...fields });
};
export const leg = (id: string, of: string, fields: Partial<Port> & { readonly ip?: string }): Port =>
  port(id, of, { deviceOwner: 'network:router_interface', ...fields });
const both = (of: string, v4: string, v6: string) => [
  { subnetId: `${of}4`, ip: v4 },
  { subnetId: `${of}6`, ip: v6 },
];
const slaac = { ipv6RaMode: 'slaac', ipv6AddressMode: 'slaac' } as const;
export const OWN = '203.0.113.5';
export const OUT = '203.0.113.9';

/**
 * r1 joins "web" and has its gateway on h1, r2 joins "twin", of the same addresses, and has its own on h2; "x" is outside, where "out" is on
 * h3 and knows how to get to "web" without floating IPs.
 */
export const MODEL: Model = {
  ...EMPTY_MODEL,
  hosts: [host('h1', '192.0.2.1'), host('h2', '192.0.2.2'), host('h3', '192.0.2.3')],
  networks: ['web', 'twin', 'x'].map((id, i) => network(id, { vni: 5001 + i })),
  subnets: [
    subnet('web4', 'web', { cidr: '10.0.0.0/24', gatewayIp: '10.0.0.1' }),
    subnet('web6', 'web', { cidr: 'fd00:1::/64', gatewayIp: 'fd00:1::1', ...slaac }),
    subnet('twin4', 'twin', { cidr: '10.0.0.0/24', gatewayIp: '10.0.0.1' }),
    subnet('x4', 'x', {
      ...{ cidr: '203.0.113.0/24', gatewayIp: '203.0.113.1' },
      hostRoutes: [{ destination: '10.0.0.0/24', nexthop: OWN }],
    }),
    subnet('x6', 'x', { cidr: 'fd00:9::/64', gatewayIp: 'fd00:9::5', ...slaac }),
  ],
  ports: [
    port('web-1', 'web', { host: 'h1', fixedIps: both('web', '10.0.0.11', 'fd00:1::11') }),
    port('web-2', 'web', { host: 'h2', fixedIps: both('web', '10.0.0.12', 'fd00:1::12') }),
    port('web-3', 'web', { host: 'h2', ip: '10.0.0.13' }),
    port('web-4', 'web', { host: 'h1', ip: '10.0.0.14' }),
    port('twin-1', 'twin', { host: 'h1', ip: '10.0.0.11' }),
    port('out', 'x', { host: 'h3', fixedIps: both('x', OUT, 'fd00:9::9') }),
    leg('r1-web', 'web', { deviceId: 'r1', ip: '10.0.0.1' }),
    leg('r1-web6', 'web', { deviceId: 'r1', fixedIps: [{ subnetId: 'web6', ip: 'fd00:1::1' }] }),
    leg('r2-twin', 'twin', { deviceId: 'r2', ip: '10.0.0.1' }),
    port('r1-x', 'x', { deviceOwner: GATEWAY_OWNER, deviceId: 'r1', fixedIps: both('x', OWN, 'fd00:9::5') }),
    port('r2-x', 'x', { deviceOwner: GATEWAY_OWNER, deviceId: 'r2', ip: '203.0.113.6' }),
  ],
  routers: [
    router('r1', { gateway: { port: 'r1-x', host: 'h1', snat: true } }),
    router('r2', { gateway: { port: 'r2-x', host: 'h2', snat: true } }),
  ],
  floatingIps: [
    floatingIp('f1', { address: '203.0.113.11', routerId: 'r1', fixedAddress: '10.0.0.11' }),
    floatingIp('f2', { address: '203.0.113.12', routerId: 'r1', fixedAddress: '10.0.0.12' }),
    floatingIp('f3', { address: '203.0.113.21', routerId: 'r2', fixedAddress: '10.0.0.11' }),
    floatingIp('empty', { address: '203.0.113.22', routerId: 'r1', fixedAddress: '10.0.0.77' }),
    floatingIp('loose', { address: '203.0.113.30' }),
  ],
};

export function ask(
  from: string,
  to: string,
  changes: Partial<Model> = {},
  question: Partial<TraceQuestion> = {},
): Trace {
  return trace({ from, to, protocol: 'tcp', port: 80, ...question }, loomWorld(weave({ ...MODEL, ...changes })));
}

export function brief({ verdict, reason }: Trace): string {
  return reason === null ? verdict : `${verdict} ${reason.way} ${reason.code}`;
}

export function road({ steps }: Trace): string[] {
  return steps.map(({ way, host: at, what, row }) => `${way} ${at} ${what} ${row.table}/${row.id}`);
}

export function texts({ steps }: Trace, what: string): string[] {
  return steps.filter((step) => step.what === what).map(({ way, text }) => `${way}: ${text}`);
}

export const gateway = (id: string, fields: Partial<RouterGateway>): Partial<Model> => ({
  routers: MODEL.routers.map((each) =>
    each.id === id && each.gateway ? { ...each, gateway: { ...each.gateway, ...fields } } : each,
  ),
});
export const changedPort = (id: string, fields: Partial<Port>): Partial<Model> => ({
  ports: MODEL.ports.map((each) => (each.id === id ? { ...each, ...fields } : each)),
});
export const without = (id: string): Partial<Model> => ({ ports: MODEL.ports.filter((each) => each.id !== id) });

/** The port lets out all, and in what comes from a prefix alone. */
export const onlyFrom = (id: string, prefix: string): Partial<Model> => ({
  ...changedPort(id, { portSecurity: true, securityGroups: ['g'] }),
  securityGroups: [group('g')],
  securityGroupRules: [
    rule('in', 'g', { direction: 'ingress', remote: { kind: 'prefix', prefix } }),
    rule('out', 'g', { direction: 'egress' }),
  ],
});
/** The port lets in all, and out what goes to a prefix alone. */
export const onlyTo = (id: string, prefix: string): Partial<Model> => ({
  ...onlyFrom(id, '0.0.0.0/0'),
  securityGroupRules: [
    rule('in', 'g', { direction: 'ingress' }),
    rule('out', 'g', { direction: 'egress', remote: { kind: 'prefix', prefix } }),
  ],
});
