import { dhcpServers } from './dhcp-servers.ts';
import type { Feature } from './feature.ts';
import { floods } from './floods.ts';
import { ports } from './ports.ts';
import { remotes } from './remotes.ts';
import { segments } from './segments.ts';
import { subnets } from './subnets.ts';

/** Every table of the host view, in the order in which rows are listed. */
export const FEATURES: readonly Feature[] = [segments, ports, remotes, floods, subnets, dhcpServers];
