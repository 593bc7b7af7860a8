import {notFound} from './errors.ts';
import {type JsonObject, stringOf} from './json.ts';
import type {World} from './world.ts';

/** The project a creation goes to: `project` (or `project_id`) of the body, or the default one. 404 when unknown. */
export function ownerOf(world: World, body: JsonObject): {project: string; organization: string} {
  const id = stringOf(body.project) ?? stringOf(body.project_id) ?? stringOf(body.organization) ?? world.defaultProject;
  const project = world.projects.get(id);
  if (project === undefined) throw notFound('project_id', id);
  return {project: id, organization: project.organization};
}

export function organizationOf(world: World, projectId: string): string {
  return world.projects.get(projectId)?.organization ?? projectId;
}
