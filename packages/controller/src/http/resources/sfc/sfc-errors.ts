import { ApiError } from '../../api-error.ts';
import { literal, pythonText } from '../../resource/python-text.ts';

/* What can be wrong with service function chains, in the types and texts of the Networking API (networking-sfc extensions). */

export function classifierNotFound(id: string): ApiError {
  return new ApiError(404, 'FlowClassifierNotFound', `Flow Classifier ${id} not found.`);
}

export function classifierPortNotFound(id: string): ApiError {
  return new ApiError(404, 'FlowClassifierPortNotFound', `Flow Classifier Neutron Port ${id} not found.`);
}

export function classifierInUse(id: string): ApiError {
  return new ApiError(409, 'FlowClassifierInUse', `Flow Classifier ${id} in use.`);
}

export function classifierConflict(other: string): ApiError {
  return new ApiError(
    400,
    'FlowClassifierInConflict',
    `Flow Classifier conflicts with another Flow Classifier ${other}.`,
  );
}

export function invalidPortRange(min: number, max: number): ApiError {
  return new ApiError(
    400,
    'FlowClassifierInvalidPortRange',
    `Invalid IP protocol port range. min_port_range=${min} must be lesser or equal to max_port_range=${max}.`,
  );
}

export function invalidPort(port: unknown): ApiError {
  return new ApiError(
    400,
    'FlowClassifierInvalidPortValue',
    `Flow Classifier has invalid port value ${pythonText(port)}.`,
  );
}

export function invalidProtocol(protocol: unknown, known: readonly string[]): ApiError {
  return new ApiError(
    400,
    'FlowClassifierInvalidProtocol',
    `Flow Classifier does not support protocol ${pythonText(protocol)}. Supported protocol values are ${literal(known)}.`,
  );
}

export function invalidEthertype(ethertype: unknown, known: readonly string[]): ApiError {
  return new ApiError(
    400,
    'FlowClassifierInvalidEthertype',
    `Flow Classifier does not support ethertype ${pythonText(ethertype)}. Supported ethertype values are ${literal(known)}.`,
  );
}

export function protocolRequired(): ApiError {
  return new ApiError(
    400,
    'FlowClassifierProtocolRequiredWithPorts',
    'IP protocol must be TCP or UDP, if port range is given.',
  );
}

export function prefixConflict(prefix: string, ethertype: string): ApiError {
  return new ApiError(
    400,
    'FlowClassifierIpPrefixFormatConflictWithEthertype',
    `IP prefix ${prefix} format conflicts with ethertype ${ethertype}.`,
  );
}

export function invalidL7Parameter(key: string): ApiError {
  return new ApiError(
    400,
    'FlowClassifierInvalidL7Parameter',
    `Invalid Flow Classifier parameters: Unknown key ${pythonText(key)}.. Supported flow classifier parameters are {}.`,
  );
}

export function pairNotFound(id: string): ApiError {
  return new ApiError(404, 'PortPairNotFound', `Port Pair ${id} not found.`);
}

export function pairPortNotFound(id: string): ApiError {
  return new ApiError(404, 'PortPairPortNotFound', `Port Pair port ${id} not found.`);
}

export function pairInUse(id: string): ApiError {
  return new ApiError(409, 'PortPairInUse', `Port Pair ${id} in use.`);
}

/** Ids of ports. */
export interface PairPorts {
  readonly ingress: string;
  readonly egress: string;
}

export function pairPortsInUse({ ingress, egress }: PairPorts, other: string): ApiError {
  return new ApiError(
    400,
    'PortPairIngressEgressInUse',
    `Port Pair with ingress port ${ingress} and egress port ${egress} is already used by another Port Pair ${other}.`,
  );
}

export function ingressNoHost(ingress: string): ApiError {
  return new ApiError(400, 'PortPairIngressNoHost', `Port Pair ingress port ${ingress} does not belong to a host.`);
}

export function egressNoHost(egress: string): ApiError {
  return new ApiError(400, 'PortPairEgressNoHost', `Port Pair egress port ${egress} does not belong to a host.`);
}

export function differentHosts({ ingress, egress }: PairPorts): ApiError {
  return new ApiError(
    400,
    'PortPairIngressEgressDifferentHost',
    `Port Pair ingress port ${ingress} and egress port ${egress} not in the same host.`,
  );
}

export function groupNotFound(id: string): ApiError {
  return new ApiError(404, 'PortPairGroupNotFound', `Port Pair Group ${id} not found.`);
}

