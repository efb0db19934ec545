import { readdir, readFile } from 'node:fs/promises';

/**
 * Ends a lab from outside by its outermost process, which waits for the first process of the lab's process namespace:
 * with that one the kernel ends all others, and only then does the outermost one go.
 */
export async function endWorld(outermost: number): Promise<void> {
  const first = await childrenOf(outermost);
  for (const pid of first.length > 0 ? first : [outermost]) kill(pid);
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').then(parentOf, () => 0)));
  return pids.filter((_, i) => parents[i] === parent).map(Number);
}

/** Field 4 of /proc/PID/stat (proc(5)); the name before it may hold spaces and parentheses. */
function parentOf(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
