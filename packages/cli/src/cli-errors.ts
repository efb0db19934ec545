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
  TRACE_PORT: {
    message: '{count} ports have the id, name or address "{reference}"{list}',
    remedy: 'Give the id of one port, or a name or address that only one has.',
  },
  TRACE_FAMILY: {
    message: '{from} and {to} have no addresses of {family}',
    remedy: 'Give the address to send to, or the other family (--ipv4, --ipv6).',
  },
  LOG_REFERENCE: {
    message: '{count} logs have the id or name "{reference}"',
    remedy: 'Give the id of one log: openstack network log list shows them.',
  },
  TRACE_PACKET: {
    message: 'There is no such packet: {reason}',
    remedy: 'Write --proto tcp --dport 443, --proto icmp, --proto icmp --icmp-type 13, or --proto 47.',
  },
  PLUG_KERNEL: {
    message: 'The kernel refused "{command}": {reason}',
    remedy:
      'Run it as root on the host that the port is bound to, with a namespace or device that exists and is not plugged yet.',
  },
  PLAN_FILE: {
    message: '{place}: {reason}',
    remedy:
      'Write a list under "changes:", such as "- create security_group_rule: { security_group: web, protocol: tcp, port: 443 }".',
  },
  PLAN_NAME: {
    message: '{place}: {count} of kind {kind} have the name "{name}"',
    remedy: 'Write the id, or a name that only one has and that the file does not give to another.',
  },
  PLAN_REFUSED: {
    message: '{place}: the controller would refuse this with {status} {type}: {text}',
    remedy: 'The text says what the controller objects to; change the file. Nothing was changed.',
  },
} as const;

export const cliError = errorMaker(CLI_ERRORS);
