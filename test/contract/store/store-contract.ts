import {describe} from 'vitest';
import {alertContract} from './alert-contract.ts';
import {auditContract} from './audit-contract.ts';
import {budgetContract} from './budget-contract.ts';
import {catalogContract} from './catalog-contract.ts';
import {credentialContract} from './credential-contract.ts';
import {eventContract} from './event-contract.ts';
import type {MakeStore} from './harness.ts';
import {healthContract} from './health-contract.ts';
import {hostContract} from './host-contract.ts';
import {instanceContract} from './instance-contract.ts';
import {keyContract} from './key-contract.ts';
import {leaseContract} from './lease-contract.ts';
import {limitContract} from './limit-contract.ts';
import {modelContract} from './model-contract.ts';
import {organizationContract} from './organization-contract.ts';
import {priceContract} from './price-contract.ts';
import {promptContract} from './prompt-contract.ts';
import {rateLimitContract} from './rate-limit-contract.ts';
import {reconciliationContract} from './reconciliation-contract.ts';
import {recordContract} from './record-contract.ts';
import {usageContract} from './usage-contract.ts';
import {usageReportContract} from './usage-report-contract.ts';
import {workerCommandContract} from './worker-command-contract.ts';
import {workerContract} from './worker-contract.ts';

/** What every implementation of `Store` must do. */
export function storeContract(name: string, makeStore: MakeStore): void {
  describe(`store contract: ${name}`, () => {
    organizationContract(makeStore);
    keyContract(makeStore);
    credentialContract(makeStore);
    modelContract(makeStore);
    promptContract(makeStore);
    catalogContract(makeStore);
    instanceContract(makeStore);
    recordContract(makeStore);
    limitContract(makeStore);
    leaseContract(makeStore);
    workerContract(makeStore);
    workerCommandContract(makeStore);
    healthContract(makeStore);
    eventContract(makeStore);
    usageContract(makeStore);
    usageReportContract(makeStore);
    priceContract(makeStore);
    budgetContract(makeStore);
    alertContract(makeStore);
    auditContract(makeStore);
    hostContract(makeStore);
    rateLimitContract(makeStore);
    reconciliationContract(makeStore);
  });
}
