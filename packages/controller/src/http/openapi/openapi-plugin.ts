import type { NetworkingApi } from '../resources/compose.ts';
import { sendAnswer } from '../send-answer.ts';
import type { ServerPlugin } from '../server.ts';
import { openApi } from './openapi.ts';

/** GET /v2.0/netloom/openapi.json; `publicUrl` is how clients reach the server. */
export function openApiPlugin(networking: NetworkingApi, publicUrl: string): ServerPlugin {
  let body: object | undefined;
  return {
    prefix: '/v2.0/netloom',
    routes: async (scope) => {
      // The server takes ".json" off the end of every path.
      scope.get('/openapi', (_request, reply) => {
        body ??= openApi(networking, `${publicUrl}/v2.0`);
        return sendAnswer(reply, { status: 200, body });
      });
    },
  };
}
