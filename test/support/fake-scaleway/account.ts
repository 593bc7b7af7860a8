import {type Handler, jsonBody, ok, param, requiredString} from './api-call.ts';
import {utcDate} from './dates.ts';
import {notFound} from './errors.ts';
import {fieldMatches, nameMatches} from './filters.ts';
import type {JsonObject} from './json.ts';
import {stringOf} from './json.ts';
import {bodyPage} from './pagination.ts';
import type {ProjectRecord} from './records.ts';
import {addProject} from './world.ts';

export const createProject: Handler = call => {
  const body = jsonBody(call);
  const {world} = call;
  const organization = stringOf(body.organization_id) ?? world.defaultProject;
  const project = addProject(world, world.makeId(), requiredString(body, 'name'), organization);
  project.description = stringOf(body.description) ?? '';
  return ok(projectView(project));
};

export const listProjects: Handler = call => {
  const {world, query} = call;
  const found = [...world.projects.values()].filter(
    project => nameMatches(query, project.name) && fieldMatches(query, 'organization_id', project.organization),
  );
  const page = bodyPage(call, found, 20);
  return ok({projects: page.items.map(projectView), total_count: page.total});
};

export const getProject: Handler = call => {
  const id = param(call, 'id');
  const project = call.world.projects.get(id);
  if (project === undefined) throw notFound('project_id', id);
  return ok(projectView(project));
};

function projectView(project: ProjectRecord): JsonObject {
  return {
    id: project.id,
    name: project.name,
    organization_id: project.organization,
    created_at: utcDate(project.createdAtMs),
    updated_at: utcDate(project.updatedAtMs),
    description: project.description,
    qualification: null,
  };
}
