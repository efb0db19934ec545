import { errorMaker } from '../../errors/coded-error.ts';

/** Why a packet that a trace has an answer for is not sent to be followed. */
export const LIVE_REFUSALS = {
  LIVE_ROUTED: {
    message: 'the packet or its reply meets router {router}, and what routers pass on is not followed yet',
    remedy: 'Trace it without --live, or ask about a destination on the network of port {port}.',
  },
} as const;

const liveRefusal = errorMaker(LIVE_REFUSALS);

/** "CODE: what happened. What to do." */
export function refusalText(code: keyof typeof LIVE_REFUSALS, details: Readonly<Record<string, string>>): string {
  const { message, remedy } = liveRefusal(code, details);
  return `${code}: ${message}. ${remedy}`;
}
