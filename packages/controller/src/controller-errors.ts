import { errorMaker } from '@netloom/core/errors/coded-error';

/** What can keep the controller from starting. */
export const CONTROLLER_ERRORS = {
  LISTEN_INVALID: {
    message: '"{text}" is no address to listen on',
    remedy: 'Give ADDRESS:PORT, as 127.0.0.1:9696 or [::1]:9696; port 0 takes a free one.',
  },
  LISTEN_FAILED: {
    message: 'Cannot listen on {address}: {reason}',
    remedy:
      'Another program may have the port (ss -ltnp shows which): end it, or choose another with --listen or --agent-listen.',
  },
  PUBLIC_URL_INVALID: {
    message: '"{text}" is no URL that clients could use',
    remedy: 'Give it as http://ADDRESS:PORT or https://NAME, without a path.',
  },
  PUBLIC_URL_NEEDED: {
    message: 'Listening on {host} does not say how clients reach the API',
    remedy: 'Add --public-url http://ADDRESS:PORT with an address or name that clients can use.',
  },
  OPTION_INVALID: {
    message: '{reason}',
    remedy: 'netloom controller --help lists the options.',
  },
} as const;

export const controllerError = errorMaker(CONTROLLER_ERRORS);
