import {setTimeout as sleep} from 'node:timers/promises';
import {diagnoseLog} from '../../src/core/diagnosis/log-diagnosis.ts';
import {hostShare, usualScenario} from '../support/vm/scenario.ts';
import type {Vm} from '../support/vm/vm.ts';
import type {DrillCase} from './cases.ts';

export interface DrillResult {
  readonly expected: string;
  readonly how: string;
  /** From what the machine printed; null: nothing was recognised. */
  readonly diagnosed: string | null;
  /** What the agent on the machine told; undefined where it has nothing to see. */
  readonly agent?: string | null;
  readonly tookMs: number;
  readonly evidence: string;
}

/** The repository, as the machine sees it. */
const agentPath = `${hostShare}/repository/agent/agent.py`;
const endMs = 15_000;
const pollMs = 150;
const agentEndsWithinSeconds = 5;

/** Provokes one failure on the machine and diagnoses what it leaves, from here and by the agent there. */
export async function drill(vm: Vm, {code, how, scenario, script, isEngine}: DrillCase): Promise<DrillResult> {
  const startedAt = performance.now();
  vm.script({...usualScenario, ...scenario});
  await vm.tryExec(
    'docker rm -f engine; docker image inspect vllm/vllm-openai:v0.27.1 || docker pull vllm/vllm-openai:v0.27.1',
  );
  const {stdout, stderr} = await vm.tryExec(script);
  const log = isEngine ? await engineLog(vm, code) : '';
  const agent = isEngine ? await agentFailure(vm) : undefined;
  const diagnosis = diagnoseLog(`${stdout}${stderr}${log}`.split(/[\r\n]+/));
  await vm.tryExec('docker rm -f engine');
  return {
    expected: code,
    how,
    diagnosed: diagnosis?.code ?? null,
    ...(agent !== undefined && {agent}),
    tookMs: Math.round(performance.now() - startedAt),
    evidence: diagnosis?.evidenceLines[0] ?? '',
  };
}

/** Whether the right cause was found, by the agent too where it can see one: the kernel kills without a word. */
export function isRight({expected, diagnosed, agent}: DrillResult): boolean {
  return diagnosed === expected && (agent === undefined || agent === expected || expected === 'HOST_OOM');
}

async function engineLog(vm: Vm, code: string): Promise<string> {
  const format = '{{.State.Status}} exit code {{.State.ExitCode}} OOMKilled={{.State.OOMKilled}}';
  const deadline = performance.now() + endMs;
  for (;;) {
    const {stdout: state} = await vm.tryExec(`docker inspect engine --format "${format}"`);
    if (state.startsWith('exited') || performance.now() > deadline) {
      return `${(await vm.tryExec('docker logs engine 2>&1')).stdout}\n${state}`;
    }

    // This one serves first, and dies of a request.
    if (code === 'RUNTIME_DEAD') {
      const body = '{"model":"acme/chat","messages":[{"role":"user","content":"x"}]}';
      await vm.tryExec(
        `curl -s -m 5 -H 'content-type: application/json' -d '${body}' 127.0.0.1:8000/v1/chat/completions`,
      );
    }

    await sleep(pollMs);
  }
}

/** The agent, started beside the log that Docker keeps. */
async function agentFailure(vm: Vm): Promise<string | null> {
  const config = JSON.stringify({
    instance_id: 'drill',
    worker_id: 'drill',
    key_file: '/tmp/drill/key',
    state_dir: '/tmp/drill/state',
    port: 9100,
    sample_interval_s: 0.1,
    replicas: [{name: 'engine', gpus: [0], port: 8000}],
    engine_log_paths: ['/tmp/drill/engine.log'],
  });
  const info = 'curl -s -m 5 -H "Authorization: Bearer drill-key" 127.0.0.1:9100/info';
  const {stdout, status} = await vm.tryExec(`
rm -rf /tmp/drill; mkdir -p /tmp/drill; echo drill-key > /tmp/drill/key
cat > /tmp/drill/config.json <<'END'
${config}
END
ln -s "$(docker inspect engine --format '{{.LogPath}}')" /tmp/drill/engine.log
python3 ${agentPath} --config /tmp/drill/config.json >/dev/null 2>&1 &
agent=$!
tries=0
while [ $tries -lt 40 ]; do
  case "$(${info})" in *'"failure": {'*) break ;; esac
  sleep 0.1; tries=$((tries+1))
done
${info}
kill $agent
(sleep ${agentEndsWithinSeconds}; kill -9 $agent) >/dev/null 2>&1 &
watchdog=$!
wait $agent
status=$?
kill $watchdog
exit $status`);
  // One that lives on, or found its port taken, would speak for another case.
  if (status !== 0) return `exit status ${status}`;
  try {
    const {failure} = JSON.parse(stdout) as {failure: {code: string} | null};
    return failure?.code ?? null;
  } catch {
    return null;
  }
}
