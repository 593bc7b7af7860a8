import type {AdmissionRequest, Grant} from '../admission/gate.ts';
import type {GateChain} from '../admission/gate-chain.ts';
import type {Answer, GrantEnd} from './remote-admission.ts';

/** The primary's side of `RemoteAdmission`: what the data-plane processes hold, and what becomes of it when one dies. */
export class AdmissionDesk {
  private readonly gates: Pick<GateChain, 'admit'>;
  private readonly held = new Map<string, {readonly processId: number; readonly grant: Grant}>();

  constructor(gates: Pick<GateChain, 'admit'>) {
    this.gates = gates;
  }

  admit(processId: number, requests: readonly AdmissionRequest[]): readonly Answer[] {
    return requests.map(request => {
      const verdict = this.gates.admit(request);
      if (verdict.kind === 'refused') return verdict;
      this.held.set(request.requestId, {processId, grant: verdict});
      return {kind: verdict.kind, headers: verdict.headers};
    });
  }

  /** Also with what a crash journal says of its last requests. An end of what is not held is no news. */
  ended(ends: readonly GrantEnd[]): void {
    for (const {requestId, record} of ends) {
      const grant = this.held.get(requestId)?.grant;
      this.held.delete(requestId);
      if (record === null) grant?.release();
      else grant?.settle(record);
    }
  }

  /** What its journal did not name was never begun. */
  processDied(processId: number): void {
    for (const [requestId, {processId: holder, grant}] of this.held) {
      if (holder !== processId) continue;
      this.held.delete(requestId);
      grant.release();
    }
  }
}
