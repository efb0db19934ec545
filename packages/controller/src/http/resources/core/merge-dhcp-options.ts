import type { GivenDhcpOption } from '../../resource/dhcp-options-type.ts';

/** DHCP options after a change: those given replace the ones of the same name and IP version, a null value takes one away. */
export function mergeDhcpOptions(
  old: readonly GivenDhcpOption[],
  given: readonly GivenDhcpOption[],
): readonly GivenDhcpOption[] {
  const options = new Map([...old, ...given].map((option) => [`${option.ip_version} ${option.opt_name}`, option]));
  return [...options.values()].filter((option) => option.opt_value !== null);
}
