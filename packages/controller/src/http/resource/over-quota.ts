import { ApiError } from '../api-error.ts';

/** What the counters of quotas raise (migration 0010); its detail is the name of the resource. */
const OVER_QUOTA = 'NLQ01';

/** The answer to a change that would go beyond a quota; undefined for any other error. */
export function overQuota(error: unknown): ApiError | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== OVER_QUOTA) return undefined;
  const resource = 'detail' in error ? String(error.detail) : '';
  return new ApiError(409, 'OverQuota', `Quota exceeded for resources: ['${resource}'].`, error);
}
