import { errorMaker } from '@netloom/core/errors/coded-error';

/** What can go wrong in the command line's own work. */
export const CLI_ERRORS = {
  PLUG_WHAT: {
    message: 'It takes one of --netns and --device to say what is to be plugged',
    remedy: 'netloom plug PORT --netns NAME, or netloom plug PORT --device DEVICE.',
  },
  PLUG_PORT: {
    message: '{count} ports have the id or name "{reference}"',
    remedy: 'Give the id of one port: openstack port list shows them.',
  },
  PLUG_KERNEL: {
    message: 'The kernel refused "{command}": {reason}',
    remedy:
      'Run it as root on the host that the port is bound to, with a namespace or device that exists and is not plugged yet.',
  },
} as const;

export const cliError = errorMaker(CLI_ERRORS);
