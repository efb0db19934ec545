import { errorMaker } from '@netloom/core/errors/coded-error';

/** What a user of the lab can meet. */
export const LAB_ERRORS = {
  LAB_SCENARIO: {
    message: '{count} in {file}\n{list}',
    remedy: 'Mend the lines named; the format is described at the top of examples/two-tier.yaml.',
  },
  LAB_FILE: {
    message: 'Cannot read {file}: {reason}',
    remedy: 'Give the path of a scenario file, for example examples/two-tier.yaml.',
  },
  LAB_ALREADY_UP: {
    message: 'A lab is already up here: {file} (process {pid}, state in {folder})',
    remedy: 'End it with "netloom lab down", or set NETLOOM_LAB_DIR to another folder for a second one.',
  },
  LAB_NOT_UP: {
    message: 'No lab is up (looked in {folder})',
    remedy: 'Start one with "netloom lab up examples/two-tier.yaml --detach".',
  },
  LAB_STATE_FOLDER: {
    message: 'Cannot use {folder} for the state of the lab: {reason}',
    remedy: 'Set NETLOOM_LAB_DIR to a folder of your own.',
  },
  LAB_NAMESPACES: {
    message: 'This machine does not let user id {user} make namespaces: {reason}',
    remedy: 'Run as root, or allow it: sysctl user.max_user_namespaces (above 0), kernel.unprivileged_userns_clone=1.',
  },
  LAB_TOOLS: {
    message: 'Programs are missing: {programs}',
    remedy: 'apt-get install {packages}',
  },
  LAB_START: {
    message: 'The lab did not come up: {reason}',
    remedy: 'Its own words are in {log}.',
  },
  LAB_ENDED: {
    message: 'The lab ended before it had answered',
    remedy: 'See {log}.',
  },
  LAB_COMMAND: {
    message: '{what} failed in {place}: {reason}',
    remedy: 'See what "netloom doctor" finds about this machine.',
  },
  LAB_NO_PLACE: {
    message: 'There is no {kind} "{name}" in this lab{hint}',
    remedy: 'It has: {known}.',
  },
  LAB_NO_ADDRESS: {
    message: '{workload} got no {family} address on {network} within {seconds} s',
    remedy: 'See the status of its port (netloom status) and the DHCP server of host {host}.',
  },
  LAB_NO_ROUTING: {
    message: 'Host {host}, where router {router} has its gateway, did not say within {seconds} s that it can route',
    remedy: 'See what "netloom doctor" finds about this machine, and the log of the agent.',
  },
  LAB_NOT_APPLIED: {
    message: 'Revision {revision} was not applied everywhere within {seconds} s: {hosts}',
    remedy: 'See the logs of the agents in {folder}.',
  },
  LAB_PART_DIED: {
    message: '{part} ended by itself: {reason}',
    remedy: 'Its log is {log}.',
  },
  LAB_SAME_HOST: {
    message: '{workload} is already on {host}',
    remedy: 'Name another host: {known}.',
  },
  LAB_REQUEST: {
    message: 'The lab does not know what "{method}" means',
    remedy: 'Use the same version of netloom for the lab and for its commands.',
  },
} as const;

export const labError = errorMaker(LAB_ERRORS);
