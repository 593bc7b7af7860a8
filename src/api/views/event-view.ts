import type {DomainEvent} from '../../core/events.ts';
import {isoTime} from '../../core/time.ts';
import type {EventView} from '../contract/events.ts';

export function eventView({id, atMs, topic, type, subjectId, correlationId, payload}: DomainEvent): EventView {
  return {
    id,
    at: isoTime(atMs),
    topic,
    type,
    subjectId,
    correlationId,
    payload: structuredClone(payload) as EventView['payload'],
  };
}
