import {nearNames} from '../near-names.ts';
import {validateHfId} from './hf-id.ts';
import type {ModelSpec} from './model.ts';

const SHOWN_CHARS_MAX = 60;

export type FoundModel =
  | {ok: true; model: ModelSpec}
  | {
      ok: false;
      code: 'MODEL_UNKNOWN' | 'MODEL_INACTIVE' | 'MODEL_MISSING';
      message: string;
      hint: string;
      /** Names of active models near to what was typed, best first. */
      near: string[];
    };

/** The active model a person means by `name`: its short id, or its Hugging Face id in any case. */
export function findModel(models: readonly ModelSpec[], name: string): FoundModel {
  const wanted = name.length <= 256 ? name.trim().toLowerCase() : name;
  if (wanted === '')
    return {
      ok: false,
      code: 'MODEL_MISSING',
      message: 'expected a model, got nothing',
      hint: 'choose one from: inventiv models list',
      near: [],
    };
  const model =
    models.find(candidate => candidate.id.toLowerCase() === wanted) ??
    models.find(candidate => candidate.hfId.toLowerCase() === wanted);
  if (model?.active) return {ok: true, model};
  if (model)
    return {
      ok: false,
      code: 'MODEL_INACTIVE',
      message: `the model ${model.id} is disabled`,
      hint: `inventiv models enable ${model.id}`,
      near: [],
    };
  const near = nearModelNames(models, name);
  const shown = JSON.stringify(name.length > SHOWN_CHARS_MAX ? `${name.slice(0, SHOWN_CHARS_MAX)}...` : name);
  const add = validateHfId(name).ok ? `, or add it: inventiv models add ${name}` : '';
  return {
    ok: false,
    code: 'MODEL_UNKNOWN',
    message: `no model ${shown} in the catalog`,
    hint: `${near.length > 0 ? `did you mean ${near.join(', ')}? ` : ''}see all: inventiv models list${add}`,
    near,
  };
}

/** Searches both names of a model, and answers in the form that was typed. */
function nearModelNames(models: readonly ModelSpec[], name: string): string[] {
  const active = models.filter(model => model.active);
  return nearNames(name, active.map(name.includes('/') ? model => model.hfId : model => model.id));
}
