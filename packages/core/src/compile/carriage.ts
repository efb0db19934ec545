import type { Edit } from './edit.ts';
import type { ModelIndex } from './model-index.ts';

/** An anchor by its id, and a host. */
export interface Carried {
  readonly id: string;
  readonly host: string;
}

/** Which hosts carry which anchors of one kind. */
export interface Carriage {
  carries(model: ModelIndex, id: string, host: string): boolean;
  /** Hosts that carry an anchor, each once. */
  carriers(model: ModelIndex, id: string): Iterable<string>;
  /** Anchors that a host carries, each once. */
  on(model: ModelIndex, host: string): Iterable<string>;
  /** What an edit may turn from carried to not carried or back. Asked with the model as it was and as it will be. */
  turns(edit: Edit, model: ModelIndex): Iterable<Carried>;
}