export function groupInUse(id: string): ApiError {
  return new ApiError(409, 'PortPairGroupInUse', `Port Pair Group ${id} in use.`);
}

export function inconsistentPairs(): ApiError {
  return new ApiError(
    400,
    'InconsistentCorrelations',
    'Port Pair Group attempted creation included Port Pairs with inconsistent correlation types.',
  );
}

export function onePairPerTap(): ApiError {
  return new ApiError(
    400,
    'MultiplePortPairsInTapPPGNotSupported',
    'Multiple port pairs in Tap port-pair-group is not allowed.',
  );
}

export function chainNotFound(id: string): ApiError {
  return new ApiError(404, 'PortChainNotFound', `Port Chain ${id} not found.`);
}

export function noGroups(): ApiError {
  return new ApiError(400, 'PortPairGroupNotSpecified', 'Port Pair Group is not specified in Port Chain.');
}

export function consecutiveTaps(): ApiError {
  return new ApiError(400, 'ConsecutiveTapPPGNotSupported', 'Consecutive Tap PPG in port-chain is not supported now.');
}

export function sameGroups(groups: readonly string[], other: string): ApiError {
  return new ApiError(
    409,
    'InvalidPortPairGroups',
    `Port Pair Group(s) ${literal(groups)} in use by Port Chain ${other}.`,
  );
}

export function inconsistentGroup(group: string): ApiError {
  return new ApiError(
    400,
    'PortChainInconsistentCorrelations',
    `Port Chain attempted creation included a Port Pair Group (${group}) with a different protocol used as correlation type.`,
  );
}

export function chainClassifierConflict({
  own,
  other,
  chain,
}: {
  own: string;
  other: string;
  chain: string;
}): ApiError {
  return new ApiError(
    400,
    'PortChainFlowClassifierInConflict',
    `Flow Classifier ${own} conflicts with Flow Classifier ${other} in port chain ${chain}.`,
  );
}

export function chainIdConflict(chainId: string, other: string): ApiError {
  return new ApiError(
    400,
    'PortChainChainIdInConflict',
    `Chain id ${chainId} conflicts with Chain id in port chain ${other}.`,
  );
}

export function noChainId(): ApiError {
  return new ApiError(400, 'PortChainUnavailableChainId', 'Port Chain no available chain id.');
}

export function chainInGraph(id: string): ApiError {
  return new ApiError(409, 'ServiceGraphPortChainInUse', `Port Chain ${id} in use.`);
}

export function graphNotFound(id: string): ApiError {
  return new ApiError(404, 'ServiceGraphNotFound', `Service Graph ${id} not found.`);
}

export function chainsInGraph(chains: unknown): ApiError {
  return new ApiError(
    409,
    'ServiceGraphInvalidPortChains',
    `Some of the Port Chain(s): ${literal(chains)}, are already in use by a Service Graph.`,
  );
}

export function invalidGraphUuid(what: string): ApiError {
  return new ApiError(
    400,
    'InvalidUUID',
    `An invalid UUID was specified: ${what}. Make sure only valid UUIDs are provided.`,
  );
}

export function graphLoop(): ApiError {
  return new ApiError(400, 'ServiceGraphLoopDetected', 'Service Graph defined contains at least one port chain loop.');
}

export function mixedEncapsulation(): ApiError {
  return new ApiError(
    400,
    'ServiceGraphInconsistentEncapsulation',
    'Service Graph may only connect port-chains sharing the same correlation.',
  );
}

export function impossibleBranching(): ApiError {
  return new ApiError(
    400,
    'ServiceGraphImpossibleBranching',
    'Service Graphs require source (branching) and destination port pair groups (their PPs) to have correlation enabled.',
  );
}

export function branchClassifierConflict(one: string, other: string): ApiError {
  return new ApiError(
    400,
    'ServiceGraphFlowClassifierInConflict',
    `Flow Classifier ${one} conflicts with Flow Classifier ${other} on one of the branching points being created.`,
  );
}

export function branchTwice(chain: string): ApiError {
  return new ApiError(
    400,
    'ServiceGraphPortChainInConflict',
    `Port Chain ${chain} is duplicated on one of the branching points being created.`,
  );
}

export function portInUse(portId: string, by: string): ApiError {
  return new ApiError(
    409,
    'ServicePortInUse',
    `Port ${portId} cannot be deleted directly via the port API: still referenced by ${by}.`,
  );
}
