import { setTimeout as delay } from 'node:timers/promises';
import { formatLinkAddress, type LinkAddress } from '@netloom/api/link/link-address';
import { linkError } from '@netloom/api/link/link-errors';
import { CodedError } from '@netloom/core/errors/coded-error';
import type { Logger } from 'pino';
import { type Backoff, backoffDelay } from '../backoff.ts';
import { type LinkOptions, runLink } from './run-link.ts';

export interface KeepLinkOptions extends Omit<LinkOptions, 'address'> {
  /** Tried in turn, from a random one on, so that agents spread over the controllers. */
  readonly controllers: readonly LinkAddress[];
  readonly backoff: Backoff;
  readonly log: Logger;
  /** After a link that was open has ended. */
  onLost(): void;
}

/** Keeps one link to one of the controllers until the signal aborts; never gives up. */
export async function keepLink(options: KeepLinkOptions, signal: AbortSignal): Promise<void> {
  const { controllers, log } = options;
  let failures = 0;
  let lastCode = '';
  for (let i = Math.floor(Math.random() * controllers.length); !signal.aborted; i++) {
    const address = controllers[i % controllers.length];
    if (address === undefined) return;
    const controller = formatLinkAddress(address);
    let open = false;
    const onOpen: LinkOptions['onOpen'] = (send) => {
      open = true;
      log.info({ controller }, 'linked to a controller');
      return options.onOpen(send);
    };
    let heard = false;
    const onMessage: LinkOptions['onMessage'] = (message) => {
      heard = true;
      options.onMessage(message);
    };
    try {
      await runLink({ ...options, address, onOpen, onMessage }, signal);
      return;
    } catch (error) {
      if (open) options.onLost();
      const { code, message, remedy } =
        error instanceof CodedError ? error : linkError('LINK_CLOSED', { reason: String(error) }, error);
      // Two agents with one key would throw each other out as fast as they can.
      failures = heard && code !== 'LINK_REPLACED' ? 1 : failures + 1;
      // A controller that is away for an hour is one line in the log, not thousands.
      log[open || code !== lastCode ? 'warn' : 'debug']({ controller, code, remedy }, message);
      lastCode = code;
    }
    // A round of all controllers counts as one failure.
    const rounds = Math.ceil(failures / controllers.length);
    await delay(backoffDelay(rounds, options.backoff), undefined, { signal }).catch(() => undefined);
  }
}
