import type {Admission, AdmissionRequest, Gate, Grant, Verdict} from './gate.ts';

/** The gates in order, all or nothing: what the first ones granted goes back when a later one refuses. */
export class GateChain implements Admission {
  private readonly gates: readonly Gate[];
  private readonly onRefused: (limit: string) => void;

  constructor(gates: readonly Gate[], onRefused: (limit: string) => void) {
    this.gates = gates;
    this.onRefused = onRefused;
  }

  admit(request: AdmissionRequest): Verdict {
    const held: Grant[] = [];
    for (const gate of this.gates) {
      const verdict = gate.enter(request);
      if (verdict.kind === 'refused') {
        for (const grant of held.reverse()) grant.release();
        this.onRefused(verdict.limit);
        return verdict;
      }

      held.push(verdict);
    }

    let isOpen = true;
    const end = (each: (grant: Grant) => void) => {
      if (!isOpen) return;
      isOpen = false;
      for (const grant of held) each(grant);
    };
    return {
      kind: 'granted',
      headers: Object.assign({}, ...held.map(({headers}) => headers)),
      settle: record => end(grant => grant.settle(record)),
      release: () => end(grant => grant.release()),
    };
  }
}
