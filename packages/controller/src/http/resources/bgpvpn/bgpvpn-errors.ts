import { ApiError } from '../../api-error.ts';
import { literal } from '../../resource/python-text.ts';

/* What can be wrong with BGP VPNs, in the types and texts of the Networking API (networking-bgpvpn extensions and plugin). */

export function bgpvpnNotFound(id: string): ApiError {
  return new ApiError(404, 'BGPVPNNotFound', `BGPVPN ${id} could not be found`);
}

export function networkAssociationNotFound(id: string, bgpvpn: string): ApiError {
  return associationNotFound('BGPVPNNetAssocNotFound', `network association ${id}`, bgpvpn);
}

export function routerAssociationNotFound(id: string, bgpvpn: string): ApiError {
  return associationNotFound('BGPVPNRouterAssocNotFound', `router association ${id}`, bgpvpn);
}

export function portAssociationNotFound(id: string, bgpvpn: string): ApiError {
  return associationNotFound('BGPVPNPortAssocNotFound', `port association ${id}`, bgpvpn);
}

function associationNotFound(type: string, what: string, bgpvpn: string): ApiError {
  return new ApiError(404, type, `BGPVPN ${what} could not be found for BGPVPN ${bgpvpn}`);
}

export function networkAssociated(bgpvpn: string, network: string): ApiError {
  return alreadyAssociated('BGPVPNNetAssocAlreadyExists', `network ${network}`, bgpvpn);
}

export function routerAssociated(bgpvpn: string, router: string): ApiError {
  return alreadyAssociated('BGPVPNRouterAssocAlreadyExists', `router ${router}`, bgpvpn);
}

export function portAssociated(bgpvpn: string, port: string): ApiError {
  return alreadyAssociated('BGPVPNPortAssocAlreadyExists', `port ${port}`, bgpvpn);
}

function alreadyAssociated(type: string, what: string, bgpvpn: string): ApiError {
  return new ApiError(400, type, `${what} is already associated to BGPVPN ${bgpvpn}`);
}

/** The VPN, what is associated with it, and the association are not all of one project. */
export function notAuthorized(): ApiError {
  return new ApiError(403, 'NotAuthorized', 'Not authorized.');
}

export function badBgpvpn(reason: string): ApiError {
  return new ApiError(400, 'BadRequest', `Bad bgpvpn request: ${reason}.`);
}

export function onlyLayer3(): ApiError {
  return badBgpvpn('Router associations require the bgpvpn to be of type l3');
}

export function networkHasRouter(network: string, bgpvpns: readonly string[]): ApiError {
  return badBgpvpn(
    `Network ${network} is linked to a router which is already associated to bgpvpn(s) ${literal(bgpvpns)}`,
  );
}

export function routerHasNetwork(
  router: string,
  { network, bgpvpns }: { network: string; bgpvpns: readonly string[] },
): ApiError {
  return badBgpvpn(
    `router ${router} has an attached network ${network} which is already associated to bgpvpn(s) ${literal(bgpvpns)}`,
  );
}

export function bothInVpn(): ApiError {
  return badBgpvpn(
    'It is not allowed to add an interface to a router if both the router and the network are bound to an L3 BGPVPN.',
  );
}

export function routeToNoVpn(id: string): ApiError {
  return new ApiError(400, 'BGPVPNPortAssocRouteNoSuchBGPVPN', `bgpvpn specified in route does not exist (${id})`);
}

export function routeToForeignVpn(id: string): ApiError {
  return new ApiError(
    400,
    'BGPVPNPortAssocRouteWrongBGPVPNProject',
    `bgpvpn specified in route does not belong to the project (${id})`,
  );
}

export function routeToOtherType(type: string, own: string): ApiError {
  return new ApiError(
    400,
    'BGPVPNPortAssocRouteBGPVPNTypeDiffer',
    `bgpvpn specified in route is of type ${type}, differing from type of associated BGPVPN ${own})`,
  );
}
