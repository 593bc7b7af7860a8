import type {MidAnswerFault} from './faults.ts';
import type {ApiError} from './openai-errors.ts';
import type {AnswerShape, Usage} from './openai-shapes.ts';
import type {RequestRecord} from './request-ledger.ts';
import type {SequenceOutput, SequenceRequest} from './sequence.ts';

export interface AnswerPlan {
  id: string;
  stream: boolean;
  includeUsage: boolean;
  continuousUsage: boolean;
  /** Prompt tokens as `usage` counts them: each prompt once, whatever the number of choices. */
  promptTokens: number;
  /** One per choice. */
  sequences: Omit<SequenceRequest, 'listener'>[];
}

/** Where a finished, failed or cut answer goes; a stream and a whole answer differ only in this. */
export interface AnswerSink {
  output(choice: number, output: SequenceOutput): void;
  fail(error: ApiError): void;
}

/** What a sink may see and do of the answer that it sends. */
export interface AnswerInProgress {
  readonly plan: AnswerPlan;
  readonly shape: AnswerShape;
  readonly record: RequestRecord;
  readonly fault: MidAnswerFault | null;
  readonly completionTokens: number;
  usage(completionTokens: number): Usage;
  timings(): object;
  end(outcome: 'finished' | 'failed'): void;
}
