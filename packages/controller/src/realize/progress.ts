/** Revisions that touched a host and that it has not confirmed: it is behind for `first` and later until it confirms `last`. */
interface Gap {
  readonly first: number;
  readonly last: number;
}

/** Which hosts still have to follow which revisions. */
export interface Progress {
  /** The view of these hosts changed at a revision. */
  touch(hosts: readonly string[], revision: number): void;
  /** Somewhere from `first` to `last` the view of this host may have changed. */
  doubt(host: string, gap: Gap): void;
  /** Everything up to the revision that touches the host is applied there. */
  confirm(host: string, revision: number): void;
  forget(host: string): void;
  isBehind(host: string): boolean;
  /** Hosts that have something of revision `revision` or before still to apply. */
  behind(revision: number): string[];
  /** Hosts that this very revision touched; undefined when it is too long ago to know. */
  touchedBy(revision: number): readonly string[] | undefined;
}

/** Beyond this many gaps of one host the newest are merged, which only makes it count as behind a little longer. */
const MAX_GAPS = 32;
const MAX_HISTORY = 4096;

export function makeProgress(start: number): Progress {
  const gaps = new Map<string, Gap[]>();
  const history = new Map<number, readonly string[]>();
  let oldest = start;

  const add = (host: string, gap: Gap) => {
    const list = gaps.get(host);
    if (list === undefined) gaps.set(host, [gap]);
    else if (list.length < MAX_GAPS) list.push(gap);
    else list[list.length - 1] = { first: list.at(-1)?.first ?? gap.first, last: gap.last };
  };

  return {
    touch(hosts, revision) {
      for (const host of hosts) add(host, { first: revision, last: revision });
      history.set(revision, hosts);
      if (history.size <= MAX_HISTORY) return;
      for (const [dropped] of history) {
        history.delete(dropped);
        oldest = dropped;
        break;
      }
    },
    doubt: add,
    confirm(host, revision) {
      const left = gaps.get(host)?.filter(({ last }) => last > revision);
      if (left === undefined || left.length === 0) gaps.delete(host);
      else gaps.set(host, left);
    },
    forget: (host) => void gaps.delete(host),
    isBehind: (host) => gaps.has(host),
    behind: (revision) =>
      [...gaps].filter(([, list]) => list.some(({ first }) => first <= revision)).map(([host]) => host),
    touchedBy: (revision) => (revision <= oldest ? undefined : (history.get(revision) ?? [])),
  };
}
