import { ApiError } from '../../api-error.ts';

/* What can be wrong with BGP speakers, in the types and texts of the Networking API (neutron-dynamic-routing extensions). */

export function speakerNotFound(id: string): ApiError {
  return new ApiError(404, 'BgpSpeakerNotFound', `BGP speaker ${id} could not be found.`);
}

export function peerNotFound(id: string): ApiError {
  return new ApiError(404, 'BgpPeerNotFound', `BGP peer ${id} could not be found.`);
}

export function peerNotAuthenticated(id: string): ApiError {
  return new ApiError(404, 'BgpPeerNotAuthenticated', `BGP peer ${id} not authenticated.`);
}

export function passwordRequired(): ApiError {
  return new ApiError(400, 'InvalidBgpPeerMd5Authentication', 'A password must be supplied when using auth_type md5.');
}

export function badSpeaker(reason: string): ApiError {
  return new ApiError(400, 'BadRequest', `Bad bgp-speaker request: ${reason}.`);
}

export function peerIpTwice(speaker: string, { id, ip }: { id: string; ip: string }): ApiError {
  return new ApiError(
    409,
    'DuplicateBgpPeerIpException',
    `BGP Speaker ${speaker} is already configured to peer with a BGP Peer at ${ip}, it cannot peer with BGP Peer ${id}.`,
  );
}

export function peerNotAssociated(speaker: string, peer: string): ApiError {
  return new ApiError(
    404,
    'BgpSpeakerPeerNotAssociated',
    `BGP peer ${peer} is not associated with BGP speaker ${speaker}.`,
  );
}

export function networkBound(speaker: string, network: string): ApiError {
  return new ApiError(
    409,
    'BgpSpeakerNetworkBindingError',
    `Network ${network} is already bound to BgpSpeaker ${speaker}.`,
  );
}

export function networkNotAssociated(speaker: string, network: string): ApiError {
  return new ApiError(
    404,
    'BgpSpeakerNetworkNotAssociated',
    `Network ${network} is not associated with BGP speaker ${speaker}.`,
  );
}

export function agentInvalid(id: string): ApiError {
  return new ApiError(404, 'DrAgentInvalid', `BgpDrAgent ${id} is invalid or has been disabled.`);
}

export function agentTaken(id: string): ApiError {
  return new ApiError(409, 'DrAgentAssociationError', `BgpDrAgent ${id} is already associated to a BGP speaker.`);
}

export function notHosting(agent: string, speaker: string): ApiError {
  return new ApiError(
    404,
    'DrAgentNotHostingBgpSpeaker',
    `BGP speaker ${speaker} is not hosted by the BgpDrAgent ${agent}.`,
  );
}
