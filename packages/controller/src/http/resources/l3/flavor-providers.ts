import type { Queryable } from '../../../store/store.ts';
import { ApiError } from '../../api-error.ts';
import { canonicalUuid } from '../../resource/value-types.ts';
import { flavorNotFound, profileNotBound } from './l3-errors.ts';

export type ProviderName = 'dvrha' | 'dvr' | 'ha' | 'single_node';

/** The kinds of router there are, by the names that /v2.0/service-providers lists. */
export const PROVIDERS: Readonly<Record<ProviderName, { readonly distributed: boolean; readonly ha: boolean }>> = {
  dvrha: { distributed: true, ha: true },
  dvr: { distributed: true, ha: false },
  ha: { distributed: false, ha: true },
  single_node: { distributed: false, ha: false },
};

const PATH = 'neutron.services.l3_router.service_providers.';

/** Drivers as service profiles name them, which is how the field's own server does. */
const DRIVERS: ReadonlyMap<string, ProviderName> = new Map([
  [`${PATH}dvrha.DvrHaDriver`, 'dvrha'],
  [`${PATH}dvr.DvrDriver`, 'dvr'],
  [`${PATH}ha.HaDriver`, 'ha'],
  [`${PATH}single_node.SingleNodeDriver`, 'single_node'],
]);

/** Throws 404 when there is no such driver. */
export function providerOfDriver(driver: string): ProviderName {
  const provider = DRIVERS.get(driver);
  if (provider !== undefined) return provider;
  throw new ApiError(404, 'ServiceProfileDriverNotFound', `Service Profile driver ${driver} could not be found.`);
}

/** The driver of the first profile that a flavor was bound to. Throws 404, or 503 when it is not enabled. */
export async function driverOfFlavor(tx: Queryable, flavorId: string): Promise<string> {
  const id = canonicalUuid(flavorId);
  const [flavor] =
    id === undefined
      ? []
      : await tx.query<{ driver: string | null; enabled: boolean | null }>(
          `SELECT p.driver, p.enabled FROM flavors f LEFT JOIN flavor_service_profiles b ON b.flavor_id = f.id
 LEFT JOIN service_profiles p ON p.id = b.service_profile_id WHERE f.id = $1 ORDER BY b.bound_at, b.service_profile_id LIMIT 1`,
          [id],
        );
  if (flavor === undefined) throw flavorNotFound(flavorId);
  if (flavor.driver === null) throw profileNotBound('', flavorId);
  if (!flavor.enabled) throw new ApiError(503, 'ServiceProfileDisabled', 'Service Profile is not enabled.');
  return flavor.driver;
}

/** The kind of router that a flavor stands for. */
export async function providerOfFlavor(tx: Queryable, flavorId: string): Promise<ProviderName> {
  return providerOfDriver(await driverOfFlavor(tx, flavorId));
}
