import type {ModelSpec} from '../../core/model/model.ts';
import type {ModelView} from '../contract/models.ts';

export function modelView(model: ModelSpec): ModelView {
  const {
    id,
    hfId,
    displayName,
    active,
    gated,
    precision,
    weightsBytes,
    contextMaxTokens,
    defaultMaxModelLen,
    task,
    vllmMinVersion,
  } = model;
  return {
    ...{
      id,
      hfId,
      displayName,
      active,
      gated,
      precision,
      weightsBytes,
      contextMaxTokens,
      defaultMaxModelLen,
      task,
      vllmMinVersion,
    },
    toolCallParser: model.toolCallParser ?? null,
    reasoningParser: model.reasoningParser ?? null,
  };
}
