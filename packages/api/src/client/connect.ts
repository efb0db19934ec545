import type { Credentials } from './credentials.ts';
import { type HttpClient, openHttpClient } from './http.ts';
import type {
  AddressGroupBody,
  EventBody,
  FirewallGroupBody,
  FirewallPolicyBody,
  FirewallRuleBody,
  FloatingIpBody,
  HostBody,
  LiveTraceBody,
  LogBody,
  LogEventsBody,
  NetworkBody,
  PlanBody,
  PlannedChange,
  PlanRefusal,
  PortBody,
  RealizationBody,
  RouterBody,
  RuleHitsBody,
  SecurityGroupBody,
  SecurityGroupRuleBody,
  StatusBody,
  SubnetBody,
  TraceBody,
  TraceQuery,
} from './resources.ts';

type Filters = Readonly<Record<string, string>>;

/** The usual five requests on one kind of resource; `id` is a UUID, or a host's name. */
export interface Collection<Body> {
  list(filters?: Filters): Promise<Body[]>;
  get(id: string): Promise<Body>;
  create(attributes: object): Promise<Body>;
  /** All or none. */
  createMany(attributes: readonly object[]): Promise<Body[]>;
  update(id: string, attributes: object): Promise<Body>;
  remove(id: string): Promise<void>;
}

/** A logged-in client of one controller. Errors are CodedErrors of CLIENT_ERRORS. */
export interface NetloomClient {
  readonly networkUrl: string;
  readonly networks: Collection<NetworkBody>;
  readonly subnets: Collection<SubnetBody>;
  readonly ports: Collection<PortBody>;
  readonly routers: Collection<RouterBody>;
  readonly floatingIps: Collection<FloatingIpBody>;
  readonly securityGroups: Collection<SecurityGroupBody>;
  readonly securityGroupRules: Collection<SecurityGroupRuleBody>;
  readonly addressGroups: Collection<AddressGroupBody>;
  readonly firewallRules: Collection<FirewallRuleBody>;
  readonly firewallPolicies: Collection<FirewallPolicyBody>;
  readonly firewallGroups: Collection<FirewallGroupBody>;
  readonly logs: Collection<LogBody>;
  readonly hosts: Collection<HostBody>;
  /** Highest revision that a write of this client was answered with; 0 before the first. */
  readonly revision: number;
  /** State of a revision (this client's last write by default, the newest there is before its first), asked until it is no longer pending or `waitSeconds` are over. */
  realization(options?: { revision?: number; waitSeconds?: number; signal?: AbortSignal }): Promise<RealizationBody>;
  statuses(filters?: Filters): Promise<StatusBody[]>;
  events(filters?: Filters): Promise<EventBody[]>;
  /** Filters: "since" (`next` of an answer before), "limit". */
  logEvents(log: string, filters?: Filters): Promise<LogEventsBody>;
  /** Filters: "security_group" (id or name), "port" (id). */
  ruleHits(filters?: Filters): Promise<RuleHitsBody>;
  trace(query: TraceQuery): Promise<TraceBody>;
  /** The same, and sends the packet: its receiver really gets it. */
  liveTrace(query: TraceQuery): Promise<LiveTraceBody>;
  /** What changes would do; nothing is changed. */
  plan(changes: readonly PlannedChange[]): Promise<PlanBody | PlanRefusal>;
  /** Joins a router with a subnet by its gateway address, or by a port made before. */
  joinRouter(id: string, way: { readonly subnet_id: string } | { readonly port_id: string }): Promise<void>;
  /** Makes the agent of a host the one for a router that no other has; `agent` is its id. */
  giveRouter(agent: string, router: string): Promise<void>;
  takeRouter(agent: string, router: string): Promise<void>;
  /** Objects of any kind, by its path under /v2.0 and its key in lists. */
  find(path: string, plural: string, filters: Filters): Promise<{ readonly id: string; readonly name?: string }[]>;
}

/** Longest wait that one request asks of the controller, in seconds. */
const LONG_POLL_SECONDS = 20;

