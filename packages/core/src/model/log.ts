/** Somebody wants to know what security groups let through or drop at ports. */
export interface Log {
  readonly id: string;
  readonly projectId: string;
  readonly enabled: boolean;
  readonly event: 'ACCEPT' | 'DROP' | 'ALL';
  /** The security group that it is about: ports that have it, and what its rules let through; null for every group. */
  readonly groupId: string | null;
  /** The only port that it is about. With neither port nor group it is about all ports of its project. */
  readonly portId: string | null;
}
