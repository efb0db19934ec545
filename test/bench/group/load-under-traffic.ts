import { BRIDGE } from '../../../packages/drivers/src/bridge/filter/base-rules.ts';
import { runIn } from '../../support/run-in.ts';
import { openSubject, settle } from '../filter/hosts.ts';
import { tablesWith } from '../filter/policy.ts';
import { startBystanders } from '../revoke/bystanders.ts';

export interface Load {
  readonly what: string;
  readonly ms: number;
  readonly sent: number;
  readonly lost: number;
}

/** Loads large rulesets on a host while two of its ports speak to each other, which every one of the rulesets allows. */
export async function loadUnderTraffic(ports: number, repeats: number): Promise<Load[]> {
  const signal = new AbortController().signal;
  const { driver, dataPlane, from, to } = await openSubject('netloom', ports, signal);
  const loads: Load[] = [];
  const load = async (what: string, work: () => Promise<void>): Promise<void> => {
    const bystanders = await startBystanders([[from, to]]);
    const started = performance.now();
    for (let i = 0; i < repeats; i++) await work();
    const ms = (performance.now() - started) / repeats;
    loads.push({ what, ms, ...(await bystanders.count()) });
  };
  const [all, fewer] = [tablesWith(ports, true), tablesWith(ports, true, 1)];
  await load(`one rule of each of ${ports} groups taken away and put back`, async () => {
    await settle(driver, fewer, signal);
    await settle(driver, all, signal);
  });
  await load(`whole ruleset of ${ports} ports anew, after an edit from outside`, async () => {
    await runIn(dataPlane, `nft flush chain ${BRIDGE} nd_detect`.split(' '));
    await settle(driver, all, signal);
  });
  return loads;
}
