import type { Store } from '../../store/store.ts';
import type { Answer } from '../answer.ts';
import type { ApiError } from '../api-error.ts';
import type { Caller } from '../caller.ts';
import type { Extension } from '../extensions.ts';
import type { Attribute, Conflict, Redraw, Resource, Rules } from '../resource/definition.ts';

/** One topic of the API: the extensions it stands for, its resources, and what it adds to resources of others. */
export interface Feature {
  /** Only what really works here, with the texts of the field's own server. */
  readonly extensions: readonly Extension[];
  readonly resources?: (base: Built) => readonly Resource[];
  /** By the name, or handle, of the resource: "port". */
  readonly mixins?: (base: Built) => Readonly<Record<string, Mixin>>;
  /** What is no resource: paths under /v2.0 with handlers of their own. */
  readonly routes?: (base: Built) => readonly Route[];
}

/** The resources of all features, whatever their order in the table. */
export interface Built {
  /**
   * The whole resource, mixins included. It is complete once all features are: pass it on or close over it, but read its members only
   * when requests come.
   */
  get(name: string): Resource;
  /** All of them; to be called when requests come. */
  all(): readonly Resource[];
}

/** What one feature adds to a resource of another. Rules run one after the other in the order of the table of features. */
export interface Mixin {
  /** New attributes, or whole new definitions of known ones. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** More to read of the rows that reference attributes name, in the same round trip: attribute -> name -> SQL over `t`. */
  readonly also?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly alsoInsert?: readonly string[];
  readonly actions?: Resource['actions'];
  // biome-ignore lint/suspicious/noExplicitAny: rules know more of the values than the framework does
  readonly rules?: Rules<any>;
  readonly conflicts?: Readonly<Record<string, (conflict: Conflict) => ApiError | Redraw>>;
}

/** A path of its own under /v2.0. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** "quotas/:project_id" */
  readonly path: string;
  run(request: RouteRequest): Promise<Answer>;
}

export interface RouteRequest {
  readonly store: Store;
  readonly caller: Caller;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Public URL of /v2.0, for links in the answer. */
  readonly baseUrl: string;
}
