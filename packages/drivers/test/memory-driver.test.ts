import { driverConformance } from '../src/conformance.ts';
import { memoryDriver, memoryTarget } from '../src/memory/memory-driver.ts';

driverConformance('memory', async () => {
  const target = memoryTarget();
  target.plugged = new Set();
  return {
    open: async () => memoryDriver(target),
    plug: async (device) => target.plug(device),
    unplug: async (device) => target.unplug(device),
    remove: async ({ kind, key }) => target.edit((items) => items.delete(`${kind} ${key}`)),
    async alter(item) {
      target.edit((items) => items.set(`${item.kind} ${item.key}`, { ...item, spec: 'changed' }));
      return true;
    },
    async plantForeign() {
      const foreign = { kind: 'foreign', key: 'f1', spec: 1, owners: [] };
      target.edit((items) => items.set('foreign f1', foreign));
      return async () => target.items.get('foreign f1') === foreign;
    },
    async obstruct({ id }) {
      target.failures.set(`segments ${id}`, 'obstructed');
    },
    close: async () => {},
  };
});
