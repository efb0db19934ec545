/** An object that a client of the storm made, as far as answers tell. */
export interface Tracked {
  /** Table and path: "ports"; the path has "-" for "_". */
  readonly table:
    | 'ports'
    | 'networks'
    | 'subnets'
    | 'security_groups'
    | 'security_group_rules'
    | 'routers'
    | 'floatingips';
  readonly id: string;
  /** The object it goes away with. */
  readonly parent: Tracked | undefined;
  /** "unsure": the answer to its deletion was cut off. */
  state: 'there' | 'gone' | 'unsure';
  /** Names it may have: several while answers to changes were cut off. */
  names: string[];
  /** Its addresses; undefined while an answer that would tell was cut off. */
  addresses: readonly string[] | undefined;
}

/** What one client works with. */
export interface Hand {
  /** For names: its own, and different every time. */
  readonly name: string;
  readonly networks: readonly string[];
  /** The external network. */
  readonly outside: string;
  readonly hosts: readonly string[];
  /** What it made and did not delete. */
  readonly mine: Tracked[];
  /** A request to any controller. Undefined when the answer was cut off: it may have been done or not. */
  send(method: string, path: string, body?: object): Promise<Reply | undefined>;
  keep(one: Tracked): void;
}

export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export function pathOf({ table, id }: Tracked): string {
  return `/v2.0/${table.replaceAll('_', '-')}/${id}`;
}

export function pick<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(Math.random() * list.length)];
}
