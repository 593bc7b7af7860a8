import {InventivError} from '../../core/errors.ts';
import type {ApiClient} from '../api-client.ts';

/** The model to talk to: the one named, else the only one that is ready. */
export async function chooseModel(client: Pick<ApiClient, 'instances'>, named: string | null): Promise<string> {
  if (named !== null) return named;
  const ready = await client.instances.list({states: ['ready']});
  const models = [...new Set(ready.map(instance => instance.model))];
  const [only] = models;
  if (only !== undefined && models.length === 1) return only;
  if (only === undefined) {
    throw new InventivError('not_found', 'No model is ready to talk to.', {
      hint: 'Start one: inventiv up --model Qwen/Qwen2.5-0.5B-Instruct',
    });
  }

  throw new InventivError('invalid_input', `Several models are ready: ${models.join(', ')}.`, {
    hint: `Choose one: inventiv chat --model ${only}`,
    param: '--model',
  });
}
