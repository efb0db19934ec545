import { ApiError } from '../../api-error.ts';
import { literal } from '../../resource/python-text.ts';

/*
 * What can be wrong with firewalls, in the types and texts of the Networking API (neutron-lib exceptions/firewall_v2, neutron-fwaas).
 */

export function groupNotFound(id: string): ApiError {
  return new ApiError(404, 'FirewallGroupNotFound', `Firewall group ${id} could not be found.`);
}

export function groupInUse(id: string): ApiError {
  return new ApiError(409, 'FirewallGroupInUse', `Firewall group ${id} is still active.`);
}

export function portInvalid(portId: string): ApiError {
  return new ApiError(409, 'FirewallGroupPortInvalid', `Port ${portId} of firewall group is invalid.`);
}

export function portNotSupported(portId: string): ApiError {
  return new ApiError(
    409,
    'FirewallGroupPortNotSupported',
    `Port ${portId} is not supported by firewall driver 'netloom'.`,
  );
}

export function portsInUse(portIds: readonly string[]): ApiError {
  return new ApiError(
    409,
    'FirewallGroupPortInUse',
    `Port(s) ${literal(portIds)} provided already associated with other firewall group(s).`,
  );
}

export function cannotRemoveDefault(): ApiError {
  return new ApiError(409, 'FirewallGroupCannotRemoveDefault', 'Deleting default firewall group not allowed.');
}

export function reservedName(kind: 'Group' | 'Policy', name: string): ApiError {
  return new ApiError(
    409,
    'FirewallDefaultParameterExists',
    `Operation cannot be performed since '${name}' is a reserved name for Firewall ${kind}.`,
  );
}

/** The field's server speaks of groups here, whatever the object is. */
export function defaultIsFixed(id: string): ApiError {
  return new ApiError(
    409,
    'FirewallDefaultObjectUpdateRestricted',
    `Operation cannot be performed on default object '${id}' of type Firewall Group.`,
  );
}

export function policyNotFound(id: string): ApiError {
  return new ApiError(404, 'FirewallPolicyNotFound', `Firewall policy ${id} could not be found.`);
}

export function policyInUse(id: string): ApiError {
  return new ApiError(409, 'FirewallPolicyInUse', `Firewall policy ${id} is being used.`);
}

/** Somebody uses another project's policy that is not shared. */
export function policyConflict(id: string): ApiError {
  return new ApiError(
    404,
    'FirewallPolicyConflict',
    `Operation cannot be performed since firewall policy ${id} for your project could not be found. Please confirm if the firewall policy exists and is shared.`,
  );
}

export function ruleNotFound(id: string): ApiError {
  return new ApiError(404, 'FirewallRuleNotFound', `Firewall rule ${id} could not be found.`);
}

export function ruleInUse(id: string): ApiError {
  return new ApiError(409, 'FirewallRuleInUse', `Firewall rule ${id} is being used.`);
}

/** A shared policy is to have a rule that is not. */
export function ruleNotShared(policyId: string, ruleId: string): ApiError {
  return new ApiError(
    404,
    'FirewallRuleSharingConflict',
    `Operation cannot be performed since firewall policy ${policyId} could not find the firewall rule ${ruleId}. Please confirm if the firewall rule exists and is shared.`,
  );
}

/** A policy is to be shared that has a rule that is not. */
export function shareRuleFirst(policyId: string, ruleId: string): ApiError {
  return new ApiError(
    409,
    'FirewallPolicySharingConflict',
    `Operation cannot be performed. Before sharing firewall policy ${policyId}, share associated firewall rule ${ruleId}.`,
  );
}

export function foreignRule(ruleId: string, project: string): ApiError {
  return new ApiError(
    409,
    'FirewallRuleConflict',
    `Operation cannot be performed since firewall rule ${ruleId} is not shared and belongs to another project ${project}.`,
  );
}

export function ruleAssociated(policyId: string, ruleId: string): ApiError {
  return new ApiError(
    409,
    'FirewallRuleAlreadyAssociated',
    `Operation cannot be performed since firewall rule ${ruleId} is already associated with firewall policy ${policyId}.`,
  );
}

export function ruleNotAssociated(policyId: string, ruleId: string): ApiError {
  return new ApiError(
    400,
    'FirewallRuleNotAssociatedWithPolicy',
    `Firewall rule ${ruleId} is not associated with firewall policy ${policyId}.`,
  );
}

export function ruleInfoMissing(): ApiError {
  return new ApiError(400, 'FirewallRuleInfoMissing', 'Missing rule info argument for insert/remove rule operation.');
}

export function portsOfProtocol(): ApiError {
  return new ApiError(
    400,
    'FirewallRuleInvalidICMPParameter',
    'Source, destination port are not allowed when protocol is set to ICMP.',
  );
}

export function protocolRequired(): ApiError {
  return new ApiError(
    400,
    'FirewallRuleWithPortWithoutProtocolInvalid',
    'Source/destination port requires a protocol.',
  );
}

export function addressConflict(): ApiError {
  return new ApiError(400, 'FirewallIpAddressConflict', 'Invalid input - IP addresses do not agree with IP Version.');
}
