import { dictionary } from '../../resource/dictionary-type.ts';
import { ipPrefix } from '../../resource/prefix-types.ts';
import { pythonText } from '../../resource/python-text.ts';
import { InvalidValue, nullable, type ValueType } from '../../resource/value-types.ts';
import { flowPort } from './classifier-types.ts';

/** What packets may be spread over the pairs of a group by. */
const LB_FIELDS = ['eth_src', 'eth_dst', 'ip_src', 'ip_dst', 'tcp_src', 'tcp_dst', 'udp_src', 'udp_dst'];

const lbFields: ValueType<readonly string[]> = {
  schema: { type: 'array', items: { enum: LB_FIELDS } },
  sql: 'jsonb',
  parse(value) {
    if (!Array.isArray(value)) throw new InvalidValue(`'${pythonText(value)}' is not a list`);
    const illegal = value.filter((one: unknown) => typeof one !== 'string' || !LB_FIELDS.includes(one));
    if (illegal.length > 0) {
      throw new InvalidValue(
        `Illegal values in a list: ${pythonText(illegal.map((one) => pythonText(one)).join(', '))}`,
      );
    }
    return value;
  },
  fromText: () => undefined,
};

/** The five parts of a flow that a service function may rewrite; absent ones stay as they are. */
const nTuple = dictionary({
  source_ip_prefix: { type: nullable(ipPrefix) },
  destination_ip_prefix: { type: nullable(ipPrefix) },
  source_port_range_min: { type: flowPort },
  source_port_range_max: { type: flowPort },
  destination_port_range_min: { type: flowPort },
  destination_port_range_max: { type: flowPort },
});

export const groupParameters = dictionary({
  lb_fields: { type: lbFields, default: [] },
  ppg_n_tuple_mapping: {
    type: dictionary({
      ingress_n_tuple: { type: nTuple, default: {} },
      egress_n_tuple: { type: nTuple, default: {} },
    }),
    default: { ingress_n_tuple: {}, egress_n_tuple: {} },
  },
});
