import type { Queryable } from '../../../store/store.ts';
import type { Values } from '../../resource/definition.ts';

/** What is compared with all others of its project is made by one after the other, until the end of the transaction. */
export async function lockProjects(tx: Queryable, items: readonly Values[]): Promise<void> {
  const projects = [...new Set(items.map((item) => String(item['project_id'])))].sort();
  for (const project of projects) {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('netloom/sfc/' || $1, 0))`, [project]);
  }
}
