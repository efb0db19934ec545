import type { HttpClient } from '@netloom/api/client/http';

/** Takes the limits off the client's own project, for tests that make more than anybody would. */
export async function liftQuotas(client: HttpClient, resources: readonly string[]): Promise<void> {
  const { body } = await client.request({ method: 'GET', path: '/v2.0/quotas/project' });
  const { project } = body as { project: { project_id: string } };
  const quota = Object.fromEntries(resources.map((name) => [name, -1]));
  await client.request({ method: 'PUT', path: `/v2.0/quotas/${project.project_id}`, body: { quota } });
}
