/** One prefix of an address group. Id: "group/prefix", with the prefix in the database's own spelling. */
export interface AddressGroupEntry {
  readonly id: string;
  readonly groupId: string;
  /** Canonical prefix. */
  readonly prefix: string;
}
