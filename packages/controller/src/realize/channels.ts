/** A controller wrote what hosts have applied, and where they are connected; the payload is its name. */
export const HOSTS_CHANNEL = 'netloom_hosts';
/** Link keys of hosts were rotated or hosts deleted; the payload is the host's name. */
export const KEYS_CHANNEL = 'netloom_link_keys';
/** A controller has started and asks the others to write how far their hosts are. */
export const ROLL_CALL_CHANNEL = 'netloom_roll_call';
/** A controller asks agents that are connected to others; the payload is the id of its row in `asks`. */
export const ASKS_CHANNEL = 'netloom_asks';
/** Answers to such a question were written; the payload is its id. */
export const ANSWERS_CHANNEL = 'netloom_answers';
