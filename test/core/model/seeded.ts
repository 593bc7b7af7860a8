import type {InstanceType} from '../../../src/core/catalog/instance-type.ts';
import {SEED_INSTANCE_TYPES} from '../../../src/core/catalog/seed.ts';
import type {ModelSpec} from '../../../src/core/model/model.ts';
import {SEED_MODELS} from '../../../src/core/model/seed.ts';

export function typeNamed(name: string): InstanceType {
  const type = SEED_INSTANCE_TYPES.find(candidate => candidate.name === name);
  if (!type) throw new Error(`no seeded type ${name}`);
  return type;
}

export function modelNamed(id: string): ModelSpec {
  const model = SEED_MODELS.find(candidate => candidate.id === id);
  if (!model) throw new Error(`no seeded model ${id}`);
  return model;
}
