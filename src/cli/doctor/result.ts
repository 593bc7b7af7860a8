import type {CheckResult} from '../../ui/views/findings-view.ts';

export function ok(name: string, message: string): CheckResult {
  return {name, status: 'ok', message, fix: null};
}

export function warning(name: string, message: string, fix: string): CheckResult {
  return {name, status: 'warning', message, fix};
}

export function problem(name: string, message: string, fix: string): CheckResult {
  return {name, status: 'problem', message, fix};
}
