import { errorMaker } from '@netloom/core/errors/coded-error';

/** Everything that can go wrong between a controller and an agent. */
export const LINK_ERRORS = {
  LINK_KEY_INVALID: {
    message: 'the link key is not of the form "host/serial:hex": {reason}',
    remedy:
      'Use the whole text that POST /v2.0/netloom/hosts or PUT /v2.0/netloom/hosts/NAME/rotate answered as "link_key".',
  },
  LINK_ADDRESS_INVALID: {
    message: '"{address}" is no controller address',
    remedy: 'Write "tcp://host:port", "tcp://[v6-address]:port" or "unix:/path/of/socket".',
  },
  LINK_UNREACHABLE: {
    message: 'cannot reach a controller at {address}: {reason}',
    remedy: 'Check that the controller runs, that the address is right and that nothing on the way blocks it.',
  },
  LINK_REFUSED: {
    status: 403,
    message: 'host {host} and the controller do not accept each other: {reason}',
    remedy:
      'Check that the host exists in this installation; make a new key with PUT /v2.0/netloom/hosts/{host}/rotate and give it to the agent.',
  },
  LINK_PROTOCOL: {
    message: 'the other side speaks version {theirs} of the link protocol, this side version {ours}',
    remedy: 'Install the same release of netloom on controllers and hosts; controllers first.',
  },
  LINK_MALFORMED: {
    message: 'a message is not as the link protocol has it, at {at}: {reason}',
    remedy: 'Install the same release of netloom on both sides; if that is so, report the message as a bug.',
  },
  LINK_TOO_LARGE: {
    message: 'a message is larger than the {limit} bytes that the link takes',
    remedy: 'Report this as a bug, with the number of ports on the host and its networks.',
  },
  LINK_DRIVER: {
    message: 'host {host} was created for driver "{wanted}", its agent runs driver "{found}"',
    remedy: 'Start the agent with the driver that the host was created for, or delete the host and create it anew.',
  },
  LINK_VTEP_TAKEN: {
    message: 'underlay address {vtep} of host {host} already ends the tunnels of another host',
    remedy: 'Give each host an underlay address of its own, or delete the host that no longer exists.',
  },
  LINK_REPLACED: {
    message: 'another connection of host {host} took the place of this one',
    remedy: 'If it happens again and again, two agents use the key of {host}: stop one of them.',
  },
  LINK_BUSY: {
    message: 'the controller cannot answer now: {reason}',
    remedy:
      'Nothing to do: the agent tries again, or another controller. If it lasts, look into the log of the controller.',
  },
  LINK_SILENT: {
    message: 'nothing was heard from the other side for {seconds} s',
    remedy: 'Check the network between host and controller; the agent connects again by itself.',
  },
  LINK_CLOSED: {
    message: 'the link was closed: {reason}',
    remedy: 'Nothing to do when a controller was stopped: the agent connects again by itself.',
  },
} as const;

export type LinkErrorCode = keyof typeof LINK_ERRORS;

export const linkError = errorMaker(LINK_ERRORS);
