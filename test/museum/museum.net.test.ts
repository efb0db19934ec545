import { type TestContext, test } from 'node:test';
import { type Cloud, openCloud } from '../support/cloud.ts';
import { calico2759 } from './calico-2759.ts';
import { calico9706 } from './calico-9706.ts';
import { cilium14040 } from './cilium-14040.ts';
import { k3s947 } from './k3s-947.ts';
import { neutron1745468 } from './neutron-1745468.ts';
import { neutron1915530 } from './neutron-1915530.ts';
import { neutron1975674 } from './neutron-1975674.ts';
import { neutron2122495 } from './neutron-2122495.ts';
import { neutron2154561 } from './neutron-2154561.ts';
import { ovnKubernetes4041 } from './ovn-kubernetes-4041.ts';

/** Known failures of the field, each tried on netloom. All share one lab, which the last ones shake. */
const EXHIBITS: Readonly<Record<string, (t: TestContext, cloud: Cloud) => Promise<void>>> = {
  'calico 2759: open connections outlive the rule': calico2759,
  'neutron 1915530: allowed again, and still dead': neutron1915530,
  'neutron 2154561: marks come back while many ports change': neutron2154561,
  'neutron 2122495: address pairs are forgotten at a restart': neutron2122495,
  'neutron 1745468: deletions block the agent': neutron1745468,
  'neutron 1975674: a remote group of 2,000 ports blocks the agent': neutron1975674,
  'cilium 14040: established is stronger than a blocked range': cilium14040,
  'k3s 947: a new workload runs ahead of its rules': k3s947,
  'ovn-kubernetes 4041: a restart empties the sets': ovnKubernetes4041,
  'calico 9706: a host comes up unprotected': calico9706,
};

test('the museum: failures of the field that must not happen here', { timeout: 300_000 }, async (t) => {
  const cloud = await openCloud(t);
  for (const [title, exhibit] of Object.entries(EXHIBITS))
    await t.test(title, async (t) => {
      try {
        await exhibit(t, cloud);
      } finally {
        await cloud.clear();
      }
    });
});
