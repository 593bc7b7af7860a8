import {InventivError} from '../../core/errors.ts';
import type {CurrentPrompt, PromptLevel, PromptSubject, PromptVersion} from '../../core/prompts/prompt.ts';
import type {OrgScope} from '../../core/tenancy/org-scope.ts';
import type {PromptStore} from '../../ports/prompts.ts';
import {boundLimit, listRowsMax} from './bounds.ts';
import {appendEvents} from './events.ts';
import type {SystemPromptRow} from './tables.ts';
import {type Db, type StoreParts, type Tx, write} from './transaction.ts';

export function createPromptStore(parts: Pick<StoreParts, 'db' | 'clock'>): PromptStore {
  const {db} = parts;
  return {
    put: (scope, {level, subject, text, createdBy}) =>
      write(parts, async (tx, nowMs) => {
        const last = await versions(tx, scope, {level, subject}).limit(1).executeTakeFirst();
        if (last !== undefined && last.text === text) return promptFromRow(last);
        if (last?.text == null && text !== null) await refuseTooMany(tx, scope);
        const row: SystemPromptRow = {
          organization_id: scope.organizationId,
          ...{level, subject, text},
          version: (last?.version ?? 0) + 1,
          created_at_ms: nowMs,
          created_by: createdBy,
        };
        await tx.insertInto('system_prompts').values(row).execute();
        const type = text === null ? 'prompt.unset' : 'prompt.set';
        const {organizationId} = scope;
        const payload = {level, version: row.version};
        await appendEvents(
          tx,
          [{organizationId, topic: 'prompts', type, subjectId: subject, correlationId: null, payload}],
          nowMs,
        );
        return promptFromRow(row);
      }),

    async list(scope) {
      const rows = await inForce(db)
        .where('organization_id', '=', scope.organizationId)
        .limit(listRowsMax.prompts)
        .execute();
      return rows.map(promptFromRow).filter(isSet);
    },

    async history(scope, subject, {limit, version}) {
      let query = versions(db, scope, subject);
      if (version !== undefined) query = query.where('version', '=', version);
      return (await query.limit(boundLimit(limit, listRowsMax.prompts)).execute()).map(promptFromRow);
    },

    async listInForce() {
      return (await inForce(db).limit(listRowsMax.promptsInForce).execute()).map(promptFromRow).filter(isSet);
    },
  };
}

/** Latest first. */
function versions(db: Db, scope: OrgScope, {level, subject}: PromptSubject) {
  return db
    .selectFrom('system_prompts')
    .selectAll()
    .where('organization_id', '=', scope.organizationId)
    .where('level', '=', level)
    .where('subject', '=', subject)
    .orderBy('version', 'desc');
}

/** The last versions that have a text. */
function inForce(db: Db) {
  return db
    .selectFrom('system_prompts as prompt')
    .selectAll('prompt')
    .where('text', 'is not', null)
    .where(({not, exists, selectFrom}) =>
      not(
        exists(
          selectFrom('system_prompts as later')
            .select('later.version')
            .whereRef('later.organization_id', '=', 'prompt.organization_id')
            .whereRef('later.level', '=', 'prompt.level')
            .whereRef('later.subject', '=', 'prompt.subject')
            .whereRef('later.version', '>', 'prompt.version'),
        ),
      ),
    )
    .orderBy('organization_id')
    .orderBy('level')
    .orderBy('subject');
}

async function refuseTooMany(tx: Tx, scope: OrgScope): Promise<void> {
  const {count} = await inForce(tx)
    .where('organization_id', '=', scope.organizationId)
    .clearSelect()
    .clearOrderBy()
    .select(({fn}) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  if (Number(count) < listRowsMax.prompts) return;
  throw new InventivError('conflict', `The organization has ${listRowsMax.prompts} system prompts already.`, {
    hint: 'Take one away: inventiv prompts unset',
  });
}

function promptFromRow(row: SystemPromptRow): PromptVersion {
  return {
    organizationId: row.organization_id,
    level: row.level as PromptLevel,
    subject: row.subject,
    version: row.version,
    text: row.text,
    createdAtMs: row.created_at_ms,
    createdBy: row.created_by,
  };
}

function isSet(prompt: PromptVersion): prompt is CurrentPrompt {
  return prompt.text !== null;
}
