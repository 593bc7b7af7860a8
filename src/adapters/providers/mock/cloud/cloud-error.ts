import type {CloudErrorBody, CloudErrorType} from '../wire.ts';

const statusByType: Record<CloudErrorType, number> = {
  not_found: 404,
  invalid_arguments: 400,
  precondition_failed: 400,
  denied_authentication: 401,
  permissions_denied: 403,
  quotas_exceeded: 403,
  out_of_stock: 409,
  too_many_requests: 429,
  server_error: 500,
};

/** A refusal in the cloud's own words, with the status it is answered under. */
export class CloudError extends Error {
  readonly body: CloudErrorBody;
  readonly status: number;

  constructor(body: CloudErrorBody, status: number = statusByType[body.type]) {
    super(body.message);
    this.body = body;
    this.status = status;
  }
}

export function notFound(resource: string, id: string): CloudError {
  return new CloudError({type: 'not_found', message: `${resource} ${id.slice(0, 80)} was not found`, resource});
}

export function invalid(message: string): CloudError {
  return new CloudError({type: 'invalid_arguments', message});
}

export function precondition(name: string, message: string): CloudError {
  return new CloudError({type: 'precondition_failed', precondition: name, message});
}
