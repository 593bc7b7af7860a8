import {agoText} from '../amounts.ts';
import {heading, renderFacts} from '../facts.ts';
import type {Screen} from '../screen.ts';
import {type Column, renderTable} from '../table.ts';
import {indent, printableLine, wrapWords} from '../text.ts';

export interface CredentialsInUseShape {
  readonly source: 'organization' | 'environment' | 'provider_file';
  readonly detail: string;
  readonly keyPrefix: string;
  readonly projectId: string;
  readonly zone: string | null;
}

export interface CredentialVersionShape {
  readonly provider: string;
  readonly version: number;
  readonly keyPrefix: string;
  readonly inUse: boolean;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly checkedAt: string | null;
  readonly replacedAt: string | null;
}

export interface ProviderCredentialsShape {
  readonly provider: string;
  readonly inUse: CredentialsInUseShape | null;
  readonly problem: {readonly message: string; readonly hint: string | null} | null;
  readonly versions: readonly CredentialVersionShape[];
}

export interface CredentialTestShape {
  readonly provider: string;
  readonly inUse: CredentialsInUseShape;
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
    readonly hint: string | null;
  }[];
}

const sourceWords: Record<CredentialsInUseShape['source'], string> = {
  organization: 'stored by the organization',
  environment: 'environment',
  provider_file: 'file of the provider tools',
};

/** `SCWABCD..., stored by the organization (version 2)`. */
export function inUseText({source, detail, keyPrefix}: CredentialsInUseShape): string {
  return `${maskedKey(keyPrefix)}, ${sourceWords[source]} (${printableLine(detail)})`;
}

export function renderCredentials(states: readonly ProviderCredentialsShape[], screen: Screen): string {
  return states.map(state => renderProvider(state, screen)).join('\n\n');
}

/** One line for what `set`, `rotate` and `rollback` did. */
export function renderCredentialsChange(verb: string, {provider, version, keyPrefix}: CredentialVersionShape): string {
  return `${verb}: ${provider} credentials ${maskedKey(keyPrefix)}, version ${version}, in use now.`;
}

export function renderCredentialTest({provider, inUse, ok, checks}: CredentialTestShape, screen: Screen): string {
  const nameColumns = Math.max(0, ...checks.map(check => check.name.length)) + 2;
  const margin = ' '.repeat(nameColumns + 2);
  const lines = checks.flatMap(check => {
    const columns = Math.max(20, screen.columns - nameColumns - 2);
    const [first = '', ...rest] = wrapWords(printableLine(check.detail), columns);
    const fix = check.hint === null ? [] : wrapWords(`Fix: ${printableLine(check.hint)}`, columns);
    const mark = check.ok ? screen.style.green(screen.symbols.done) : screen.style.red(screen.symbols.failed);
    return [`${mark} ${check.name.padEnd(nameColumns)}${first}`, ...indent([...rest, ...fix], margin)];
  });
  const verdict = ok
    ? screen.style.green('The key does what is needed.')
    : screen.style.red('The key lacks something.');
  return [heading(`${provider}: ${inUseText(inUse)}`, screen), '', ...lines, '', verdict].join('\n');
}

function renderProvider({provider, inUse, problem, versions}: ProviderCredentialsShape, screen: Screen): string {
  const facts = renderFacts(
    [
      ['in use', inUse === null ? 'nothing' : inUseText(inUse)],
      ['project', inUse?.projectId ?? null],
      ['zone', inUse?.zone ?? null],
      ['because', problem === null ? null : printableLine(problem.message)],
      ['do', problem?.hint ?? null],
    ],
    screen,
  );
  const table = versions.length === 0 ? [] : ['', renderTable(versions, columns(screen), screen)];
  return [heading(provider, screen), '', ...facts, ...table].join('\n');
}

function columns(screen: Screen): Column<CredentialVersionShape>[] {
  return [
    {key: 'version', title: 'VERSION', text: row => String(row.version), align: 'right'},
    {key: 'key', title: 'KEY', text: row => maskedKey(row.keyPrefix)},
    {key: 'state', title: 'STATE', text: row => (row.inUse ? 'in use' : 'kept')},
    {key: 'stored', title: 'STORED', text: row => agoText(row.createdAt, screen.nowMs)},
    {key: 'by', title: 'BY', text: row => printableLine(row.createdBy), minColumns: 8, leaves: 2},
    {key: 'accepted', title: 'LAST ACCEPTED', text: row => agoText(row.checkedAt, screen.nowMs, 'never'), leaves: 1},
    {key: 'replaced', title: 'REPLACED', text: row => agoText(row.replacedAt, screen.nowMs), leaves: 3},
  ];
}

function maskedKey(prefix: string): string {
  return `${printableLine(prefix)}...`;
}