/** Logs in and gives a client. Throws API_LOGIN or API_UNREACHABLE. */
export async function connect(credentials: Credentials, signal?: AbortSignal): Promise<NetloomClient> {
  const http = await openHttpClient(credentials, signal);
  let highest = 0;
  const send = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    waitSignal?: AbortSignal,
  ) => {
    const answer = await http.request({ method, path, body, signal: waitSignal });
    highest = Math.max(highest, answer.revision ?? 0);
    return answer.body as Record<string, unknown>;
  };
  const collection = <Body>(path: string, singular: string, plural: string): Collection<Body> => ({
    list: async (filters = {}) => (await send('GET', `${path}${queryOf(filters)}`))[plural] as Body[],
    get: async (id) => (await send('GET', `${path}/${id}`))[singular] as Body,
    create: async (attributes) => (await send('POST', path, { [singular]: attributes }))[singular] as Body,
    createMany: async (attributes) => (await send('POST', path, { [plural]: attributes }))[plural] as Body[],
    update: async (id, attributes) =>
      (await send('PUT', `${path}/${id}`, { [singular]: attributes }))[singular] as Body,
    remove: async (id) => void (await send('DELETE', `${path}/${id}`)),
  });
  return {
    networkUrl: http.networkUrl,
    networks: collection('/v2.0/networks', 'network', 'networks'),
    subnets: collection('/v2.0/subnets', 'subnet', 'subnets'),
    ports: collection('/v2.0/ports', 'port', 'ports'),
    routers: collection('/v2.0/routers', 'router', 'routers'),
    floatingIps: collection('/v2.0/floatingips', 'floatingip', 'floatingips'),
    securityGroups: collection('/v2.0/security-groups', 'security_group', 'security_groups'),
    securityGroupRules: collection('/v2.0/security-group-rules', 'security_group_rule', 'security_group_rules'),
    addressGroups: collection('/v2.0/address-groups', 'address_group', 'address_groups'),
    firewallRules: collection('/v2.0/fwaas/firewall_rules', 'firewall_rule', 'firewall_rules'),
    firewallPolicies: collection('/v2.0/fwaas/firewall_policies', 'firewall_policy', 'firewall_policies'),
    firewallGroups: collection('/v2.0/fwaas/firewall_groups', 'firewall_group', 'firewall_groups'),
    logs: collection('/v2.0/log/logs', 'log', 'logs'),
    hosts: collection('/v2.0/netloom/hosts', 'host', 'hosts'),
    get revision() {
      return highest;
    },
    realization: (options = {}) =>
      awaitRealization(http, { ...(highest === 0 ? {} : { revision: highest }), waitSeconds: 0, ...options }),
    statuses: async (filters = {}) =>
      (await send('GET', `/v2.0/netloom/statuses${queryOf(filters)}`))['statuses'] as StatusBody[],
    events: async (filters = {}) =>
      (await send('GET', `/v2.0/netloom/events${queryOf(filters)}`))['events'] as EventBody[],
    logEvents: async (log, filters = {}) =>
      (await send('GET', `/v2.0/netloom/logs/${log}/events${queryOf(filters)}`)) as unknown as LogEventsBody,
    ruleHits: async (filters = {}) =>
      (await send('GET', `/v2.0/netloom/rules/hits${queryOf(filters)}`)) as unknown as RuleHitsBody,
    plan: async (changes) => {
      const path = '/v2.0/netloom/plan';
      const { status, body } = await http.request({
        method: 'POST',
        path,
        body: { plan: { changes } },
        takesRefusal: true,
      });
      return status === 200 ? (body as { plan: PlanBody }).plan : refusalIn(status, body);
    },
    joinRouter: async (id, way) => void (await send('PUT', `/v2.0/routers/${id}/add_router_interface`, way)),
    giveRouter: async (agent, router) =>
      void (await send('POST', `/v2.0/agents/${agent}/l3-routers`, { router_id: router })),
    takeRouter: async (agent, router) => void (await send('DELETE', `/v2.0/agents/${agent}/l3-routers/${router}`)),
    find: async (path, plural, filters) =>
      (await send('GET', `/v2.0/${path}${queryOf(filters)}`))[plural] as { id: string; name?: string }[],
    trace: async (query) => (await send('GET', `/v2.0/netloom/trace${queryOf({ ...query })}`))['trace'] as TraceBody,
    liveTrace: async (query) =>
      (await send('POST', '/v2.0/netloom/trace/live', { trace: query })) as unknown as LiveTraceBody,
  };
}

function refusalIn(status: number, body: unknown): PlanRefusal {
  const { NeutronError: error, change } = (body ?? {}) as {
    NeutronError?: { type: string; message: string };
    change?: number;
  };
  return { change: change ?? null, status, type: error?.type ?? '', message: error?.message ?? '' };
}

async function awaitRealization(
  http: HttpClient,
  options: { revision?: number; waitSeconds: number; signal?: AbortSignal },
): Promise<RealizationBody> {
  const deadline = Date.now() + options.waitSeconds * 1000;
  let { revision } = options;
  for (;;) {
    const wait = Math.min(LONG_POLL_SECONDS, Math.max(0, Math.ceil((deadline - Date.now()) / 1000)));
    const path = `/v2.0/netloom/realization${queryOf({ revision, wait })}`;
    const { body } = await http.request({ method: 'GET', path, signal: options.signal });
    const realization = (body as { realization: RealizationBody }).realization;
    // What was the newest stays the question, however much others write meanwhile.
    revision = realization.revision;
    if (realization.state !== 'pending' || Date.now() >= deadline) return realization;
  }
}

function queryOf(values: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
