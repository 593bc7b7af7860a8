import type {ActionMetadata} from './instance/action.ts';
import type {EpochMs} from './time.ts';

export const eventTopics = [
  'instances',
  'actions',
  'volumes',
  'usage',
  'alerts',
  'keys',
  'models',
  'prompts',
  'limits',
] as const;

export type EventTopic = (typeof eventTopics)[number];

/** Something that happened, as a row: readers follow these and never call back. Ids rise by commit order. */
export interface DomainEvent extends NewEvent {
  readonly id: number;
  readonly atMs: EpochMs;
}

export interface NewEvent {
  readonly organizationId: string;
  readonly topic: EventTopic;
  /** `<noun>.<past participle>`, such as `instance.state_changed`, `action.started`, `action.succeeded`, `key.revoked`. */
  readonly type: string;
  /** Id of what changed. */
  readonly subjectId: string;
  readonly correlationId: string | null;
  /** Small facts a view needs without reading back; never secrets. */
  readonly payload: ActionMetadata;
}
