import {FAKE_FLAGS, type Flag, VLLM_FLAGS} from './flags.ts';
import {FAILURE_CODES} from './start-up-failures.ts';
import {PHASE_NAMES} from './start-up-phases.ts';

const FLAG_COLUMN_WIDTH = 34;
const LINE_WIDTH = 110;

export function helpText(): string {
  return `Fake vLLM: answers like the OpenAI server of vLLM, with scripted timing and failures and no model.

usage: fake-vllm [serve] MODEL [options]

Options of vllm serve that have an effect (its other options are accepted and ignored):
${VLLM_FLAGS.map(flagLine).join('\n')}

Options of the fake:
${FAKE_FLAGS.map(flagLine).join('\n')}

Phases, in order:
${wrap(PHASE_NAMES)}

Failures for --fail (each happens in its usual phase unless @PHASE says otherwise):
${wrap(FAILURE_CODES)}

Control server (--control-port):
  GET  /stats      requests and tokens: running, waiting, finished, aborted
  GET  /requests   the latest requests one by one
  POST /fail       {"mode": "die" | "wedge" | "slow" | "stream_error" | "drop" | "queue_full", ...}
  POST /reset      clear armed failures and counters

Examples:
  fake-vllm Qwen/Qwen3-8B --port 8000 --max-num-seqs 4 --itl-ms 20 --ttft-ms 150
  fake-vllm Qwen/Qwen3-8B --port 0 --startup-profile warm-8b --fail GPU_OOM_LOAD
`;
}

function flagLine({name, value, help = ''}: Flag): string {
  return `  ${`--${name}${value === undefined ? '' : ` ${value}`}`.padEnd(FLAG_COLUMN_WIDTH)} ${help}`.trimEnd();
}

function wrap(words: readonly string[]): string {
  const lines = ['  '];
  for (const word of words) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length + 1 > LINE_WIDTH) lines.push(`  ${word} `);
    else lines[lines.length - 1] = `${line}${word} `;
  }
  return lines.map(line => line.trimEnd()).join('\n');
}
