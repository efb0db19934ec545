import { agentsHosting, hostedByAgent } from '../agents/hosting.ts';
import type { Feature } from '../feature.ts';
import { speakerHosting } from './agent-scheduler.ts';
import { bgpPeers } from './bgp-peers.ts';
import { bgpSpeakers } from './bgp-speakers.ts';

/** BGP speakers, their peers, and the agents they run on, as the API keeps them; nobody announces their routes yet. */
export const dynamicRouting: Feature = {
  extensions: [
    {
      name: 'Neutron BGP Dynamic Routing Extension',
      alias: 'bgp',
      description: 'Discover and advertise routes for Neutron prefixes dynamically via BGP',
      updated: '2016-05-10T15:37:00-00:00',
    },
    {
      name: 'BGP 4-byte AS numbers',
      alias: 'bgp_4byte_asn',
      description: 'Support bgp 4-byte AS number',
      updated: '2017-09-07T00:00:00-00:00',
    },
    {
      name: 'BGP Dynamic Routing Agent Scheduler',
      alias: 'bgp_dragent_scheduler',
      description: 'Schedules BgpSpeakers on BgpDrAgent',
      updated: '2015-07-30T10:00:00-00:00',
    },
  ],
  resources: (base) => [bgpSpeakers(base), bgpPeers],
  mixins: (base) => ({
    agent: { actions: hostedByAgent(base, speakerHosting) },
    bgp_speaker: { actions: [agentsHosting(base, speakerHosting)] },
  }),
};
